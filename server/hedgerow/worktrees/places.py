"""Where worktrees are made: beside the repository, outside it."""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
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
    except (KeyError, IndexError, ValueError):
        raise HedgerowError(
            ErrorCode.BAD_PARAMS,
            f"the setting worktreesDirectory ({settings.worktrees_directory!r}) knows {{parent}}, {{repo}}, {{local}}",
        ) from None
    place = Path(os.path.normpath(Path(text).expanduser()))
    if not place.is_absolute():
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"the setting worktreesDirectory makes {text!r}, which is no absolute path"
        )
    if _can_be_made(place):
        return place
    import platformdirs  # noqa: PLC0415 - only where the usual place cannot be written

    return platformdirs.user_data_path("hedgerow", appauthor=False) / "worktrees" / f"{name}-{repository.id[:8]}"


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


def known_admins(repository: KnownRepository) -> tuple[str, ...]:
    """Names of all administrative directories there are now, half-made ones included."""
    try:
        return tuple(sorted(os.listdir(repository.common_dir / "worktrees")))
    except FileNotFoundError:
        return ()


def must_be_utf8(path: Path) -> None:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise HedgerowError(
            ErrorCode.BAD_NAME, "the place for worktrees is no UTF-8 path; set worktreesDirectory to one that is"
        ) from None
