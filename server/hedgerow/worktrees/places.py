"""Where worktrees are made: beside the repository, outside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hedgerow.checkouts.checkout import LOCAL_LABEL
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.records import WorktreeRecord
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.settings import Settings


def worktrees_directory(repository: KnownRepository, settings: Settings) -> Path:
    """The directory for new worktrees of a repository; the user's data directory where the usual place cannot
    be written.

    Raises:
        HedgerowError: BAD_PARAMS for a setting that does not make an absolute path outside the repository.
    """
    home = repository.local or repository.git.common_dir
    name = home.name.removesuffix(".git") or home.name
    try:
        text = settings.worktrees_directory.format(parent=home.parent, repo=name, local=home)
        place = Path(text).expanduser()
    except (KeyError, IndexError, ValueError, AttributeError, RuntimeError):
        raise HedgerowError(
            ErrorCode.BAD_PARAMS,
            f"the setting worktreesDirectory ({settings.worktrees_directory!r}) knows {{parent}}, {{repo}}, {{local}} "
            "and the home directories of users",
        ) from None
    if not place.is_absolute() or "\0" in text:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"the setting worktreesDirectory makes {text!r}, which is no absolute path"
        )
    place = Path(os.path.realpath(os.path.normpath(place)))  # as git will know it
    if not _can_be_made(place):
        import platformdirs  # noqa: PLC0415 - only where the usual place cannot be written

        data = platformdirs.user_data_path("hedgerow", appauthor=False)
        place = Path(os.path.realpath(data / "worktrees" / f"{name}-{repository.id[:8]}"))
    for inside in (repository.local, repository.common_dir):
        if inside is not None and place.is_relative_to(os.path.realpath(inside)):
            raise HedgerowError(
                ErrorCode.BAD_PARAMS,
                f"new worktrees would lie in {place}, inside the repository: editors would see every file twice, and "
                "git clean would take them; set worktreesDirectory to a place outside",
            )
    return place


def taken_names(directory: Path, records: Sequence[WorktreeRecord]) -> list[str]:
    """Names that a new worktree may not have: of what is there, and of what a person would mean by them."""
    return [*names_in(directory), LOCAL_LABEL, *(word for one in records for word in (one.name, one.label))]


def names_in(directory: Path) -> list[str]:
    """Names that are taken there, whatever holds them."""
    try:
        return [name for name in os.listdir(directory) if name != ".trash"]
    except FileNotFoundError:
        return []


def _can_be_made(place: Path) -> bool:
    existing = place
    while not os.path.lexists(existing):
        existing = existing.parent
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def known_admins(repository: KnownRepository) -> tuple[tuple[str, int], ...]:
    """All administrative directories there are now by name and inode, half-made ones included."""
    try:
        with os.scandir(repository.common_dir / "worktrees") as entries:
            return tuple(sorted((entry.name, entry.inode()) for entry in entries))
    except FileNotFoundError:
        return ()


def must_be_utf8(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise HedgerowError(
            ErrorCode.BAD_NAME, "the place for worktrees is no UTF-8 path; set worktreesDirectory to one that is"
        ) from None
