"""Which managed worktrees go when there are too many. Pure: rows in, names out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A worktree as retention sees it.

    Attributes:
        active: last sign of work, seconds since the epoch.
        protected: why it is never retired by itself (kept, locked, pinned, in use), or None.
    """

    id: str
    active: float
    protected: str | None = None


def surplus(candidates: Sequence[Candidate], keep: int | None) -> list[Candidate]:
    """Those beyond the `keep` most recently active, longest idle first; protected ones count, and stay.

    None keeps all.
    """
    if keep is None:
        return []
    by_age = sorted(candidates, key=lambda one: one.active, reverse=True)
    return [one for one in reversed(by_age[keep:]) if one.protected is None]
