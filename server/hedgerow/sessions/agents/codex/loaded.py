"""Threads that a daemon has loaded, as it tells of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..agent import Status
from .threads import made_by_itself


@dataclass(frozen=True)
class Thread:
    """A thread that the daemon has loaded. Times are seconds since the epoch."""

    id: str
    cwd: Path
    status: Status
    waits: bool = False
    since: float | None = None
    title: str | None = None
    model: str | None = None
    rollout: Path | None = None
    parent: str | None = None
    created: float | None = None
    updated: float | None = None
    hidden: bool = False
    """Codex made it for itself."""
    above: str | None = None
    """The thread that it is a sub-agent of: what it asks, that one's person is asked."""


def status_of(told: object) -> tuple[Status | None, bool]:
    kind = told.get("type") if isinstance(told, dict) else None
    if kind == "active" and isinstance(told, dict):
        flags = told.get("activeFlags")
        waits = any(str(flag).startswith("waitingOn") for flag in (flags if isinstance(flags, list) else []))
        return (Status.WAITING if waits else Status.BUSY), waits
    if kind == "idle":
        return Status.IDLE, False
    if kind == "systemError":
        return Status.FAILED, False
    return (None if kind == "notLoaded" else Status.UNKNOWN), False


def thread_of(told: Mapping[str, object]) -> Thread | None:
    name, cwd = told.get("id"), told.get("cwd")
    status, waits = status_of(told.get("status"))
    if not (isinstance(name, str) and isinstance(cwd, str) and cwd.startswith("/")) or status is None:
        return None
    path, parent, model = told.get("path"), told.get("forkedFromId"), told.get("model")
    above = told.get("parentThreadId")
    names = ("agentNickname",) if isinstance(above, str) else ("name", "preview")
    created, updated = told.get("createdAt"), told.get("updatedAt")
    return Thread(
        id=name,
        cwd=Path(cwd),
        status=status,
        waits=waits,
        title=next((text for key in names if isinstance(text := told.get(key), str) and text), None),
        model=model if isinstance(model, str) else None,
        rollout=Path(path) if isinstance(path, str) else None,
        parent=parent if isinstance(parent, str) else None,
        created=float(created) if isinstance(created, int | float) else None,
        updated=float(updated) if isinstance(updated, int | float) else None,
        hidden=made_by_itself(told.get("source"), told.get("threadSource"), told.get("ephemeral"))
        or isinstance(above, str)
        or told.get("environments") == [],
        above=above if isinstance(above, str) else None,
    )
