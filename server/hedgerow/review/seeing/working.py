"""The files of a checkout as they are now, for git to compare with: an index of ours says which files there are.

Never touches the checkout's own index: a copy in a temporary directory is brought up to date, or a small index of the
few files that are asked about is made. What has to be stored to be compared goes into that directory too.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.configuration import read_configuration, truth
from hedgerow.git.diffs import GITLINK, ChangedFile, FilePatch, changed_files, file_patch
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.journal.snapshots.index import COPY_CONFIG, READ_CONFIG, IndexEntry, copy_of_index, read_index
from hedgerow.journal.snapshots.together import two
from hedgerow.journal.snapshots.trees import TreeFile

from ..trees import files_in

_CONFIG = tuple(setting for setting in COPY_CONFIG if not setting.startswith("core.fileMode"))
"""A person who has told git to pass over the executable bit is not asked to review it."""

_CACHES = (b"link", b"UNTR", b"FSMN")
"""Marks of an index that depends on another file, or on what another program remembers."""


@dataclass(frozen=True)
class Working:
    """The files of one checkout.

    Attributes:
        scratch: a directory of ours; the index is in it, and objects that nothing else needs. None where the checkout's
            own index says all there is to say: it is read, and not copied.
        untracked: in sorted order, ignored ones left out.
        unmerged: what a merge left unresolved.
    """

    git: Git
    checkout: Checkout
    scratch: Path | None
    untracked: Sequence[bytes] = ()
    unmerged: frozenset[bytes] = field(default_factory=frozenset)

    @property
    def env(self) -> dict[str, str]:
        return {} if self.scratch is None else {"GIT_INDEX_FILE": str(self.scratch / "index"), **self.objects}

    @property
    def objects(self) -> dict[str, str]:
        """Where git finds what was stored apart, and stores more; nothing when it was not."""
        objects = None if self.scratch is None else self.scratch / "objects"
        if objects is None or not objects.is_dir():
            return {}
        theirs = self.checkout.repository.common_dir / "objects"
        return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(theirs)}

    async def changed(
        self, old: str, *, paths: Sequence[bytes] = (), objects: Working | None = None, count: bool = True
    ) -> list[ChangedFile]:
        """Every file that differs from a tree, or which of ``paths`` do: then a rename is two files.

        Args:
            objects: where that tree is, if it was stored apart.
        """
        env = self.env | (objects.objects if objects is not None else {})
        return await changed_files(
            self.git, self.checkout.path, old, env=env, config=_CONFIG, count=count, paths=paths, renames=not paths
        )

    async def patch(
        self, old: str, path: bytes, old_path: bytes | None = None, *, objects: Working | None = None
    ) -> FilePatch | None:
        """What differs from a tree in one file."""
        env = self.env | (objects.objects if objects is not None else {})
        return await file_patch(self.git, self.checkout.path, old, path, old_path=old_path, env=env, config=_CONFIG)

    async def holds(self, path: bytes) -> bool:
        """Whether the checkout's own index has a file, with nothing about it that needs an index of ours."""
        out = await self.git.read("ls-files", "-s", "-v", "-z", "--", path, cwd=self.checkout.path, config=READ_CONFIG)
        entries = _entries(out)
        return len(entries) == 1 and entries[0].path == path and entries[0].tag == "H" and entries[0].mode != GITLINK

    async def renamed_from(self, old: str, path: bytes, *, objects: Working | None = None) -> bytes | None:
        """Where a file that a tree lacks was in it; looked for among all that differs."""
        async with whole(self.git, self.checkout) as everything:
            changed = await everything.changed(old, objects=objects, count=False)
        return next((one.old_path for one in changed if one.path == path), None)

    async def stored_id(self, path: bytes, tree: str) -> tuple[str, str] | None:
        """Id and mode of a file that does not differ from a tree; None when it is in neither."""
        found = await files_in(self.git, self.checkout.repository.git, tree, [path])
        return (found[path].oid, found[path].mode) if path in found else None

    async def write(self, *args: str | bytes, input: bytes | None = None) -> bytes:  # noqa: A002
        """A git call on the index of ours."""
        assert self.scratch is not None, "the checkout's own index is only read"
        return await self.git.write(*args, cwd=self.checkout.path, input=input, env=self.env, config=_CONFIG)

    async def enter(self, lines: Sequence[tuple[str, str, bytes]]) -> None:
        """Enter (mode, oid, path) as they are; mode `0` removes the path."""
        if lines:
            text = b"".join(f"{mode} {oid} 0\t".encode() + path + b"\0" for mode, oid, path in lines)
            await self.write("update-index", "-z", "--index-info", input=text)

    async def store(self, paths: Sequence[bytes]) -> dict[bytes, TreeFile]:
        """Files as git would add them now, written to the object database; what is not there is left out.

        Raises:
            GitError: a filter fails, or a file cannot be read.
        """
        if not paths:
            return {}
        given = b"\0".join(paths) + b"\0"
        await self.write("update-index", "--add", "--remove", "--replace", "-z", "--stdin", input=given)
        out = await self.git.read("ls-files", "-s", "-z", cwd=self.checkout.path, env=self.env, config=_CONFIG)
        wanted = set(paths)
        found: dict[bytes, TreeFile] = {}
        for line in out.split(b"\0"):
            meta, _, path = line.partition(b"\t")
            if path in wanted:
                mode, oid, _ = meta.decode().split(" ")
                found[path] = TreeFile(mode, oid)
        return found

    async def staged(self) -> str:
        """The index as it is, as a tree; unmerged paths count as our side of them."""
        zero = self.checkout.repository.git.zero
        await self.enter([("0", zero, path) for path in self.untracked])
        return (await self.write("write-tree", "--missing-ok")).decode().strip()

    async def tree(self) -> str:
        """Everything as a tree, among the objects of ours: `env` says where."""
        await self.write("add", "-u", "--sparse")
        await self.store(self.untracked)
        return (await self.write("write-tree")).decode().strip()


