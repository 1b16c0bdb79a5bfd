"""One scene: a repository that both agents trust, a server with its client, and an ear for what the agents say."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.agents.ear import Ear
from tests.agents.gauntlet import Case, Gauntlet
from tests.agents.served import Row, Served
from tests.support.agent_home import AgentHome
from tests.support.model_script import Step, script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.until import until


@dataclass
class Scene:
    """Attributes:
    agent: the one that the scene is about.
    settings: of servers that are opened from now on.
    """

    agent: str
    agents: AgentHome
    model: ModelServer
    playground: Playground
    repository: Path
    gauntlet: Gauntlet
    settings: dict[str, Any] = field(default_factory=dict)
    _servers: AsyncExitStack = field(default_factory=AsyncExitStack)

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, agent: str, agents: AgentHome, model: ModelServer, playground: Playground, **settings: Any
    ) -> AsyncIterator[Scene]:
        repository = playground.repository()
        agents.trust(repository)
        async with Ear.listening(agents) as ear, AsyncExitStack() as servers:
            served = await servers.enter_async_context(Served.opened(agents, repository, **settings))
            gauntlet = Gauntlet(agent, served, ear)
            yield cls(agent, agents, model, playground, repository, gauntlet, settings, servers)

    @property
    def served(self) -> Served:
        return self.gauntlet.served

    @property
    def worktrees(self) -> Path:
        return self.repository.parent / f"{self.repository.name}.worktrees"

    async def another(self, folder: Path | None = None) -> Served:
        """A further editor with a server of its own; the scene goes on with it."""
        self.gauntlet.served = await self._servers.enter_async_context(
            Served.opened(self.agents, folder or self.repository, **self.settings)
        )
        return self.served

    async def worktree(self, name: str) -> Path:
        return Path((await self.served.command("create", name=name))["paths"][0])

    def case(self, name: str) -> Case:
        return self.gauntlet.case(name)

    async def idle(self, name: str, words: str = "There") -> tuple[Row, Path]:
        """A session between turns, that nobody has to look at, in a new worktree."""
        worktree = await self.worktree(name)
        row = await self.served.start(self.agent, script({"say": words}), checkout=name)
        await self.served.until(row["id"], "done", lastMessage=words)
        await self.served.command("markSeen", session=row["id"])
        return await self.served.until(row["id"], "idle"), worktree

    async def working(self, row: Row, name: str, *then: Step) -> None:
        """Have a session work until `model.let_go(name)`."""
        steps = then or ({"say": "It goes on"},)
        held = [{"hold": name, **steps[0]}, *steps[1:]]
        await self.served.command("send", session=row["id"], text=script(*held))
        await self.asked(name)
        await self.served.until(row["id"], "working")

    async def asked(self, name: str) -> None:
        """Wait until the model is asked for the step that is held under this name."""
        await soon(lambda: any(asked.step.get("hold") == name for asked in self.model.asked), f"a request of {name}")

    def press(self, session: str, *keys: str) -> None:
        """As the person does in the session's own terminal."""
        self.tmux("send-keys", "-t", f"={session}:", *keys)

    async def type(self, session: str, words: str) -> None:
        """Words and Enter, as the person types them."""
        self.tmux("set-buffer", "-b", "typed", words)
        self.tmux("paste-buffer", "-p", "-d", "-b", "typed", "-t", f"={session}:")
        await soon(lambda: words[:12] in self.screen(session), f"{words[:12]} on the screen")
        self.press(session, "Enter")

    def screen(self, session: str) -> str:
        return self.tmux("capture-pane", "-p", "-t", f"={session}:")

    def tmux(self, *arguments: str, check: bool = True) -> str:
        """A command to the tmux that hosts sessions."""
        done = subprocess.run(
            ["tmux", "-L", "hedgerow", *arguments],
            env=self.agents.home.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout


async def soon(condition: Any, what: str) -> Any:
    """`until`, while the loop goes on."""
    return await asyncio.to_thread(until, condition, what)
