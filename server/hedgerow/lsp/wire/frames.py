"""Bytes to messages and back: the header part of the LSP base protocol. Pure: reads and writes nothing.

pygls knows only one spelling of the header, holds whatever a client sends, and takes what follows a header it did not
understand for headers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes. A longer body is passed over and answered with an error."""
_LARGEST_HEADER = 16 * 1024
_SAMPLE = 4096

_LENGTH = re.compile(rb"^content-length[ \t]*:[ \t]*([0-9]{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_SPACE = re.compile(r"[\s,:]*")
# A run of plain members that ends the whole text is at its top level: no bracket closes in between.
_LAST_MEMBERS = re.compile(r'((?:,\s*"(?:jsonrpc|method|id)"\s*:\s*(?:"[^"\\]*"|-?\d+)\s*)+)\}\s*\Z')
_LAST_ID = re.compile(r'"id"\s*:\s*("[^"\\]*"|-?\d+)')


@dataclass(frozen=True)
class Body:
    content: bytes


@dataclass(frozen=True)
class TooLarge:
    """A body that was passed over.

    Attributes:
        size: bytes.
        id: of the request, where it stands near the beginning or the end; None when not found.
    """

    size: int
    id: str | int | None


@dataclass(frozen=True)
class BadHeader:
    """Headers that announce no body. ``hopeless`` when nothing after them can be understood."""

    reason: str
    hopeless: bool = False


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Decoder:
    """Takes bytes as they come."""

    def __init__(self, largest: int = LARGEST_BODY) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._length: int | None = None
        self._skipping: _Skipped | None = None

    def feed(self, chunk: bytes) -> Iterator[Body | TooLarge | BadHeader]:
        """Messages that are complete now."""
        if self._skipping is not None:
            chunk = self._skipping.take(chunk)
            if not self._skipping.done:
                return
            yield self._skipping.answer()
            self._skipping = None
        self._buffer += chunk
        while (message := self._next()) is not None:
            yield message

    def _next(self) -> Body | TooLarge | BadHeader | None:
        if self._length is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) <= _LARGEST_HEADER:
                    return None
                self._buffer.clear()
                return BadHeader("what arrives is not the language server protocol", hopeless=True)
            match = _LENGTH.search(self._buffer, 0, end)
            length = int(match[1]) if match else None
            del self._buffer[: end + 4]
            if length is None:
                return BadHeader("a message has no Content-Length header")
            if length > self._largest:
                self._skipping = _Skipped(length)
                rest = self._skipping.take(bytes(self._buffer))
                self._buffer = bytearray(rest)
                if not self._skipping.done:
                    return None
                answer, self._skipping = self._skipping.answer(), None
                return answer
            self._length = length
        if len(self._buffer) < self._length:
            return None
        content = bytes(memoryview(self._buffer)[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return Body(content)


class _Skipped:
    """A body that is passed over; only its two ends are held."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._head = b""
        self._tail = b""

    @property
    def done(self) -> bool:
        return self._left == 0

    def take(self, chunk: bytes) -> bytes:
        """Answers what lies behind the body."""
        mine, rest = chunk[: self._left], chunk[self._left :]
        self._left -= len(mine)
        if len(self._head) < _SAMPLE:
            self._head += mine[: _SAMPLE - len(self._head)]
        self._tail = (self._tail + mine[-_SAMPLE:])[-_SAMPLE:]
        return rest

    def answer(self) -> TooLarge:
        head, tail = (part.decode("utf-8", "replace") for part in (self._head, self._tail))
        found = _id_at_the_beginning(head)
        return TooLarge(self._size, found if found is not None else _id_at_the_end(tail))


def _id_at_the_beginning(text: str) -> str | int | None:
    """The top-level `id` of an object of which only the beginning is known."""
    decoder = json.JSONDecoder()
    position = text.find("{") + 1
    try:
        while position:
            key, position = decoder.raw_decode(text, _SPACE.match(text, position).end())  # type: ignore[union-attr]
            value, position = decoder.raw_decode(text, _SPACE.match(text, position).end())  # type: ignore[union-attr]
            if key == "id":
                return value if isinstance(value, (str, int)) else None
    except ValueError:
        pass
    return None


def _id_at_the_end(text: str) -> str | int | None:
    members = _LAST_MEMBERS.search(text)
    found = _LAST_ID.search(members[1]) if members else None
    if found is None:
        return None
    value: str | int = json.loads(found[1])
    return value
