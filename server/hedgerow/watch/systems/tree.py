"""The directories of one checkout, watched one by one but for those that git ignores. Writes down what is touched.

What happens is seen on the reader's thread, in order; what it means is for others to find out from the disk. Never
follows a link, never enters `.git`, never enters another checkout that lies inside.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path

from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

from ..changes import NoWatchesLeftError, Touch
from ..ignored import LIKELY
from ..touched import Touched
from .notices import Notices

logger = logging.getLogger(__name__)

_MOVES_REMEMBERED = 64


class Tree:
    """One checkout's directories.

    Args:
        apart: paths below the root that are checkouts of their own.
        full: called from any thread when there is no watch left for a directory: what is seen is incomplete.
        moved: called from any thread when the root itself was moved or is gone.
    """

    certain = True
    """What is not told has not happened, once `Notices.caught_up`."""

    def __init__(
        self,
        notices: Notices,
        root: Path,
        touched: Touched,
        *,
        apart: Collection[bytes],
        full: Callable[[], None],
        moved: Callable[[], None],
    ) -> None:
        self._notices = notices
        self._root = os.fsencode(root)
        self._touched = touched
        self._apart = frozenset(apart)
        self._excluded: frozenset[bytes] = frozenset()
        self._full = full
        self._moved = moved
        self._lock = threading.RLock()
        self._by_path: dict[bytes, WatchDescriptor] = {}
        self._by_descriptor: dict[WatchDescriptor, bytes] = {}
        self._moving: dict[int, bytes] = {}
        self.nested: set[bytes] = set()
        """Other repositories inside: submodules, and clones that nobody asked about."""

    def __len__(self) -> int:
        """How many directories are watched."""
        return len(self._by_path)

    def start(self, excluded: frozenset[bytes]) -> None:
        """Watch every directory that is not excluded. Takes its time: not for the loop.

        Raises:
            NoWatchesLeftError: they do not fit; none is watched then.
        """
        with self._lock:
            self._excluded = excluded
        try:
            self._enter(b"", tell=False)
        except NoWatchesLeftError:
            self.close()
            raise
        if not self._by_path:
            self._moved()

    def exclude(self, excluded: frozenset[bytes]) -> None:
        """What git ignores has changed: leave what is ignored now, enter what is no longer. Not for the loop.

        Raises:
            NoWatchesLeftError: what is to be entered does not fit.
        """
        with self._lock:
            before, self._excluded = self._excluded, excluded
            self._leave(excluded - before)
            for path in before - excluded:
                self._enter(path, tell=False)

    def judge(self, directory: bytes, *, ignored: bool) -> None:
        """Git has said whether a new directory is ignored. Not for the loop.

        Raises:
            NoWatchesLeftError: it is to be entered and does not fit.
        """
        with self._lock:
            if ignored:
                self._excluded |= {directory}
                self._leave({directory})
            elif directory not in self._by_path:
                self._enter(directory, tell=True)

    def close(self) -> None:
        with self._lock:
            self._leave({b""})

    # On the reader's thread

    def on_event(self, event: InotifyEvent) -> None:
        try:
            with self._lock:
                self._see(event)
        except NoWatchesLeftError:
            self._full()
        except Exception:  # the reader reads for all checkouts: it must not end with one of them
            logger.exception("an event in %r could not be followed", self._root)
            self._touched.lose()

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        self._touched.recent.lose()
        with self._lock:
            path = self._by_descriptor.pop(wd, None)
            if path is None:
                return
            self._notices.freed(1)
            if self._by_path.get(path) == wd:
                del self._by_path[path]
        if path == b"":
            self._moved()

    def on_queue_overflow(self) -> None:
        """Directories may have been made that we know nothing of."""
        try:
            with self._lock:
                self._leave({b""})
                self._enter(b"", tell=False)
        except NoWatchesLeftError:
            self._full()
        self._touched.lose()

    def _see(self, event: InotifyEvent) -> None:
        if event.is_delete_self or event.is_move_self:
            if self._by_descriptor.get(event.wd) == b"":
                self._moved()
            return
        parent = self._by_descriptor.get(event.wd)
        if parent is None or not event.name or event.name == b".git":
            self._touched.recent.lose()  # a directory itself, or a repository made or gone inside
            return
        path = parent + b"/" + event.name if parent else event.name
        if bool(event.mask & _IS_DIRECTORY):
            self._see_directory(path, event)
            return
        if event.is_moved_to:
            old = self._moving.pop(event.cookie, None)
            if old is not None:
                self._touched.touch(old, Touch.GONE | Touch.CLOSED)
            self._touched.touch(path, Touch.MADE | Touch.CLOSED, old=old)
        elif event.is_moved_from:
            self._remember_move(event.cookie, path)
            self._touched.touch(path, Touch.GONE)
        elif event.is_delete:
            self._touched.touch(path, Touch.GONE)
        elif event.is_create:
            self._touched.touch(path, Touch.MADE | Touch.NEW)
        elif event.is_close_write:
            self._touched.touch(path, Touch.CLOSED)
        elif event.is_modify:
            self._touched.touch(path, Touch.WRITTEN)
        elif event.is_attrib:
            self._touched.touch(path, Touch.META)

    def _see_directory(self, path: bytes, event: InotifyEvent) -> None:
        if event.is_moved_from:
            self._remember_move(event.cookie, path)
        if path in self._excluded:
            return
        self._touched.recent.lose()
        if path in self._apart:
            return
        if event.is_moved_from or event.is_delete:
            if event.is_moved_from:  # what is deleted is empty, and its watch has ended with it
                self._leave({path})
            self._touched.touch(path, Touch.GONE | Touch.DIRECTORY)
        elif event.is_create or event.is_moved_to:
            old = self._moving.pop(event.cookie, None) if event.is_moved_to else None
            self._touched.touch(path, Touch.MADE | Touch.DIRECTORY | Touch.CLOSED, old=old)
            if event.name not in LIKELY:
                self._enter(path, tell=True, old=old)

    def _remember_move(self, cookie: int, path: bytes) -> None:
        self._moving[cookie] = path
        while len(self._moving) > _MOVES_REMEMBERED:
            del self._moving[next(iter(self._moving))]

    # Anywhere, under the lock

    def _enter(self, start: bytes, *, tell: bool, old: bytes | None = None) -> None:
        """Watch a directory and those below it.

        Args:
            tell: what is in it is new: it may have been put there before the watch was.
            old: what the directory was called before.
        """
        waiting = [start]
        while waiting:
            path = waiting.pop()
            directory = os.path.join(self._root, path) if path else self._root
            with self._lock:
                wd = self._notices.add(directory, self)
                if wd is None:
                    continue
                former = self._by_descriptor.get(wd)
                if former is not None:  # watched already, under this name or, moved here, under another
                    self._notices.freed(1)
                    if self._by_path.get(former) == wd:
                        del self._by_path[former]
                self._by_path[path] = wd
                self._by_descriptor[wd] = path
            try:
                with os.scandir(directory) as entries:
                    found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            except OSError:
                continue  # gone again, or not ours to read
            for name, is_directory in found:
                below = path + b"/" + name if path else name
                if name == b".git":
                    if path:
                        self.nested.add(path)
                elif not is_directory:
                    if tell:
                        before = None if old is None else old + below[len(start) :]
                        self._touched.touch(below, Touch.MADE | (Touch.NEW if old is None else Touch(0)), old=before)
                elif below not in self._apart and below not in self._excluded and not (tell and name in LIKELY):
                    waiting.append(below)
                elif tell and below not in self._apart and below not in self._excluded:
                    self._touched.touch(below, Touch.MADE | Touch.DIRECTORY | Touch.CLOSED)
        self._touched.recent.lose()  # what came and went before the watch was set

    def _leave(self, paths: Collection[bytes]) -> None:
        """Watch these directories and those below them no longer."""
        gone = [each for each in self._by_path if _is_in(each, paths)]
        descriptors = [self._by_path.pop(each) for each in gone]
        for wd in descriptors:
            self._by_descriptor.pop(wd, None)
        self._notices.remove(descriptors, self)
        self.nested = {each for each in self.nested if not _is_in(each, paths)}


def _is_in(path: bytes, directories: Collection[bytes]) -> bool:
    """Whether a path is one of these directories, or below one; everything is below the root, ``b""``."""
    if path in directories or b"" in directories:
        return True
    while (slash := path.rfind(b"/")) > 0:
        path = path[:slash]
        if path in directories:
            return True
    return False


_IS_DIRECTORY = 0x40000000
"""IN_ISDIR: watchdog's own property also takes what happens to the watched directory itself for it."""
