"""What files held when they were looked at last, within bounds; and looking at them.

Links are never followed, and only regular files are opened.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass

LARGEST = 2 * 2**20
"""Bytes; a larger file is not kept and not compared."""
_KEPT_BYTES = 32 * 2**20
_KEPT_FILES = 20_000
_COUNTED_AT_MOST = 64 * 2**20
"""Bytes up to which the lines of a large file are counted."""


@dataclass(frozen=True)
class Content:
    """A file at one moment.

    Attributes:
        data: what it held, the target of a link; None when it is too large to be kept.
        stamp: size and time of the last change, where they are known.
    """

    data: bytes | None
    link: bool = False
    stamp: tuple[int, int] | None = None


MISSING = Content(b"", stamp=(-1, -1))
"""There was no file."""


class Seen:
    """The content last seen of all that is followed; the longest unused goes first."""

    def __init__(self, limit: int = _KEPT_BYTES) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[tuple[str, bytes], Content] = OrderedDict()

    def of(self, checkout: str) -> SeenIn:
        return SeenIn(self, checkout)

    def get(self, key: tuple[str, bytes]) -> Content | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[str, bytes], content: Content) -> None:
        self._drop(key)
        self._kept[key] = content
        self._bytes += len(content.data or b"")
        while self._kept and (self._bytes > self._limit or len(self._kept) > _KEPT_FILES):
            self._drop(next(iter(self._kept)))

    def forget(self, checkout: str) -> None:
        for key in [key for key in self._kept if key[0] == checkout]:
            self._drop(key)

    def _drop(self, key: tuple[str, bytes]) -> None:
        content = self._kept.pop(key, None)
        if content is not None:
            self._bytes -= len(content.data or b"")

    def __len__(self) -> int:
        return len(self._kept)


@dataclass(frozen=True)
class SeenIn:
    """The part of it that is about one checkout, by path."""

    seen: Seen
    checkout: str

    def get(self, path: bytes) -> Content | None:
        """None: not seen, or forgotten."""
        return self.seen.get((self.checkout, path))

    def put(self, path: bytes, content: Content) -> None:
        self.seen.put((self.checkout, path), content)

    def forget(self) -> None:
        """It is not followed any more."""
        self.seen.forget(self.checkout)


def look(place: bytes) -> Content:
    """What is at an absolute path now. Anything but a file or a link counts as nothing."""
    try:
        found = os.lstat(place)
        stamp = (found.st_size, found.st_mtime_ns)
        if stat.S_ISLNK(found.st_mode):
            return Content(os.readlink(place), link=True, stamp=stamp)
        if not stat.S_ISREG(found.st_mode):
            return MISSING
        if found.st_size > LARGEST:
            return Content(None, stamp=stamp)
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return MISSING
    with open(descriptor, "rb") as file:
        try:
            data = file.read(LARGEST + 1)
        except OSError:
            return Content(None, stamp=stamp)
    return Content(None if len(data) > LARGEST else data, stamp=stamp)


def count_lines(place: bytes) -> int | None:
    """How many lines a large file has; None when it is larger still, or gone."""
    count = read = 0
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if b"\0" in (chunk := file.read(2**20)):
                return None
            while chunk:
                count, read = count + chunk.count(b"\n"), read + len(chunk)
                if read > _COUNTED_AT_MOST:
                    return None
                chunk = file.read(2**20)
    except OSError:
        return None
    return count
