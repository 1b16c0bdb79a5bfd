"""Where a repository lies around a path, looked up on the disk alone: no process is started, nothing is judged."""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.git.worktree_list import points_back


def find_place(path: Path) -> tuple[Path | None, Path] | None:
    """The working tree (None inside a git directory) and the common directory around a path.

    The rules are git's; it is walked here so that a repository that is known already costs no process.
    """
    for directory in (path, *path.parents):
        dot_git = directory / ".git"
        try:
            if _is_git_directory(directory):
                return None, _common_of(directory)
            if _is_git_directory(dot_git):
                return directory, _common_of(dot_git)
            target = points_back(directory)
        except OSError:
            return None
        if target is not None:
            return (directory, _common_of(target)) if (target / "HEAD").exists() else None
    return None


def _is_git_directory(directory: Path) -> bool:
    if not (directory / "HEAD").is_file() and not (directory / "HEAD").is_symlink():
        return False
    return ((directory / "objects").is_dir() and (directory / "refs").exists()) or (directory / "commondir").is_file()


def _common_of(git_directory: Path) -> Path:
    try:
        text = os.fsdecode((git_directory / "commondir").read_bytes().rstrip(b"\n"))
    except FileNotFoundError:
        return git_directory.resolve()
    return (git_directory / text).resolve()


def stamp(common_dir: Path) -> object:
    """What changes whenever a fixed fact may have."""

    def of(name: str) -> tuple[int, int, int] | None:
        try:
            found = os.stat(common_dir / name)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    return of("config"), of("config.worktree"), of("shallow"), of("../.jj") is None, of(".jj") is None, of("objects")


def leads_to(local: Path, common_dir: Path) -> bool:
    """Whether this working tree's own `.git` is that common directory."""
    dot_git = local / ".git"
    try:
        return same_file(dot_git, common_dir) or (
            (target := points_back(local)) is not None and same_file(target, common_dir)
        )
    except OSError:
        return False


def same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
