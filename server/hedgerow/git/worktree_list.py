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
    """All checkouts that git knows, the main one first (listed even when bare).

    Raises:
        GitParseError: git's list and the administrative directories disagree, and still do when asked again.
    """
    try:
        return await _list(git, repository)
    except GitParseError:  # a worktree may have gone between the two readings
        return await _list(git, repository)


async def _list(git: Git, repository: Repository) -> list[ListedWorktree]:
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
        branch = values.get("branch")
        entries.append(
            ListedWorktree(
                path=path,
                admin=repository.common_dir if main else _take(admins, path, branch or head),
                main=main,
                bare="bare" in values,
                head=None if head is None or not head.strip("0") else head,
                branch=branch,
                detached="detached" in values,
                locked=values.get("locked"),
                prunable=values.get("prunable"),
            )
        )
    return entries


def admin_directories(repository: Repository) -> dict[Path, list[Path]]:
    """Worktree path -> administrative directories, as the `gitdir` files say. Several may name one path.

    Raises:
        OSError: the directory exists but cannot be read.
    """
    root = repository.common_dir / "worktrees"
    found: dict[Path, list[Path]] = {}
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        return found
    for name in names:
        admin = root / name
        target = gitdir_target(admin)
        if target is not None:
            found.setdefault(target, []).append(admin)
    return found


def _take(admins: dict[Path, list[Path]], path: Path, head: str | None) -> Path:
    """The administrative directory behind one entry of the list; of several that name one path, the one whose
    HEAD is the entry's, for each is listed with its own.

    Raises:
        GitParseError: none is known, so that nothing could be said of it that is sure.
    """
    candidates = admins.get(path) or next(
        (each for target, each in admins.items() if each and os.path.realpath(target) == os.path.realpath(path)), []
    )
    if not candidates:
        raise GitParseError(f"no administrative directory for {os.fsencode(path)!r}")
    for admin in candidates if len(candidates) > 1 else ():
        try:
            text = os.fsdecode((admin / "HEAD").read_bytes()).strip()
        except OSError:
            continue
        if text.removeprefix("ref: ") == head:
            candidates.remove(admin)
            return admin
    return candidates.pop(0)


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
