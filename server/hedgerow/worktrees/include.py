"""`.worktreeinclude`: which of Local's ignored files a new worktree gets too.

The file has the syntax of .gitignore and git itself decides what it matches; only ignored files are taken,
so that nothing tracked or merely untracked is doubled.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from hedgerow.git.runner import Git
from hedgerow.protocol.settings import Settings

INCLUDE_FILE = ".worktreeinclude"


async def files_to_copy(git: Git, local: Path) -> list[str]:
    """Paths relative to Local, in git's order: ignored, and matched by the include file."""
    include = local / INCLUDE_FILE
    if not include.is_file() or include.is_symlink():
        return []
    matched = await _ignored_by(git, local, f"--exclude-from={INCLUDE_FILE}")
    if not matched:
        return []
    ignored = await _ignored_by(git, local, "--exclude-standard")
    return sorted(matched & ignored)


def directories_to_link(local: Path, ignored: list[str], settings: Settings) -> list[str]:
    """Those of the setting `symlinkDirectories` that Local has as ignored directories."""
    wanted = [os.path.normpath(name) for name in settings.symlink_directories]
    return [
        name
        for name in wanted
        if name in ignored
        and not os.path.isabs(name)
        and not name.startswith("..")
        and stat.S_ISDIR(_mode(local / name))
    ]


async def ignored_directories(git: Git, local: Path) -> list[str]:
    """Ignored directories of Local, each named once at its top."""
    out = await git.read("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", cwd=local)
    return [os.fsdecode(path[:-1]) for path in out.split(b"\0") if path.endswith(b"/")]


async def _ignored_by(git: Git, local: Path, source: str) -> set[str]:
    out = await git.read("ls-files", "-z", "--others", "--ignored", source, cwd=local)
    return {os.fsdecode(path) for path in out.split(b"\0") if path and not path.endswith(b"/")}


def _mode(path: Path) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0
