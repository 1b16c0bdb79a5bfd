"""The three trees of a snapshot, built on temporary copies of the checkout's index. Moves no ref, touches no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hedgerow.git.errors import GitError
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .index import Index, TemporaryIndex, copy_of_index
from .reading import Reading
from .together import three

_CACHES = (b"link", b"UNTR", b"FSMN", b"sdir")
"""Marks of an index that depends on another file or on another program's caches."""


class TreeFile(NamedTuple):
    mode: str
    oid: str


@dataclass(frozen=True)
class Trees:
    """What was built.

    Attributes:
        index_file: the index to hold: the checkout's own, made plain.
        indexed: what the index tree holds.
        tracked: what the work tree holds, `untracked` the untracked one.
        changed: paths that differ between the two, by git's status letter.
        refused: untracked files whose names git does not take.
    """

    index_file: Path
    index_tree: str
    work_tree: str
    untracked_tree: str
    work_index: TemporaryIndex
    untracked_index: TemporaryIndex
    indexed: dict[bytes, TreeFile]
    tracked: dict[bytes, TreeFile]
    untracked: dict[bytes, TreeFile]
    changed: dict[bytes, str]
    refused: frozenset[bytes]


async def build_trees(
    git: Git, repository: Repository, checkout: Path, admin: Path, reading: Reading, untracked: Sequence[bytes],
    scratch: Path,
) -> Trees:  # fmt: skip
    """Build the index, work and untracked trees of a checkout that was just read.

    Raises:
        GitError: git could not; nothing but unreferenced objects is left behind.
    """
    held = copy_of_index(git, checkout, admin / "index", scratch / "held-index")
    if held.path.exists() and any(mark in held.path.read_bytes() for mark in _CACHES):
        await held.make_plain()
    work_index = held.copy_to(scratch / "work-index")
    untracked_index = TemporaryIndex(git, checkout, scratch / "untracked-index")
    (index_tree, indexed), work_tree, (untracked_tree, entered, refused) = await three(
        _index_tree(repository, held.copy_to(scratch / "index-tree"), reading.index),
        _work_tree(repository, work_index, reading),
        _untracked_tree(untracked_index, untracked),
    )
    changes = await diff_trees(git, checkout, index_tree, work_tree)
    tracked = dict(indexed)
    for change in changes:
        if change.new is None:
            del tracked[change.path]
        else:
            tracked[change.path] = change.new
    return Trees(
        index_file=held.path, index_tree=index_tree, work_tree=work_tree, untracked_tree=untracked_tree,
        work_index=work_index, untracked_index=untracked_index, indexed=indexed, tracked=tracked,
        untracked=entered, changed={change.path: change.status for change in changes}, refused=refused,
    )  # fmt: skip


async def write_tree(repository: Repository, index: TemporaryIndex) -> str:
    """The tree of an index; in a partial clone the blobs it names may still be elsewhere."""
    options = ("--missing-ok",) if repository.partial else ()
    return (await index.write("write-tree", *options)).decode().strip()


async def _index_tree(
    repository: Repository, index: TemporaryIndex, entries: Index
) -> tuple[str, dict[bytes, TreeFile]]:
    """The index as a tree: unmerged paths count as our side of them, intended ones are not there yet."""
    if entries.unmerged:
        removed = {entry.path: ("0", repository.zero, 0, entry.path) for entry in entries.unmerged}
        ours = [(entry.mode, entry.oid, 0, entry.path) for entry in entries.unmerged if entry.stage == 2]
        await index.set_entries([*removed.values(), *ours])
    tree = await write_tree(repository, index)
    indexed = {
        entry.path: TreeFile(entry.mode, entry.oid)
        for entry in entries.entries
        if entry.stage in {0, 2} and entry.path not in entries.intended
    }
    return tree, indexed


async def _work_tree(repository: Repository, index: TemporaryIndex, reading: Reading) -> str:
    """The tracked files as they are on disk, also those that a flag hides from git."""
    on_disk = reading.walk.files
    entries = reading.index.unusual
    assumed = [entry.path for entry in entries if entry.assumed_unchanged]
    skipped = [
        entry.path for entry in entries if entry.skipped and (entry.path in on_disk or not reading.conversions.sparse)
    ]
    for flag, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", skipped)):
        if paths:
            await index.write("update-index", flag, "-z", "--stdin", input=b"\0".join(paths) + b"\0")
    try:
        await index.write("add", "-u", "--sparse")
    except GitError:
        # One failing filter makes `add` write nothing at all: enter what may have changed, one by one where needed.
        out = await index.read("diff-files", "--name-only", "-z", "--ignore-submodules=dirty")
        refused = await index.enter_files([path for path in dict.fromkeys(out.split(b"\0")) if path])
        if refused:
            raise
    return await write_tree(repository, index)


async def _untracked_tree(
    index: TemporaryIndex, paths: Sequence[bytes]
) -> tuple[str, dict[bytes, TreeFile], frozenset[bytes]]:
    await index.enter_files(paths)
    tree = await index.write_tree()
    entered: dict[bytes, TreeFile] = {}
    if paths:
        for line in (await index.read("ls-files", "-s", "-z")).split(b"\0"):
            if line:
                meta, _, path = line.partition(b"\t")
                mode, oid, _ = meta.decode().split(" ")
                entered[path] = TreeFile(mode, oid)
    # Some names git refuses with an error, some (`.GIT`) it passes over with exit code 0.
    return tree, entered, frozenset(path for path in paths if path not in entered)


class Change(NamedTuple):
    """One path that differs between two trees; ``new`` is None when it is gone."""

    status: str
    path: bytes
    old: TreeFile | None
    new: TreeFile | None


async def diff_trees(git: Git, cwd: Path, old: str, new: str) -> list[Change]:
    """What differs between two trees, file by file, no renames guessed."""
    if old == new:
        return []
    out = await git.read("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new, cwd=cwd)
    fields = out.split(b"\0")
    changes = []
    for meta, path in zip(fields[0::2], fields[1::2], strict=False):
        old_mode, new_mode, old_oid, new_oid, status = meta[1:].decode().split(" ")
        before = None if status == "A" else TreeFile(old_mode, old_oid)
        after = None if status == "D" else TreeFile(new_mode, new_oid)
        changes.append(Change(status, path, before, after))
    return changes
