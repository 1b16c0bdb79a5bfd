"""The application as a server has it, on a repository that is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.hedgerow import Hedgerow

from hedgerow.protocol.checkouts import CheckoutRow, ListChanged, ServerStatus

LIMIT = 20.0
QUIET = 0.3
"""Seconds without git, longer than those between an event and what it sets off."""


class Server:
    """The application as a server has it: subscribed, and so watching after the first list."""

    def __init__(self, hedgerow: Hedgerow, repository: Path) -> None:
        self.hedgerow = hedgerow
        self.git = hedgerow.git
        self.repository = repository
        self.rows: dict[str, CheckoutRow] = {}
        self.statuses: list[ServerStatus] = []
        self.commands: list[tuple[str, str]] = []
        hedgerow.app.on_list_changed(self._told)
        hedgerow.app.on_status(self.statuses.append)
        real = self.git._start

        async def start(argv: Any, cwd: Path, *rest: Any) -> Any:
            words = [str(word) for word in argv]
            self.commands.append((next(word for word in words[1:] if word != "-c" and "=" not in word), cwd.name))
            return await real(argv, cwd, *rest)

        self.git._start = start  # type: ignore[method-assign]

    def _told(self, news: ListChanged) -> None:
        for row in news.changed:
            self.rows[row.path] = row
        for identifier in news.removed:
            self.rows = {path: row for path, row in self.rows.items() if row.id != identifier}

    async def list(self, **params: Any) -> dict[str, CheckoutRow]:
        rows = await self.hedgerow.rows(self.repository, **params)
        self.rows = {row.path: row for row in rows}
        return dict(self.rows)

    async def begin(self) -> None:
        """List, and wait until everything is watched and at rest."""
        await self.list()
        await self.until(lambda: self.hedgerow.app._live._watching is not None)
        await self.at_rest()

    async def at_rest(self) -> None:
        """Until nothing is due, nothing works, and no git has been started for a moment."""
        watching = self.hedgerow.app._live._watching
        assert watching is not None
        before = -1
        while before != self.git.started or watching._due or watching._watcher.at_work or not self._quiescent():
            before = self.git.started
            await asyncio.sleep(QUIET)

    def _quiescent(self) -> bool:
        return bool(self.statuses) and self.statuses[-1].quiescent

    async def until(self, wanted: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not wanted():
                await asyncio.sleep(0.01)

        try:
            await asyncio.wait_for(wait(), LIMIT)
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT} s: {self.rows}") from None

    def statuses_run(self) -> list[str]:
        """The checkouts in which `git status` was run since this was asked last."""
        found = [name for command, name in self.commands if command == "status"]
        self.commands.clear()
        return found
