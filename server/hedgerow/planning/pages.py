"""Answers that are too long for one message: kept for a while, and given out in parts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

_KEPT = 8
"""Answers of which pages may still be asked for, in one process; the oldest gives way."""


class Pages:
    """Keeps what was not given out yet, by a token."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, Sequence[object]]] = {}

    def keep(self, head: object, rest: Sequence[object]) -> str:
        """Answers the token with which the rest is asked for."""
        token = secrets.token_urlsafe(9)
        while len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[token] = (head, rest)
        return token

    def take(self, token: str) -> tuple[object, Sequence[object]] | None:
        """What was kept under a token; it is used up by that. None for one that was used, is too old, or unknown."""
        return self._kept.pop(token, None)
