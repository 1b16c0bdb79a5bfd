"""Who calls a command: what a room may ask of the editor or shell behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .settings import Settings


def _no_progress(_message: str, _percent: int | None = None) -> None:
    return None


def _nothing_unsaved(_directory: Path) -> Iterable[Path]:
    return ()


@dataclass(frozen=True)
class Caller:
    """What comes with each call, besides its params.

    Attributes:
        directories: the open workspace folders; on the shell, the current directory.
        settings: defaults, the user's file and the editor's, merged.
        trusted_folders: folders the person trusts; None leaves it to git's ownership rule.
        progress: told what is being done, with a percentage where one is known.
        unsaved: files below a directory whose text in the editor is not saved.
        automatic: no person is behind this call; whatever needs agreement is left alone.
    """

    directories: tuple[Path, ...]
    settings: Settings = field(default_factory=Settings)
    trusted_folders: tuple[Path, ...] | None = None
    progress: Callable[[str, int | None], None] = _no_progress
    unsaved: Callable[[Path], Iterable[Path]] = _nothing_unsaved
    automatic: bool = False
