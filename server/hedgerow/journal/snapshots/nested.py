"""Directories with a `.git` of their own: worktrees of this repository, submodules, other repositories.

Only classifies, and asks submodules whether they hold something that exists nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.git.worktree_list import points_back

from .obstacles import Obstacle, ObstacleKind
from .walk import Walk


async def sort_nested(
    git: Git, repository: Repository, checkout: Path, found: Walk, gitlinks: dict[bytes, str]
) -> dict[bytes, str]:
    """Turn the nested directories of a walk into obstacles; answer the clean submodules with their commits."""
    submodules: dict[bytes, str] = {}
    for path in sorted(found.nested):
        directory = checkout / os.fsdecode(path)
        if path in gitlinks:
            trouble = await _submodule_trouble(git, directory, gitlinks[path])
            if trouble:
                found.obstacles.append(Obstacle(ObstacleKind.SUBMODULE, path, trouble))
            submodules[path] = gitlinks[path]
        elif _is_worktree_of(repository, directory):
            found.obstacles.append(Obstacle(ObstacleKind.WORKTREE, path))
        else:
            found.obstacles.append(Obstacle(ObstacleKind.REPOSITORY, path))
    found.nested = []
    return submodules


def _is_worktree_of(repository: Repository, directory: Path) -> bool:
    """Proved both ways: its `.git` file names an administrative directory of ours, which names it back."""
    admin = points_back(directory)
    if admin is None:
        return False
    try:
        if admin.resolve().parent != repository.common_dir / "worktrees":
            return False
        back = Path(os.fsdecode((admin / "gitdir").read_bytes().rstrip(b"\n")))
        return (admin / back).resolve() == (directory / ".git").resolve()
    except OSError:
        return False


async def _submodule_trouble(git: Git, directory: Path, recorded: str) -> str:
    """Why a populated submodule cannot be left to `git submodule update`; empty when it can."""
    try:
        head = (await git.read("rev-parse", "--verify", "-q", "HEAD", cwd=directory, ok=(0, 1))).decode().strip()
        if head != recorded:
            return "has another commit checked out than the one recorded"
        changes = await git.read(
            "status", "--porcelain", "-z", "--untracked-files=all", "--ignored=matching", "--ignore-submodules=none",
            cwd=directory,
        )  # fmt: skip
        if changes:
            return "has changes or files of its own"
        own = await git.read("rev-list", "-n1", "--all", "--reflog", "--not", "--remotes", "--tags", cwd=directory)
        if own:
            return "has commits of its own"
        links = await git.read("ls-files", "-s", "-z", cwd=directory)
        for line in links.split(b"\0"):
            if line.startswith(b"160000 "):
                meta, _, path = line.partition(b"\t")
                inner = directory / os.fsdecode(path)
                if (inner / ".git").exists():
                    trouble = await _submodule_trouble(git, inner, meta.split(b" ")[1].decode())
                    if trouble:
                        return f"has a submodule that {trouble}"
    except GitError as error:
        return f"cannot be read ({error.last_line})"
    return ""
