"""Blobs, trees and commits: written and read by id, never through a filter unless said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import GitParseError
from .runner import Git


@dataclass(frozen=True)
class TreeEntry:
    mode: str
    kind: str
    oid: str
    path: bytes


async def write_blob(git: Git, content: bytes, *, cwd: Path) -> str:
    return (await git.write("hash-object", "-w", "--no-filters", "--stdin", cwd=cwd, input=content)).decode().strip()


async def read_blob(git: Git, oid: str, *, cwd: Path) -> bytes:
    return await git.read("cat-file", "blob", oid, cwd=cwd)


async def read_blobs(git: Git, oids: Sequence[str], *, cwd: Path) -> dict[str, bytes]:
    """Contents by id in one call.

    Raises:
        GitParseError: an object is missing.
    """
    if not oids:
        return {}
    wanted = list(dict.fromkeys(oids))
    out = await git.read("cat-file", "--batch", cwd=cwd, input="".join(f"{oid}\n" for oid in wanted).encode())
    contents: dict[str, bytes] = {}
    position = 0
    for oid in wanted:
        end = out.index(b"\n", position)
        header = out[position:end].split()
        if len(header) != 3:
            raise GitParseError(f"object {oid} is missing")
        size = int(header[2])
        contents[oid] = out[end + 1 : end + 1 + size]
        position = end + 1 + size + 1
    return contents


async def object_kinds(git: Git, oids: Sequence[str], *, cwd: Path) -> dict[str, str]:
    """Kind by id (`blob`, `tree`, `commit`, `tag`); ids that do not exist are left out."""
    if not oids:
        return {}
    given = "".join(f"{oid}\n" for oid in dict.fromkeys(oids)).encode()
    out = await git.read("cat-file", "--batch-check=%(objectname) %(objecttype)", cwd=cwd, input=given)
    found = (line.decode().split() for line in out.splitlines())
    return {words[0]: words[1] for words in found if len(words) == 2 and words[1] != "missing"}


async def write_tree_of(git: Git, entries: Sequence[TreeEntry], *, cwd: Path) -> str:
    """One flat level of a tree (paths without a slash), in any order."""
    text = b"".join(f"{e.mode} {e.kind} {e.oid}\t".encode() + e.path + b"\0" for e in entries)
    return (await git.write("mktree", "-z", cwd=cwd, input=text)).decode().strip()


async def read_tree_entries(git: Git, tree: str, *, cwd: Path, recursive: bool = True) -> list[TreeEntry]:
    options = ("-r",) if recursive else ()
    out = await git.read("ls-tree", "-z", "--full-tree", *options, tree, cwd=cwd)
    entries: list[TreeEntry] = []
    for line in out.split(b"\0"):
        if not line:
            continue
        meta, _, path = line.partition(b"\t")
        mode, kind, oid = meta.decode().split()
        entries.append(TreeEntry(mode, kind, oid, path))
    return entries


async def write_empty_tree(git: Git, *, cwd: Path) -> str:
    """The empty tree, written: git knows it unwritten too, but then `git fsck` misses it wherever a commit has it."""
    return (await git.write("mktree", cwd=cwd, input=b"")).decode().strip()


async def commit_tree(
    git: Git, tree: str, *, parents: Sequence[str], message: str, cwd: Path, env: Mapping[str, str] | None = None
) -> str:
    """A commit made for our own purposes, under our own identity; no ref moves."""
    options = [word for parent in parents for word in ("-p", parent)]
    return (await git.write("commit-tree", tree, *options, cwd=cwd, input=message.encode(), env=env)).decode().strip()
