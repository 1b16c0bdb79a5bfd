"""One inotify of the system for the whole process, on watchdog's reader. Knows directories, not what is in them.

Of watchdog, only the reader of the descriptor is used (`InotifyFD`): one thread, one queue in the order of events. Its
recursive groups are not: they would watch ignored directories, each with a thread, and lose an overflow. The names are
internal to watchdog, which is why its version is pinned and `tests/watch/test_notices.py` holds them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Protocol

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from ..changes import NoWatchesLeftError
from ..touched import tell

logger = logging.getLogger(__name__)

MASK = Mask(
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVED_FROM
    | InotifyConstants.IN_MOVED_TO
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
"""Never opened nor closed-without-writing: with those, watchdog 7.1 spins for ever on its own reads, and every `git
status` would look like an edit."""

_LIMIT_FILE = Path("/proc/sys/fs/inotify/max_user_watches")
_LIMIT_UNKNOWN = 8192
"""The oldest default."""
_BARRIER_SECONDS = 2.0


class Listener(Protocol):
    """Called on the reader's thread; returns soon and raises nothing."""

    def on_event(self, event: InotifyEvent) -> None: ...

    def on_watch_deleted(self, wd: WatchDescriptor) -> None: ...

    def on_queue_overflow(self) -> None: ...


def system_limit() -> int:
    """How many directories this person's programs may watch, all together."""
    try:
        return int(_LIMIT_FILE.read_text())
    except (OSError, ValueError):
        return _LIMIT_UNKNOWN


class Notices:
    """Watches directories.

    Args:
        limit: how many at most; by default half of what the system allows, for editors want some too.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.limit = system_limit() // 2 if limit is None else limit
        self.watches = 0
        self._counting = threading.Lock()
        # It warns of a directory that is added twice, which happens where one is made while its parent is entered.
        warnings.filterwarnings("ignore", message="Callback with id", category=RuntimeWarning)
        self._reader: InotifyFD | None = None
        self._barrier: _Barrier | None = None
        try:
            self._reader = InotifyFD()
        except OSError as error:  # editors and their language servers share a small number of these, too
            logger.warning("nothing can be watched: %s", error)
            self.limit = 0
        else:
            self._reader.start()
            self._barrier = _Barrier(self._reader)

    def add(self, directory: bytes, listener: Listener) -> WatchDescriptor | None:
        """Watch one directory, not those in it; None when it is gone, no directory, or may not be read.

        Raises:
            NoWatchesLeftError: there is no watch left for it.
        """
        with self._counting:
            if self._reader is None or self.watches >= self.limit:
                raise NoWatchesLeftError
            self.watches += 1
        try:
            wd = self._reader.add_callback(directory, MASK, listener, CallbackId(id(listener)))
        except OSError as error:
            self.freed(1)
            if isinstance(error, (FileNotFoundError, NotADirectoryError, PermissionError)):
                return None
            raise NoWatchesLeftError from error
        if wd == -1:  # watchdog says so of a directory that may not be read
            self.freed(1)
            return None
        return wd

    def remove(self, descriptors: Iterable[WatchDescriptor], listener: Listener) -> None:
        """Watch these no longer; those that are gone by themselves are no error."""
        wanted = [(wd, CallbackId(id(listener))) for wd in descriptors]
        if self._reader is None:
            return
        with contextlib.suppress(OSError):
            self._reader.remove_callbacks(wanted)
        self.freed(len(wanted))

    def freed(self, number: int) -> None:
        """So many watches are gone: removed, or together with their directories."""
        with self._counting:
            self.watches -= number

    async def caught_up(self) -> bool:
        """Wait until every event of before this call has been handed to its listener. False: it cannot be told."""
        return self._barrier is not None and await self._barrier.passed()

    def close(self) -> None:
        """Takes a moment: not for the loop."""
        if self._reader is not None:
            self._reader.stop()
            self._reader.join(_BARRIER_SECONDS)
        if self._barrier is not None:
            self._barrier.close()


class _Barrier:
    """A nameless file whose times we change: when that event is read, all that came before it have been."""

    def __init__(self, reader: InotifyFD) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._mark: asyncio.Future[None] | None = None
        self._file: IO[bytes] | None = None
        self._works = False
        with contextlib.suppress(OSError):  # without a place for it nothing is certain, and all is watched
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as this is
            path = f"/proc/self/fd/{self._file.fileno()}".encode()
            self._works = reader.add_callback(path, InotifyConstants.IN_ATTRIB, self, CallbackId(id(self))) != -1

    async def passed(self) -> bool:
        if not self._works or self._file is None:
            return False
        async with self._one_at_a_time:
            # One mark at a time: one that was on its way already would let a later caller through too early.
            for _ in range(2 if self._mark is not None else 1):
                if self._mark is None:
                    self._mark = self._loop.create_future()
                    os.utime(self._file.fileno())
                done, _late = await asyncio.wait([self._mark], timeout=_BARRIER_SECONDS)
                if not done:
                    return False
                self._mark = None
            return True

    def on_event(self, _event: InotifyEvent) -> None:
        tell(self._loop, self._reached)

    def on_watch_deleted(self, _wd: WatchDescriptor) -> None:
        self._works = False

    def on_queue_overflow(self) -> None:
        tell(self._loop, self._reached)

    def _reached(self) -> None:
        if self._mark is not None and not self._mark.done():
            self._mark.set_result(None)

    def close(self) -> None:
        self._works = False
        if self._file is not None:
            self._file.close()
