"""`git diff` against the files of a checkout, as values: which files differ, by how many lines, and the lines.

Bytes in, bytes out. Knows nothing of what the comparison is for; never writes an index, runs no diff program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from .errors import GitParseError
from .runner import Git

LINK = "120000"
GITLINK = "160000"
_NO_MODE = "000000"

_PINNED = (
    "diff.indentHeuristic=true",
    "diff.autoRefreshIndex=true",
    "diff.suppressBlankEmpty=false",
    "diff.interHunkContext=0",
    "core.sparseCheckout=false",
    "index.sparse=false",
)
"""What a person's configuration would change in the answer."""

_OPTIONS = (
    "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--src-prefix=a/", "--dst-prefix=b/",
    "--full-index", "--no-abbrev", "--diff-algorithm=myers", "--ignore-submodules=dirty", "--submodule=short",
    "-O/dev/null",
)  # fmt: skip
_RENAMES = ("--find-renames=50%", "-l1000")


class ChangedFile(NamedTuple):
    """One file that differs.

    Attributes:
        status: git's letter: A, D, M, T or R.
        old_path: None unless it was renamed.
        old_mode, new_mode: None on the side where it is not.
        old_oid: None where it is not.
        new_oid: of git's form of the file on disk; None where it is not, and where nobody has read it yet.
        added, removed: lines; None for a binary file.
    """

    status: str
    path: bytes
    old_path: bytes | None
    old_mode: str | None
    new_mode: str | None
    old_oid: str | None
    new_oid: str | None
    added: int | None = 0
    removed: int | None = 0


class Hunk(NamedTuple):
    """Lines that follow each other and differ. Git's numbers: from 1; of no lines, the line after which they were.

    Attributes:
        body: lines of the patch without their line feeds, marks before them, `\\ No newline` included.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    body: Sequence[bytes]

    @property
    def old_lines(self) -> list[bytes]:
        """With their line feeds, where they have one."""
        return _lines(self.body, b"-")

    @property
    def new_lines(self) -> list[bytes]:
        return _lines(self.body, b"+")


class FilePatch(NamedTuple):
    """Attributes:
    hunks: empty for what has no lines (binary files, links, other repositories), and where only a mode differs.
    """

    file: ChangedFile
    binary: bool
    hunks: list[Hunk]


async def changed_files(
    git: Git, checkout: Path, old: str, *, env: Mapping[str, str] | None = None, config: Sequence[str] = (),
    paths: Sequence[bytes] = (), renames: bool = True, count: bool = True,
) -> list[ChangedFile]:  # fmt: skip
    """The files of a checkout that differ from a tree, in git's order.

    Args:
        env: names the index that says which files there are.
        count: also count lines; without it no file is read that a rename does not need.
    """
    out = await git.read(
        "diff", *_OPTIONS, *(_RENAMES if renames else ("--no-renames",)), "--raw", *(("--numstat",) if count else ()),
        "-z", "--end-of-options", old, "--", *paths, cwd=checkout, env=env, config=(*_PINNED, *config),
    )  # fmt: skip
    fields = iter(out.split(b"\0"))
    files: list[ChangedFile] = []
    counts: dict[bytes, tuple[int | None, int | None]] = {}
    for field in fields:
        if field.startswith(b":"):
            files.append(_raw(field, fields))
        elif field:
            added, removed, path = field.split(b"\t", 2)
            if not path:
                next(fields)
                path = next(fields)
            counts[path] = (None, None) if added == b"-" else (int(added), int(removed))
    # A file that became a link is counted twice, once for each of its two kinds.
    return [file._replace(added=counts[file.path][0], removed=counts[file.path][1]) if file.path in counts else file
            for file in files]  # fmt: skip


async def file_patch(
    git: Git, checkout: Path, old: str, path: bytes, *, old_path: bytes | None = None,
    env: Mapping[str, str] | None = None, config: Sequence[str] = (),
) -> FilePatch | None:  # fmt: skip
    """What differs in one file, without context; None when nothing does.

    Args:
        old_path: where it was, for a file that was renamed.

    Raises:
        GitParseError: git's patch is not understood.
    """
    renames = ("--find-renames=1%",) if old_path is not None else ("--no-renames",)
    out = await git.read(
        "diff", *_OPTIONS, *renames, "--raw", "--patch", "--unified=0", "--inter-hunk-context=0", "-z",
        "--end-of-options", old, "--", path, *((old_path,) if old_path is not None else ()),
        cwd=checkout, env=env, config=(*_PINNED, *config),
    )  # fmt: skip
    start = out.find(b"\0diff --git ")
    patch = out[start + 1 :] if start >= 0 else b""
    fields = iter((out[:start] if start >= 0 else out).split(b"\0"))
    files = [_raw(field, fields) for field in fields if field.startswith(b":")]
    file = next((one for one in files if one.path == path), None)
    if file is None:
        return None
    return _patch(file, patch if len(files) == 1 else _section(patch, files.index(file)))


def _raw(field: bytes, rest: Iterator[bytes]) -> ChangedFile:
    old_mode, new_mode, old_oid, new_oid, status = field[1:].decode().split(" ")
    path = next(rest)
    old_path = None
    if status[0] in "RC":
        old_path, path = path, next(rest)
    return ChangedFile(
        status=status[0],
        path=path,
        old_path=old_path,
        old_mode=None if old_mode == _NO_MODE else old_mode,
        new_mode=None if new_mode == _NO_MODE else new_mode,
        old_oid=_present(old_oid),
        new_oid=_present(new_oid),
    )


def _present(oid: str) -> str | None:
    return None if set(oid) == {"0"} else oid


def _section(patch: bytes, number: int) -> bytes:
    """One file's part of a patch of several (a rename that git did not take for one)."""
    starts = [match.start() for match in re.finditer(rb"^diff --git ", patch, re.MULTILINE)]
    ends = [*starts[1:], len(patch)]
    if number >= len(starts):
        return b""
    return patch[starts[number] : ends[number]]


