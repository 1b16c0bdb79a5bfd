"""Which files have text in the editor that is not on disk. Changes no file and keeps no text of its own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

from pygls.uris import to_fs_path

_BYTE_ORDER_MARK = "\ufeff"
_JUST_NOW_SECONDS = 1.0
"""So soon after it was told, a save and an edit of one file are the same."""


class Document(Protocol):
    """As much of pygls' document as is looked at."""

    @property
    def source(self) -> str: ...


class Documents:
    """Follows what is opened, typed and saved.

    A document that was only opened has nothing unsaved, even when its file changes or goes away below it: an agent
    wrote there, and the text is no work of the person's. One that was typed in has, until it is saved, closed, or says
    what the disk says (an editor that reloads a file reports that as typing).

    Args:
        find: the open document of an unquoted URI, which is how pygls keeps them; None when there is none.
    """

    def __init__(self, find: Callable[[str], Document | None]) -> None:
        self._find = find
        self._typed: dict[str, Path] = {}
        self._saves: dict[Path, float] = {}
        self._save_seen = asyncio.Event()

    def opened(self, uri: str) -> None:
        """An editor that restores a session opens documents with what was typed last time."""
        path = _path(uri)
        document = self._find(unquote(uri))
        if path is None or document is None:
            return
        on_disk = _read(path)
        if on_disk is None:
            typed = bool(document.source.strip())
        else:
            # Editors may add the last newline on reading, or drop it.
            typed = _text(on_disk) is not None and _plain(document.source) != _plain(_text(on_disk) or "")
        if typed:
            self._typed[unquote(uri)] = path

    def typed(self, uri: str) -> None:
        path = _path(uri)
        if path is not None:
            self._typed[unquote(uri)] = path

    def saved(self, uri: str) -> None:
        self._typed.pop(unquote(uri), None)
        path = _path(uri)
        if path is not None:
            self._saves[path] = time.monotonic()
            self._save_seen.set()
            self._save_seen = asyncio.Event()

    def closed(self, uri: str) -> None:
        """Without saving, its text is given up by the person."""
        self._typed.pop(unquote(uri), None)

    def saved_just_now(self, uri: str) -> bool:
        """Whether the person saved this file within the last moment."""
        self._saves = {path: when for path, when in self._saves.items() if time.monotonic() - when < _JUST_NOW_SECONDS}
        return _path(uri) in self._saves

    def take_save(self, uri: str) -> bool:
        """The same; one save accounts for one edit, so the next one is somebody else's."""
        just_now = self.saved_just_now(uri)
        path = _path(uri)
        if path is not None:
            self._saves.pop(path, None)
        return just_now

    async def save_of(self, uri: str, seconds: float) -> None:
        """Wait until the person's save of this file is told, for so long."""
        until = time.monotonic() + seconds
        while not self.saved_just_now(uri) and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._save_seen.wait()

    def is_on_disk(self, uri: str) -> bool:
        """Whether the file is open and the disk says what the editor does: it was saved, or read again."""
        path, document = _path(uri), self._find(unquote(uri))
        return path is not None and document is not None and not self._differs(unquote(uri), path)

    def unsaved(self, directory: Path) -> Iterable[Path]:
        """Files below a directory whose text is not saved, sorted. May be called from any thread."""
        inside = (directory, directory.resolve())
        found = {
            path
            for uri, path in list(self._typed.items())
            if any(place.is_relative_to(top) for place in (path, path.resolve()) for top in inside)
            and self._differs(uri, path)
        }
        return sorted(found)

    def _differs(self, uri: str, path: Path) -> bool:
        document = self._find(uri)
        if document is None:
            return False
        on_disk = _read(path)
        if on_disk is None:
            return True
        text = _text(on_disk)
        return text is None or _newlines(document.source) != _newlines(text)


def _path(uri: str) -> Path | None:
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    return Path(path) if path else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _text(content: bytes) -> str | None:
    """None for another encoding, which cannot be compared."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _newlines(text: str) -> str:
    return text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n")


def _plain(text: str) -> str:
    return _newlines(text).removesuffix("\n")
