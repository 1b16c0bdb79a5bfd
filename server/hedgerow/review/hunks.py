"""`hunks`: what differs in one file, and how each part of it stands."""

from __future__ import annotations

from hedgerow.git.diffs import FilePatch, Hunk
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.review import FileKind, HunksParams, HunksResult, HunkState
from hedgerow.protocol.review import Hunk as ShownHunk

from .addresses import address
from .changes import kind_of, status_of
from .comparing import BASE, REVIEWED, old_side
from .looking import Look, hunk_id, look, patch_of
from .paths import path_in, wire
from .selection import Change, Range, choose
from .waiting import Waiting
from .words import words_of
from .working import some
from .works import find_checkout, work_in


async def hunks(tools: Tools, params: HunksParams, caller: Caller) -> HunksResult:
    """The command `hunks`.

    Raises:
        HedgerowError: there is no such checkout or nothing to compare with, or the path is none of its files.
    """
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    path = path_in(checkout, params.path)
    work = await work_in(tools, checkout)
    async with some(tools.git, checkout, [path]) as working:
        async with old_side(tools, work, params.between, caller) as old:
            patch = await patch_of(working, old.tree, path, objects=old.objects)
        same = params.between == REVIEWED or (params.between == BASE and work.untouched)
        seen = await look(working, work, path, seen=patch if same else None)
        unmerged = working.unmerged
    queued: list[Range] | None = []
    for one in Waiting(tools.journal.database).of(checkout.id):
        if one.path == path and one.seen == seen.version and queued is not None:
            queued = None if one.lines is None else [*queued, *one.lines]
    kind, encoding, shown = FileKind.TEXT, "utf-8", []
    if patch is not None:
        kind = kind_of(patch.file, binary=patch.binary)
        encoding = _encoding(patch.hunks)
        shown = [
            _shown(path, patch, hunk, encoding, _state(seen, hunk, queued, same), words=params.words)
            for hunk in patch.hunks
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


def _state(seen: Look, hunk: Hunk, queued: list[Range] | None, same: bool) -> HunkState:
    if not same and not seen.state_of(hunk):
        return HunkState.ACCEPTED
    if queued is None or (queued and choose([Change.of(hunk)], queued)):
        return HunkState.QUEUED
    return HunkState.PENDING


def _shown(path: bytes, patch: FilePatch, hunk: Hunk, encoding: str, state: HunkState, *, words: bool) -> ShownHunk:
    text = (b"\n".join(hunk.body) + b"\n").decode(encoding)
    within = None
    if words and hunk.old_count and hunk.new_count:
        lines = text.split("\n")
        within = words_of(
            [line[1:] for line in lines if line.startswith("-")], [line[1:] for line in lines if line.startswith("+")]
        )
    return ShownHunk.model_construct(
        id=hunk_id(path, patch, hunk),
        old_start=hunk.old_start,
        old_count=hunk.old_count,
        new_start=hunk.new_start,
        new_count=hunk.new_count,
        text=text,
        state=state,
        words=within,
    )


def _encoding(hunks: list[Hunk]) -> str:
    """Of all that is shown of a file, so that one character means the same everywhere in it."""
    try:
        for hunk in hunks:
            b"\n".join(hunk.body).decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
