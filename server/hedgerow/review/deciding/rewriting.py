"""The plan that puts reviewed versions back into files: exact bytes on both sides, held by a ref until nobody needs
them.

Where git's form of a file is not its bytes on disk (line endings, filters), lines that nobody rejected keep their very
bytes as long as lines can be told apart; a file of which nothing is left to review is what git would check out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.diffs import GITLINK
from hedgerow.git.errors import GitError
from hedgerow.git.objects import TreeEntry, commit_tree, write_blob, write_tree_of
from hedgerow.journal import files, snapshots
from hedgerow.journal.file_state import FileState, read_parents, read_state, stored
from hedgerow.journal.guards import FileIs
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.snapshots.contents import blob_id, hash_files
from hedgerow.journal.snapshots.trees import TreeFile
from hedgerow.journal.steps import MoveRef, Rewrite
from hedgerow.planning.gathering import Gathering
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Kept

from ..paths import link_above, wire
from ..seeing.contents import Smudged, smudged
from ..seeing.looking import look
from ..seeing.working import Working
from ..works import Work, refuse_other_work
from .accepting import both_versions, titled
from .picking import Pick, gone_by, too_large
from .selection import Change, choose, rejected, split


@dataclass(frozen=True)
class _File:
    """One file, as it is and as it will be, with the bytes of both."""

    path: bytes
    before: FileState | None
    content_before: bytes
    after: FileState | None
    content_after: bytes
    guarded: bool = True


async def plan_rewrite(
    tools: Tools, work: Work, working: Working, picks: Sequence[Pick], caller: Caller, *, all_of_it: bool
) -> Draft | None:
    """Everything a reject is going to do; None when that is nothing.

    Args:
        all_of_it: files that cannot be put back are left alone, and named; else they are refused.

    Raises:
        HedgerowError: why a file cannot be put back.
    """
    checkout = work.checkout
    gathering = Gathering()
    doable: list[Pick] = []
    for pick in picks:
        why = _impossible(checkout, working, pick, caller)
        if why is None:
            doable.append(pick)
        elif all_of_it:
            gathering.kept.append(Kept(name=wire(pick.path), path=wire(pick.path), reason=why))
        else:
            raise HedgerowError(ErrorCode.UNSUPPORTED, why, path=wire(pick.path))
    count, found = 0, list[_File]()
    wholes = await _wholes(tools, checkout, [pick for pick in doable if pick.ranges is None])
    for pick in doable:
        if pick.ranges is not None:
            number, file = await _part(tools, work, pick)
            count += number
            found += [file] if number else []
    found += wholes
    for pick in doable:
        if pick.version and (await look(working, work, pick.path)).version != pick.version:
            raise gone_by(wire(pick.path))  # its bytes were read after it was looked at first
    found = [file for file in found if file.before != file.after]
    if not found:
        return None
    _refuse_full_directories(checkout, found)
    await refuse_other_work(tools, work)
    holder = await _hold(tools, checkout, found)
    title = titled("Reject", checkout, [pick.file for pick in doable], count)
    ref = f"{snapshots.STATES}{gathering.operation}-0"
    gathering.steps.append(MoveRef(ref=ref, before=None, after=holder, message=title))
    top = str(checkout.path)
    # What goes makes room for what comes; the deepest first, so that directories are empty in time.
    found.sort(key=lambda file: (file.after is not None, -file.path.count(b"/"), file.path))
    for file in found:
        path = stored(file.path)
        if file.guarded:
            gathering.guards.append(FileIs(top=top, path=path, state=file.before))
        parents = read_parents(checkout.path, os.fsdecode(file.path), existed=file.before is not None)
        gathering.steps.append(
            Rewrite(top=top, path=path, before=file.before, after=file.after, parents=parents, holder=holder)
        )
    gathering.checkouts.append(checkout.id)
    gathering.effect(title, checkout)
    draft = gathering.gathered(
        checkout.repository, command="reject", title=title,
        message=titled("Rejected", checkout, [pick.file for pick in doable], count), undo=UndoRecipe(how="invert"),
    )  # fmt: skip
    touched = tuple(os.fsdecode(os.path.join(os.fsencode(checkout.path), file.path)) for file in found)
    return draft.model_copy(update={"paths": (top,), "touches": touched})


def _impossible(checkout: Checkout, working: Working, pick: Pick, caller: Caller) -> str | None:
    if GITLINK in (pick.file.old_mode, pick.file.new_mode):
        return f"{wire(pick.path)} is another repository; move it back there (git checkout)"
    why = too_large(checkout, working, pick.file, caller.settings)
    return None if why is None else f"{why}, so it could not be brought back; delete it yourself"


async def _wholes(tools: Tools, checkout: Checkout, picks: Sequence[Pick]) -> list[_File]:
    wanted: dict[bytes, TreeFile | None] = {}
    for pick in picks:
        file = pick.file
        old = file.old_path or file.path
        if file.old_path is not None or file.old_mode is None:
            wanted[file.path] = None
        if file.old_mode is not None and file.old_oid is not None:
            wanted[old] = TreeFile(file.old_mode, file.old_oid)
    back = await smudged(tools.git, checkout, {path: file for path, file in wanted.items() if file is not None})
    going = {path for path, file in wanted.items() if file is None}
    found = []
    for path in wanted:
        before, content, guarded = _on_disk(checkout, path, going)
        after = _state(checkout, back[path], before) if path in back else None
        found.append(_File(path, before, content, after, back[path].content if path in back else b"", guarded))
    return found


def _on_disk(checkout: Checkout, path: bytes, going: Collection[bytes]) -> tuple[FileState | None, bytes, bool]:
    """What is at a path. A directory that goes with all that is in it counts as nothing, looked at later; so does what
    lies behind a link that goes."""
    place = os.path.join(os.fsencode(checkout.path), path)
    if os.path.isdir(place) and not os.path.islink(place) and any(one.startswith(path + b"/") for one in going):
        return None, b"", False
    if link_above(os.fsencode(checkout.path), path) in going:
        return None, b"", False
    found = read_state(checkout.repository.git, checkout.path, os.fsdecode(path))
    return (None, b"", True) if found is None else (*found, True)


def _state(checkout: Checkout, back: Smudged, before: FileState | None) -> FileState:
    """The reviewed version with the permissions that the file has, as far as git does not say otherwise."""
    oid = blob_id(checkout.repository.git, back.content)
    if back.link:
        return FileState(oid=oid, link=True, mode=0)
    mode = back.mode
    if before is not None and not before.link:
        executable = bool(back.mode & 0o100)
        mode = before.mode if bool(before.mode & 0o100) == executable else _with_execution(before.mode, executable)
    return FileState(oid=oid, mode=mode)


def _with_execution(mode: int, executable: bool) -> int:
    return mode | (mode & 0o444) >> 2 if executable else mode & ~0o111


async def _part(tools: Tools, work: Work, pick: Pick) -> tuple[int, _File]:
    """How many changes are meant, and the file without them."""
    checkout, assumed = work.checkout, pick.patch
    assert assumed is not None
    old, new = await both_versions(tools, work, pick)
    chosen = choose(map(Change.of, assumed.hunks), pick.ranges)
    before, raw, _ = _on_disk(checkout, pick.path, ())
    if (before is None) != (pick.file.new_mode is None):
        raise gone_by(wire(pick.path))
    if not chosen:
        return 0, _File(pick.path, before, raw, before, raw)
    kept = rejected(old, new, chosen)
    mode = pick.file.new_mode or pick.file.old_mode
    assert mode is not None
    if pick.file.status == "A" and len(chosen) == len(assumed.hunks) and all(one.whole for one in chosen):
        return len(chosen), _File(pick.path, before, raw, None, b"")
    if kept == new:
        return 0, _File(pick.path, before, raw, before, raw)
    if kept == old and pick.file.old_oid is not None:
        content = (await smudged(tools.git, checkout, {pick.path: TreeFile(mode, pick.file.old_oid)}))[pick.path]
        return len(chosen), _File(pick.path, before, raw, _state(checkout, content, before), content.content)
    exact = await _line_by_line(tools, checkout, pick, old, new, raw)
    if exact is not None:
        content_after = b"".join(rejected(exact[0], exact[1], chosen))
    else:
        oid = await write_blob(tools.git, b"".join(kept), cwd=checkout.repository.common_dir)
        content_after = (await smudged(tools.git, checkout, {pick.path: TreeFile(mode, oid)}))[pick.path].content
    back = Smudged(content_after, 0o755 if mode == "100755" else 0o644, link=False)
    return len(chosen), _File(pick.path, before, raw, _state(checkout, back, before), content_after)


async def _line_by_line(
    tools: Tools, checkout: Checkout, pick: Pick, old: Sequence[bytes], new: Sequence[bytes], raw: bytes
) -> tuple[list[bytes], list[bytes]] | None:
    """The lines of both versions as they are on disk, where each is one of git's lines but for how it ends."""
    lines = split(raw)
    if not _same_lines(lines, new):
        return None
    if pick.file.old_oid is None:
        return [], lines
    mode = pick.file.old_mode or "100644"
    back = (await smudged(tools.git, checkout, {pick.path: TreeFile(mode, pick.file.old_oid)}))[pick.path]
    before = split(back.content)
    return (before, lines) if _same_lines(before, old) else None


