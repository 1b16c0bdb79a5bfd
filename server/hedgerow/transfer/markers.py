"""Conflicts as markers in files, with the checkouts' names in them. Pure but for reading and writing blobs."""

from __future__ import annotations

from hedgerow.git.merging import Merged, entries_of
from hedgerow.git.objects import TreeEntry, read_blob, write_blob, write_tree_of
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

_PLAIN = {"100644", "100755"}


async def with_names(
    git: Git, repository: Repository, merged: Merged, ours: str, theirs: str, our_name: str, their_name: str
) -> tuple[str, list[bytes]]:
    """The merged tree with readable markers, and the conflicts that markers cannot show.

    Those are the ones that are no text on both sides: deleted on one, a link, a directory, binary.
    """
    one = await entries_of(git, repository, ours)
    other = await entries_of(git, repository, theirs)
    result = await entries_of(git, repository, merged.tree)
    if set(result) - set(one) - set(other):  # git made a name of its own for one side of something
        return merged.tree, list(merged.conflicts)
    left: list[bytes] = []
    for path in merged.conflicts:
        sides = (one.get(path), other.get(path), result.get(path))
        if any(side is None or side.mode not in _PLAIN for side in sides):
            left.append(path)
            continue
        entry = result[path]
        content = await read_blob(git, entry.oid, cwd=repository.common_dir)
        ours_mark, theirs_mark = merged.ours.encode(), merged.theirs.encode()
        if b"<<<<<<< " + ours_mark not in content:
            left.append(path)
            continue
        content = content.replace(b"<<<<<<< " + ours_mark, b"<<<<<<< " + our_name.encode())
        content = content.replace(b">>>>>>> " + theirs_mark, b">>>>>>> " + their_name.encode())
        oid = await write_blob(git, content, cwd=repository.common_dir)
        result[path] = TreeEntry(entry.mode, entry.kind, oid, path)
    return (merged.tree if left else await _nested(git, repository, result)), left


async def _nested(git: Git, repository: Repository, entries: dict[bytes, TreeEntry]) -> str:
    """Trees within trees, from paths."""
    here: list[TreeEntry] = []
    below: dict[bytes, dict[bytes, TreeEntry]] = {}
    for path, entry in entries.items():
        first, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(first, {})[rest] = entry
        else:
            here.append(TreeEntry(entry.mode, entry.kind, entry.oid, first))
    for name, inside in below.items():
        here.append(TreeEntry("040000", "tree", await _nested(git, repository, inside), name))
    return await write_tree_of(git, here, cwd=repository.common_dir)
