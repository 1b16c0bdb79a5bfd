"""Noticing that a home of Codex may tell something else by now: its socket, its locks, its rollouts, its processes.

Where the system tells of changes nothing is polled, also not for a home that does not exist yet. Reads no file.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hedgerow.sessions.directories import Directories, nearest
from hedgerow.sessions.endings import Endings

from .app_server import socket_of
from .writers import directory_of

_GATHER_SECONDS = 0.01
_BETWEEN_SECONDS = 0.2
"""A rollout that grows all the time is told of this often."""
_DAYS_DEEP = 3
"""Rollouts lie in `sessions/<year>/<month>/<day>`."""


class Watch:
    """One for each who wants to know; on the running loop.

    Args:
        changed: called when anything may be told otherwise.
        socket_changed: called when the daemon's socket came or went.
    """

    def __init__(self, home: Path, changed: Callable[[], None], socket_changed: Callable[[], None]) -> None:
        self._home = home
        self._rollouts, self._socket, self._locks = home / "sessions", socket_of(home).parent, directory_of(home)
        self._changed = changed
        self._socket_changed = socket_changed
        self._loop = asyncio.get_running_loop()
        self._endings = Endings(lambda _pid: self.heard())
        self._next: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._closed = False
        self._directories = Directories(self._wanted, self._file)

    def close(self) -> None:
        """Nothing is called any more."""
        self._closed = True
        if self._next is not None:
            self._next.cancel()
        self._endings.close()
        self._directories.close()

    def heard(self, *, soon: bool = False) -> None:
        """Something may be otherwise; several such moments become one call.

        Args:
            soon: it is the daemon's news, which is rare and what a person waits for; files may change all the time.
        """
        if self._closed:
            return
        now = self._loop.time()
        when = now + _GATHER_SECONDS if soon else max(now + _GATHER_SECONDS, self._last + _BETWEEN_SECONDS)
        if self._next is not None:
            if self._next.when() <= when:
                return
            self._next.cancel()
        self._next = self._loop.call_at(when, self._call)

    def follow(self, pids: Iterable[int]) -> None:
        """These processes have conversations open: the end of one is a change that no file tells of."""
        self._endings.follow(pids)

    def _wanted(self) -> Iterator[Path]:
        there = nearest(self._home)
        yield there
        if there == self._home:
            yield from (each for each in (self._socket, self._locks) if each.is_dir())
            yield from _days(self._rollouts)

    def _file(self, directory: Path, name: str) -> None:
        if directory == self._socket:
            self._socket_changed()
            self.heard()
        elif directory.is_relative_to(self._rollouts):
            if not name or name.endswith(".jsonl"):
                self.heard()
        elif directory == self._locks or not directory.is_dir():
            self.heard()

    def _call(self) -> None:
        self._next = None
        self._last = self._loop.time()
        self._changed()


def _days(directory: Path, deep: int = _DAYS_DEEP) -> Iterator[Path]:
    """A directory, if it is there, and those in it."""
    try:
        with os.scandir(directory) as entries:
            inside = [entry.path for entry in entries if deep and entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    yield directory
    for path in inside:
        yield from _days(Path(path), deep - 1)
