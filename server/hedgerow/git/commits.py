"""Commits as values, many in one call. One that is missing or damaged is left out and spoils no other."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .runner import Git


@dataclass(frozen=True)
class Commit:
    """What a list shows of a commit.

    Attributes:
        committed: seconds since the epoch.
        subject: the first paragraph of the message on one line, as it is stored (control characters included).
    """

    oid: str
    tree: str
    parents: tuple[str, ...]
    committed: int
    subject: str


async def read_commits(git: Git, oids: Sequence[str], *, cwd: Path) -> dict[str, Commit]:
    """Commits by id. `cat-file` is used and not `log`: it knows no configuration, and names a missing one alone.

    Raises:
        GitError: nothing at all can be read.
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    out = await git.read("cat-file", "--batch", cwd=cwd, input="".join(f"{oid}\n" for oid in wanted).encode())
    found: dict[str, Commit] = {}
    position = 0
    for oid in wanted:
        end = out.index(b"\n", position)
        header = out[position:end].split()
        position = end + 1
        if len(header) != 3 or not header[2].isdigit():
            continue
        size = int(header[2])
        if header[1] == b"commit":
            found[oid] = _parse(oid, out[position : position + size])
        position += size + 1
    return found


def _parse(oid: str, raw: bytes) -> Commit:
    head, _, message = raw.partition(b"\n\n")
    tree, parents, committed, encoding = "", [], 0, "utf-8"
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode()
        elif key == b"parent":
            parents.append(value.decode())
        elif key == b"committer":
            with contextlib.suppress(ValueError, IndexError):
                committed = int(value.rsplit(b" ", 2)[1])
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    paragraph = message.lstrip(b"\n").split(b"\n\n", 1)[0]
    try:
        text = paragraph.decode(encoding, "replace")
    except LookupError:
        text = paragraph.decode("utf-8", "replace")
    return Commit(oid, tree, tuple(parents), committed, " ".join(text.split("\n")).strip())