def _same_lines(one: Sequence[bytes], other: Sequence[bytes]) -> bool:
    return len(one) == len(other) and all(
        a == b or a.replace(b"\r\n", b"\n") == b.replace(b"\r\n", b"\n") for a, b in zip(one, other, strict=True)
    )


def _refuse_full_directories(checkout: Checkout, found: Sequence[_File]) -> None:
    """A directory in the place of a file can only go with everything in it."""
    going = {file.path for file in found if file.after is None}
    for file in found:
        if file.guarded or file.after is None:
            continue
        place = os.path.join(os.fsencode(checkout.path), file.path)
        for directory, _, names in os.walk(place):
            inside = os.path.relpath(directory, os.fsencode(checkout.path))
            if any(os.path.join(inside, name) not in going for name in names):
                raise HedgerowError(
                    ErrorCode.PROTECTED,
                    f"{wire(file.path)} is a directory by now, with files that are not rejected; reject those first",
                    path=wire(file.path),
                )


async def _hold(tools: Tools, checkout: Checkout, found: Sequence[_File]) -> str:
    """A commit with the exact bytes of both versions of all files, for as long as the operation can be undone."""
    git, repository = tools.git, checkout.repository.git
    contents: dict[str, bytes] = {}
    for file in found:
        for state, content in ((file.before, file.content_before), (file.after, file.content_after)):
            if state is not None:
                contents[state.oid] = content
    with files.scratch_directory() as scratch:
        names = list(contents)
        await asyncio.to_thread(_write_all, os.fsencode(scratch), contents)
        oids = await hash_files(
            git, repository.common_dir, [os.path.join(os.fsencode(scratch), name.encode()) for name in names],
            write=True,
        )  # fmt: skip
    if oids != names:
        raise GitError(("hash-object",), 0, b"fatal: other ids than expected")
    entries = [TreeEntry("100644", "blob", oid, oid.encode()) for oid in names]
    tree = await write_tree_of(git, entries, cwd=repository.common_dir)
    label = f"what was rejected in {checkout.label}, and what took its place\n"
    return await commit_tree(git, tree, parents=(), message=label, cwd=repository.common_dir)


def _write_all(folder: bytes, contents: dict[str, bytes]) -> None:
    for name, content in contents.items():
        with open(os.path.join(folder, name.encode()), "wb") as handle:
            handle.write(content)
