"""The two ends of a transition: what each says about the paths in which they differ, with the bytes ready to lay down.

Reads, and writes into a scratch directory only.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from hedgerow.git.errors import GitError, readable
from hedgerow.git.objects import read_tree_entries
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .contents import blob_id, hash_files, write_out
from .held import Held, load
from .index import COPY_CONFIG, GITLINK, LINK
from .trees import TreeFile


@dataclass(frozen=True)
class State:
    """What a checkout holds, as data: a snapshot's, or the clean state of a commit. Exactly one is set.

    Attributes:
        kept_dir: of the snapshot; its untracked files over the size limit are then part of it (ignored ones never are).
    """

    snapshot: str | None = None
    commit: str | None = None
    kept_dir: Path | None = None


class Wanted(NamedTuple):
    """One path of a state: the id of its bytes (of its target, for a link), and permissions to give it."""

    link: bool
    oid: str
    mode: int | None


@dataclass
class Side:
    """One end.

    Attributes:
        entries: every tracked and untracked path as git has it; what is not on disk (sparse checkout) left out.
        held: the snapshot, None for a clean commit.
        wanted: the differing paths that it has, once staged; ``sources`` files with their bytes (a link's target).
    """

    state: State
    entries: dict[bytes, TreeFile]
    held: Held | None
    wanted: dict[bytes, Wanted] = field(default_factory=dict)
    sources: dict[bytes, Path] = field(default_factory=dict)

    def ignored(self) -> Iterator[tuple[bytes, str, bool]]:
        """Files that git ignored in this state: path, id of the bytes (none for a link), whether executable."""
        if self.held is not None:
            for kept in self.held.manifest.kept:
                if kept.ignored:
                    yield kept.path, kept.oid, bool(kept.mode & 0o100)
            for path in self.held.manifest.kept_links:
                yield path, "", False


async def read_side(git: Git, repository: Repository, state: State) -> Side:
    """Raises:
    HedgerowError: a snapshot is gone, or is of a checkout in the middle of an operation.
    """
    if state.snapshot is not None:
        held = await load(git, repository, state.snapshot)
        if held.manifest.operation is not None:
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"{held.manifest.label} is in the middle of a {held.manifest.operation}; finish or abort it first",
            )
        absent = set(held.manifest.absent)
        entries = {path: entry for path, entry in {**held.tracked, **held.untracked}.items() if path not in absent}
        if state.kept_dir is not None:
            entries |= {
                kept.path: TreeFile("100755" if kept.mode & 0o100 else "100644", kept.oid)
                for kept in held.manifest.kept
                if not kept.ignored
            }
        return Side(state, entries, held)
    assert state.commit is not None
    try:
        tree = await read_tree_entries(git, state.commit, cwd=repository.common_dir)
    except GitError as error:
        raise HedgerowError(ErrorCode.BAD_START, f"{state.commit} is not there any more: {error.last_line}") from error
    return Side(state, {entry.path: TreeFile(entry.mode, entry.oid) for entry in tree}, None)


def differing(source: Side, target: Side, *, file_mode: bool) -> list[bytes]:
    """The paths that two states do not share, sorted.

    Args:
        file_mode: whether the executable bit counts (core.fileMode).
    """

    def seen(entry: TreeFile | None) -> TreeFile | None:
        if entry is None or file_mode or entry.mode != "100755":
            return entry
        return TreeFile("100644", entry.oid)

    paths = source.entries.keys() | target.entries.keys()
    absent = {path for side in (source, target) if side.held for path in side.held.manifest.absent}
    found = sorted(
        path for path in paths
        if path not in absent and (
            seen(source.entries.get(path)) != seen(target.entries.get(path)) or _differs_unseen(source, target, path)
        )
    )  # fmt: skip
    for path in found:
        for side in (source, target):
            if path in side.entries and side.entries[path].mode == GITLINK:
                raise HedgerowError(
                    ErrorCode.CONFLICT,
                    f"the submodule '{readable(path)}' differs; update it on both sides first",
                    paths=[readable(path)],
                )
    return found


def _differs_unseen(source: Side, target: Side, path: bytes) -> bool:
    """Whether two snapshots that are the same to git have other bytes, or permissions that one of them names."""
    one, other = source.held, target.held
    if one is None or other is None:
        return False
    if not any(path in named for held in (one, other) for named in (
        held.manifest.raw, held.manifest.smudged, held.manifest.other_modes
    )):  # fmt: skip
        return False
    before, after = one.files.get(path), other.files.get(path)
    if before is None or after is None:
        return False
    unusual = path in one.manifest.other_modes or path in other.manifest.other_modes
    return before.oid != after.oid or (unusual and before.mode != after.mode)


async def stage(
    git: Git,
    repository: Repository,
    admin: Path,
    side: Side,
    paths: Iterable[bytes],
    scratch: Path,
    *,
    contents: bool,
) -> None:
    """Fill `Side.wanted` for those paths, and with ``contents`` have their exact bytes lie in ``scratch``.

    Raises:
        HedgerowError: a filter does not give the bytes back that the snapshot was taken with.
    """
    scratch.mkdir()
    out = scratch / "files"
    out.mkdir()
    staging = _Staging(git, repository, admin, side, out, scratch)
    await staging.run([path for path in paths if path in side.entries], contents)


@dataclass
class _Staging:
    git: Git
    repository: Repository
    admin: Path
    side: Side
    out: Path
    scratch: Path

    async def run(self, paths: list[bytes], contents: bool) -> None:
        held, side = self.side.held, self.side
        kept = {one.path: one for one in held.manifest.kept if not one.ignored} if held else {}
        filtered: list[bytes] = []
        exact: list[bytes] = []
        for path in paths:
            entry = side.entries[path]
            if path in kept and side.state.kept_dir is not None:
                side.wanted[path] = Wanted(False, kept[path].oid, kept[path].mode)
                side.sources[path] = side.state.kept_dir / kept[path].oid
            elif held is not None:
                expected = held.files[path]
                side.wanted[path] = Wanted(expected.link, expected.oid, expected.mode)
                (filtered if path in held.manifest.smudged else exact).append(path)
            elif entry.mode == LINK:
                side.wanted[path] = Wanted(True, entry.oid, None)
                exact.append(path)
            else:
                filtered.append(path)
        if contents:
            for path in exact:
                side.sources[path] = self.scratch / side.wanted[path].oid
            await write_out(
                self.git, self.repository.common_dir, (side.wanted[path].oid for path in exact), self.scratch
            )
        if contents or held is None:
            await self._check_out(filtered)

    async def _check_out(self, paths: list[bytes]) -> None:
        """Through the filters, into a directory of ours: attributes come from this side's own tree."""
        if not paths:
            return
        held = self.side.held
        env = {
            "GIT_DIR": str(self.admin), "GIT_WORK_TREE": str(self.out),
            "GIT_INDEX_FILE": str(self.scratch / "side-index"),
        }  # fmt: skip
        lines = b"".join(
            f"{entry.mode} {entry.oid} 0\t".encode() + path + b"\0" for path, entry in self.side.entries.items()
        )
        await self.git.write(
            "update-index", "-z", "--index-info", cwd=self.out, env=env, config=COPY_CONFIG, input=lines
        )
        await self.git.write(
            "checkout-index", "-f", "-q", "-z", "--stdin", cwd=self.out, env=env,
            config=(*COPY_CONFIG, *(held.manifest.options if held else ())), input=b"\0".join(paths) + b"\0",
        )  # fmt: skip
        hashes = await hash_files(self.git, self.repository.common_dir, [os.fsencode(self._place(p)) for p in paths])
        for path, oid in zip(paths, hashes, strict=True):
            place = self._place(path)
            mode = stat.S_IMODE(os.lstat(place).st_mode)
            if held is not None:
                if oid != held.manifest.smudged[path]:
                    raise HedgerowError(
                        ErrorCode.CONFLICT,
                        f"the filters of '{readable(path)}' do not give back the bytes it had",
                        paths=[readable(path)],
                    )
                mode = held.files[path].mode or mode
            self.side.wanted[path] = Wanted(False, oid, mode)
            self.side.sources[path] = place

    def _place(self, path: bytes) -> Path:
        return Path(os.fsdecode(os.fsencode(self.out) + b"/" + path))


class OnDisk(NamedTuple):
    """What lies at a path of the checkout now, with the stat that tells when it changes."""

    link: bool
    directory: bool
    oid: str
    executable: bool
    seen: tuple[int, ...]

    def matches(self, wanted: Wanted | None) -> bool:
        if wanted is None or self.directory or self.link != wanted.link or self.oid != wanted.oid:
            return False
        return self.link or self.executable == bool((wanted.mode or 0) & 0o100)

    def is_exactly(self, wanted: Wanted | None) -> bool:
        """The same, permissions included where they are said."""
        if wanted is None or not self.matches(wanted):
            return False
        return self.link or wanted.mode is None or self.seen[0] & 0o7777 == wanted.mode


async def look(git: Git, repository: Repository, checkout: Path, paths: Iterable[bytes]) -> dict[bytes, OnDisk]:
    """What lies at those paths; one that has nothing is left out."""
    root = os.fsencode(checkout)
    wanted = list(paths)
    stats = await asyncio.to_thread(lambda: {path: lstat_within(root, path) for path in wanted})
    present = {path: status for path, status in stats.items() if status is not None}
    plain = [path for path, status in present.items() if stat.S_ISREG(status.st_mode)]
    hashes = dict(zip(plain, await hash_files(git, checkout, plain), strict=True))
    found: dict[bytes, OnDisk] = {}
    for path, status in present.items():
        if path in hashes:
            found[path] = OnDisk(False, False, hashes[path], bool(status.st_mode & 0o100), stamp(status))
        elif stat.S_ISLNK(status.st_mode):
            oid = blob_id(repository, os.readlink(root + b"/" + path))
            found[path] = OnDisk(True, False, oid, False, stamp(status))
        else:
            found[path] = OnDisk(False, True, "", False, stamp(status))
    return found


def stamp(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def lstat_within(root: bytes, path: bytes) -> os.stat_result | None:
    """`lstat`, None where nothing is; a parent that is a link counts as nothing there."""
    parent = path.rpartition(b"/")[0]
    while parent:
        try:
            if not stat.S_ISDIR(os.lstat(root + b"/" + parent).st_mode):
                return None
        except (FileNotFoundError, NotADirectoryError):
            return None
        parent = parent.rpartition(b"/")[0]
    try:
        return os.lstat(root + b"/" + path)
    except (FileNotFoundError, NotADirectoryError):
        return None
