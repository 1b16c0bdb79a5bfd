"""What is really there: plain git and a plain walk over the bytes. Asks Hedgerow nothing and changes nothing."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

REBUILT = b"node_modules"
"""The one name in the demo that Hedgerow says it does not keep."""


@dataclass(frozen=True)
class Seen:
    """One checkout at one moment.

    Attributes:
        files: path -> kind, permissions and content's hash (or the link's target) of all but `.git`.
        index: path and stage -> mode and object, as `git ls-files --stage`.
        status: `git status`, letter by letter.
        head: the branch (or nothing) and the commit.
    """

    files: dict[bytes, str]
    index: dict[bytes, bytes]
    status: bytes
    head: tuple[str, str]

    @property
    def count(self) -> int:
        return sum(1 for value in self.files.values() if not value.startswith("directory"))

    @property
    def head_words(self) -> str:
        return f"{self.head[0] or 'detached at'} {self.head[1][:9]}"


class Witness:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = {**env, "GIT_OPTIONAL_LOCKS": "0"}

    def git(self, cwd: Path, *args: str) -> bytes:
        """Plain git's answer, read only."""
        return subprocess.run(["git", *args], cwd=cwd, env=self._env, check=True, capture_output=True).stdout

    def look(self, checkout: Path, *, without: Iterable[bytes] = ()) -> Seen:
        """Everything in a checkout, but directories of the names in ``without``."""
        entries = self.git(checkout, "ls-files", "--stage", "-z").split(b"\0")
        pairs = (entry.split(b"\t", 1) for entry in entries if entry)
        index = {path + b" " + facts.split(b" ")[2]: facts for facts, path in pairs}
        branch = subprocess.run(
            ["git", "symbolic-ref", "--quiet", "--short", "HEAD"],
            cwd=checkout, env=self._env, check=False, capture_output=True, text=True,
        )  # fmt: skip
        return Seen(
            files=walk(checkout, frozenset(without)),
            index=index,
            status=self.git(checkout, "status", "--porcelain=v2", "-z", "--untracked-files=all"),
            head=(branch.stdout.strip(), self.git(checkout, "rev-parse", "HEAD").decode().strip()),
        )

    def refs(self, repository: Path) -> dict[str, str]:
        """Every ref but Hedgerow's own."""
        lines = self.git(repository, "for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        pairs = (line.split(" ") for line in lines)
        return {name: oid for name, oid in pairs if not name.startswith("refs/hedgerow/")}

    def shared_files(self, checkout: Path, seen: Seen) -> dict[bytes, str]:
        """The files that git tracks or would: all that is not ignored."""
        names = self.git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split(b"\0")
        return {name: seen.files[name] for name in names if name in seen.files}


def walk(root: Path, without: frozenset[bytes] = frozenset()) -> dict[bytes, str]:
    top = os.fsencode(root)
    found: dict[bytes, str] = {}
    for directory, names, files in os.walk(top):
        names[:] = [name for name in names if name not in without and not (directory == top and name == b".git")]
        for name in (*names, *files):
            path = os.path.join(directory, name)
            if path != os.path.join(top, b".git"):
                found[os.path.relpath(path, top)] = _fact(path)
    return found


def _fact(path: bytes) -> str:
    about = os.lstat(path)
    if stat.S_ISLNK(about.st_mode):
        return f"link to {os.readlink(path)!r}"
    mode = f"{stat.S_IMODE(about.st_mode):o}"
    if stat.S_ISDIR(about.st_mode):
        return f"directory {mode}"
    with open(path, "rb") as file:
        return f"file {mode} {hashlib.sha256(file.read()).hexdigest()}"


def differences(before: Seen, after: Seen) -> list[str]:
    """A line for everything that differs; none when the two are the same."""
    found = [
        f"{what} {os.fsdecode(key)!a}: {one.get(key)!a} before, {other.get(key)!a} after"
        for what, one, other in (("file", before.files, after.files), ("index entry", before.index, after.index))
        for key in sorted(one.keys() | other.keys())
        if one.get(key) != other.get(key)
    ]
    if before.status != after.status:
        found.append(f"git status: {before.status!r} before, {after.status!r} after")
    if before.head != after.head:
        found.append(f"HEAD: {before.head_words} before, {after.head_words} after")
    return found
