"""Which files git would not give back byte for byte, and what of them has to be kept beside its trees.

Stores the bytes that need it; decides nothing about what is ignored or too large.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .contents import blob_id, given_back, hash_files
from .index import GITLINK, LINK, TemporaryIndex
from .manifest import KeptFile
from .reading import Reading
from .together import two
from .trees import TreeFile, Trees


class ChangedMeanwhileError(Exception):
    """The checkout was changed while it was read."""

    def __init__(self, paths: Sequence[bytes]) -> None:
        super().__init__()
        self.paths = list(paths)


@dataclass
class Contents:
    """Exact bytes of everything that goes into git, and what stays outside; see `Manifest`."""

    raw: dict[bytes, str] = field(default_factory=dict)
    smudged: dict[bytes, str] = field(default_factory=dict)
    absent: list[bytes] = field(default_factory=list)
    kept: list[KeptFile] = field(default_factory=list)
    kept_links: dict[bytes, bytes] = field(default_factory=dict)


async def find_contents(
    git: Git, repository: Repository, checkout: Path, reading: Reading, trees: Trees,
    hashes: Mapping[bytes, str], outside: Sequence[bytes], scratch: Path,
) -> Contents:  # fmt: skip
    """Compare every file's bytes with what git has of it, and store those that a checkout would not give back.

    Args:
        hashes: id of the bytes of every plain file.
        outside: files that do not enter git.

    Raises:
        ChangedMeanwhileError: a file is not what git just read.
    """
    comparing = _Comparing(repository, os.fsencode(checkout), reading, hashes)
    comparing.keep_outside(outside)
    work = comparing.differing(trees.tracked)
    untracked = comparing.differing(trees.untracked)
    found = comparing.found
    from_work, from_untracked = await two(
        _given_back(trees.work_index, work, hashes, scratch / "smudged"),
        _given_back(trees.untracked_index, untracked, hashes, scratch / "smudged-untracked"),
    )
    found.smudged = {path: hashes[path] for path in from_work | from_untracked}
    store = sorted(comparing.always_raw | {*work, *untracked} - found.smudged.keys())
    stored = await hash_files(git, checkout, store, write=True)
    found.raw = dict(zip(store, stored, strict=True))
    changed = [path for path, oid in found.raw.items() if oid != hashes[path]]
    if changed:
        raise ChangedMeanwhileError(changed)
    return found


async def _given_back(
    index: TemporaryIndex, paths: Sequence[bytes], hashes: Mapping[bytes, str], scratch: Path
) -> set[bytes]:
    return await given_back(index, paths, [hashes[path] for path in paths], scratch)


class _Comparing:
    """One pass over the files of a checkout."""

    def __init__(self, repository: Repository, root: bytes, reading: Reading, hashes: Mapping[bytes, str]) -> None:
        self.repository = repository
        self.root = root
        self.on_disk = reading.walk.files
        self.links = reading.walk.links
        self.skipped = {entry.path for entry in reading.index.unusual if entry.skipped}
        self.ignored = set(reading.ignored)
        self.hashes = hashes
        self.found = Contents()
        self.always_raw: set[bytes] = set()

    def keep_outside(self, paths: Sequence[bytes]) -> None:
        for path in paths:
            on = self.on_disk[path]
            if path in self.links:
                self.found.kept_links[path] = self._link(path)
            else:
                self.found.kept.append(KeptFile(path, on.permissions, on.size, self.hashes[path], path in self.ignored))

    def differing(self, entries: Mapping[bytes, TreeFile]) -> list[bytes]:
        """Plain files whose bytes are not those of their blob; everything else is checked on the way."""
        result: list[bytes] = []
        for path, entry in entries.items():
            on = self.on_disk.get(path)
            if on is None:
                self._not_there(path, entry)
            elif path in self.links:
                if entry.mode != LINK or blob_id(self.repository, self._link(path)) != entry.oid:
                    raise ChangedMeanwhileError([path])
            elif entry.mode == LINK:  # core.symlinks=false: a plain file stands for the link
                self.always_raw.add(path)
            elif self.hashes[path] != entry.oid:
                result.append(path)
        return result

    def _not_there(self, path: bytes, entry: TreeFile) -> None:
        if entry.mode == GITLINK:
            return
        if path not in self.skipped:
            raise ChangedMeanwhileError([path])
        self.found.absent.append(path)

    def _link(self, path: bytes) -> bytes:
        return os.readlink(self.root + b"/" + path)


def usual_modes(reading: Reading, entries: dict[bytes, TreeFile]) -> tuple[tuple[int, int, int], dict[bytes, int]]:
    """The permissions most files have, by kind, and the exceptions."""
    on_disk, links = reading.walk.files, reading.walk.links
    classes: tuple[dict[bytes, int], dict[bytes, int], dict[bytes, int]] = ({}, {}, dict(reading.walk.directories))
    for path, entry in entries.items():
        on = on_disk.get(path)
        if on is not None and path not in links:
            classes[1 if entry.mode == "100755" else 0][path] = on.mode & 0o7777
    usual: list[int] = []
    other: dict[bytes, int] = {}
    for modes, default in zip(classes, (0o644, 0o755, 0o755), strict=True):
        most = Counter(modes.values()).most_common(1)
        mode = most[0][0] if most else default
        usual.append(mode)
        other |= {path: found for path, found in modes.items() if found != mode}
    return (usual[0], usual[1], usual[2]), other
