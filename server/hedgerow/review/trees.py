"""Trees as values: one with some files changed, and single files of one. Writes objects only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hedgerow.git.environment import ON_INDEX_COPIES
from hedgerow.git.objects import read_tree_entries
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.journal.snapshots.trees import TreeFile

_CONFIG = (*ON_INDEX_COPIES, "core.protectNTFS=false", "core.protectHFS=false")


async def tree_with(git: Git, repository: Repository, tree: str, changes: Mapping[bytes, TreeFile | None]) -> str:
    """The tree with other files; None takes a file out. What a new file needs the place of goes too."""
    if not changes:
        return tree
    with files.scratch_directory() as scratch:
        env = {"GIT_INDEX_FILE": str(scratch / "index"), "GIT_DIR": str(repository.common_dir)}

        async def write(*args: str, given: bytes | None = None) -> bytes:
            return await git.write(*args, cwd=scratch, input=given, env=env, config=(*_CONFIG, "core.bare=true"))

        await write("read-tree", tree)
        gone = [f"0 {repository.zero} 0\t".encode() + path + b"\0" for path, file in changes.items() if file is None]
        come = [f"{file.mode} {file.oid} 0\t".encode() + path + b"\0" for path, file in changes.items() if file]
        await write("update-index", "--replace", "-z", "--index-info", given=b"".join([*gone, *come]))
        missing = ("--missing-ok",) if repository.partial else ()
        return (await write("write-tree", *missing)).decode().strip()


async def files_in(git: Git, repository: Repository, tree: str, paths: Sequence[bytes]) -> dict[bytes, TreeFile]:
    """Single files of a tree; what is not in it is left out."""
    if not paths:
        return {}
    if len(paths) > _ONE_BY_ONE:
        wanted = set(paths)
        entries = await read_tree_entries(git, tree, cwd=repository.common_dir)
        return {entry.path: TreeFile(entry.mode, entry.oid) for entry in entries if entry.path in wanted}
    out = await git.read("ls-tree", "-z", "--full-tree", tree, "--", *paths, cwd=repository.common_dir)
    found: dict[bytes, TreeFile] = {}
    for line in out.split(b"\0"):
        meta, _, path = line.partition(b"\t")
        if path in paths:
            mode, kind, oid = meta.decode().split()
            if kind != "tree":
                found[path] = TreeFile(mode, oid)
    return found


_ONE_BY_ONE = 100
