"""`accept` with `withdraw`: what was accepted is pending again, as at the base. No file changes, no index.

A hunk is of the comparison of the base with the checkout; what of it was accepted are the changes between the base and
the reviewed tree at the same lines of the base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.diffs import FilePatch, file_patch
from hedgerow.git.objects import read_blob, write_blob
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.snapshots.trees import TreeFile
from hedgerow.journal.steps import MoveRef
from hedgerow.planning.gathering import Gathering
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.review import AcceptParams

from ..paths import wire
from ..seeing.looking import look, patch_of, ranges_of
from ..seeing.working import Working, some
from ..trees import files_in, tree_with
from ..works import Work, paths_of, reviewed_commit
from .picking import gone_by, lines_in
from .selection import Change, Chosen, choose, rejected, split

Files = Mapping[bytes, TreeFile | None]


async def plan_withdrawal(tools: Tools, work: Work, params: AcceptParams) -> Draft | None:
    """What takes an acceptance back; None when nothing of what is meant was accepted.

    Raises:
        HedgerowError: a path is none of the checkout's, or a hunk is of a version gone by.
    """
    checkout = work.checkout
    if params.all:
        return await _draft(tools, work, work.base_tree, f"everything ({checkout.label})")
    paths = await paths_of(tools, work, params.paths)
    async with some(tools.git, checkout, paths) as working:
        if params.hunks or params.lines:
            count, changes = await _parts(tools, work, working, paths[0], params)
            what = f"{count} change{'s' if count != 1 else ''} in {wire(paths[0])} ({checkout.label})"
        else:
            changes = {}
            for path in paths:
                changes |= await _whole(tools, work, working, path)
            names = wire(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
            what = f"{names} ({checkout.label})"
    tree = await tree_with(tools.git, checkout.repository.git, work.reviewed_tree, changes)
    return await _draft(tools, work, tree, what)


async def _draft(tools: Tools, work: Work, tree: str, what: str) -> Draft | None:
    if tree == work.reviewed_tree:
        return None
    gathering, checkout = Gathering(), work.checkout
    commit = await reviewed_commit(tools, work, tree)
    title = f"Take back the acceptance of {what}"
    gathering.steps.append(MoveRef(ref=work.ref, before=work.stored, after=commit, message=title))
    gathering.checkouts.append(checkout.id)
    gathering.effect(title, checkout)
    draft = gathering.gathered(
        checkout.repository, command="accept", title=title, message=f"Pending again: {what}",
        undo=UndoRecipe(how="invert"),
    )  # fmt: skip
    return draft.model_copy(update={"paths": (str(checkout.path),)})


async def _whole(tools: Tools, work: Work, working: Working, path: bytes) -> Files:
    base = await _at_base(tools, work, path)
    patch = await patch_of(working, work.base_tree, path) if base is None else None
    if patch is None or patch.file.old_path is None:
        return {path: base}
    return {path: None, patch.file.old_path: await _at_base(tools, work, patch.file.old_path)}


async def _parts(tools: Tools, work: Work, working: Working, path: bytes, params: AcceptParams) -> tuple[int, Files]:
    """How many changes are taken back, and what they leave in the reviewed tree."""
    shown = await patch_of(working, work.base_tree, path)
    if params.seen is not None and params.seen != (await look(working, work, path)).version:
        raise gone_by(wire(path))
    ranges = ranges_of(path, params.hunks, [shown]) + [lines_in(text) for text in params.lines]
    if shown is None:
        return 0, {}
    if not shown.hunks:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"{wire(path)} has no lines that differ; name it without hunks and lines"
        )
    meant = [one.change for one in choose(map(Change.of, shown.hunks), ranges)]
    since = await _accepted(tools, work, path, shown.file.old_path)
    if since is None or not meant:
        return 0, {}
    chosen = _of_the_same_lines(map(Change.of, since.hunks), meant)
    if not chosen:
        # What has no lines (a deletion of an empty file, say) is accepted as a whole.
        return (0, {}) if since.hunks else (len(meant), await _whole(tools, work, working, path))
    where = since.file.path
    base = since.file.old_oid
    if base is not None and since.file.new_oid is None:
        return len(chosen), {where: await _at_base(tools, work, where)}
    if base is None and len(chosen) == len(since.hunks):
        return len(chosen), {where: None}
    git, cwd = tools.git, work.checkout.repository.common_dir
    assert since.file.new_oid is not None and since.file.new_mode is not None
    old = [] if base is None else split(await read_blob(git, base, cwd=cwd))
    new = split(await read_blob(git, since.file.new_oid, cwd=cwd))
    oid = await write_blob(git, b"".join(rejected(old, new, chosen)), cwd=cwd)
    return len(chosen), {where: TreeFile(since.file.new_mode, oid)}


def _of_the_same_lines(accepted: Sequence[Change] | map[Change], meant: Sequence[Change]) -> list[Chosen]:
    """Which changes since the base are at the base's lines of those that are meant."""
    return [
        Chosen(change, frozenset(range(change.new_start, change.new_end)))
        for change in accepted
        if any(_meet(change, one) for one in meant)
    ]


def _meet(one: Change, other: Change) -> bool:
    """Whether they share lines of the base; what was only put in has none, and is met at its edges."""
    if one.old_start == one.old_end or other.old_start == other.old_end:
        return one.old_start <= other.old_end and other.old_start <= one.old_end
    return one.old_start < other.old_end and other.old_start < one.old_end


async def _accepted(tools: Tools, work: Work, path: bytes, old_path: bytes | None) -> FilePatch | None:
    """What was accepted of a file: what differs between the base and the reviewed tree."""
    between = f"{work.base_tree}..{work.reviewed_tree}"
    place: Path = work.checkout.path
    found = await file_patch(tools.git, place, between, path, old_path=old_path)
    if found is None and old_path is not None:  # its name is not accepted yet
        found = await file_patch(tools.git, place, between, old_path)
    return found


async def _at_base(tools: Tools, work: Work, path: bytes) -> TreeFile | None:
    checkout: Checkout = work.checkout
    return (await files_in(tools.git, checkout.repository.git, work.base_tree, [path])).get(path)
