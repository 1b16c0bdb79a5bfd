"""The real Codex behind the interface of agents: launched by us in tmux, and by hand beside us.

Everything is watched through `look` and `watch`, as the server does; the files that the agent writes are the proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux
from tests.support.until import LIMIT

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Answer, Held, Living, Order, Prepared, Sighting, Status
from hedgerow.sessions.agents.codex import Codex

pytestmark = pytest.mark.agents


@dataclass
class Window:
    """A terminal of ours, as the agent's module sees it."""

    tmux: Tmux
    name: str

    async def screen(self) -> str:
        return await asyncio.to_thread(self.tmux.screen, self.name)

    async def title(self) -> str:
        return await asyncio.to_thread(self.tmux.title, self.name)

    async def press(self, *keys: str) -> None:
        await asyncio.to_thread(self.tmux.send, self.name, *keys)

    async def paste(self, text: str) -> None:
        await asyncio.to_thread(self.tmux.run, "set-buffer", "--", text)
        await asyncio.to_thread(self.tmux.run, "paste-buffer", "-p", "-t", f"={self.name}:")


@dataclass
class Watched:
    """Codex, watched; and a repository that it trusts."""

    codex: Codex
    agent_home: AgentHome
    model: ModelServer
    tmux: Tmux
    playground: Playground
    repository: Path
    changes: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[tuple[str, Status]] = field(default_factory=list)
    windows: int = 0

    @property
    def home(self) -> Path:
        return self.agent_home.codex

    def worktree(self, name: str) -> Path:
        return self.playground.worktree(self.repository, name)

    def order(self, cwd: Path, prompt: str | None = None, **more: object) -> Order:
        return Order(
            session="s",
            cwd=cwd,
            environment=self.agent_home.environment(),
            inbox=cwd,
            hook=("true",),
            trusted_root=self.repository,
            prompt=prompt,
            **more,  # type: ignore[arg-type]
        )

    async def launch(self, order: Order) -> tuple[Prepared, Window]:
        prepared = await self.codex.prepare(order)
        self.windows += 1
        name = f"w{self.windows}"
        env = {**self.agent_home.environment(), **prepared.env}
        await asyncio.to_thread(self.tmux.start, name, prepared.argv, order.cwd, env)
        return prepared, Window(self.tmux, name)

    async def by_hand(self, cwd: Path, *argv: str) -> Window:
        self.windows += 1
        name = f"w{self.windows}"
        await asyncio.to_thread(self.tmux.start, name, ["codex", *argv], cwd, self.agent_home.environment())
        return Window(self.tmux, name)

    async def look(self) -> list[Sighting]:
        found = await self.codex.look(self.home)
        for one in found:
            if (one.conversation, one.status) != next(
                (e for e in reversed(self.seen) if e[0] == one.conversation), None
            ):
                self.seen.append((one.conversation, one.status))
        return found

    async def until(self, test: Callable[[Sighting], bool], what: str, limit: float = LIMIT) -> Sighting:
        """The conversation that is as wanted: looked for whenever something has changed, and only then."""
        end = time.monotonic() + limit
        while True:
            self.changes.clear()
            found = await self.look()
            for one in found:
                if test(one):
                    return one
            try:
                await asyncio.wait_for(self.changes.wait(), max(0.01, end - time.monotonic()))
            except TimeoutError:
                screens = "\n".join(self.tmux.screen(name) for name in self.tmux.names())
                raise AssertionError(f"waited for {what}; seen: {found}\n{screens}") from None

    def held(self, sighting: Sighting, window: Window | None) -> Held:
        return Held(
            session="s",
            conversation=sighting.conversation,
            agent_home=self.home,
            cwd=sighting.cwd,
            sighting=sighting,
            pane=window,
            pid=sighting.pid,
        )


@pytest_asyncio.fixture
async def watched(
    agent_home: AgentHome, model: ModelServer, tmux: Tmux, playground: Playground
) -> AsyncIterator[Watched]:
    repository = playground.repository()
    agent_home.trust(repository)
    codex = Codex()
    made = Watched(codex, agent_home, model, tmux, playground, repository)
    stop = codex.watch(agent_home.codex, made.changes.set)
    yield made
    stop()
    agent_home.end()


def is_(status: Status, conversation: str | None = None) -> Callable[[Sighting], bool]:
    return lambda one: one.status is status and (conversation is None or one.conversation == conversation)


def asks_to_run(command: str, *then: dict[str, object]) -> str:
    return script({"sh": command, "escalate": True}, *(then or ({"say": "all done"},)))


async def file(path: Path) -> str:
    end = time.monotonic() + LIMIT
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        await asyncio.sleep(0.02)
    return path.read_text()


async def test_a_session_works_asks_is_allowed_and_rests(watched: Watched) -> None:
    worktree = watched.worktree("fruit")
    prompt = asks_to_run("echo apple > fruit.txt", {"say": "There is fruit."})
    prepared, window = await watched.launch(watched.order(worktree, prompt, label="Fruit"))
    assert prepared.conversation is not None
    assert any("'Fruit'" in each for each in prepared.adds)

    waiting = await watched.until(is_(Status.WAITING), "its approval")
    assert (waiting.conversation, waiting.cwd, waiting.title) == (prepared.conversation, worktree, "Fruit")
    assert waiting.living is Living.DAEMON
    question = waiting.question
    assert question is not None
    assert question.kind is QuestionKind.APPROVAL
    assert question.command == "echo apple > fruit.txt"
    assert "echo apple" in question.text
    assert "the script asks" in question.text
    assert not (worktree / "fruit.txt").exists()

    await watched.codex.answer(watched.held(waiting, window), question, Answer(approve=True))
    assert await file(worktree / "fruit.txt") == "apple\n"
    idle = await watched.until(
        lambda one: one.status is Status.IDLE and one.last_message == "There is fruit.", "its end"
    )
    assert idle.tokens == 30
    assert idle.model == "gpt-6-astra"
    with pytest.raises(HedgerowError) as refused:
        await watched.codex.answer(watched.held(idle, window), question, Answer(approve=True))
    assert refused.value.code is ErrorCode.STALE_PLAN
    assert {name for name, _ in watched.seen} == {prepared.conversation}, "a thread of Codex' own was shown"
    statuses = [status for _, status in watched.seen]
    assert statuses[-3:] == [Status.WAITING, Status.BUSY, Status.IDLE] or statuses[-2:] == [Status.WAITING, Status.IDLE]
