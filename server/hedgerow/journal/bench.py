"""What a step works with: the git program, one repository, the state. No decisions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .database import Database
from .locks import Locks
from .state import StateDirectory


@dataclass(frozen=True)
class Journal:
    """The parts of the journal, opened once."""

    git: Git
    state: StateDirectory
    database: Database
    locks: Locks


@dataclass(frozen=True)
class Bench:
    """The journal at work on one repository within one operation."""

    journal: Journal
    repository: Repository
    operation: str

    @property
    def git(self) -> Git:
        return self.journal.git

    @property
    def database(self) -> Database:
        return self.journal.database

    def kept(self, snapshot: str) -> Path:
        return self.journal.state.kept / snapshot

    def trash_beside(self, worktree: Path) -> Path:
        """Where a working directory goes: on its own filesystem, beside it."""
        return worktree.parent / ".trash" / self.operation

    @property
    def trash_of_admin(self) -> Path:
        return self.repository.common_dir / "hedgerow" / "trash" / self.operation
