"""Whose edits these are: the session that said it wrote a file, else the only one in a turn in that checkout."""

from __future__ import annotations

import time
from pathlib import Path

from hedgerow.flows.sessions.at_work import AtWork
from hedgerow.protocol.follow import Edited, EditKind

_TOLD_SECONDS = 10.0
"""An agent tells of a file within this time of writing it, before or after it is seen on disk."""
_MOST = 1000


class Authors:
    """One per server."""

    def __init__(self, at_work: AtWork) -> None:
        self._at_work = at_work
        self._told: dict[str, tuple[str, float]] = {}

    def wrote(self, session: str, path: Path) -> None:
        """A session has said that it wrote a file."""
        if not path.is_absolute():
            return
        self._told.pop(path.as_uri(), None)
        self._told[path.as_uri()] = (session, time.monotonic())
        while len(self._told) > _MOST:
            del self._told[next(iter(self._told))]

    def of(self, news: Edited) -> str | None:
        """Id of the session; None where that cannot be told."""
        told = self._told.get(news.uri)
        if told is not None and news.kind is not EditKind.MANY and time.monotonic() - told[1] < _TOLD_SECONDS:
            return told[0]
        return self._at_work.only_one_in_turn(news.checkout)
