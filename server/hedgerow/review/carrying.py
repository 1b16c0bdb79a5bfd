"""What was accepted, carried over when the base moves: a three-way merge that never asks.

Where both have changed the same lines, both stay: the new base's are in the file anyway, and what was accepted stays
accepted. What is too much of it then shows as pending, which a person sees; nothing is accepted that nobody saw.
"""

from __future__ import annotations

from hedgerow.git.diffs import GITLINK, LINK
from hedgerow.git.merging import merge_trees
from hedgerow.git.objects import read_blobs, read_tree_entries, write_blob
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.journal.snapshots.trees import TreeFile

from .trees import tree_with


async def carried_over(git: Git, repository: Repository, *, old: str, new: str, accepted: str) -> str:
    """The tree that has what was accepted on the old base, on the new one.

    Args:
        old, new: trees of the two bases; ``accepted`` the reviewed tree on the old one.
    """
    if accepted in (old, new):
        return new
    if old == new:
        return accepted
    merged = await merge_trees(git, repository, base=old, ours=new, theirs=accepted)
    if not merged.conflicts:
        return merged.tree
    three = [await _entries(git, repository, tree) for tree in (old, new, accepted)]
    changes: dict[bytes, TreeFile | None] = {}
    for path in merged.conflicts:
        changes[path] = await _settled(git, repository, *(entries.get(path) for entries in three))
    return await tree_with(git, repository, merged.tree, changes)


async def _settled(
    git: Git, repository: Repository, old: TreeFile | None, new: TreeFile | None, accepted: TreeFile | None
) -> TreeFile | None:
    if accepted is None or new is None:
        return new or accepted
    if {new.mode, accepted.mode} & {LINK, GITLINK}:
        return new
    wanted = [new.oid, accepted.oid, *([old.oid] if old is not None else [])]
    contents = await read_blobs(git, wanted, cwd=repository.common_dir)
    if any(b"\0" in content[:8000] for content in contents.values()):
        return new
    base = b"" if old is None else contents[old.oid]
    union = await _union(git, base, contents[new.oid], contents[accepted.oid])
    return TreeFile(new.mode, await write_blob(git, union, cwd=repository.common_dir))


async def _union(git: Git, base: bytes, ours: bytes, theirs: bytes) -> bytes:
    with files.scratch_directory() as scratch:
        for name, content in (("ours", ours), ("base", base), ("theirs", theirs)):
            (scratch / name).write_bytes(content)
        return await git.read("merge-file", "-p", "-q", "--union", "ours", "base", "theirs", cwd=scratch)


async def _entries(git: Git, repository: Repository, tree: str) -> dict[bytes, TreeFile]:
    found = await read_tree_entries(git, tree, cwd=repository.common_dir)
    return {entry.path: TreeFile(entry.mode, entry.oid) for entry in found}
