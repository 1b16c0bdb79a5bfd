"""When a look at the touched files alone tells all that a whole `git status` would. Pure: no git, no files, no clock.

Only what differs between the index and a file is worked out anew, for that depends on the one path and on what is in
`Ground`. What is staged is taken over; untracked files are only ever listed by a whole status, for whether one is
shown, and as what, depends on those beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from hedgerow.git.status import Status
from hedgerow.protocol.checkouts import Counts

MOST_PATHS = 200
"""More are not asked for one by one."""
_MOST_KEPT = 2000
"""Entries of one checkout."""
_LONGEST_SECONDS = 600.0
"""After this a whole one is made again: what is written through a memory map makes no events, and is found then."""

_STAYS = ord(".")
_FILE_STATES = frozenset(b".MDT")
"""Same, modified, deleted, another type. Not among them: an entry that only announces a file (`git add -N`)."""


@dataclass(frozen=True)
class Ground:
    """What a status rests on besides the files themselves. Two that are equal are the same ground.

    Attributes:
        place: which checkout, its directories and its HEAD.
        stamps: of the index, and of every file that says how git compares and what it ignores.
        distrusted: how often something else than files was told to have changed.
    """

    place: object
    stamps: object
    distrusted: tuple[int, ...]


@dataclass(frozen=True)
class Known:
    """The last status of a checkout, by path.

    Attributes:
        changes: as in `Status`.
        untracked: paths; a directory ends in a slash.
        at: everything that was touched since then may differ, on the monotonic clock.
        whole: when the last whole status began.
    """

    ground: Ground
    changes: Mapping[bytes, bytes]
    untracked: frozenset[bytes]
    at: float
    whole: float

    @property
    def counts(self) -> Counts:
        return Counts(
            staged=sum(letters[0] != _STAYS for letters in self.changes.values()),
            unstaged=sum(letters[1] != _STAYS for letters in self.changes.values()),
            untracked=len(self.untracked),
            conflicted=0,
        )


def kept(status: Status, ground: Ground, began: float) -> Known | None:
    """A whole status, if a later one may build on it."""
    if not _is_plain(status) or len(status.changes) + len(status.untracked) > _MOST_KEPT:
        return None
    return Known(ground, status.changes, frozenset(status.untracked), at=began, whole=began)


def may_build_on(known: Known, ground: Ground, touched: Collection[bytes], now: float) -> bool:
    """Whether asking git about the touched files, and no others, can tell the whole."""
    return (
        ground == known.ground
        and now - known.whole < _LONGEST_SECONDS
        and 0 < len(touched) <= MOST_PATHS
        and not any(_is_untracked(path, known.untracked) for path in touched)
    )


def merged(known: Known, touched: Collection[bytes], narrow: Status, until: float) -> Known | None:
    """The whole, from git's answer about the touched files; None when it says more than that files differ or do not.

    Args:
        until: what was touched later is in none of the two.
    """
    if not _is_plain(narrow) or narrow.untracked or narrow.ignored or not narrow.changes.keys() <= set(touched):
        return None
    if any(_staged(known.changes, path) != _staged(narrow.changes, path) for path in touched):
        return None
    changes = {path: letters for path, letters in known.changes.items() if path not in touched} | narrow.changes
    return replace(known, changes=changes, at=until)


def _is_plain(status: Status) -> bool:
    return (
        status.plain
        and not status.conflicted
        and all(letters[1] in _FILE_STATES for letters in status.changes.values())
    )


def _staged(changes: Mapping[bytes, bytes], path: bytes) -> int:
    return changes[path][0] if path in changes else _STAYS


def _is_untracked(path: bytes, untracked: Collection[bytes]) -> bool:
    """Whether it was listed as untracked, or lies in a directory that was."""
    parts = path.split(b"/")
    return path in untracked or any(b"/".join(parts[:end]) + b"/" in untracked for end in range(1, len(parts) + 1))
