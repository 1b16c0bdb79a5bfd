"""Steps that change our own notes: a small file, a row of the database."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
from pathlib import Path
from typing import Any, Literal

from hedgerow.git.worktree_list import gitdir_target, points_back
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .. import files
from ..bench import Bench
from ..records import WorktreeRecord
from .step import OvertakenError, Step


class WriteFile(Step):
    """Replace a small file of git's or ours (never one of the person's work) if it still is what it was."""

    kind: Literal["writeFile"] = "writeFile"
    path: str
    before: str | None
    """Base64 of the content, None for no file."""
    after: str | None
    mode: int = 0o644

    @classmethod
    def of(cls, path: Path, before: bytes | None, after: bytes | None, mode: int = 0o644) -> WriteFile:
        return cls(path=str(path), before=_encoded(before), after=_encoded(after), mode=mode)

    async def apply(self, bench: Bench) -> None:
        self._go(self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        if Path(self.path).parent.is_dir():
            self._go(self.after, self.before)

    def inverse(self) -> WriteFile:
        return WriteFile(path=self.path, before=self.after, after=self.before, mode=self.mode)

    def _go(self, source: str | None, target: str | None) -> None:
        path = Path(self.path)
        current = _encoded(path.read_bytes()) if os.path.lexists(path) else None
        if current == target:
            return
        if current != source:
            raise OvertakenError(f"{path} has changed since; it was left alone")
        if target is None:
            files.remove_file(path)
        else:
            files.write_atomic(path, base64.b64decode(target), self.mode)


class Claim(Step):
    """Mark a worktree that was just made as ours: the token in its administrative directory, and the row.

    Git chooses the name of that directory, so it is read from the worktree's `.git` file here.
    """

    kind: Literal["claim"] = "claim"
    path: str
    before: dict[str, Any]
    after: dict[str, Any]

    async def apply(self, bench: Bench) -> None:
        admin = points_back(Path(self.path))
        if admin is None or gitdir_target(admin) is None:
            raise HedgerowError(
                ErrorCode.PROTECTED, f"{self.path} is not the worktree that was made; it was left alone"
            )
        files.write_atomic(admin / TOKEN_FILE, token_text(self.after["id"], self.after["token"]), 0o600)
        Record(
            table="worktrees", key=self.after["id"], before=self.before, after={**self.after, "admin": str(admin)}
        ).write(bench)

    async def revert(self, bench: Bench) -> None:
        row = bench.database.row("SELECT * FROM worktrees WHERE id = ?", self.after["id"])
        if row is not None:
            bench.database.change("worktrees", {"id": self.after["id"]}, self.before)

    def inverse(self) -> None:
        return None


TOKEN_FILE = "hedgerow-worktree"
"""In the administrative directory of each managed worktree; with our row it proves whose it is."""


def token_text(identity: str, token: str) -> bytes:
    return json.dumps({"id": identity, "token": token}).encode() + b"\n"


class Record(Step):
    """Change one row of our own database, if what it changes still is what it was."""

    kind: Literal["record"] = "record"
    table: Literal["worktrees", "checkouts", "hosting", "comment_moves"]
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    async def apply(self, bench: Bench) -> None:
        self.write(bench)

    def write(self, bench: Bench) -> None:
        self._go(bench, self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        self._go(bench, self.after, self.before)

    def inverse(self) -> Record:
        return Record(table=self.table, key=self.key, before=self.after, after=self.before)

    def _go(self, bench: Bench, source: dict[str, Any] | None, target: dict[str, Any] | None) -> None:
        column = _KEYS[self.table]
        with bench.database.transaction():
            current = bench.database.row(f"SELECT * FROM {self.table} WHERE {column} = ?", self.key)
            columns = self._columns()
            if _same_row(current, target, columns):
                return
            if not _same_row(current, source, columns):
                raise OvertakenError("Hedgerow's record of this checkout has changed since; see `hedgerow history`")
            if target is None:
                bench.database.run(f"DELETE FROM {self.table} WHERE {column} = ?", self.key)
            elif current is None:
                try:
                    bench.database.insert(self.table, target)
                except sqlite3.IntegrityError:
                    raise HedgerowError(
                        ErrorCode.NAME_TAKEN, f"{target.get('path')} is taken; pick another name"
                    ) from None
            else:
                bench.database.change(self.table, {column: self.key}, {name: target[name] for name in columns})

    def _columns(self) -> set[str]:
        """What it changes, and what says that it still is the same worktree in the same place; all of a whole row."""
        if self.before is None or self.after is None:
            return set(self.before or self.after or {}) - {"active"}
        before, after = _settled(self.before), _settled(self.after)
        return (_IDENTITY & set(after)) | {name for name in after if before.get(name) != after[name]}


_KEYS = {"worktrees": "id", "checkouts": "checkout", "hosting": "repository", "comment_moves": "target"}
_IDENTITY = {"state", "path", "admin", "token"}


def _same_row(current: dict[str, Any] | None, expected: dict[str, Any] | None, columns: set[str]) -> bool:
    if current is None or expected is None:
        return current is expected
    now, then = _settled(current), _settled(expected)
    return all(now[name] == then[name] for name in columns)


def _settled(row: dict[str, Any]) -> dict[str, Any]:
    return WorktreeRecord.of(row).row() if "ledger" in row else dict(row)


def _encoded(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()
