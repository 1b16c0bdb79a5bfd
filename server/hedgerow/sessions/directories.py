"""Changes in a few directories, of which any may come and go: those where an agent keeps its sessions.

Owns one reader of the system's notices: where two of watchdog's own observers watch one directory, the wishes of the
later one are the only ones that count. Where the system tells nothing, looks every few seconds. Reads no file.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

    from hedgerow.watch.systems.notices import Notices

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0


def nearest(directory: Path) -> Path:
    """The directory itself, or the nearest one above it that is there, in which it would appear."""
    while not directory.is_dir() and directory != directory.parent:
        directory = directory.parent
    return directory


class Directories:
    """Watches, on the running loop.

    Args:
        wanted: the directories that count now; asked again whenever one comes or goes in one of them.
        heard: called with a directory and the name of what changed in it; the name is empty when that is not known.
    """

    def __init__(self, wanted: Callable[[], Iterable[Path]], heard: Callable[[Path, str], None]) -> None:
        self._wanted = wanted
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._notices: Notices | None = None
        self._watched: dict[Path, WatchDescriptor] = {}
        self._names: dict[WatchDescriptor, Path] = {}
        self._poll: asyncio.Task[None] | None = None
        self._closed = False
        if sys.platform == "linux":
            from hedgerow.watch.systems.notices import Notices  # noqa: PLC0415 - 30 ms that no start may wait for

            self._notices = Notices()
            self._arrange(tell=False)
        else:
            self._look_instead("this system")

    def close(self) -> None:
        """Nothing is heard any more."""
        if self._closed:
            return
        self._closed = True
        if self._poll is not None:
            self._poll.cancel()
        if self._notices is not None:
            threading.Thread(target=self._notices.close, name="directories", daemon=True).start()

    # -- as the reader of notices calls them, on its thread --------------------------------------------------------

    def on_event(self, event: InotifyEvent) -> None:
        directory = self._names.get(event.wd)
        if directory is not None:
            self._tell(self._event, directory, os.fsdecode(event.name), event.is_directory)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        self._tell(self._gone, wd)

    def on_queue_overflow(self) -> None:
        self._tell(self._lost)

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # a loop that has just been closed has nobody left to tell
            self._loop.call_soon_threadsafe(call, *arguments)

    # -- on the loop -----------------------------------------------------------------------------------------------

    def _event(self, directory: Path, name: str, is_directory: bool) -> None:
        if self._closed:
            return
        if is_directory:
            self._arrange(tell=True)
        self._heard(directory, name)

    def _gone(self, wd: WatchDescriptor) -> None:
        directory = self._names.pop(wd, None)
        if directory is None or self._closed:
            return
        if self._watched.get(directory) == wd:
            del self._watched[directory]
            if self._notices is not None:
                self._notices.freed(1)
        self._arrange(tell=True)
        self._heard(directory, "")

    def _lost(self) -> None:
        if not self._closed:
            self._arrange(tell=False)
            for directory in list(self._watched):
                self._heard(directory, "")

    def _arrange(self, *, tell: bool) -> None:
        """Watch what counts by now. What was there before it was watched may have changed unseen: that is told."""
        if self._notices is None:
            return
        wanted = set(self._wanted())
        for directory in self._watched.keys() - wanted:
            wd = self._watched.pop(directory)
            self._names.pop(wd, None)
            self._notices.remove([wd], self)
        for directory in sorted(wanted - self._watched.keys()):
            added = self._add(directory)
            if added is not None:
                self._watched[directory] = added
                self._names[added] = directory
                if tell:
                    self._heard(directory, "")

    def _add(self, directory: Path) -> WatchDescriptor | None:
        from hedgerow.watch.changes import NoWatchesLeftError  # noqa: PLC0415 - see above

        if self._notices is None:
            return None
        try:
            return self._notices.add(os.fsencode(directory), self)
        except NoWatchesLeftError:
            self._look_instead(str(directory))
            return None

    # -- where the system tells nothing ----------------------------------------------------------------------------

    def _look_instead(self, what: str) -> None:
        if self._poll is None and not self._closed:
            logger.warning("no watch for %s: looking every %s s", what, POLL_SECONDS)
            self._poll = self._loop.create_task(self._polling(), name="directories")

    async def _polling(self) -> None:
        seen = await asyncio.to_thread(self._stamps)
        for directory in seen:  # what came before the first look came unseen
            self._heard(directory, "")
        while True:
            await asyncio.sleep(POLL_SECONDS)
            now = await asyncio.to_thread(self._stamps)
            for directory in seen.keys() | now.keys():
                if seen.get(directory) != now.get(directory):
                    self._heard(directory, "")
            seen = now

    def _stamps(self) -> dict[Path, frozenset[tuple[str, int, int]]]:
        """What every file in the directories that count looks like."""
        found = {}
        for directory in set(self._wanted()):
            with contextlib.suppress(OSError), os.scandir(directory) as entries:
                found[directory] = frozenset(_stamp(entry) for entry in entries)
        return found


def _stamp(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        told = entry.stat(follow_symlinks=False)
    except OSError:
        return entry.name, 0, 0
    return entry.name, told.st_mtime_ns, told.st_size
