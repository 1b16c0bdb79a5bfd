"""What Hedgerow remembers of repositories and checkouts, as rows of the database."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .database import Database


@dataclass(frozen=True)
class WorktreeRecord:
    """One worktree that Hedgerow made or adopted.

    Attributes:
        token: random; the same text lies in the administrative directory.
        state: `making`, `ready` or `retired`.
        ledger: what create put there besides git's files: copied and linked paths.
    """

    id: str
    repository: str
    path: str
    admin: str
    token: str
    name: str
    label: str
    kept: bool
    state: str
    base: str | None
    started_from: str | None
    setup: str
    created: float
    active: float
    ledger: dict[str, list[str]] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        return {**self.__dict__, "kept": int(self.kept)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> WorktreeRecord:
        ledger = row["ledger"]
        return cls(
            **{
                **row,
                "kept": bool(row["kept"]),
                "ledger": json.loads(ledger) if isinstance(ledger, str) else dict(ledger),
            }
        )


@dataclass(frozen=True)
class CheckoutRecord:
    """What is remembered of a checkout that Hedgerow did not make."""

    checkout: str
    repository: str
    label: str | None
    base: str | None
    started_from: str | None


@dataclass(frozen=True)
class Hosting:
    """Whose work is in Local, and what Local gets back when that goes home. One at a time for each repository.

    Attributes:
        home: id of the worktree that it came from, with its label and path then.
        home_head: the commit at which the home waits, clean and detached.
        branch: the full ref that Local is on meanwhile; ``made_branch`` when the hand-off made it.
        local_head: HEAD of Local before, as JSON of a `HeadState`.
        shelf: id of the snapshot of Local before; ``shelf_oid`` its commit.
        home_ignored, local_ignored: JSON lists of what was ignored on each side, and stays there whatever becomes
            of the rules.
    """

    repository: str
    home: str
    label: str
    path: str
    home_head: str
    branch: str
    made_branch: int
    local_head: str
    shelf: str
    shelf_oid: str
    home_ignored: str
    local_ignored: str
    since: float

    def row(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def stays(self, checkout: str) -> frozenset[bytes]:
        """What stays in that checkout, by its id."""
        if checkout != self.home and not checkout.startswith("local-"):
            return frozenset()
        text = self.home_ignored if checkout == self.home else self.local_ignored
        return frozenset(path.encode("utf-8", "surrogateescape") for path in json.loads(text))


class Records:
    """Reads the tables that say what Hedgerow remembers; changed only through operations (steps `Record`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def worktrees(self, repository: str | None = None) -> Sequence[WorktreeRecord]:
        """Worktrees that are not retired."""
        if repository is None:
            rows = self._database.rows("SELECT * FROM worktrees WHERE state != 'retired' ORDER BY created")
        else:
            rows = self._database.rows(
                "SELECT * FROM worktrees WHERE state != 'retired' AND repository = ? ORDER BY created", repository
            )
        return [WorktreeRecord.of(row) for row in rows]

    def worktree(self, identity: str) -> WorktreeRecord | None:
        """One worktree, retired ones included."""
        row = self._database.row("SELECT * FROM worktrees WHERE id = ?", identity)
        return WorktreeRecord.of(row) if row else None

    def checkouts(self, repository: str) -> Mapping[str, CheckoutRecord]:
        rows = self._database.rows("SELECT * FROM checkouts WHERE repository = ?", repository)
        return {row["checkout"]: CheckoutRecord(**row) for row in rows}

    def hosting(self, repository: str) -> Hosting | None:
        """Whose work is in Local now."""
        row = self._database.row("SELECT * FROM hosting WHERE repository = ?", repository)
        return Hosting(**row) if row else None

    def repositories(self) -> Sequence[tuple[str, str]]:
        rows = self._database.rows("SELECT id, common_dir FROM repositories ORDER BY common_dir")
        return [(row["id"], row["common_dir"]) for row in rows]

    def place_of(self, repository: str, recorded: str) -> Path:
        """The common directory of a repository: where it was when something was written down, or where it is now."""
        if not Path(recorded).is_dir():
            for identity, common_dir in self.repositories():
                if identity == repository:
                    return Path(common_dir)
        return Path(recorded)

    def remember_repository(self, identity: str, common_dir: Path) -> None:
        """A repository that was changed here once, so that `list --all` shows it."""
        with self._database.transaction():
            self._database.run("DELETE FROM repositories WHERE common_dir = ? AND id != ?", str(common_dir), identity)
            self._database.put("repositories", {"id": identity, "common_dir": str(common_dir), "seen": time.time()})

    def landed(self, head: str, onto: str) -> str | None:
        row = self._database.row("SELECT how FROM landed WHERE head = ? AND onto = ?", head, onto)
        return None if row is None else str(row["how"])

    def remember_landed(self, head: str, onto: str, how: str) -> None:
        self._database.put("landed", {"head": head, "onto": onto, "how": how})

    def allowed(self, repository: str, sha256: str) -> bool:
        """Whether the person allowed a script with exactly these bytes in this repository."""
        return (
            self._database.row("SELECT 1 FROM consents WHERE repository = ? AND sha256 = ?", repository, sha256)
            is not None
        )

    def allow(self, repository: str, sha256: str) -> None:
        self._database.put("consents", {"repository": repository, "sha256": sha256, "allowed": time.time()})

    def touch(self, worktree: str) -> None:
        """A sign of work in a worktree."""
        self._database.change("worktrees", {"id": worktree}, {"active": time.time()})