@contextlib.asynccontextmanager
async def whole(
    git: Git, checkout: Checkout, *, stays: Collection[bytes] = (), apart: bool = False, writing: bool = False
) -> AsyncIterator[Working]:
    """All files of a checkout.

    Args:
        stays: untracked files, and directories of such, that count as ignored.
        apart: objects are going to be written, into a directory of ours and not into the repository.
        writing: objects are going to be written, into the repository.
    """
    with files.scratch_directory() as scratch:
        if apart:
            files.make_directory(scratch / "objects")
        yield await _whole(git, checkout, stays, scratch, apart or writing)


async def _whole(git: Git, checkout: Checkout, stays: Collection[bytes], scratch: Path, writing: bool) -> Working:
    index, untracked = await two(
        read_index(git, checkout.path, checkout.admin / "index"), _untracked(git, checkout, stays)
    )
    unusual = index.unusual
    unmerged = frozenset(entry.path for entry in index.unmerged)
    if not unusual and not untracked and not index.gitlinks and not writing:
        return Working(git, checkout, None)
    working = Working(git, checkout, scratch, untracked=untracked, unmerged=unmerged)
    copy = copy_of_index(git, checkout.path, checkout.admin / "index", scratch / "index")
    if copy.path.exists() and any(mark in copy.path.read_bytes() for mark in _CACHES):
        await copy.make_plain()
    zero, empty = checkout.repository.git.zero, _empty_blob(checkout)
    await working.enter([
        *(("0", zero, path) for path in unmerged),
        *((entry.mode, entry.oid, entry.path) for entry in _resolved(index.unmerged)),
        *(("100644", empty, path) for path in untracked),
    ])  # fmt: skip
    await _unhide(working, unusual)
    await _look_into(working, list(index.gitlinks))
    return working


async def _look_into(working: Working, gitlinks: Sequence[bytes]) -> None:
    """Enter where other repositories are now: git compares with what the index says of them, and calls all else new."""
    if gitlinks:
        given = b"\0".join(gitlinks) + b"\0"
        await working.write("update-index", "--remove", "-z", "--stdin", input=given)


async def _unhide(working: Working, unusual: Sequence[IndexEntry]) -> None:
    """Flags that keep git from looking at a file come off, but where the file is rightly absent."""
    assumed = [entry.path for entry in unusual if entry.assumed_unchanged]
    skipped = [entry.path for entry in unusual if entry.skipped]
    if skipped and await _sparse(working.git, working.checkout):
        skipped = [path for path in skipped if os.path.lexists(_on_disk(working.checkout, path))]
    for flag, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            await working.write("update-index", flag, "-z", "--stdin", input=b"\0".join(paths) + b"\0")


