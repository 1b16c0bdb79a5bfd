"""Noticing that a home of Claude Code may tell something else by now: its files, and the processes that live there.

Where the system tells of changes nothing is polled, also not for a home that does not exist yet: then the nearest
directory that does is watched. Reads nothing itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.sessions.endings import watch_exit

from .looking import BEGIN_SECONDS, SETTLE_SECONDS

if TYPE_CHECKING:
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

logger = logging.getLogger(__name__)

_GATHER_SECONDS = 0.02
_BETWEEN_SECONDS = 0.1
"""A transcript that grows all the time is told of this often."""
_POLL_SECONDS = 2.0


class Watch:
    """One for each who wants to know; on the running loop."""

    def __init__(self, home: Path, changed: Callable[[], None]) -> None:
        self._home = home
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._observer: BaseObserver | None = None
        self._scheduled: dict[tuple[Path, bool], ObservedWatch] = {}
        self._ends: dict[int, Callable[[], None]] = {}
        self._next: asyncio.TimerHandle | None = None
        self._settles: dict[float, asyncio.TimerHandle] = {}
        self._last = 0.0
        self._poll: asyncio.Task[None] | None = None
        self._closed = False
        try:
            self._begin()
        except OSError as error:
            self._fall_back(error)

    def close(self) -> None:
        """Nothing is called any more."""
        self._closed = True
        for timer in (self._next, *self._settles.values()):
            if timer is not None:
                timer.cancel()
        for stop in self._ends.values():
            stop()
        self._ends.clear()
        if self._poll is not None:
            self._poll.cancel()
        if self._observer is not None:
            self._observer.stop()

    def follow(self, pids: Iterable[int]) -> None:
        """These processes live there: the end of one is a change that no file tells of."""
        if self._closed:
            return
        wanted = set(pids)
        for pid in self._ends.keys() - wanted:
            self._ends.pop(pid)()
        for pid in wanted - self._ends.keys():
            self._ends[pid] = watch_exit(pid, lambda pid=pid: self._ended(pid))  # type: ignore[misc]

    def _ended(self, pid: int) -> None:
        self._ends.pop(pid, None)
        self._heard()

    # -- files ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        from watchdog.observers import Observer  # noqa: PLC0415 - 30 ms that no start of a server may wait for

        self._observer = Observer()
        self._arrange()
        self._observer.start()

    def _arrange(self) -> None:
        """Watch what is there by now; of what is missing, the nearest directory that it would appear in."""
        if self._observer is None or self._closed:
            return
        from watchdog import events  # noqa: PLC0415

        told = [events.FileCreatedEvent, events.FileModifiedEvent, events.FileMovedEvent, events.FileDeletedEvent]
        directories = [events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent]
        wanted = self._wanted()
        for key in self._scheduled.keys() - wanted:
            with contextlib.suppress(KeyError, OSError):
                self._observer.unschedule(self._scheduled.pop(key))
        for path, recursive in sorted(wanted - self._scheduled.keys()):
            content = path.parent == self._home and path.name in ("sessions", "projects")
            # Without a filter watchdog 7.1 can spin for ever on its own reads.
            wishes = [*told, *directories] if content else directories
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self._scheduled[path, recursive] = self._observer.schedule(
                    self._handler(path.name if content else ""), str(path), recursive=recursive, event_filter=wishes
                )

    def _wanted(self) -> set[tuple[Path, bool]]:
        there = self._home
        while not there.is_dir() and there != there.parent:
            there = there.parent
        wanted = {(there, False)}
        if there == self._home:
            inside = ((self._home / "sessions", False), (self._home / "projects", True))
            wanted |= {each for each in inside if each[0].is_dir()}
        return wanted

    def _handler(self, what: str) -> FileSystemEventHandler:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler  # noqa: PLC0415

        tell = self._tell
        arranged, heard = self._rearrange, self._heard
        settles = (SETTLE_SECONDS, BEGIN_SECONDS) if what == "sessions" else (BEGIN_SECONDS,)

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                if not what:
                    tell(arranged)
                elif what == "sessions" or os.fsdecode(event.src_path).endswith(".jsonl"):
                    tell(lambda: heard(*settles))

        return Handler()

    def _tell(self, call: Callable[[], None]) -> None:
        # A loop that has just been closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)

    def _rearrange(self) -> None:
        """A directory came or went beside those that count."""
        before = set(self._scheduled)
        gone = [key for key in before if not key[0].is_dir()]
        for key in gone:
            self._unschedule(key)
        try:
            self._arrange()
        except OSError as error:
            self._fall_back(error)
        if set(self._scheduled) != before or gone:
            self._heard()

    def _unschedule(self, key: tuple[Path, bool]) -> None:
        if self._observer is not None:
            with contextlib.suppress(KeyError, OSError):
                self._observer.unschedule(self._scheduled.pop(key))

    # -- telling -------------------------------------------------------------------------------------------------

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

    # -- where the system has no watches left ---------------------------------------------------------------------

    def _fall_back(self, error: OSError) -> None:
        if self._poll is not None or self._closed:
            return
        logger.warning("no watch for %s (%s): looking every %s s", self._home, error, _POLL_SECONDS)
        self._poll = self._loop.create_task(self._polling(), name="claude")

    async def _polling(self) -> None:
        seen = await asyncio.to_thread(self._stamp)
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            now = await asyncio.to_thread(self._stamp)
            if now != seen:
                seen = now
                self._heard(SETTLE_SECONDS)

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        found = set()
        for pattern in ("sessions/*.json", "projects/*/*.jsonl"):
            for path in self._home.glob(pattern):
                with contextlib.suppress(OSError):
                    told = path.stat()
                    found.add((str(path), told.st_mtime_ns, told.st_size))
        return frozenset(found)
