"""What a person means by paths, hunks and lines, or all: files that are pending, and which part of each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.diffs import ChangedFile, FilePatch
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.review import ReviewChange
from hedgerow.protocol.settings import Settings

from ..paths import wire
from ..seeing.changes import version_of
from ..seeing.looking import look, patch_of, ranges_of
from ..seeing.working import Working, some, whole
from ..works import Work, paths_of
from .selection import Range


@dataclass(frozen=True)
class Pick:
    """One file that is pending.

    Attributes:
        patch: its lines; None where the whole file is meant.
        ranges: which lines are meant; None for the whole file.
        version: that was looked at; empty where it is whatever it is.
    """

    file: ChangedFile
    patch: FilePatch | None = None
    ranges: tuple[Range, ...] | None = None
    version: str = ""

    @property
    def path(self) -> bytes:
        return self.file.path


@dataclass(frozen=True)
class Picked:
    """Attributes:
    working: the files, with an index of ours to store them with.
    picks: none when nothing of what was named is pending.
    """

    working: Working
    picks: Sequence[Pick]


@contextlib.asynccontextmanager
async def picked(tools: Tools, work: Work, params: ReviewChange) -> AsyncIterator[Picked]:
    """Raises:
    HedgerowError: a path is none of the checkout's, what was shown is of a version gone by, or has no lines.
    """
    checkout = work.checkout
    if params.all:
        async with whole(tools.git, checkout, stays=work.stays, writing=True) as working:
            pending = await working.changed(work.reviewed_tree, count=False)
            if params.seen is not None and params.seen != version_of(work, [one.path for one in pending]):
                raise gone_by(checkout.label)
            yield Picked(working, [Pick(one) for one in pending])
        return
    paths = await paths_of(tools, work, params.paths)
    async with _of(tools, work, paths) as (working, files):
        if params.hunks or params.lines:
            yield Picked(working, await _lines_of(working, work, paths[0], params))
            return
        if params.seen is not None:
            if len(paths) != 1:
                raise HedgerowError(ErrorCode.BAD_PARAMS, "`seen` is of one file, or of all; leave it out for several")
            if params.seen != (await look(working, work, paths[0])).version:
                raise gone_by(wire(paths[0]))
        yield Picked(working, [Pick(one, version=params.seen or "") for one in files])


@contextlib.asynccontextmanager
async def _of(tools: Tools, work: Work, paths: list[bytes]) -> AsyncIterator[tuple[Working, list[ChangedFile]]]:
    """The pending ones among some files. Where one came or went, its other name may say that it was renamed."""
    checkout = work.checkout
    async with some(tools.git, checkout, paths) as working:
        files = await working.changed(work.reviewed_tree, paths=paths, count=False)
        if not {one.status for one in files} & {"A", "D"}:
            yield working, files
            return
    async with whole(tools.git, checkout, stays=work.stays, writing=True) as working:
        files = await working.changed(work.reviewed_tree, count=False)
        yield working, [one for one in files if one.path in paths or one.old_path in paths]


async def _lines_of(working: Working, work: Work, path: bytes, params: ReviewChange) -> list[Pick]:
    pending = await patch_of(working, work.reviewed_tree, path)
    seen = await look(working, work, path, seen=pending)
    if params.seen is not None and params.seen != seen.version:
        raise gone_by(wire(path))
    from_base = None if work.untouched else await patch_of(working, work.base_tree, path)
    ranges = ranges_of(path, params.hunks, [pending, from_base])
    ranges += [lines_in(text) for text in params.lines]
    if pending is None:
        return []
    if not pending.hunks:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"{wire(path)} has no lines that differ; name it without hunks and lines"
        )
    return [Pick(pending.file, pending, tuple(ranges), seen.version)]


def lines_in(text: str) -> Range:
    """The range that was written as `12` or `12-20`."""
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def too_large(checkout: Checkout, working: Working, file: ChangedFile, settings: Settings) -> str | None:
    """Why a file is kept out of git, if it is."""
    if file.status != "A" or file.path not in working.untracked:
        return None
    try:
        size = os.lstat(os.path.join(os.fsencode(checkout.path), file.path)).st_size
    except FileNotFoundError:
        return None
    if size <= settings.large_file_mib * 2**20:
        return None
    return f"{wire(file.path)} is larger than {settings.large_file_mib} MiB, which Hedgerow keeps out of git"


def gone_by(name: str) -> HedgerowError:
    return HedgerowError(ErrorCode.STALE_PLAN, f"{name} has changed since it was shown; look at it again")
