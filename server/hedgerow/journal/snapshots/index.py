"""An index as entries, and temporary copies of it to work on. Never writes the checkout's own index."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from hedgerow.git.environment import ON_INDEX_COPIES
from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git
from hedgerow.journal import files

COPY_CONFIG = (
    *ON_INDEX_COPIES,
    "core.protectNTFS=false",
    "core.protectHFS=false",
    "core.trustctime=true",
    "core.checkStat=default",
)
"""For every call on an index of ours. The names that NTFS or HFS forbid are fine files here; a hold that
refuses them would lose them."""

READ_CONFIG = ("core.sparseCheckout=false", "index.sparse=false")
"""With sparse checkout on, `ls-files -v` shows an entry that exists on disk without its skip-worktree bit."""

GITLINK = "160000"
LINK = "120000"


class IndexEntry(NamedTuple):
    """One line of `ls-files -s -v`; ``tag`` is lower case for assume-unchanged, `S` for skip-worktree."""

    tag: str
    mode: str
    oid: str
    stage: int
    path: bytes

    @property
    def assumed_unchanged(self) -> bool:
        return self.tag.islower()

    @property
    def skipped(self) -> bool:
        return self.tag in {"S", "s"}


@dataclass(frozen=True)
class Index:
    """The entries of an index, in git's order; taken apart only as far as somebody asks.

    Attributes:
        listing: git's own words for all of it, flags included: what a fingerprint binds.
        intended: paths of entries made by `add --intent-to-add`.
    """

    listing: bytes
    intended: frozenset[bytes] = field(default_factory=frozenset)

    @cached_property
    def entries(self) -> list[IndexEntry]:
        return [_entry(line) for line in self.listing.split(b"\0") if line]

    @cached_property
    def unusual(self) -> list[IndexEntry]:
        """The entries that are unmerged or carry a flag: few, found without looking at the others."""
        return [_entry(line) for line in _UNUSUAL.findall(self.listing)]

    @cached_property
    def paths(self) -> list[bytes]:
        return _PATH.findall(self.listing)

    @cached_property
    def tracked(self) -> frozenset[bytes]:
        return frozenset(self.paths)

    @cached_property
    def unmerged(self) -> list[IndexEntry]:
        return [entry for entry in self.unusual if entry.stage]

    @cached_property
    def gitlinks(self) -> dict[bytes, str]:
        if b" 160000 " not in self.listing:
            return {}
        return {entry.path: entry.oid for entry in self.entries if entry.mode == GITLINK}

    def holds_below(self, directory: bytes) -> bool:
        """Whether a tracked file lies below a directory."""
        prefix = directory + b"/"
        at = bisect_left(self.paths, prefix)
        return at < len(self.paths) and self.paths[at].startswith(prefix)


def _entry(line: bytes) -> IndexEntry:
    meta, _, path = line.partition(b"\t")
    tag, mode, oid, stage = meta.decode().split(" ")
    return IndexEntry(tag, mode, oid, int(stage), path)


_UNUSUAL = re.compile(rb"(?:(?<=\0)|\A)([^H] [^\t]*\t[^\0]*)\0")
"""Git tags an unmerged entry `M`, one with a flag `S`, `h` or `s`; all others `H`."""
_PATH = re.compile(rb"[^\t\0]*\t([^\0]*)\0")


async def read_index(git: Git, checkout: Path, index: Path) -> Index:
    """The entries of the checkout's own index (``index`` is its file, looked at for its version only)."""
    listing = await read_listing(git, checkout)
    intended: frozenset[bytes] = frozenset()
    if any(blob in listing for blob in _EMPTY_BLOBS) and _may_have_extended_flags(index):
        empty = {entry.path for entry in Index(listing).entries if entry.oid.encode() in _EMPTY_BLOBS}
        intended = frozenset(empty & await _intended(git, checkout))
    return Index(listing, intended)


async def read_listing(git: Git, checkout: Path) -> bytes:
    """Every entry of the checkout's own index with its flags (but intent-to-add), in git's words."""
    return await git.read("ls-files", "-s", "-v", "-z", cwd=checkout, config=READ_CONFIG)


