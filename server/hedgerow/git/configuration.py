"""Reading git's configuration through git itself, so that includes, scopes and worktree configuration count."""

from __future__ import annotations

import os
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


def truth(value: str) -> bool:
    """What git takes for true."""
    return value.strip().lower() in {"true", "yes", "on"} or (value.strip().isdigit() and int(value) != 0)
