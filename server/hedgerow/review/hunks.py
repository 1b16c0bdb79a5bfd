"""`hunks`: what differs in one file, and how each part of it stands."""

from __future__ import annotations

import contextlib

from hedgerow.git.diffs import Hunk
from hedgerow.journal.snapshots.together import two
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.review import FileKind, HunksParams, HunksResult, HunkState, Words
from hedgerow.protocol.review import Hunk as ShownHunk

from .addresses import address
from .changes import kind_of, status_of
from .comparing import BASE, REVIEWED, old_side
from .looking import Look, hunk_ids, look, patch_of
from .paths import path_in, wire
from .selection import Change, Range, choose
from .trees import files_in
from .waiting import Waiting
from .words import words_of
from .working import some
from .works import Work, find_checkout, paths_of, work_in


async def hunks(tools: Tools, params: HunksParams, caller: Caller) -> HunksResult:
    """The command `hunks`.

    Raises:
        HedgerowError: there is no such checkout or nothing to compare with, or the path is none of its files.
    """
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    async with contextlib.AsyncExitStack() as stack:
        path = path_in(checkout, params.path, behind_links=True)
        prepared = stack.enter_async_context(some(tools.git, checkout, [path]))
        work, working = await two(work_in(tools, checkout), prepared)
        await paths_of(tools, work, [params.path])
        async with old_side(tools, work, params.between, caller) as old:
            patch = await patch_of(working, old.tree, path, objects=old.objects)
        same = params.between == REVIEWED or (params.between == BASE and await _untouched(tools, work, path))
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


async def _untouched(tools: Tools, work: Work, path: bytes) -> bool:
    """Whether nothing of one file was accepted, so that all that differs from the base is pending."""
    if work.untouched:
        return True
    repository = work.checkout.repository.git
    base, reviewed = [
        await files_in(tools.git, repository, tree, [path]) for tree in (work.base_tree, work.reviewed_tree)
    ]
    return path in base and base == reviewed


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
