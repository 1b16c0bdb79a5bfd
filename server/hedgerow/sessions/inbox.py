"""The inbox: one private directory into which the hook program (`hook.py`) puts what agents say, one file an event.

Gives each event to its taker once and in order, whichever of the servers on this machine takes it, and deletes it then.
What is no event of ours is moved aside, never followed, never run, and never given on.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import re
import stat
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .agents.agent import Event
from .directories import Directories, nearest
from .event_file import event_of
from .terminals import hosted

logger = logging.getLogger(__name__)

KEPT_SECONDS = 600.0
"""For an event whose session nobody knows: a launch may be about to tell."""
_UNFINISHED_SECONDS = 60.0
"""A file that the hook program has not finished after that never will be."""
_HOOK = Path(__file__).with_name("hook.py")
_BATCH = 200
"""Read in one go: a full inbox must not hold the loop."""
_LARGEST = 2 << 20
"""Twice what the hook program passes on."""
_RUBBISH = "rubbish"
_RUBBISH_FILES = 50
_ITS_OWN_FAULT = {errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.EACCES}
"""Opening a link, a socket, a directory, a file that may not be read. Anything else may pass."""
_LOCK = ".lock"
_TRIES = 3
"""Before an event that its taker fails on is moved aside, and the next ones are told."""
_PAUSE_SECONDS = 1.0
"""Before another try."""
_REMEMBERED = 500
"""Names that were heard of."""
_PATIENCE_SECONDS = 10.0
"""For another server that takes."""
_NAME = re.compile(r"\d{20}-\d{1,10}")
_PART = re.compile(r"\.\d{20}-\d{1,10}\.part")

Taker = Callable[[Event], bool]
"""Takes an event; False when its session is not known (yet)."""


class Inbox:
    """One per process.

    Args:
        directory: made when it is missing; ours alone.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._folder: int | None = None
        self._taking = asyncio.Lock()
        self._something = asyncio.Event()
        self._heard: deque[str] = deque(maxlen=_REMEMBERED)
        self._told_of_rubbish = False
        self._failures: dict[str, int] = {}

    @property
    def hook(self) -> tuple[str, ...]:
        """The command line of the hook program; the id of a session comes after it."""
        return (sys.executable, "-I", "-S", str(_HOOK), str(self.directory))

    def hosted(self, session: str, argv: Sequence[str]) -> list[str]:
        """The command line with which the editor runs an agent: it tells us its process first."""
        return [sys.executable, "-I", "-S", hosted.__file__, str(_HOOK), str(self.directory), session, *argv]

    def open(self) -> None:
        """Have the directory, and hold it: what is put in its place later is not looked at.

        Raises:
            HedgerowError: it cannot be had, or is somebody else's.
        """
        if self._folder is not None:
            return
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise HedgerowError(
                ErrorCode.READ_ONLY, f"the inbox {self.directory} cannot be used: {error.strerror}"
            ) from error
        found = os.fstat(folder)
        if found.st_uid != os.geteuid():
            os.close(folder)
            raise HedgerowError(ErrorCode.READ_ONLY, f"the inbox {self.directory} belongs to somebody else")
        if stat.S_IMODE(found.st_mode) & 0o077:
            os.fchmod(folder, 0o700)
        self._folder = folder

    def close(self) -> None:
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None

    async def take(self, taker: Taker) -> int:
        """Give every event that is there to the taker, oldest first; the number of those it took.

        One server takes at a time; another waits, and then finds what is left. What the taker raises is raised here,
        with that event and the later ones left where they are, twice; then it is moved aside.

        Raises:
            HedgerowError: the inbox cannot be used.
        """
        taken = 0
        async with self._taking:
            self._reopen()
            async with _alone(self._have()):
                left = await asyncio.to_thread(self._names)
                while left:
                    batch, left = left[:_BATCH], left[_BATCH:]
                    found = await asyncio.to_thread(self._read_all, batch)
                    done: list[str] = []
                    try:
                        done.extend(each.name for each in found if self._given(each, taker))
                    finally:
                        taken += len(done)
                        self._delete(done)
        return taken

    async def serve(self, taker: Taker, taken: Callable[[], None] | None = None) -> None:
        """Take what is there and whatever comes, until cancelled. A failure is logged, and tried again.

        Args:
            taken: called once what came was taken, by this server or by another that was faster.
        """
        directories: Directories | None = None
        try:
            while True:
                wait = KEPT_SECONDS
                try:
                    self.open()
                    directories = directories or Directories(lambda: [nearest(self.directory)], self._changed)
                    self._something.clear()
                    await self.take(taker)
                    if taken is not None:
                        taken()
                except Exception:
                    logger.warning("the inbox could not be read; trying again", exc_info=True)
                    wait = _PAUSE_SECONDS
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._something.wait()
        finally:
            if directories is not None:
                directories.close()

    def _changed(self, _directory: Path, name: str) -> None:
        """One that is being written is renamed once it is whole. Another server may have taken it before we hear of it:
        that is something, too; but that it is gone after we have heard of it is nothing."""
        if name.startswith(".") or (name and name in self._heard):
            return
        self._heard.append(name)
        self._something.set()

    def look_again(self) -> None:
        """For `serve`: a session has become known, so that what was left may be taken now."""
        self._something.set()

    def _reopen(self) -> None:
        """Have the directory that is there now, if somebody has cleared ours away."""
        if self._folder is not None:
            with contextlib.suppress(OSError):
                there, ours = os.lstat(self.directory), os.fstat(self._folder)
                if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                    return
            self.close()
        self.open()

    def _given(self, found: Found, taker: Taker) -> bool:
        try:
            if taker(found.event):
                return True
        except Exception:
            failures = self._failures[found.name] = self._failures.get(found.name, 0) + 1
            if failures < _TRIES:
                raise
            logger.exception("an event could not be taken: %s", found.name)
            self._move_aside(found.name, "it could not be taken")
            return False
        if time.time() - found.event.at > KEPT_SECONDS:
            logger.info("an event of an unknown session is dropped: %s", found.event.session)
            self._delete([found.name])
        return False

    def _names(self) -> list[str]:
        """Names of events in their order; whatever else there is has been moved aside."""
        names: list[str] = []
        for name in os.listdir(self._have()):
            if _NAME.fullmatch(name):
                names.append(name)
            elif _PART.fullmatch(name):
                self._forget_unfinished(name)
            elif name not in (_RUBBISH, _LOCK):
                self._move_aside(name, "it has no name of ours")
        return sorted(names)

    def _read_all(self, names: list[str]) -> list[Found]:
        return [found for name in names if (found := self._read(name)) is not None]

    def _read(self, name: str) -> Found | None:
        try:
            return Found(name, event_of(name, self._content(name)))
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno not in _ITS_OWN_FAULT:
                logger.warning("%s cannot be read now: %s", name, error)
                return None
            self._move_aside(name, str(error))
        except ValueError as error:
            self._move_aside(name, str(error))
        return None

    def _content(self, name: str) -> bytes:
        # O_NONBLOCK: a pipe of that name would hold us for ever.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, dir_fd=self._have())
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise ValueError("it is no file")
            if found.st_uid != os.geteuid():
                raise ValueError("it belongs to somebody else")
            if found.st_size > _LARGEST:
                raise ValueError("it is too large")
            return file.read(_LARGEST)

    def _delete(self, names: list[str]) -> None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self._have())

    def _forget_unfinished(self, name: str) -> None:
        with contextlib.suppress(OSError):
            if os.stat(name, dir_fd=self._have(), follow_symlinks=False).st_mtime < time.time() - _UNFINISHED_SECONDS:
                os.unlink(name, dir_fd=self._have())

    def _move_aside(self, name: str, reason: str) -> None:
        """Into `rubbish/`, where the newest few are kept for whoever wonders; said once."""
        if not self._told_of_rubbish:
            self._told_of_rubbish = True
            logger.warning("%s is no event (%s); such things are moved to %s/", name, reason, _RUBBISH)
        folder = self._have()
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(_RUBBISH, 0o700, dir_fd=folder)
            rubbish = os.open(_RUBBISH, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            logger.warning("%s cannot be moved aside", name, exc_info=True)
            return
        try:
            aside = f"{time.time_ns():020}-{name}"[:200]
            with contextlib.suppress(FileNotFoundError):
                os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=rubbish)
            for old in sorted(os.listdir(rubbish))[:-_RUBBISH_FILES]:
                with contextlib.suppress(OSError):  # a directory stays: it is not ours to empty
                    os.unlink(old, dir_fd=rubbish)
        finally:
            os.close(rubbish)

    def _have(self) -> int:
        assert self._folder is not None, "the inbox is closed"
        return self._folder


@contextlib.asynccontextmanager
async def _alone(folder: int) -> AsyncIterator[None]:
    """No other process takes meanwhile.

    Raises:
        HedgerowError: another one does not come to an end.
    """
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        limit = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > limit:
                    raise HedgerowError(ErrorCode.BUSY, "another server has been reading the inbox for long") from None
            await asyncio.sleep(0.01)
        yield
    finally:
        os.close(lock)


@dataclass(frozen=True)
class Found:
    """An event and the file that it is in."""

    name: str
    event: Event
