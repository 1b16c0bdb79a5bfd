"""Exact bytes: hashing files as they lie on disk, and finding out what a filter would not give back.

Knows nothing of what the files are for. Writes objects only, no refs, no indexes.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.objects import read_blobs
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .index import TemporaryIndex
from .together import together

_PER_PROCESS = 4000
"""Files one `hash-object` is worth starting for: about 50 ms of work against 2 ms for a process."""


_AT_ONCE = 32 << 20


async def hash_files(git: Git, directory: Path, paths: Sequence[bytes], *, write: bool = False) -> list[str]:
    """Object ids of files' bytes with no filter in between, in order.

    Args:
        write: also store them.

    Raises:
        GitError: one of them cannot be read (any more).
    """
    if not paths:
        return []
    parts = min(os.cpu_count() or 1, 1 + len(paths) // _PER_PROCESS)
    size = -(-len(paths) // parts)
    hashed = await together(
        *(_hash(git, directory, paths[start : start + size], write) for start in range(0, len(paths), size))
    )
    return [oid for part in hashed for oid in part]


async def _hash(git: Git, directory: Path, paths: Sequence[bytes], write: bool) -> list[str]:
    given = b"\n".join(paths) + b"\n"
    if given.count(b"\n") != len(paths) or b'"' in given:
        given = b"".join(quoted(path) + b"\n" for path in paths)
    command = ("hash-object", *(("-w",) if write else ()), "--no-filters", "--stdin-paths")
    run = git.write if write else git.read
    oids = (await run(*command, cwd=directory, input=given)).decode().split()
    if len(oids) != len(paths):
        raise GitError(command, 0, b"fatal: fewer ids than files")
    return oids


def quoted(path: bytes) -> bytes:
    """A path on a line of its own, quoted as git unquotes it where a newline or a quote would mislead."""
    if b"\n" not in path and not path.startswith(b'"'):
        return path
    escaped = path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return b'"' + escaped + b'"'


def blob_id(repository: Repository, content: bytes) -> str:
    """The id git gives these bytes (for link targets; files go through git in bulk)."""
    digest = hashlib.new("sha256" if repository.object_format == "sha256" else "sha1", usedforsecurity=False)
    digest.update(b"blob %d\0" % len(content))
    digest.update(content)
    return digest.hexdigest()


async def write_out(git: Git, cwd: Path, oids: Iterable[str], folder: Path) -> None:
    """Put blobs' exact bytes into files of a directory of ours, each named by its id; a bounded part of them at once.

    Raises:
        GitError: one is not there.
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return
    given = "".join(f"{oid}\n" for oid in wanted).encode()
    out = await git.read("cat-file", "--batch-check=%(objectname) %(objectsize)", cwd=cwd, input=given)
    part: list[str] = []
    size = 0
    for line in [*out.decode().splitlines(), ""]:
        oid, _, text = line.partition(" ")
        if text == "missing":
            raise GitError(("cat-file",), 0, f"fatal: object {oid} is missing".encode())
        if part and (not line or size + int(text) > _AT_ONCE):
            for name, content in (await read_blobs(git, part, cwd=cwd)).items():
                (folder / name).write_bytes(content)
            part, size = [], 0
        if line:
            part.append(oid)
            size += int(text)


async def given_back(
    index: TemporaryIndex, paths: Sequence[bytes], expected: Sequence[str], scratch: Path
) -> set[bytes]:
    """The paths whose exact bytes a checkout of ``index`` gives back, through the filters in force.

    Args:
        expected: ids of the bytes on disk.
        scratch: an empty directory that does not exist yet, for the files git writes.
    """
    if not paths:
        return set()
    await asyncio.to_thread(scratch.mkdir)
    # A filter that fails ends the command; what it wrote until then still counts, the rest is kept raw.
    await index.write(
        "checkout-index", f"--prefix={scratch}/", "-f", "-q", "-z", "--stdin",
        input=b"\0".join(paths) + b"\0", ok=(0, 1, 128),
    )  # fmt: skip
    root = os.fsencode(scratch)
    written = [path for path in paths if os.path.isfile(root + b"/" + path) and not os.path.islink(root + b"/" + path)]
    oids = dict(zip(written, await hash_files(index.git, scratch, written), strict=True))
    return {path for path, oid in zip(paths, expected, strict=True) if oids.get(path) == oid}
