"""Watching where there is no inotify: whatever watchdog finds, which watches whole trees at no cost by directory.

What is ignored is left out by path. Nothing is certain here: there is no telling when events have caught up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from ..changes import Touch, WatchedCheckout
from ..touched import Touched
from .backend import Changed
from .git_directories import administered, is_watched, matters

_TOUCHES: dict[type[FileSystemEvent], Touch] = {
    FileCreatedEvent: Touch.MADE | Touch.NEW,
    FileModifiedEvent: Touch.WRITTEN,
    FileClosedEvent: Touch.CLOSED,
    FileDeletedEvent: Touch.GONE,
}
_FILTER: list[type[FileSystemEvent]] = [*_TOUCHES, FileMovedEvent]


class Elsewhere:
    def __init__(self) -> None:
        self._observer: BaseObserver = Observer()
        self._observer.start()

    def tree(
        self,
        checkout: WatchedCheckout,
        touched: Touched,
        apart: Collection[bytes],
        full: Callable[[], None],
        moved: Callable[[], None],
    ) -> PlainTree:
        return PlainTree(self._observer, checkout.path, touched, apart, moved)

    def git_directories(self, common_dir: Path, changed: Changed, full: Callable[[], None]) -> PlainGitDirectories:
        return PlainGitDirectories(self._observer, common_dir, changed)

    async def caught_up(self) -> bool:
        return False

    def close(self) -> None:
        self._observer.stop()
        self._observer.join()


class PlainTree(FileSystemEventHandler):
    """One checkout, watched whole."""

    certain = False

    def __init__(
        self,
        observer: BaseObserver,
        root: Path,
        touched: Touched,
        apart: Collection[bytes],
        moved: Callable[[], None],
    ) -> None:
        self.nested: set[bytes] = set()
        self._observer = observer
        self._root = root
        self._touched = touched
        self._apart = frozenset(apart)
        self._moved = moved
        self._excluded: frozenset[bytes] = frozenset()
        self._watch: ObservedWatch | None = None

    def __len__(self) -> int:
        return int(self._watch is not None)

    def start(self, excluded: frozenset[bytes]) -> None:
        self._excluded = excluded
        try:
            self._watch = self._observer.schedule(self, str(self._root), recursive=True, event_filter=_FILTER)
        except OSError:
            self._moved()

    def exclude(self, excluded: frozenset[bytes]) -> None:
        self._excluded = excluded

    def judge(self, directory: bytes, *, ignored: bool) -> None:
        if ignored:
            self._excluded |= {directory}

    def close(self) -> None:
        if self._watch is not None:
            self._observer.unschedule(self._watch)
            self._watch = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = self._inside(event.src_path)
        if isinstance(event, FileMovedEvent):
            there = self._inside(event.dest_path)
            if path is not None:
                self._touched.touch(path, Touch.GONE if there is None else Touch.GONE | Touch.CLOSED)
            if there is not None:
                self._touched.touch(there, Touch.MADE | Touch.CLOSED, old=path)
        elif path is not None:
            self._touched.touch(path, _TOUCHES[type(event)])

    def _inside(self, path: bytes | str) -> bytes | None:
        """The path from the root, when it is one to tell of."""
        below = os.path.relpath(os.fsencode(path), os.fsencode(self._root))
        parts = below.split(b"/")
        if below in {b".", b".."} or parts[0] == b".." or b".git" in parts:
            return None
        above = {b"/".join(parts[:number]) for number in range(1, len(parts) + 1)}
        return None if above & self._excluded or above & self._apart else below


class PlainGitDirectories(FileSystemEventHandler):
    """The git directories of one repository, each watched by itself."""

    certain = False

    def __init__(self, observer: BaseObserver, common_dir: Path, changed: Changed) -> None:
        self._observer = observer
        self._common_dir = common_dir
        self._changed = changed
        self._watch: ObservedWatch | None = None

    def __len__(self) -> int:
        return int(self._watch is not None)

    def start(self) -> None:
        try:
            self._watch = self._observer.schedule(self, str(self._common_dir), recursive=True, event_filter=_FILTER)
        except OSError:
            self._changed(True, None, False)

    def close(self) -> None:
        if self._watch is not None:
            self._observer.unschedule(self._watch)
            self._watch = None

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                self._see(os.path.relpath(os.fsencode(path), os.fsencode(self._common_dir)))

    def _see(self, path: bytes) -> None:
        directory, name = os.path.split(path)
        if directory and not is_watched(directory):
            return
        refs, files, rules = matters(directory, name)
        if refs or files or rules:
            self._changed(refs, administered(self._common_dir, directory) if files else None, rules)
