"""The transcripts of one home: `projects/<directory>/<conversation>.jsonl`, read as far as they have grown.

Only reads. What has not changed is not read again; of a large one, only its head and its tail are.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .records import Conversation

_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl")
"""Subagents have files of their own, called otherwise."""

MOST = 500
_HEAD = 64 * 1024
_TAILS = (256 * 1024, 4 * 1024 * 1024)
"""How far back from its end a large file is read; further, if one record fills the first."""
_WHOLE = 1024 * 1024
_WHOLE_LIVING = 16 * 1024 * 1024
_WHOLE_TOGETHER = 32 * 1024 * 1024
"""How much is read whole: each file, one of a conversation that lives, and all others of one look."""


@dataclass
class Transcript:
    """One file, and what was read of it."""

    path: Path
    conversation: str
    changed: float
    said: Conversation = field(default_factory=Conversation)
    _stamp: tuple[int, int, int] = (0, 0, 0)
    _offset: int = 0

    def read(self, entry: os.stat_result, *, whole: int) -> int:
        """Take in what is new; answers how much was read.

        Args:
            whole: up to this size it is read whole.
        """
        stamp = (entry.st_ino, entry.st_size, entry.st_mtime_ns)
        if stamp == self._stamp:
            return 0
        if stamp[0] != self._stamp[0] or entry.st_size < self._offset or self._offset == 0:
            self.said, self._offset = Conversation(), 0
        self.changed = entry.st_mtime
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return 0
        try:
            read = self._new(descriptor, entry.st_size, whole)
        except OSError:
            return 0
        finally:
            os.close(descriptor)
        self._stamp = stamp
        return read

    def _new(self, descriptor: int, size: int, whole: int) -> int:
        if size - self._offset <= whole:
            return self._lines(os.pread(descriptor, size - self._offset, self._offset))
        head = 0
        if self._offset == 0:
            head = self._lines(os.pread(descriptor, _HEAD, 0))
        self.said.skip()
        for length in _TAILS:
            start = max(self._offset, size - length)
            text = os.pread(descriptor, size - start, start)
            begin = text.find(b"\n") + 1
            if 0 < begin <= text.rfind(b"\n"):
                self._offset = start + begin
                return head + self._lines(text[begin:])
        self._offset = size  # one record without end: what follows it is read
        return head

    def _lines(self, text: bytes) -> int:
        """Whole lines only: the last one may be half written."""
        end = text.rfind(b"\n") + 1
        for line in text[:end].split(b"\n"):
            if line:
                self.said.fold(line)
        self._offset += end
        return len(text)


class Transcripts:
    """Those of one home."""

    def __init__(self, home: Path) -> None:
        self._directory = home / "projects"
        self._known: dict[str, Transcript] = {}

    def newest(self, living: Iterable[str]) -> dict[str, Transcript]:
        """By conversation: those that live, and of the others the newest, as many as are told of."""
        lives = set(living)
        files = self._files()
        order = sorted(files, key=lambda name: (name in lives, files[name][1].st_mtime_ns), reverse=True)
        wanted = order[: max(MOST, len(lives & files.keys()))]
        self._known = {name: one for name, one in self._known.items() if name in files}
        left = _WHOLE_TOGETHER
        for name in wanted:
            path, entry = files[name]
            known = self._known.get(name)
            if known is None or str(known.path) != path:
                known = self._known[name] = Transcript(Path(path), name, entry.st_mtime)
            if name in lives:
                known.read(entry, whole=_WHOLE_LIVING)
            else:
                left -= known.read(entry, whole=_WHOLE if left > 0 else _HEAD)
        return {name: self._known[name] for name in wanted}

    def one(self, conversation: str) -> Transcript | None:
        """The transcript of one conversation, as it is now."""
        return self.newest({conversation}).get(conversation)

    def _files(self) -> dict[str, tuple[str, os.stat_result]]:
        """Every transcript, by conversation; of copies the one that was written last."""
        found: dict[str, tuple[str, os.stat_result]] = {}
        for directory in _entries(self._directory):
            for entry in _entries(directory):
                if not _NAME.fullmatch(entry.name):
                    continue
                try:
                    told = entry.stat()
                except OSError:
                    continue
                if not stat.S_ISREG(told.st_mode):
                    continue
                name = entry.name.removesuffix(".jsonl")
                if name not in found or found[name][1].st_mtime_ns < told.st_mtime_ns:
                    found[name] = (entry.path, told)
        return found


def _entries(directory: str | Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []
