"""Reading git's configuration through git itself, so that includes, scopes and worktree configuration count."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .runner import Git


async def read_configuration(git: Git, cwd: Path, pattern: str) -> list[tuple[str, str]]:
    """Keys and values that match an extended regular expression, lowest scope first, so that the last one holds.

    Section and variable come in lower case, a subsection as it is written. A key without a value is `true`.

    Raises:
        GitError: the configuration cannot be read.
    """
    out = await git.read("config", "--null", "--get-regexp", pattern, cwd=cwd, ok=(0, 1))
    pairs: list[tuple[str, str]] = []
    for item in out.split(b"\0"):
        if item:
            key, newline, value = item.partition(b"\n")
            pairs.append((os.fsdecode(key), os.fsdecode(value) if newline else "true"))
    return pairs


@dataclass(frozen=True)
class Setting:
    """One line of a configuration.

    Attributes:
        origin: the file it is in; None on the command line.
    """

    key: str
    value: str
    origin: Path | None


async def read_settings(git: Git, cwd: Path) -> list[Setting]:
    """All that is configured as git sees it from there, includes followed, lowest scope first.

    Raises:
        GitError: the configuration cannot be read.
    """
    out = await git.read("config", "--null", "--show-origin", "--list", cwd=cwd)
    parts = out.split(b"\0")
    settings: list[Setting] = []
    for origin, item in zip(parts[::2], parts[1::2], strict=False):
        key, newline, value = item.partition(b"\n")
        file = cwd / os.fsdecode(origin.removeprefix(b"file:")) if origin.startswith(b"file:") else None
        settings.append(Setting(os.fsdecode(key), os.fsdecode(value) if newline else "true", file))
    return settings


def truth(value: str) -> bool:
    """What git takes for true."""
    return value.strip().lower() in {"true", "yes", "on"} or (value.strip().isdigit() and int(value) != 0)
