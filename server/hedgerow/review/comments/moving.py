"""Comments go along when work gets another id: Local's in a new worktree, a snapshot's in one that is restored.

A comment stays filed under the work it was made on. What an operation writes down, and an undo takes back, is that this
work is another one since; so nothing that a person says meanwhile stands in the way of either.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from hedgerow.journal.database import Database
from hedgerow.journal.steps import AnyStep, Record


@dataclass(frozen=True)
class Moves:
    """Attributes:
    rows: ids of works before (`source`) and after (`target`), and when (`since`), oldest first.
    """

    rows: Sequence[dict[str, Any]]

    @classmethod
    def read(cls, database: Database) -> Moves:
        return cls(database.rows("SELECT * FROM comment_moves ORDER BY since"))

    def owner(self, work: str, made: float) -> str:
        """The work that has a comment by now.

        Args:
            made: when it was made: what is said later of the work that stayed behind is about that one.
        """
        for row in self.rows:  # each move is later than those that led up to it
            if row["source"] == work and made < row["since"]:
                work, made = row["target"], row["since"]
        return work

    def sources(self, works: Collection[str]) -> set[str]:
        """These works, and those under which their comments may be filed."""
        found = set(works)
        for row in reversed(self.rows):
            if row["target"] in found:
                found.add(row["source"])
        return found


def comments_along(database: Database, source: str, target: str) -> list[AnyStep]:
    """The steps by which comments of one work are another's from now on; none when there are none."""
    works = sorted(Moves.read(database).sources([source]))
    marks = ", ".join("?" * len(works))
    if database.row(f"SELECT 1 FROM comments WHERE work IN ({marks}) LIMIT 1", *works) is None:
        return []
    after = {"target": target, "source": source, "since": time.time()}
    return [Record(table="comment_moves", key=target, before=None, after=after)]