_INDEX = re.compile(rb"^index ([0-9a-f]+)\.\.([0-9a-f]+)", re.MULTILINE)
_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def _patch(file: ChangedFile, patch: bytes) -> FilePatch:
    first = patch.find(b"\n@@ ")
    head = patch if first < 0 else patch[: first + 1]
    ids = _INDEX.findall(head if file.status != "T" else patch)
    if ids:  # of a file that became a link: what goes, and what comes
        file = file._replace(old_oid=_present(ids[0][0].decode()), new_oid=_present(ids[-1][1].decode()))
    elif file.new_mode is not None:  # only its mode or its name differs
        file = file._replace(new_oid=file.old_oid)
    if file.status == "T" or {file.old_mode, file.new_mode} & {LINK, GITLINK}:
        return FilePatch(file, binary=False, hunks=[])
    if first < 0:
        binary = re.search(rb"^Binary files .* differ$", head, re.MULTILINE | re.DOTALL) is not None
        return FilePatch(file, binary=binary, hunks=[])
    hunks = list(_hunks(patch[first + 1 :].split(b"\n")))
    added = sum(hunk.new_count for hunk in hunks)
    removed = sum(hunk.old_count for hunk in hunks)
    return FilePatch(file._replace(added=added, removed=removed), binary=False, hunks=hunks)


def _hunks(lines: list[bytes]) -> Iterator[Hunk]:
    at, end = 0, len(lines) - 1 if lines[-1] == b"" else len(lines)
    while at < end:
        match = _HEADER.match(lines[at])
        if match is None:
            raise GitParseError(f"a line of a patch that is no hunk: {lines[at][:60]!r}")
        old_start, new_start = int(match[1]), int(match[3])
        old_count = 1 if match[2] is None else int(match[2])
        new_count = 1 if match[4] is None else int(match[4])
        stop = at + 1
        for count in (old_count, new_count):
            stop += count
            if count and stop < end and lines[stop].startswith(b"\\"):
                stop += 1
        yield Hunk(old_start, old_count, new_start, new_count, lines[at + 1 : stop])
        at = stop


def _lines(body: Sequence[bytes], mark: bytes) -> list[bytes]:
    found: list[bytes] = []
    for number, line in enumerate(body):
        if line[:1] == mark:
            whole = number + 1 == len(body) or not body[number + 1].startswith(b"\\")
            found.append(line[1:] + b"\n" if whole else line[1:])
    return found
