"""Noticing that a home of Claude Code may tell something else by now: its files, and the processes that live there.

Where the system tells of changes nothing is polled, also not for a home that does not exist yet. Reads no file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from hedgerow.sessions.directories import Directories, nearest
from hedgerow.sessions.endings import Endings

from .looking import BEGIN_SECONDS, SETTLE_SECONDS

_GATHER_SECONDS = 0.02
_BETWEEN_SECONDS = 0.1
"""A transcript that grows all the time is told of this often."""


class Watch:
    """One for each who wants to know; on the running loop."""

    def __init__(self, home: Path, changed: Callable[[], None]) -> None:
        self._home = home
        self._sessions, self._projects = home / "sessions", home / "projects"
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._endings = Endings(lambda _pid: self._heard())
        self._next: asyncio.TimerHandle | None = None
        self._settles: dict[float, asyncio.TimerHandle] = {}
        self._last = 0.0
        self._closed = False
        self._directories = Directories(self._wanted, self._file)

    def close(self) -> None:
        """Nothing is called any more."""
        self._closed = True
        for timer in (self._next, *self._settles.values()):
            if timer is not None:
                timer.cancel()
        self._endings.close()
        self._directories.close()

    def follow(self, pids: Iterable[int]) -> None:
        """These processes live there: the end of one is a change that no file tells of."""
        self._endings.follow(pids)

    def _wanted(self) -> Iterator[Path]:
        """The directories of transcripts, each of one project; what lies deeper is no conversation."""
        there = nearest(self._home)
        yield there
        if there == self._home:
            yield from (each for each in (self._sessions, self._projects) if each.is_dir())
            try:
                yield from (each for each in self._projects.iterdir() if each.is_dir())
            except OSError:
                return

    def _file(self, directory: Path, name: str) -> None:
        if directory == self._sessions:
            self._heard(SETTLE_SECONDS, BEGIN_SECONDS)
        elif directory == self._projects or (
            directory.parent == self._projects and (not name or name.endswith(".jsonl"))
        ):
            self._heard(BEGIN_SECONDS)
        elif not directory.is_dir():
            self._heard()

    def _heard(self, *settles: float) -> None:
        """Several changes become one call; where states and records may disagree, one more once that has settled."""
        if self._closed:
            return
        if self._next is None:
            wait = max(_GATHER_SECONDS, self._last + _BETWEEN_SECONDS - self._loop.time())
            self._next = self._loop.call_later(wait, self._call)
        for seconds in settles:
            if (before := self._settles.get(seconds)) is not None:
                before.cancel()
            self._settles[seconds] = self._loop.call_later(seconds + _GATHER_SECONDS, self._heard)

    def _call(self) -> None:
        self._next = None
        self._last = self._loop.time()
        self._changed()
