"""What the tests of the real Claude Code have at hand: launches as Hedgerow makes them, and what is seen of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.agent_home import AgentHome

from hedgerow.sessions.agents.agent import Event, Held, Order, Prepared, Sighting, Status
from hedgerow.sessions.agents.claude.claude import Claude
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.terminals.terminals import Terminal, Terminals

LIMIT = 60.0


@dataclass
class Run:
    """One launch."""

    session: str
    prepared: Prepared
    cwd: Path
    terminal: Terminal
    launched: float = field(default_factory=time.time)

    @property
    def conversation(self) -> str:
        assert self.prepared.conversation is not None
        return self.prepared.conversation


@dataclass
class Desk:
    """Attributes:
    events: what the hooks told, in order.
    statuses: every status that was seen of a conversation, with the moment, in order.
    """

    agents: AgentHome
    inbox: Inbox
    terminals: Terminals
    claude: Claude = field(default_factory=Claude)
    events: list[Event] = field(default_factory=list)
    statuses: dict[str, list[tuple[Status, float]]] = field(default_factory=dict)
    seen: dict[str, Sighting] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def home(self) -> Path:
        return self.agents.claude

    def open(self) -> Callable[[], None]:
        return self.claude.watch(self.home, self._changed.set)

    def take(self, event: Event) -> bool:
        self.events.append(event)
        self._changed.set()
        return True

    def order(self, session: str, cwd: Path, prompt: str | None = None, **more: Any) -> Order:
        environment = self.agents.environment()
        return Order(session, cwd, environment, self.inbox.directory, self.inbox.hook, prompt=prompt, **more)

    async def start(self, session: str, cwd: Path, prompt: str | None = None, **more: Any) -> Run:
        order = self.order(session, cwd, prompt, **more)
        prepared = await self.claude.prepare(order)
        env = {**order.environment, **prepared.env}
        return Run(session, prepared, cwd, await self.terminals.start(session, prepared.argv, cwd, env))

    async def look(self) -> dict[str, Sighting]:
        for each in await self.claude.look(self.home):
            self.seen[each.conversation] = each
            before = self.statuses.setdefault(each.conversation, [])
            if not before or before[-1][0] is not each.status:
                before.append((each.status, time.time()))
        return self.seen

    async def until(self, true: Callable[[], Any], what: str) -> Any:
        """Look whenever something is told to have changed, and only then, until it is true."""
        end = time.monotonic() + LIMIT
        await self.look()
        while not (answer := true()):
            try:
                await asyncio.wait_for(self._changed.wait(), end - time.monotonic())
            except TimeoutError:
                screens = [
                    await (await self._terminal(state.session)).screen() for state in await self.terminals.states()
                ]
                raise AssertionError("\n".join([f"waited for {what}; seen: {self.seen}", *screens])) from None
            self._changed.clear()
            await self.look()
        return answer

    async def status(self, conversation: str, status: Status) -> Sighting:
        def reached() -> Sighting | None:
            seen = self.seen.get(conversation)
            asks = seen is not None and (status is not Status.WAITING or seen.question is not None)
            return seen if seen is not None and seen.status is status and asks else None

        found: Sighting = await self.until(reached, f"{conversation} to be {status}")
        return found

    async def heard(self, name: str, count: int = 1) -> list[Event]:
        def told() -> list[Event]:
            return [each for each in self.events if each.payload.get("hook_event_name") == name]

        await self.until(lambda: len(told()) >= count, f"{count} of {name}, after {self.events}")
        return told()

    async def shows(self, run: Run, text: str) -> None:
        end = time.monotonic() + LIMIT
        while text not in (screen := await run.terminal.screen()):
            assert time.monotonic() < end, f"waited for {text!r}\n{screen}"
            await asyncio.sleep(0.05)

    def held(self, run: Run) -> Held:
        seen = self.seen.get(run.conversation)
        pid = seen.pid if seen is not None and seen.pid is not None else run.terminal.pid
        return Held(run.session, run.conversation, self.home, run.cwd, seen, run.terminal, pid, run.launched)

    async def _terminal(self, session: str) -> Terminal:
        found = await self.terminals.find(session)
        assert found is not None
        return found
