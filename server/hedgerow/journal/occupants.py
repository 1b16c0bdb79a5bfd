"""Who works inside a directory: processes whose working directory lies there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError


@dataclass(frozen=True)
class Occupant:
    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


def occupants(directory: Path) -> list[Occupant]:
    """Processes of any user whose working directory is `directory` or below it, our own included.

    Processes whose working directory we may not read are another user's and cannot be judged; they are
    passed over (as root, none are).

    Raises:
        HedgerowError: the list of processes cannot be read at all: unknown counts as in use.
    """
    import psutil  # noqa: PLC0415 - only needed before a removal

    place = os.path.realpath(directory)
    inside = place + os.sep
    found: list[Occupant] = []
    try:
        processes = psutil.process_iter(["name", "cwd"])
        for process in processes:
            cwd = process.info.get("cwd")
            if cwd and (cwd == place or cwd.startswith(inside)):
                found.append(Occupant(process.pid, process.info.get("name") or "process"))
    except psutil.Error as error:
        raise HedgerowError(
            ErrorCode.PROTECTED, f"the running processes cannot be read ({error}), so {directory} counts as in use"
        ) from error
    return found


def named(found: list[Occupant]) -> str:
    """The first few for a sentence."""
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return ", ".join(str(one) for one in found[:5]) + more
