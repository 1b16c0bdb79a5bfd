"""The base of every primitive of an operation: data, with its effect and its inverse."""

from __future__ import annotations

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .. import files
from ..bench import Bench


class OvertakenError(HedgerowError):
    """What a step was to change is no longer what it was. It has done nothing, so there is nothing to take back."""

    def __init__(self, message: str, code: ErrorCode = ErrorCode.STALE_PLAN, **data: Any) -> None:
        super().__init__(code, message, **data)


class Step(BaseModel):
    """One primitive.

    A step may find itself not begun, half done or done (a crash); `apply` and `revert` both end in a
    definite state from any of the three. Nothing here deletes: what must leave is moved into the trash.

    `registry` says that it changes the repository's list of worktrees and runs under that lock.
    """

    model_config = ConfigDict(frozen=True)

    @property
    def registry(self) -> bool:
        return False

    @abstractmethod
    async def apply(self, bench: Bench) -> None:
        """Do it; a step that is done already stays done."""

    @abstractmethod
    async def revert(self, bench: Bench) -> None:
        """Take it back; a step that was not begun stays so."""

    def inverse(self) -> Step | None:
        """The step that undoes this one in a later operation; None when there is nothing to undo."""
        raise HedgerowError(
            ErrorCode.NOT_UNDOABLE, f"a step of kind {type(self).__name__} is undone by a plan of its own"
        )


def into_trash(source: Path, target: Path) -> None:
    """Move into the trash, under another name if that one is taken."""
    files.make_directory(target.parent, parents=True)
    number = 0
    place = target
    while os.path.lexists(place):
        number += 1
        place = target.with_name(f"{target.name}.{number}")
    files.rename(source, place)
