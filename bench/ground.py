"""Repositories to measure on: generated once below the cache, copied for each run, and never anyone's own."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

VERSION = 1
"""Part of the cached repository's name: a change of what is generated begins anew."""

_COMMITS = 200
_FILES_PER_DIRECTORY = 40
_GITCONFIG = """\
[user]
\tname = Bench
\temail = bench@example.org
[init]
\tdefaultBranch = main
[advice]
\tdetachedHead = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


@dataclass(frozen=True)
class Ground:
    """One run's place.

    Attributes:
        folder: removed at the end.
        env: of every child: a home of its own, and no one's git configuration.
    """

    folder: Path
    env: dict[str, str]

    @property
    def state(self) -> Path:
        return Path(self.env["XDG_STATE_HOME"]) / "hedgerow"

    def git(self, cwd: Path, *args: str, given: bytes | None = None) -> bytes:
        return subprocess.run(
            ["git", *args], cwd=cwd, env=self.env, input=given, check=True, capture_output=True
        ).stdout

    def repository(self, files: int, name: str) -> Path:
        """A repository with so many files, checked out on `main`, with nothing changed."""
        template = _template(self, files)
        local = self.folder / name
        local.mkdir()
        shutil.copytree(template, local / ".git")
        self.git(local, "config", "core.bare", "false")
        self.git(local, "reset", "--hard", "--quiet")
        return local


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hedgerow-bench"


@contextmanager
def ground() -> Iterator[Ground]:
    """A place on the disk that holds the cache (a temporary directory may be in memory); removed afterwards."""
    root = cache()
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=root))
    home = folder / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(_GITCONFIG)
    settings = home / ".config" / "hedgerow" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("retention = 0\n")  # retiring the sixteenth worktree is no part of listing it
    given = {name: os.environ[name] for name in ("PATH", "LANG", "USER") if name in os.environ}
    places = {"XDG_STATE_HOME": ".local/state", "XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share",
              "XDG_CACHE_HOME": ".cache"}  # fmt: skip
    own = {"HOME": str(home), **{name: str(home / place) for name, place in places.items()}}
    try:
        yield Ground(folder, {**given, **own})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def paths(files: int) -> list[str]:
    """Names of the generated files, in three levels of directories."""
    names = []
    for number in range(files):
        part = number // _FILES_PER_DIRECTORY
        names.append(f"src/area_{part // 25:02}/part_{part:04}/file_{number:05}.py")
    return names


def _template(ground: Ground, files: int) -> Path:
    """A bare repository below the cache, made by `git fast-import` when it is not there yet."""
    template = cache() / f"files-{files}-v{VERSION}.git"
    if not template.exists():
        making = Path(tempfile.mkdtemp(prefix="making-", dir=cache()))
        ground.git(making, "init", "--quiet", "--bare", ".")
        ground.git(making, "fast-import", "--quiet", given=b"".join(_stream(files)))
        ground.git(making, "pack-refs", "--all")
        os.replace(making, template)
    return template


def _stream(files: int) -> Iterator[bytes]:
    """Files of some hundred bytes to a few kilobytes, and a history in which each commit touches twenty of them."""
    chance = random.Random(files)
    names = paths(files)
    for number in range(_COMMITS):
        touched = names if number == 0 else chance.sample(names, 20)
        message = f"change {number}\n".encode()
        yield b"commit refs/heads/main\n"
        yield b"committer Bench <bench@example.org> %d +0000\n" % (1_700_000_000 + number * 3600)
        yield b"data %d\n%b" % (len(message), message)
        for name in touched:
            content = _content(chance, name, number)
            yield b"M 100644 inline %b\ndata %d\n%b\n" % (name.encode(), len(content), content)
        yield b"\n"


def _content(chance: random.Random, name: str, number: int) -> bytes:
    lines = chance.randint(8, 60)
    return "".join(f"value_{chance.getrandbits(40):x} = {number}  # {name}\n" for _ in range(lines)).encode()
