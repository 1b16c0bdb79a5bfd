"""The git directories of one repository: its common directory and those of its worktrees. Objects are not looked at.

Tells that HEADs, refs or the set of worktrees changed, and whose index or operation in progress did. Which names
matter is decided here; a lock file, a log or an object never does.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from watchdog.observers.inotify_c import InotifyEvent, WatchDescriptor

from ..changes import NoWatchesLeftError
from .notices import Notices

logger = logging.getLogger(__name__)

_OF_REFS = frozenset((b"HEAD", b"packed-refs", b"config", b"config.worktree", b"shallow", b"tables.list",
                      b"gitdir", b"locked", b"worktrees", b"refs", b"reftable"))  # fmt: skip
_OF_FILES = frozenset((b"index", b"MERGE_HEAD", b"CHERRY_PICK_HEAD", b"REVERT_HEAD", b"BISECT_LOG", b"rebase-merge",
                       b"rebase-apply", b"sequencer"))  # fmt: skip


def matters(directory: bytes, name: bytes) -> tuple[bool, bool, bool]:
    """Whether a name in a git directory has to do with refs, with a checkout's files, and with what is ignored.

    Args:
        directory: relative to the common directory.
    """
    if name.endswith(b".lock") or name.endswith(b".tmp"):
        return False, False, False
    top = directory.split(b"/", 1)[0]
    if top == b"info":
        return False, False, name == b"exclude"
    if top in {b"refs", b"reftable"} or b"/reftable" in directory or b"/refs" in directory:
        return True, False, False
    if directory == b"worktrees":
        return True, False, False
    return name in _OF_REFS, name in _OF_FILES, name == b"index"


def administered(common_dir: Path, directory: bytes) -> Path:
    """The administrative directory that a git directory, relative to the common one, is in."""
    parts = directory.split(b"/")
    if parts[0] == b"worktrees" and len(parts) > 1:
        return common_dir / "worktrees" / os.fsdecode(parts[1])
    return common_dir


def is_watched(directory: bytes) -> bool:
    """Whether a directory below the common one is looked at: refs (but ours), reftables, worktrees, rules."""
    parts = directory.split(b"/")
    if parts[0] == b"worktrees":
        return len(parts) <= 2 or parts[2] in {b"refs", b"reftable"}
    return parts[0] in {b"refs", b"reftable", b"info"} and parts[:2] != [b"refs", b"hedgerow"]


class GitDirectories:
    """Watches them.

    Args:
        changed: called from any thread: refs changed; the administrative directory whose checkout's files are to be
            looked at again, if any; what is ignored may have changed.
        full: called from any thread when there is no watch left.
    """

    certain = True

    def __init__(
        self,
        notices: Notices,
        common_dir: Path,
        *,
        changed: Callable[[bool, Path | None, bool], None],
        full: Callable[[], None],
    ) -> None:
        self._notices = notices
        self._common_dir = common_dir
        self._root = os.fsencode(common_dir)
        self._changed = changed
        self._full = full
        self._lock = threading.RLock()
        self._paths: dict[WatchDescriptor, bytes] = {}

    def __len__(self) -> int:
        return len(self._paths)

    def start(self) -> None:
        """Not for the loop.

        Raises:
            NoWatchesLeftError: there is no watch left for them.
        """
        try:
            self._enter(b"")
        except NoWatchesLeftError:
            self.close()
            raise

    def close(self) -> None:
        with self._lock:
            descriptors = list(self._paths)
            self._paths.clear()
        self._notices.remove(descriptors, self)

    # On the reader's thread

    def on_event(self, event: InotifyEvent) -> None:
        try:
            with self._lock:
                self._see(event)
        except NoWatchesLeftError:
            self._full()
        except Exception:  # the reader reads for everyone
            logger.exception("an event in %s could not be followed", self._common_dir)
            self._changed(True, None, True)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        with self._lock:
            path = self._paths.pop(wd, None)
        if path is not None:
            self._notices.freed(1)
            self._changed(True, None, False)

    def on_queue_overflow(self) -> None:
        try:
            self.close()
            self._enter(b"")
        except NoWatchesLeftError:
            self._full()
        self._changed(True, None, True)

    def _see(self, event: InotifyEvent) -> None:
        directory = self._paths.get(event.wd)
        if directory is None:
            return
        if not event.name:
            if event.is_move_self or event.is_delete_self:
                self._changed(True, None, False)
            return
        if event.is_create and not event.mask & _IS_DIRECTORY:
            return  # it says nothing yet: git writes beside and renames, others close it
        refs, files, rules = matters(directory, event.name)
        if event.mask & _IS_DIRECTORY and (event.is_create or event.is_moved_to):
            path = directory + b"/" + event.name if directory else event.name
            if is_watched(path):
                self._enter(path)
                rules |= path == b"info"  # what was put into it before the watch was is told by nobody
        if refs or files or rules:
            self._changed(refs, administered(self._common_dir, directory) if files else None, rules)

    def _enter(self, start: bytes) -> None:
        waiting = [start]
        while waiting:
            path = waiting.pop()
            directory = os.path.join(self._root, path) if path else self._root
            with self._lock:
                wd = self._notices.add(directory, self)
                if wd is None:
                    continue
                if wd in self._paths:
                    self._notices.freed(1)
                self._paths[wd] = path
            try:
                with os.scandir(directory) as entries:
                    names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
            except OSError:
                continue
            below = [path + b"/" + name if path else name for name in names]
            waiting += [each for each in below if is_watched(each)]


_IS_DIRECTORY = 0x40000000