_EMPTY_BLOBS = frozenset(
    {b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"}
)
EMPTY_BLOBS = frozenset(oid.decode() for oid in _EMPTY_BLOBS)
"""An entry with one of these may be an intention to add, which is lost when it is entered anew."""
_INTENT_TO_ADD = 0x20000000


def _may_have_extended_flags(index: Path) -> bool:
    """Version 2 has no room for them; a split index keeps its entries in another file."""
    try:
        raw = index.read_bytes()
    except FileNotFoundError:
        return False
    return raw[4:8] != b"\0\0\0\2" or b"link" in raw


async def _intended(git: Git, checkout: Path) -> set[bytes]:
    """Intent-to-add shows nowhere but in the raw flags of `--debug`."""
    out = await git.read("ls-files", "--debug", "-z", cwd=checkout, config=READ_CONFIG)
    return {path for path, flags in _DEBUG_ENTRY.findall(out) if int(flags, 16) & _INTENT_TO_ADD}


_DEBUG_ENTRY = re.compile(
    rb"([^\0]*)\0  ctime: \S+\n  mtime: \S+\n  dev: \S+\tino: \S+\n  uid: \S+\tgid: \S+\n"
    rb"  size: \S+\tflags: ([0-9a-f]+)\n"
)


class TemporaryIndex:
    """An index file of ours, and git calls on it.

    Args:
        checkout: the top of the checkout the index is about.
        path: the file; it may not exist yet (an empty index).
    """

    def __init__(self, git: Git, checkout: Path, path: Path, admin: Path | None = None) -> None:
        self.git = git
        self.checkout = checkout
        self.path = path
        self._env = {"GIT_INDEX_FILE": str(path)}
        if admin is not None:  # the index of a checkout whose directory is not looked at
            self._env |= {"GIT_DIR": str(admin), "GIT_WORK_TREE": str(checkout)}

    def copy_to(self, path: Path) -> TemporaryIndex:
        if self.path.exists():
            files.copy_with_times(self.path, path)
        return TemporaryIndex(self.git, self.checkout, path)

    async def write(
        self,
        *args: str | bytes,
        input: bytes | None = None,  # noqa: A002
        ok: Sequence[int] = (0,),
        config: Sequence[str] = (),
    ) -> bytes:
        return await self.git.write(
            *args, cwd=self.checkout, input=input, env=self._env, config=(*COPY_CONFIG, *config), ok=ok
        )

    async def read(self, *args: str | bytes, input: bytes | None = None) -> bytes:  # noqa: A002
        return await self.git.read(*args, cwd=self.checkout, input=input, env=self._env, config=COPY_CONFIG)

    async def make_plain(self) -> None:
        """One file on its own: not split, no caches that another program keeps."""
        await self.write("update-index", "--no-split-index", "--no-untracked-cache", "--no-fsmonitor")

    async def write_tree(self) -> str:
        return (await self.write("write-tree")).decode().strip()

    async def set_entries(self, lines: Sequence[tuple[str, str, int, bytes]]) -> None:
        """Enter (mode, oid, stage, path) as they are; mode `0` removes the path."""
        text = b"".join(f"{mode} {oid} {stage}\t".encode() + path + b"\0" for mode, oid, stage, path in lines)
        await self.write("update-index", "-z", "--index-info", input=text)

    async def enter_files(self, paths: Sequence[bytes]) -> Mapping[bytes, str]:
        """Add files as git does, through clean filters; where that fails, their raw bytes.

        Returns:
            paths that git refuses to name at all, with its words.
        """
        if not paths:
            return {}
        try:
            await self.write("update-index", "--add", "--remove", "-z", "--stdin", input=b"\0".join(paths) + b"\0")
        except GitError as error:
            if len(paths) > 1:
                middle = len(paths) // 2
                refused = dict(await self.enter_files(paths[:middle]))
                refused |= await self.enter_files(paths[middle:])
                return refused
            return await self._enter_raw(paths[0], error)
        return {}

    async def _enter_raw(self, path: bytes, error: GitError) -> dict[bytes, str]:
        mode = os.lstat(os.path.join(os.fsencode(self.checkout), path)).st_mode
        raw = await self.git.write("hash-object", "-w", "--no-filters", "--", b"./" + path, cwd=self.checkout)
        line = f"{'100755' if mode & 0o100 else '100644'} {raw.decode().strip()} 0\t".encode() + path + b"\0"
        try:
            await self.write("update-index", "-z", "--add", "--index-info", input=line)
        except GitError:
            return {path: error.last_line}
        return {}


def copy_of_index(git: Git, checkout: Path, index: Path, target: Path) -> TemporaryIndex:
    """A copy of the checkout's own index, its time included, before any git call sees it."""
    if index.exists():
        files.copy_with_times(index, target)
    return TemporaryIndex(git, checkout, target)
