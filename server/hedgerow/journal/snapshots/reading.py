"""Everything a snapshot looks at in a checkout, read once; two equal readings mean nothing changed between them.

Its fingerprint is what a plan's token binds. Reads only: `git status` by others does not change it.
"""

from __future__ import annotations

import asyncio
import hashlib
import marshal
import os
import struct
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .admin_state import AdminState, read_admin_state
from .index import READ_CONFIG, Index, read_index, read_listing
from .nested import sort_nested
from .obstacles import Obstacle, ObstacleKind, refuse
from .together import two
from .walk import Walk, extend, walk

_STAT = struct.Struct("<IQqqQQ")
"""A `FileStat`, field by field."""


@dataclass(frozen=True)
class Conversions:
    """Settings of a repository that decide what bytes and modes a checkout writes; lower-case name -> value."""

    values: dict[str, str]

    def on(self, name: str, *, default: bool) -> bool:
        value = self.values.get(name)
        return default if value is None else value.lower() in {"", "true", "yes", "on", "1"}

    @property
    def sparse(self) -> bool:
        return self.on("core.sparsecheckout", default=False)

    @property
    def file_mode(self) -> bool:
        return self.on("core.filemode", default=True)

    @property
    def links(self) -> bool:
        return self.on("core.symlinks", default=True)

    @property
    def as_options(self) -> tuple[str, ...]:
        """What git must be told to convert line endings as it did here."""
        names = ("core.autocrlf", "core.eol")
        return tuple(f"{name}={self.values[name]}" for name in names if name in self.values)


@dataclass(frozen=True)
class Reading:
    """One look at a checkout.

    Attributes:
        untracked: files git would show as untracked.
        ignored: files git ignores and nothing can rebuild.
        rebuildable: ignored directories with a name from the list, holding no tracked file; not entered.
        submodules: populated submodules; not entered.
        entered: directories entered although they looked rebuildable or bare.
    """

    state: AdminState
    index: Index
    walk: Walk
    conversions: Conversions
    untracked: list[bytes]
    ignored: list[bytes]
    rebuildable: list[bytes]
    submodules: dict[bytes, str]
    entered: list[bytes]

    @property
    def obstacles(self) -> list[Obstacle]:
        return self.walk.obstacles

    @cached_property
    def fingerprint(self) -> str:
        found = self.walk
        seen = hashlib.sha256(self.index.listing)
        paths = sorted(found.files)
        seen.update(b"\0".join(paths))
        seen.update(b"".join([_STAT.pack(*found.files[path]) for path in paths]))
        seen.update(
            marshal.dumps(
                [
                    sorted(self.index.intended),
                    sorted(found.directories.items()),
                    sorted((obstacle.kind.value, obstacle.path) for obstacle in found.obstacles),
                    self.untracked,
                    self.ignored,
                    self.rebuildable,
                    sorted(self.submodules.items()),
                    (self.state.head.ref, self.state.head.oid),
                    sorted(self.state.files.items()),
                    sorted(self.state.modes.items()),
                    sorted(self.state.reflogs.items()),
                    sorted(self.state.refs.items()),
                    sorted(self.state.root_refs.items()),
                    sorted(self.conversions.values.items()),
                ],
                2,  # the last format without references, so that equal values give equal bytes
            )
        )
        return seen.hexdigest()


async def read_checkout(
    git: Git, repository: Repository, checkout: Path, admin: Path, *, rebuildable: Collection[str]
) -> Reading:
    """Read a checkout.

    Args:
        rebuildable: names of directories that need not be kept when git ignores them.

    Raises:
        HedgerowError: the checkout or its index cannot be read.
    """
    root = os.fsencode(checkout)
    names = frozenset(os.fsencode(name) for name in rebuildable)
    try:
        found, index, state, conversions = await _read_all(git, repository, checkout, admin, names)
        rebuilt, entered = await _settle_questions(git, checkout, root, found, index, names)
        submodules = await sort_nested(git, repository, checkout, found, index.gitlinks)
        outside = sorted(path for path in found.files if path not in index.tracked)
        ignored = await _ignored(git, checkout, outside)
    except GitError as error:
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT, f"this checkout cannot be read: {error.last_line}", git=error.stderr
        ) from error
    except OSError as error:
        raise HedgerowError(ErrorCode.CANNOT_SNAPSHOT, f"this checkout cannot be read: {error}") from error
    return Reading(
        state=state,
        index=index,
        walk=found,
        conversions=conversions,
        untracked=[path for path in outside if path not in ignored],
        ignored=[path for path in outside if path in ignored],
        rebuildable=rebuilt,
        submodules=submodules,
        entered=entered,
    )


