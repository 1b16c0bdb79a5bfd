"""The table of comments, and the versions of files that they were made on. Rows in and out; no rules.

Each change gets the next revision, so that another server sees by one number that there is something to show anew.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hedgerow.journal.database import Database

from .anchors import Anchor
from .moving import Moves
from .reading import Lines, packed, unpacked

_KEPT_VERSION = 2 * 1024 * 1024
"""Bytes of a version that is kept, packed. Comments on a larger one follow by the text of their lines alone."""


@dataclass(frozen=True)
class Stored:
    """One comment.

    Attributes:
        work: whose it is (`review.works`): it goes where the work goes.
        anchor: None for a comment on the whole file.
        version: of the file that it was made on; None when that was not kept.
    """

    id: str
    repository: str
    work: str
    path: bytes
    side: str
    text: str
    anchor: Anchor | None
    version: str | None
    created: float
    changed: float
    sent: float | None = None
    resolved: float | None = None
    deleted: float | None = None

    def row(self) -> dict[str, Any]:
        anchor = self.anchor
        values = None if anchor is None else [anchor.start, anchor.lines, anchor.before, anchor.after]
        return {**self.__dict__, "anchor": None if values is None else json.dumps(values)}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Stored:
        values = {name: row[name] for name in cls.__dataclass_fields__}
        if values["anchor"] is not None:
            start, *parts = json.loads(values["anchor"])
            values["anchor"] = Anchor(start, *(tuple(part) for part in parts))
        return cls(**values)


class CommentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, comment: Stored, version: Lines | None) -> None:
        """Keep a new comment, with the version that it was made on where that is not too large."""
        content = packed(version) if version is not None else None
        with self._database.transaction():
            row = comment.row()
            if version is None or content is None or len(content) > _KEPT_VERSION:
                row["version"] = None
            else:
                self._database.put("comment_versions", {"id": version.version, "content": content})
            self._database.put("comments", {**row, "revision": self.revision() + 1})

    def change(self, identity: str, values: Mapping[str, object]) -> None:
        with self._database.transaction():
            self._database.change("comments", {"id": identity}, {**values, "revision": self.revision() + 1})

    def find(self, identity: str) -> Stored | None:
        row = self._database.row("SELECT * FROM comments WHERE id = ?", identity)
        return None if row is None else self._owned(Stored.of(row), Moves.read(self._database))

    def of_works(self, works: Collection[str]) -> list[Stored]:
        """Comments of these works, deleted ones too, oldest first."""
        moves = Moves.read(self._database)
        filed = sorted(moves.sources(works))
        marks = ", ".join("?" * len(filed))
        rows = self._database.rows(f"SELECT * FROM comments WHERE work IN ({marks}) ORDER BY created, id", *filed)
        found = [self._owned(Stored.of(row), moves) for row in rows]
        return [one for one in found if one.work in works]

    @staticmethod
    def _owned(stored: Stored, moves: Moves) -> Stored:
        return replace(stored, work=moves.owner(stored.work, stored.created))

    def version(self, identity: str | None) -> tuple[str, ...] | None:
        row = self._database.row("SELECT content FROM comment_versions WHERE id = ?", identity)
        return None if row is None else unpacked(row["content"])

    def revision(self) -> int:
        """Of all comments; 0 while there are none."""
        row = self._database.row("SELECT MAX(revision) AS newest FROM comments")
        return int((row and row["newest"]) or 0)
