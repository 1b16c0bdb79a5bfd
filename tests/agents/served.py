"""The real server over stdio with real agents: the phases that a client sees of each session, in order, with delays."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lsp.framed import Client
from tests.support.agent_home import AgentHome

Row = dict[str, Any]
LIMIT = 60.0


@dataclass
class Served:
    """One server and its client.

    Attributes:
        rows: every session as it was last told, by id.
        phases: what each session went through, as it was told; the same phase twice in a row is once here.
        news: sessions that needed the person, as they were told.
    """

    client: Client
    rows: dict[str, Row] = field(default_factory=dict)
    phases: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    news: list[Row] = field(default_factory=list)
    _read: int = 0
    _at: list[float] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def opened(cls, agents: AgentHome, folder: Path, **settings: Any) -> AsyncIterator[Served]:
        """A server for a folder, in the environment that the agents are to have."""
        env = {**agents.home.environment(), **agents.environment()}
        async with Client.start(env=env, cwd=folder) as client:
            await client.initialize(folder, options={"settings": settings, "asks": True})
            served = cls(client)
            clock = asyncio.create_task(served._stamp())
            try:
                await served.list()
                yield served
            finally:
                clock.cancel()

    async def list(self, **params: Any) -> list[Row]:
        """The sessions as `list` has them, everything complete."""
        found: list[Row] = (await self.client.command("list", wait=True, **params))["sessions"]
        for row in found:
            self._take(row)
        return found

    async def command(self, verb: str, **params: Any) -> Any:
        result = await self.client.command(verb, limit=LIMIT, **params)
        self.take_notices()
        return result

    async def start(self, agent: str, prompt: str | None = None, **params: Any) -> Row:
        """Start a session; its row."""
        result = await self.command("start", agent=agent, prompt=prompt, **params)
        assert result["plan"] is None, result
        row: Row = result["session"]
        return row

    async def until(self, session: str, *phases: str, **fields: Any) -> Row:
        """Wait until a session is told to be in one of these phases, with these fields; its row."""

        def there() -> bool:
            self.take_notices()
            row = self.rows.get(session)
            return (
                row is not None
                and row["phase"] in phases
                and all(row.get(name) == value for name, value in fields.items())
            )

        end = time.monotonic() + LIMIT
        while not there():
            seen = [phase for phase, _ in self.phases.get(session, [])]
            assert time.monotonic() < end, f"{session} was never {phases}: {seen}, last {self.rows.get(session)}"
            await asyncio.sleep(0.01)
        return self.rows[session]

    async def told(self, session: str, phase: str) -> Row:
        """Wait until the person is told that a session has come to a phase."""

        def news() -> Any:
            return [one for one in self.news if (one["session"]["id"], one["session"]["phase"]) == (session, phase)]

        await self.soon(news, f"{session} to be told of as {phase}, after {self.news}")
        found: Row = news()[-1]
        return found

    async def soon(self, condition: Callable[[], Any], what: str) -> None:
        """Wait until something is true of what has arrived."""
        end = time.monotonic() + LIMIT
        while True:
            self.take_notices()
            if condition():
                return
            assert time.monotonic() < end, f"waited for {what}"
            await asyncio.sleep(0.01)

    def seen(self, session: str) -> Sequence[str]:
        """The phases that it went through so far, as they were told."""
        self.take_notices()
        return [phase for phase, _ in self.phases.get(session, [])]

    def take_notices(self) -> None:
        """What has arrived since the last time."""
        arrived, first = self.client.messages[self._read :], self._read
        self._read += len(arrived)
        for number, message in enumerate(arrived, first):
            at = self._at[number] if number < len(self._at) else time.time()
            if message.get("method") == "hedgerow/listChanged":
                for row in message["params"].get("sessions", []):
                    self._take(row, at)
                for gone in message["params"]["removed"]:
                    self.rows.pop(gone, None)
            if message.get("method") == "hedgerow/attention":
                self.news.append(message["params"])

    async def _stamp(self) -> None:
        """Note when each message came, whoever waits for it."""
        while True:
            with contextlib.suppress(AssertionError):  # it has ended: whoever waits for something is told so
                await self.client.wait_for(lambda _: True, limit=3600.0, after=len(self._at))
            if len(self._at) == len(self.client.messages):
                return
            self._at += [time.time()] * (len(self.client.messages) - len(self._at))

    def _take(self, row: Row, at: float | None = None) -> None:
        self.rows[row["id"]] = row
        passed = self.phases.setdefault(row["id"], [])
        if not passed or passed[-1][0] != row["phase"]:
            passed.append((row["phase"], at or time.time()))
