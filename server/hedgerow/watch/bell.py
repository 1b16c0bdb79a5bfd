"""How one server tells the others on this machine that something changed.

Each process owns one empty file in a common directory and renames it when it rings: `<ringer>.<count>`. So no ring
hides another's, the file system's clock does not matter, and a ring is one system call. Says only "look again": what
changed stands in the database. Never raises at a listener's expense; a bell that cannot be rung is logged.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
_GATHER_SECONDS = 0.02
"""Rings that come together are told once."""
_FORGOTTEN_SECONDS = 24 * 3600.0
"""A file that was not rung for so long belongs to nobody, or is made anew at the next ring."""


class Bell:
    """One per process and state directory.

    Args:
        directory: the state directory; files are kept in `bells/` below it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "bells"
        self._ringer = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._count = 0
        self._file: Path | None = None

    def ring(self) -> None:
        """Let every other process look again. Costs one rename."""
        self._count += 1
        target = self.directory / f"{self._ringer}.{self._count}"
        try:
            if self._file is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.rename(self._file, target)
                    os.utime(target)
                    self._file = target
                    return
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._file = target
            self._forget_the_dead()
        except OSError:
            logger.warning("other servers could not be told of a change", exc_info=True)

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back on the running loop after others rang; own rings are not heard.

        Answers what stops listening. Where the system has no watches left, looks twice a second instead.
        """
        loop = asyncio.get_running_loop()
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        gather = _Gather(loop, callback)
        try:
            stop_watching = self._watch(lambda: _tell(loop, gather))
        except OSError as error:
            logger.warning("no watch for %s (%s): looking every %s s", self.directory, error, POLL_SECONDS)
            task = loop.create_task(self._poll(gather, self._others()), name="bell")
            stop_watching = task.cancel

        def stop() -> None:
            gather.close()
            stop_watching()

        return stop

    def close(self) -> None:
        """Take our own file away. What was rung stays heard: a watcher saw it, a poller sees the file gone."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()
            self._file = None

    def _others(self) -> frozenset[str]:
        return frozenset(name for name in os.listdir(self.directory) if not self._mine(name))

    def _mine(self, name: str) -> bool:
        return name.startswith(f"{self._ringer}.")

    def _watch(self, heard: Callable[[], object]) -> Callable[[], object]:
        # Imported here: it takes 30 ms that no start of a server may wait for.
        from watchdog.events import (  # noqa: PLC0415
            FileCreatedEvent,
            FileMovedEvent,
            FileSystemEvent,
            FileSystemEventHandler,
        )
        from watchdog.observers import Observer  # noqa: PLC0415

        mine = self._mine

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                name = os.fsdecode(event.dest_path or event.src_path)
                if not mine(os.path.basename(name)):
                    heard()

        observer = Observer()
        # Without a filter watchdog 7.1 can spin for ever on its own reads.
        observer.schedule(Handler(), str(self.directory), event_filter=[FileCreatedEvent, FileMovedEvent])
        observer.start()
        return observer.stop

    async def _poll(self, gather: _Gather, seen: frozenset[str]) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                now = self._others()
            except OSError:
                continue
            if now != seen:
                seen = now
                gather.heard()

    def _forget_the_dead(self) -> None:
        limit = time.time() - _FORGOTTEN_SECONDS
        for entry in os.scandir(self.directory):
            with contextlib.suppress(OSError):
                if not self._mine(entry.name) and entry.stat(follow_symlinks=False).st_mtime < limit:
                    os.unlink(entry.path)


class _Gather:
    """Several rings at once become one call."""

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._waiting: asyncio.TimerHandle | None = None
        self._closed = False

    def heard(self) -> None:
        if self._waiting is None and not self._closed:
            self._waiting = self._loop.call_later(_GATHER_SECONDS, self._call)

    def close(self) -> None:
        self._closed = True
        if self._waiting is not None:
            self._waiting.cancel()

    def _call(self) -> None:
        self._waiting = None
        self._callback()


def _tell(loop: asyncio.AbstractEventLoop, gather: _Gather) -> None:
    # A loop that has just been closed has nobody left to tell.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(gather.heard)
