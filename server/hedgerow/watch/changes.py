"""What a watcher tells: values only. A mark says that something was touched, never what has become of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from pathlib import Path


class NoWatchesLeftError(Exception):
    """The system, or our share of it, has no watches left."""


class Touch(IntFlag):
    """What was seen to happen to a path since it was told last."""

    MADE = 1
    WRITTEN = 2
    CLOSED = 4
    """Written and let go of, or moved into its place whole: whoever wrote it is done for now."""
    GONE = 8
    META = 16
    """Mode or times."""
    DIRECTORY = 32
    NEW = 64
    """The first that was seen of it was that it was made: before, there was nothing of that name."""


@dataclass(frozen=True)
class WatchedCheckout:
    """A checkout as far as a watcher has to know it.

    Attributes:
        admin: its administrative directory; the common directory for Local.
        files: its files may be watched. Not those of an untrusted repository: what is ignored there is git's to say,
            and git is not run there.
        identity: changes when another directory takes its place.
    """

    id: str
    path: Path
    admin: Path
    files: bool
    identity: object = None


@dataclass(frozen=True)
class WatchedRepository:
    common_dir: Path
    checkouts: Sequence[WatchedCheckout]


@dataclass(frozen=True)
class Edits:
    """Files of one checkout were touched.

    Attributes:
        paths: relative, as bytes. None when it is not known which (events were lost): look at all of it.
        renames: new path -> old path, where both were seen; either may be gone again.
        at: when the last of it was seen, on the monotonic clock: what was read later knows of it.
    """

    checkout: str
    paths: Mapping[bytes, Touch] | None
    renames: Mapping[bytes, bytes] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass(frozen=True)
class Passing:
    """Files that nobody is told of came and went, and nothing else happened: who looked meanwhile may have seen them.

    Attributes:
        since: when the first of it was seen, on the monotonic clock.
    """

    checkout: str
    since: float


@dataclass(frozen=True)
class GitChange:
    """Something in git's directories of one repository changed.

    Attributes:
        refs: HEADs, refs, configuration, or which worktrees there are.
        administered: administrative directories whose index or operation in progress changed.
        rules: what is ignored may have changed, there or, when there is none, everywhere.
        at: as for edits.
    """

    common_dir: Path
    refs: bool
    administered: frozenset[Path] = frozenset()
    rules: bool = False
    at: float = field(default_factory=time.monotonic, compare=False)
