"""What is read of one home, and remembered between two looks. Safe to use from several threads, one at a time."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from ..agent import Held, Sighting, Status
from .looking import sightings
from .process_files import ProcessFile, ProcessFiles
from .questions import identity
from .records import Conversation
from .transcripts import Transcripts


class Reading:
    """One for each home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._processes = ProcessFiles(home)
        self._transcripts = Transcripts(home)
        self._lock = threading.Lock()

    def look(self) -> list[Sighting]:
        with self._lock:
            processes = self._processes.living()
            transcripts = self._transcripts.newest(each.conversation for each in processes)
            return sightings(self.home, processes, transcripts, time.time())

    def process(self, held: Held) -> ProcessFile | None:
        """What the process of a session says now: the one that is known, else the one that has its conversation."""
        with self._lock:
            living = self._processes.living()
        mine = [each for each in living if each.pid == held.pid]
        return next(iter(mine or [each for each in living if each.conversation == held.conversation]), None)

    def said(self, conversation: str) -> Conversation:
        with self._lock:
            found = self._transcripts.one(conversation)
            return found.said if found is not None else Conversation()

    def asks(self, conversation: str, question: str) -> tuple[str, dict[str, object]] | None:
        """The tool, with what it was given, that a question is about; None when that was answered meanwhile."""
        for tool, given in list(self.said(conversation).pending.values()):
            if identity(conversation, tool, given) == question:
                return tool, dict(given)
        return None

    def others(self, conversation: str, question: str) -> list[tuple[str, dict[str, object]]]:
        """What it wishes besides."""
        wishes = list(self.said(conversation).pending.values())
        return [(tool, dict(given)) for tool, given in wishes if identity(conversation, tool, given) != question]

    def status(self, held: Held) -> Status | None:
        """None when no process of its own tells."""
        process = self.process(held)
        return process.status if process is not None else None
