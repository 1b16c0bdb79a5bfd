"""`hunks`: what differs in one file, and how each part of it stands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from hedgerow.git.diffs import FilePatch, Hunk
from hedgerow.journal.snapshots.together import two
from hedgerow.journal.snapshots.trees import TreeFile
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.review import FileKind, HunksParams, HunksResult, HunkState, Words
from hedgerow.protocol.review import Hunk as ShownHunk

from ..deciding.selection import Change, Range, choose
from ..deciding.waiting import Waiting
from ..paths import path_in, wire
from ..trees import files_in
from ..works import Work, find_checkout, paths_of, work_in
from .addresses import address
from .changes import kind_of, status_of
from .comparing import BASE, REVIEWED, old_side
from .looking import Look, hunk_ids, look, patch_of
from .words import words_of
from .working import Working, some


async def hunks(tools: Tools, params: HunksParams, caller: Caller) -> HunksResult:
    """The command `hunks`.

    Raises:
        HedgerowError: there is no such checkout or nothing to compare with, or the path is none of its files.
    """
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    async with contextlib.AsyncExitStack() as stack:
        path = path_in(checkout, params.path, behind_links=True)
        working = Working(tools.git, checkout, None)
        # What takes longest is begun before it is certain that it is what is asked for, as it is nearly always.
        begun = await stack.enter_async_context(_begun(working, path, params.between))
        work, plain = await two(work_in(tools, checkout), working.holds(path))
        await paths_of(tools, work, [params.path])
        accepted = asyncio.ensure_future(_reviewed(tools, work, path))
        stack.push_async_callback(asyncio.wait, [accepted])
        if begun is not None and plain and work.base == checkout.base:
            patch = await begun
        else:
            if not plain:
                working = await stack.enter_async_context(some(tools.git, checkout, [path]))
            async with old_side(tools, work, params.between, caller) as old:
                patch = await patch_of(working, old.tree, path, objects=old.objects)
        same = params.between == REVIEWED or (params.between == BASE and (work.untouched or _is(patch, await accepted)))
        seen = await look(working, work, path, seen=patch if same else None)
        unmerged = working.unmerged
    queued: list[Range] | None = []
    for one in Waiting(tools.journal.database).of(checkout.id):
        if one.path == path and one.seen == seen.version and queued is not None:
            queued = None if one.lines is None else [*queued, *one.lines]
    kind, encoding, shown = FileKind.TEXT, "utf-8", list[ShownHunk]()
    if patch is not None:
        kind = kind_of(patch.file, binary=patch.binary)
        encoding, texts = _texts(patch.hunks)
        identify = hunk_ids(path, patch)
        shown = [
            ShownHunk(
                id=identify(hunk),
                old_start=hunk.old_start,
                old_count=hunk.old_count,
                new_start=hunk.new_start,
                new_count=hunk.new_count,
                text=text,
                state=_state(seen, hunk, queued, same),
                words=_words(hunk, text) if params.words else None,
            )
            for hunk, text in zip(patch.hunks, texts, strict=True)
        ]
    file = None if patch is None else patch.file
    return HunksResult(
        checkout=checkout.id,
        path=wire(path),
        old_path=None if file is None or file.old_path is None else wire(file.old_path),
        between=params.between,
        status=None if file is None else status_of(file, unmerged),
        kind=kind,
        old_mode=None if file is None else file.old_mode,
        new_mode=None if file is None else file.new_mode,
        version=seen.version,
        encoding=encoding,
        pending=seen.pending is not None,
        hunks=shown,
        base_uri=address(checkout.id, "base", path),
        reviewed_uri=address(checkout.id, "reviewed", path),
    )


@contextlib.asynccontextmanager
async def _begun(working: Working, path: bytes, between: str) -> AsyncIterator[asyncio.Task[FilePatch | None] | None]:
    """The comparison of a file with the recorded base, under way; None where another one is wanted."""
    base = working.checkout.base
    if between != BASE or base is None:
        yield None
        return
    task = asyncio.ensure_future(patch_of(working, base, path))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _reviewed(tools: Tools, work: Work, path: bytes) -> TreeFile | None:
    if work.untouched:
        return None
    return (await files_in(tools.git, work.checkout.repository.git, work.reviewed_tree, [path])).get(path)


def _is(patch: FilePatch | None, accepted: TreeFile | None) -> bool:
    """Whether nothing of one file was accepted, so that all that differs from the base is pending."""
    if patch is None or accepted is None or patch.file.old_path is not None:
        return False
    return (patch.file.old_mode, patch.file.old_oid) == (accepted.mode, accepted.oid)


def _state(seen: Look, hunk: Hunk, queued: list[Range] | None, same: bool) -> HunkState:
    if not same and not seen.is_pending(hunk):
        return HunkState.ACCEPTED
    if queued is None or (queued and choose([Change.of(hunk)], queued)):
        return HunkState.QUEUED
    return HunkState.PENDING


def _words(hunk: Hunk, text: str) -> Words | None:
    if not hunk.old_count or not hunk.new_count:
        return None
    lines = text.split("\n")
    old = [line[1:] for line in lines if line.startswith("-")]
    return words_of(old, [line[1:] for line in lines if line.startswith("+")])


def _texts(hunks: list[Hunk]) -> tuple[str, list[str]]:
    """What is shown of a file, in one encoding, so that one character means the same everywhere in it."""
    bodies = [b"\n".join(hunk.body) + b"\n" for hunk in hunks]
    try:
        return "utf-8", [body.decode("utf-8") for body in bodies]
    except UnicodeDecodeError:
        return "latin-1", [body.decode("latin-1") for body in bodies]