@contextlib.asynccontextmanager
async def some(git: Git, checkout: Checkout, paths: Sequence[bytes]) -> AsyncIterator[Working]:
    """A few files of a checkout; ignored ones, and what a sparse checkout leaves out, are as if not there."""
    with files.scratch_directory() as scratch:
        out = await git.read("ls-files", "-s", "-v", "-z", "--", *paths, cwd=checkout.path, config=READ_CONFIG)
        entries = [entry for entry in _entries(out) if entry.path in paths]
        unmerged = [entry for entry in entries if entry.stage]
        known = {entry.path for entry in entries}
        there = [
            path for path in paths
            if path not in known and os.path.lexists(_on_disk(checkout, path)) and not _is_directory(checkout, path)
        ]  # fmt: skip
        untracked = await _loose(git, checkout, there)
        working = Working(
            git, checkout, scratch, untracked=untracked, unmerged=frozenset(entry.path for entry in unmerged)
        )
        empty = _empty_blob(checkout)
        await working.enter([
            *((entry.mode, entry.oid, entry.path) for entry in (*_plain(entries), *_resolved(unmerged))),
            *(("100644", empty, path) for path in untracked),
        ])  # fmt: skip
        await _look_into(working, [entry.path for entry in entries if entry.mode == GITLINK])
        skipped = [
            entry.path for entry in entries if entry.skipped and not os.path.lexists(_on_disk(checkout, entry.path))
        ]
        if skipped and await _sparse(git, checkout):
            await working.write("update-index", "--skip-worktree", "-z", "--stdin", input=b"\0".join(skipped) + b"\0")
        yield working


def _plain(entries: Sequence[IndexEntry]) -> list[IndexEntry]:
    return [entry for entry in entries if not entry.stage]


def _resolved(unmerged: Sequence[IndexEntry]) -> list[IndexEntry]:
    """One entry for each path, our side of it where there is one: which, does not matter, the file is looked at."""
    chosen: dict[bytes, IndexEntry] = {}
    for entry in sorted(unmerged, key=lambda one: (one.stage != 2, one.stage)):
        chosen.setdefault(entry.path, entry)
    return list(chosen.values())


def _entries(out: bytes) -> list[IndexEntry]:
    found = []
    for line in out.split(b"\0"):
        if line:
            meta, _, path = line.partition(b"\t")
            tag, mode, oid, stage = meta.decode().split(" ")
            found.append(IndexEntry(tag, mode, oid, int(stage), path))
    return found


async def _untracked(git: Git, checkout: Checkout, stays: Collection[bytes]) -> list[bytes]:
    """Untracked files. A repository inside counts as none of them."""
    out = await git.read("ls-files", "-o", "--exclude-standard", "-z", cwd=checkout.path)
    found = [path for path in out.split(b"\0") if path and not path.endswith(b"/")]
    return sorted(path for path in found if not _within(path, stays)) if stays else sorted(found)


def _within(path: bytes, places: Collection[bytes]) -> bool:
    while path:
        if path in places:
            return True
        path = path.rpartition(b"/")[0]
    return False


async def _loose(git: Git, checkout: Checkout, paths: Sequence[bytes]) -> list[bytes]:
    """Those that are untracked and not ignored. (`check-ignore` takes no literal names.)"""
    if not paths:
        return []
    out = await git.read("ls-files", "-o", "--exclude-standard", "-z", "--", *paths, cwd=checkout.path)
    found = set(out.split(b"\0"))
    return [path for path in paths if path in found]


async def _sparse(git: Git, checkout: Checkout) -> bool:
    pairs = await read_configuration(git, checkout.path, r"^core\.sparsecheckout$")
    return bool(pairs) and truth(pairs[-1][1])


def _empty_blob(checkout: Checkout) -> str:
    """Any id does: an entry that has never been compared with its file makes git look at the file."""
    sha256 = checkout.repository.git.object_format == "sha256"
    return (
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
        if sha256
        else "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    )


def _on_disk(checkout: Checkout, path: bytes) -> bytes:
    return os.path.join(os.fsencode(checkout.path), path)


def _is_directory(checkout: Checkout, path: bytes) -> bool:
    place = _on_disk(checkout, path)
    return os.path.isdir(place) and not os.path.islink(place)


def quoted(place: Path) -> str:
    """A directory in git's list of object directories, which a colon or a quote in its name would break."""
    text = str(place)
    if ":" not in text and not text.startswith('"'):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
