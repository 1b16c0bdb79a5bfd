"""Files as lines, the way an editor counts them. Changes nothing."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import zlib
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.review.seeing.contents import decoded

LARGEST = 8 * 1024 * 1024
"""Bytes of a file whose lines are looked at. A larger one can be commented on as a whole."""

_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Lines:
    """A file of text.

    Attributes:
        version: of its bytes.
    """

    lines: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Lineless:
    """A file that can only be commented on as a whole, and why."""

    why: str


def read_working(checkout: Checkout, path: bytes) -> Lines | Lineless | None:
    """A file of a checkout as it is on disk; None when there is none."""
    place = os.path.join(os.fsencode(checkout.path), path)
    try:
        found = os.lstat(place)
        if stat.S_ISLNK(found.st_mode):
            return Lineless("is a symbolic link")
        if stat.S_ISDIR(found.st_mode):
            return Lineless("is a directory")
        if not stat.S_ISREG(found.st_mode):
            return Lineless("is no file")
        if found.st_size > LARGEST:
            return Lineless(f"is larger than {LARGEST // 1024 // 1024} MiB")
        with open(place, "rb") as file:
            return as_lines(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Lineless(f"cannot be read ({os.strerror(error.errno or 0)})")


def is_there(checkout: Checkout, path: bytes) -> bool:
    return os.path.lexists(os.path.join(os.fsencode(checkout.path), path))


def as_lines(content: bytes) -> Lines | Lineless:
    text, _, _ = decoded(content)
    if text is None:
        return Lineless("is a binary file")
    return Lines(split_lines(text), hashlib.sha256(content).hexdigest())


def split_lines(text: str) -> tuple[str, ...]:
    """Without their endings; what follows the last one is no line when it is empty."""
    lines = _END.split(text)
    if lines[-1] == "":
        lines.pop()
    return tuple(lines)


def packed(lines: Lines) -> bytes:
    """A version to be kept, small."""
    return zlib.compress("\n".join(lines.lines).encode("utf-8", "surrogatepass"))


def unpacked(content: bytes) -> tuple[str, ...]:
    text = zlib.decompress(content).decode("utf-8", "surrogatepass")
    return tuple(text.split("\n")) if text else ()
