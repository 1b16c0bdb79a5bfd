"""Who works inside a directory: processes whose working directory lies there."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.protocol.errors import ErrorCode, HedgerowError

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True)
class Occupant:
    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


_SECONDS_TO_PASS = 0.05
"""What was seen is looked at again after this: a child between its fork and its exec is still called as its parent."""


def occupants(directory: Path, *, besides: Collection[int] = ()) -> list[Occupant]:
    """Processes of any user whose working directory is `directory` or below it, our own included.

    A git that was told to take no locks only looks, and minds no rename: ours do that for the list, and so do
    editors' all the time. Processes whose working directory we may not read are another user's and cannot be
    judged; they are passed over (as root, none are).

    Args:
        besides: processes that do not count, with all that descend from them.

    Raises:
        HedgerowError: the list of processes cannot be read at all: unknown counts as in use.
    """
    import psutil  # noqa: PLC0415 - only needed before a removal

    try:
        found = _inside(directory, besides)
        if found:
            time.sleep(_SECONDS_TO_PASS)
            found = _inside(directory, besides)
    except psutil.Error as error:
        raise HedgerowError(
            ErrorCode.PROTECTED, f"the running processes cannot be read ({error}), so {directory} counts as in use"
        ) from error
    return found


def _inside(directory: Path, besides: Collection[int]) -> list[Occupant]:
    import psutil  # noqa: PLC0415

    place = os.path.realpath(directory)
    inside = place + os.sep
    found: list[Occupant] = []
    for process in psutil.process_iter(["name", "cwd"]):
        cwd = process.info.get("cwd")
        name = process.info.get("name") or "process"
        if not cwd or not (cwd == place or cwd.startswith(inside)) or (name == "git" and _only_looks(process)):
            continue
        if not besides or set(besides).isdisjoint(_line_of(process)):
            found.append(Occupant(process.pid, name))
    return found


def _line_of(process: psutil.Process) -> list[int]:
    """Its own number and those of its forebears; what cannot be read has none, and counts as somebody's."""
    import psutil  # noqa: PLC0415

    try:
        return [process.pid, *(one.pid for one in process.parents())]
    except psutil.Error:
        return [process.pid]


def _only_looks(process: psutil.Process) -> bool:
    """Whether it is sure to: what cannot be read counts as in use."""
    import psutil  # noqa: PLC0415

    try:
        return bool(process.environ().get("GIT_OPTIONAL_LOCKS") == "0")
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError):
        return False


def named(found: list[Occupant]) -> str:
    """The first few for a sentence."""
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return ", ".join(str(one) for one in found[:5]) + more
