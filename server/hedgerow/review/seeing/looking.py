"""One file, looked at for review: what differs from the base and what is pending, bound to the versions seen."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from hedgerow.git.diffs import FilePatch, Hunk
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..deciding.selection import Change, Range
from ..paths import wire
from ..works import Work
from .working import Working

ABSENT = "absent"


@dataclass(frozen=True)
class Look:
    """Attributes:
    pending: what differs from the reviewed tree; None when nothing does.
    version: of the file in the checkout.
    """

    path: bytes
    pending: FilePatch | None
    version: str

    @cached_property
    def _ranges(self) -> tuple[list[int], list[int]]:
        """First and last lines of what is pending, in order."""
        ranges = [] if self.pending is None else [Change.of(hunk).range for hunk in self.pending.hunks]
        return [first for first, _ in ranges], [last for _, last in ranges]

    def is_pending(self, hunk: Hunk) -> bool:
        """Whether something of a hunk that was seen in another comparison is still pending."""
        if self.pending is None:
            return False
        if not self.pending.hunks:
            return self.pending.binary or self.pending.file.status in "ADT"
        first, last = Change.of(hunk).range
        starts, ends = self._ranges
        return bisect_right(starts, last) > bisect_left(ends, first)


async def look(working: Working, work: Work, path: bytes, *, seen: FilePatch | None = None) -> Look:
    """Compare one file with the reviewed tree.

    Args:
        seen: what is known to be pending already.
    """
    pending = seen or await patch_of(working, work.reviewed_tree, path)
    if pending is not None:
        oid, mode = pending.file.new_oid, pending.file.new_mode
    else:
        stored = await working.stored_id(path, work.reviewed_tree)
        oid, mode = stored if stored is not None else (None, None)
    return Look(path, pending, version_id(oid, mode))


def version_id(oid: str | None, mode: str | None) -> str:
    """Of one version of a file: git's form of it, and its mode."""
    return ABSENT if oid is None else f"{(mode or '')[-3:]}-{oid[:24]}"


async def patch_of(working: Working, tree: str, path: bytes, *, objects: Working | None = None) -> FilePatch | None:
    """What differs in one file; of an added one, from the file that it was, if it was renamed."""
    found = await working.patch(tree, path, objects=objects)
    if found is None or found.file.status != "A":
        return found
    old_path = await working.renamed_from(tree, path, objects=objects)
    if old_path is None:
        return found
    renamed = await working.patch(tree, path, old_path, objects=objects)
    return renamed if renamed is not None and renamed.file.status == "R" else found


def hunk_ids(path: bytes, patch: FilePatch) -> Callable[[Hunk], str]:
    """Gives a hunk an id that binds it to its place and to the two versions it was seen in."""
    file = patch.file
    versions = hashlib.sha256(path + f"\0{file.old_oid or ABSENT}\0{file.new_oid or ABSENT}".encode())

    def identify(hunk: Hunk) -> str:
        digest = versions.copy()
        digest.update(b"%d %d %d %d" % hunk[:4])
        return f"h{digest.hexdigest()[:20]}"

    return identify


def ranges_of(path: bytes, ids: Sequence[str], patches: Sequence[FilePatch | None]) -> list[Range]:
    """The lines of hunks that are named by their ids.

    Args:
        patches: the comparisons they may have been seen in.

    Raises:
        HedgerowError: STALE_PLAN: one is of a version gone by.
    """
    known: dict[str, Range] = {}
    for patch in patches:
        if patch is not None:
            identify = hunk_ids(path, patch)
            known |= {identify(hunk): Change.of(hunk).range for hunk in patch.hunks}
    missing = [one for one in ids if one not in known]
    if missing:
        raise HedgerowError(
            ErrorCode.STALE_PLAN,
            f"{wire(path)} has changed since this hunk was shown; look at it again",
            path=wire(path), hunks=missing[:20],
        )  # fmt: skip
    return [known[one] for one in ids]
