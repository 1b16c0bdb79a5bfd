"""Tells subscribers what changed in the list, in batches. Owns the revision; knows nothing of where rows come from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hedgerow.protocol.checkouts import CheckoutRow, ListChanged, RepositoryRow
from hedgerow.protocol.sessions import SessionRow

Subscriber = Callable[[ListChanged], None]

_BATCH_SECONDS = 0.05
"""What changes within this time is told together."""


class Announcer:
    """Collects changes; each batch is one `ListChanged`, with the revision one higher."""

    def __init__(self) -> None:
        self.revision = 0
        self._subscribers: list[Subscriber] = []
        self._changed: dict[str, CheckoutRow] = {}
        self._repositories: dict[str, RepositoryRow] = {}
        self._sessions: dict[str, SessionRow] = {}
        self._removed: dict[str, None] = {}
        self._waiting: asyncio.TimerHandle | None = None

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call ``subscriber`` with each change; what is answered ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def row(self, row: CheckoutRow) -> None:
        """A row is new or differs."""
        self._changed[row.id] = row
        self._removed.pop(row.id, None)
        self._soon()

    def repository(self, row: RepositoryRow) -> None:
        """A repository is new or differs."""
        self._repositories[row.id] = row
        self._removed.pop(row.id, None)
        self._soon()

    def session(self, row: SessionRow) -> None:
        """A session is new or differs."""
        self._sessions[row.id] = row
        self._removed.pop(row.id, None)
        self._soon()

    def gone(self, identifier: str) -> None:
        """A checkout, repository or session is no longer listed."""
        self.forget(identifier)
        self._removed[identifier] = None
        self._soon()

    def forget(self, identifier: str) -> None:
        """Whatever waited to be told of it is not told: it was answered, or is gone."""
        self._changed.pop(identifier, None)
        self._repositories.pop(identifier, None)
        self._sessions.pop(identifier, None)

    def flush(self) -> None:
        """Tell what has collected, if anything has."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if not (self._changed or self._repositories or self._sessions or self._removed):
            return
        self.revision += 1
        change = ListChanged(
            revision=self.revision,
            repositories=list(self._repositories.values()),
            changed=list(self._changed.values()),
            sessions=list(self._sessions.values()),
            removed=list(self._removed),
        )
        self._changed, self._repositories, self._sessions, self._removed = {}, {}, {}, {}
        for subscriber in list(self._subscribers):
            subscriber(change)

    def _soon(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(_BATCH_SECONDS, self.flush)
