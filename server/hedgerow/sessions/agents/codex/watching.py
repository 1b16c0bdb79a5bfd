"""Noticing that a home of Codex may tell something else by now: its socket, its locks, its rollouts, its processes.

Where the system tells of changes nothing is polled, also not for a home that does not exist yet: then the nearest
directory that does is watched. Reads nothing itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.sessions.endings import watch_exit

from .app_server import socket_of
from .writers import directory_of

if TYPE_CHECKING:
    from watchdog.events import FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

logger = logging.getLogger(__name__)

_GATHER_SECONDS = 0.01
_BETWEEN_SECONDS = 0.2
"""A rollout that grows all the time is told of this often."""
_POLL_SECONDS = 2.0


class Watch:
    """One for each who wants to know; on the running loop.

    Args:
        changed: called when anything may be told otherwise.
        socket_changed: called when the daemon's socket came or went.
    """

    def __init__(self, home: Path, changed: Callable[[], None], socket_changed: Callable[[], None]) -> None:
        self._home = home
        self._changed = changed
        self._socket_changed = socket_changed
        self._loop = asyncio.get_running_loop()
        self._observer: BaseObserver | None = None
        self._scheduled: dict[Path, ObservedWatch] = {}
        self._ends: dict[int, Callable[[], None]] = {}
        self._next: asyncio.TimerHandle | None = None
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
        if self._next is not None:
            self._next.cancel()
        for stop in self._ends.values():
            stop()
        self._ends.clear()
        if self._poll is not None:
            self._poll.cancel()
        if self._observer is not None:
            self._observer.stop()

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
        if self._closed:
            return
        wanted = set(pids)
        for pid in self._ends.keys() - wanted:
            self._ends.pop(pid)()
        for pid in wanted - self._ends.keys():
            self._ends[pid] = watch_exit(pid, functools.partial(self._ended, pid))

    def _ended(self, pid: int) -> None:
        self._ends.pop(pid, None)
        self.heard()

    def _begin(self) -> None:
        from watchdog.observers import Observer  # noqa: PLC0415 - 30 ms that no start of a server may wait for

        self._observer = Observer()
        self._arrange()
        self._observer.start()

    def _inside(self) -> dict[Path, Callable[[str], None]]:
        """The directories that tell something, and what to do with a name that changed there."""
        return {
            socket_of(self._home).parent: lambda _: self._socket(),
            directory_of(self._home): lambda _: self.heard(),
            self._home / "sessions": lambda name: self.heard() if name.endswith(".jsonl") else None,
        }

    def _arrange(self) -> None:
        """Watch what is there by now; of what is missing, the nearest directory that it would appear in."""
        if self._observer is None or self._closed:
            return
        from watchdog import events  # noqa: PLC0415

        # Without a filter watchdog 7.1 can spin for ever on its own reads.
        directories = [events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent]
        come_and_go = [events.FileCreatedEvent, events.FileMovedEvent, events.FileDeletedEvent]
        inside = self._inside()
        nearest = self._nearest()
        wanted = {nearest} | ({path for path in inside if path.is_dir()} if nearest == self._home else set())
        for path in self._scheduled.keys() - wanted:
            with contextlib.suppress(KeyError, OSError):
                self._observer.unschedule(self._scheduled.pop(path))
        for path in sorted(wanted - self._scheduled.keys()):
            told, take = directories, lambda _: self._rearrange()
            recursive = path == self._home / "sessions"
            if path in inside:
                told, take = come_and_go, inside[path]
            if recursive:
                told = [events.FileCreatedEvent, events.FileModifiedEvent]
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                self._scheduled[path] = self._observer.schedule(
                    self._handler(take), str(path), recursive=recursive, event_filter=told
                )

    def _nearest(self) -> Path:
        there = self._home
        while not there.is_dir() and there != there.parent:
            there = there.parent
        return there

    def _handler(self, take: Callable[[str], None]) -> FileSystemEventHandler:
        from watchdog.events import FileSystemEvent, FileSystemEventHandler  # noqa: PLC0415

        loop = self._loop

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                # A loop that has just been closed has nobody left to tell.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(take, os.fsdecode(event.src_path))

        return Handler()

    def _rearrange(self) -> None:
        """A directory came or went beside those that count."""
        before = set(self._scheduled)
        for path in [path for path in before if not path.is_dir()]:
            if self._observer is not None:
                with contextlib.suppress(KeyError, OSError):
                    self._observer.unschedule(self._scheduled.pop(path))
        try:
            self._arrange()
        except OSError as error:
            self._fall_back(error)
        if set(self._scheduled) != before:
            self._socket()

    def _socket(self) -> None:
        if not self._closed:
            self._socket_changed()
            self.heard()

    def _call(self) -> None:
        self._next = None
        self._last = self._loop.time()
        self._changed()

    def _fall_back(self, error: OSError) -> None:
        """The system has no watches left."""
        if self._poll is not None or self._closed:
            return
        logger.warning("no watch for %s (%s): looking every %s s", self._home, error, _POLL_SECONDS)
        self._poll = self._loop.create_task(self._polling(), name="codex home")

    async def _polling(self) -> None:
        seen = await asyncio.to_thread(self._stamp)
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            now = await asyncio.to_thread(self._stamp)
            if now != seen:
                seen = now
                self._socket()

    def _stamp(self) -> frozenset[tuple[str, int, int]]:
        found = set()
        for pattern in ("app-server-control/*", "thread-writer-locks/*", "sessions/*/*/*/*.jsonl"):
            for path in self._home.glob(pattern):
                with contextlib.suppress(OSError):
                    told = path.lstat()
                    found.add((str(path), told.st_mtime_ns, told.st_size))
        return frozenset(found)
