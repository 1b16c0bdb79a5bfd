"""What a step works with: the git program, one repository, the state. No decisions."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
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
    """The journal at work on one repository within one operation.

    Attributes:
        contents: blobs by id that one step has read for others too.
    """

    journal: Journal
    repository: Repository
    operation: str
    contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def git(self) -> Git:
        return self.journal.git

    @property
    def database(self) -> Database:
        return self.journal.database

    def kept(self, snapshot: str) -> Path:
        return self.journal.state.kept / snapshot

    @property
    def aside(self) -> Path:
        """Where what others wrote in between goes when the operation is taken back."""
        return self.kept(f"aside-{self.operation}")

    def trash_beside(self, worktree: Path) -> Path:
        """Where a working directory goes: on its own filesystem, beside it.

        Inside another checkout that would be a repository of its own among its files, which nothing can hold and
        `git clean` might take: from there it goes below the common directory.
        """
        common_dir = self.repository.common_dir
        inside = any(os.path.lexists(above / ".git") for above in worktree.parents)
        if inside and os.stat(common_dir).st_dev == os.stat(worktree.parent).st_dev:
            return common_dir / "hedgerow" / "worktrees" / "trash" / self.operation
        return worktree.parent / ".trash" / self.operation

    @property
    def trash_of_admin(self) -> Path:
        return self.repository.common_dir / "hedgerow" / "trash" / self.operation
