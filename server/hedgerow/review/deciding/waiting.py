"""Rejections that wait for the end of an agent's turn: which there are. Carrying them out is `rejecting`'s."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hedgerow.journal.database import Database
from hedgerow.journal.plans import new_id

Range = tuple[int, int]


@dataclass(frozen=True)
class Rejection:
    """One file's.

    Attributes:
        seen: id of the version of the file that was shown.
        lines: what was chosen, both ends included; None for the whole file.
    """

    id: str
    repository: str
    checkout: str
    path: bytes
    seen: str
    lines: tuple[Range, ...] | None
    asked: float


class Waiting:
    """The rows of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, checkout: str) -> list[Rejection]:
        rows = self._database.rows("SELECT * FROM rejections WHERE checkout = ? ORDER BY asked, rowid", checkout)
        return [
            Rejection(
                row["id"], row["repository"], row["checkout"], unquote_to_bytes(row["path"]), row["seen"],
                None if row["lines"] is None else tuple((first, last) for first, last in json.loads(row["lines"])),
                row["asked"],
            )
            for row in rows
        ]  # fmt: skip

    def checkouts(self) -> list[str]:
        """Checkouts in which something waits."""
        return [row["checkout"] for row in self._database.rows("SELECT DISTINCT checkout FROM rejections")]

    def add(self, repository: str, checkout: str, path: bytes, seen: str, lines: Sequence[Range] | None) -> None:
        self._database.put(
            "rejections",
            {
                "id": new_id("j"), "repository": repository, "checkout": checkout, "path": quote_from_bytes(path),
                "seen": seen, "lines": None if lines is None else json.dumps(lines), "asked": time.time(),
            },
        )  # fmt: skip

    def forget(self, identity: str) -> None:
        self._database.run("DELETE FROM rejections WHERE id = ?", identity)
