"""`git worktree list`, and the administrative directories behind it. Reads only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import GitParseError
from .repository import Repository
from .runner import Git


@dataclass(frozen=True)
class ListedWorktree:
    """One entry of `git worktree list --porcelain -z`.

    Attributes:
        admin: its administrative directory; the common directory for the main worktree.
        head: commit id, or None when unborn or bare.
        branch: full ref name, None when detached.
    """

    path: Path
    admin: Path
    main: bool
    bare: bool = False
    head: str | None = None
    branch: str | None = None
    detached: bool = False
    locked: str | None = None
    prunable: str | None = None


async def list_worktrees(git: Git, repository: Repository) -> list[ListedWorktree]:
    """All checkouts that git knows, the main one first (listed even when bare)."""
    out = await git.read("worktree", "list", "--porcelain", "-z", cwd=repository.common_dir)
    admins = admin_directories(repository)
    entries: list[ListedWorktree] = []
    for number, block in enumerate(out.split(b"\0\0")):
        fields = [field for field in block.split(b"\0") if field]
        if not fields:
            continue
        values: dict[str, str] = {}
        for field in fields:
            key, _, value = field.partition(b" ")
            values[key.decode()] = os.fsdecode(value)
        if "worktree" not in values:
            raise GitParseError(f"worktree list: {block!r}")
        path = Path(values["worktree"])
        main = number == 0
        head = values.get("HEAD")
        entries.append(
            ListedWorktree(
                path=path,
                admin=repository.common_dir
                if main
                else admins.get(path, repository.common_dir / "worktrees" / path.name),
                main=main,
                bare="bare" in values,
                head=None if head is None or not head.strip("0") else head,
                branch=values.get("branch"),
                detached="detached" in values,
                locked=values.get("locked"),
                prunable=values.get("prunable"),
            )
        )
    return entries


def admin_directories(repository: Repository) -> dict[Path, Path]:
    """Worktree path -> administrative directory, as the `gitdir` files say.

    Raises:
        OSError: the directory exists but cannot be read.
    """
    root = repository.common_dir / "worktrees"
    found: dict[Path, Path] = {}
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        return found
    for name in names:
        admin = root / name
        target = gitdir_target(admin)
        if target is not None:
            found.setdefault(target, admin)
    return found


def gitdir_target(admin: Path) -> Path | None:
    """The working directory an administrative directory points to; None for a half-made or foreign directory."""
    try:
        raw = (admin / "gitdir").read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    text = os.fsdecode(raw.rstrip(b"\n"))
    if not text:
        return None
    target = Path(text)
    if not target.is_absolute():  # worktree.useRelativePaths of newer gits
        target = Path(os.path.normpath(admin / target))
    return target.parent


def points_back(worktree: Path) -> Path | None:
    """The administrative directory a worktree's `.git` file names; None if there is no such file."""
    dotgit = worktree / ".git"
    if dotgit.is_symlink() or not dotgit.is_file():
        return None
    raw = dotgit.read_bytes()
    if not raw.startswith(b"gitdir: "):
        return None
    target = Path(os.fsdecode(raw[len(b"gitdir: ") :].rstrip(b"\n")))
    return target if target.is_absolute() else Path(os.path.normpath(worktree / target))
