"""The files in which each process of Claude Code tells what it does: `sessions/<pid>.json`.

Only reads. A file outlives a process that was killed, and its number may belong to another process by then, so a file
counts only while the very process that wrote it runs.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..agent import Status
from .records import absolute

_NAME = re.compile(r"[1-9][0-9]*\.json")
"""An older generation of files is called `pid-<n>.json`, and says nothing of states."""
_LIMIT = 256 * 1024
_CLOCK_SECONDS = 3.0
_TICK_SECONDS = 2.0
"""The coarsest clock of a file system."""
_LAST_MOMENT = 1e14
"""Milliseconds; no program runs so late."""

_NEVER = (0, 0, 0)
"""Of a file that is to be read again."""

_STATUS = {
    "busy": Status.BUSY,
    "waiting": Status.WAITING,
    "idle": Status.IDLE,
    # Between turns, with a shell of its own still running (2.1.197 and later).
    "shell": Status.IDLE,
}


@dataclass(frozen=True)
class ProcessFile:
    """What one process says of itself. Times are seconds since the epoch.

    Attributes:
        background: it lives in the agent's own daemon, not in a terminal.
        waiting_for: the kind of dialog it shows; `permission prompt` is an approval or a question to choose from.
        mute: it has a terminal, and tells no state; at its start, since that is written a moment after the rest.
        name: what the person called the conversation.
        worked: it has been in a turn since we first saw it.
    """

    pid: int
    conversation: str
    cwd: Path
    status: Status
    since: float | None
    waiting_for: str | None
    background: bool
    mute: bool
    name: str | None
    started: float | None
    worked: bool = False


class ProcessFiles:
    """Those of one home, none of them parsed twice that has not changed."""

    def __init__(self, home: Path) -> None:
        self._directory = home / "sessions"
        self._seen: dict[str, tuple[tuple[int, int, int], ProcessFile | None, str | None]] = {}

    def living(self) -> list[ProcessFile]:
        """Of every process that runs now."""
        try:
            with os.scandir(self._directory) as entries:
                found = [entry for entry in entries if _NAME.fullmatch(entry.name)]
        except OSError:
            found = []
        now = {entry.name: self._read(entry) for entry in found}
        self._seen = {name: seen for name, seen in self._seen.items() if name in now}
        return [each for each in now.values() if each is not None]

    def _read(self, entry: os.DirEntry[str]) -> ProcessFile | None:
        """The file of a process that runs; it is rewritten in place: while it is half written, what it said counts."""
        pid = int(entry.name.removesuffix(".json"))
        before = self._seen.get(entry.name)
        try:
            stat = entry.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if before is None or before[0] != stamp:
                text = _text(Path(entry.path))
                told, born = _parse(pid, text)
                if told is None and before is not None:
                    told, born = before[1], before[2]
                    stamp = _NEVER
                if told is not None:
                    same = before is not None and before[1] is not None and before[2] == born and before[1].worked
                    told = replace(told, worked=same or told.status in (Status.BUSY, Status.WAITING))
                if abs(time.time() - stat.st_mtime) < _TICK_SECONDS:
                    stamp = _NEVER  # written again in the same moment, at the same size, it would look the same
                before = self._seen[entry.name] = (stamp, told, born)
        except OSError:
            return None
        told, born = before[1], before[2]
        return told if told is not None and is_process(pid, born, told.started) else None


def is_process(pid: int, born: str | None, started: float | None) -> bool:
    """Whether the process that wrote a file still runs.

    Args:
        born: the start time as the kernel of Linux counts it, field 22 of `/proc/<pid>/stat`.
        started: a moment soon after its start.
    """
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return False
        if len(fields) < 20 or fields[0] in (b"Z", b"X"):
            return False
        return born is None or fields[19].decode("ascii", "replace") == born
    import psutil  # noqa: PLC0415 - 20 ms, and not needed on Linux

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return started is None or process.create_time() <= started + _CLOCK_SECONDS
    except psutil.Error:
        return False


def _text(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _LIMIT)
    finally:
        os.close(descriptor)


def _parse(pid: int, text: bytes) -> tuple[ProcessFile | None, str | None]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(told, dict):
        return None, None
    conversation, cwd = _string(told, "sessionId"), absolute(told.get("cwd"))
    if conversation is None or cwd is None:
        return None, None
    name = _string(told, "name")
    status = _STATUS.get(_string(told, "status") or "", Status.UNKNOWN)
    file = ProcessFile(
        pid=pid,
        conversation=conversation,
        cwd=cwd,
        status=status,
        since=_seconds(told, "statusUpdatedAt"),
        waiting_for=_string(told, "waitingFor") if status is Status.WAITING else None,
        background=told.get("kind") == "bg",
        mute="status" not in told and told.get("entrypoint") != "sdk-cli",
        name=name if told.get("nameSource") != "derived" else None,
        started=_seconds(told, "startedAt"),
    )
    return file, _string(told, "procStart")


def _string(told: Mapping[str, object], key: str) -> str | None:
    value = told.get(key)
    return value if isinstance(value, str) and value else None


def _seconds(told: Mapping[str, object], key: str) -> float | None:
    value = told.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LAST_MOMENT:
        return None
    return value / 1000