async def changed_since(
    git: Git, repository: Repository, checkout: Path, admin: Path, reading: Reading, *, rebuildable: Collection[str]
) -> list[bytes] | None:
    """A second look at what was read: the paths that changed, an empty list when something else did, None when nothing.

    Cheaper than reading again: nothing is classified anew, and the index listing is compared as it comes.
    """
    root, names = os.fsencode(checkout), frozenset(os.fsencode(name) for name in rebuildable)

    def walk_again() -> Walk:
        found = walk(root, rebuildable=names)
        extend(found, root, reading.entered, rebuildable=names)
        return found

    walking = asyncio.ensure_future(asyncio.to_thread(walk_again))
    try:
        listing, state = await two(read_listing(git, checkout), read_admin_state(git, repository, checkout, admin))
    finally:
        found = await walking
    await sort_nested(git, repository, checkout, found, reading.index.gitlinks)
    before = reading.walk
    if found.files != before.files:
        names_now = found.files.keys() | before.files.keys()
        return sorted(path for path in names_now if found.files.get(path) != before.files.get(path))
    same = (
        listing == reading.index.listing
        and state == reading.state
        and found.directories == before.directories
        and sorted(set(found.candidates) - set(reading.entered)) == reading.rebuildable
        and set(found.bare) <= set(reading.entered)
        and {(one.kind, one.path) for one in found.obstacles} <= {(one.kind, one.path) for one in before.obstacles}
    )
    return None if same else []


async def fingerprint(
    git: Git, repository: Repository, checkout: Path, admin: Path, *, rebuildable: Collection[str]
) -> str:
    """What a plan's token binds: it changes whenever anything a snapshot of this checkout holds changes.

    Raises:
        HedgerowError: (`cannotSnapshot`) the checkout cannot be read, or holds what no snapshot can.
    """
    reading = await read_checkout(git, repository, checkout, admin, rebuildable=rebuildable)
    refuse(reading.obstacles)
    return reading.fingerprint


async def _read_all(
    git: Git, repository: Repository, checkout: Path, admin: Path, names: frozenset[bytes]
) -> tuple[Walk, Index, AdminState, Conversions]:
    walking = asyncio.ensure_future(asyncio.to_thread(walk, os.fsencode(checkout), rebuildable=names))
    try:
        index, (state, conversions) = await two(
            read_index(git, checkout, admin / "index"),
            two(read_admin_state(git, repository, checkout, admin), read_conversions(git, checkout)),
        )
    finally:
        found = await walking
    return found, index, state, conversions


async def read_conversions(git: Git, checkout: Path) -> Conversions:
    """The settings in force in a checkout; of several values the last one counts."""
    out = await git.read(
        "config", "-z", "--get-regexp", r"^core\.(sparsecheckout|filemode|symlinks|autocrlf|eol)$",
        cwd=checkout, ok=(0, 1),
    )  # fmt: skip
    values: dict[str, str] = {}
    for item in out.split(b"\0"):
        if item:
            name, _, value = item.decode("utf-8", "replace").partition("\n")
            values[name] = value
    return Conversions(values)


async def _settle_questions(
    git: Git, checkout: Path, root: bytes, found: Walk, index: Index, names: frozenset[bytes]
) -> tuple[list[bytes], list[bytes]]:
    """Decide about the directories the walk did not enter, entering those that have to be held."""
    rebuilt: list[bytes] = []
    entered: list[bytes] = []
    while found.candidates or found.bare:
        candidates, found.candidates = found.candidates, []
        bare, found.bare = found.bare, []
        ignored = await _ignored(git, checkout, [path + b"/" for path in candidates])
        enter = []
        for path in candidates:
            if path + b"/" in ignored and not index.holds_below(path):
                rebuilt.append(path)
            else:
                enter.append(path)
        for path in bare:
            if path + b"/HEAD" in index.tracked:
                enter.append(path)  # a fixture: its files are tracked like any other
            else:
                found.obstacles.append(Obstacle(ObstacleKind.REPOSITORY, path))
        entered += enter
        for path in enter:
            found.childless.discard(path.rpartition(b"/")[0])
        if enter:
            await asyncio.to_thread(extend, found, root, enter, rebuildable=names)
    return sorted(rebuilt), entered


async def _ignored(git: Git, checkout: Path, paths: list[bytes]) -> frozenset[bytes]:
    """Those of the paths that git ignores. A failed question is an error, never "none"."""
    if not paths:
        return frozenset()
    # check-ignore refuses literal pathspecs, so a leading "./" keeps a name such as `:(top)` from being magic.
    # check-ignore is the one command that refuses GIT_LITERAL_PATHSPECS; "./" keeps names from being magic.
    given = b"".join(b"./" + path + b"\0" for path in paths)
    out = await git.read(
        "check-ignore", "-z", "--stdin",
        cwd=checkout, input=given, ok=(0, 1), config=READ_CONFIG, env={"GIT_LITERAL_PATHSPECS": "0"},
    )  # fmt: skip
    return frozenset(path[2:] for path in out.split(b"\0") if path)
