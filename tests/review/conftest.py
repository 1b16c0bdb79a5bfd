"""What tests of reviews share: a session with work in it, agents whose turns the test decides, and short questions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import of_checkout
from tests.support.repositories import Playground

from hedgerow.app import App
from hedgerow.git.runner import Git
from hedgerow.planning.turns import NoTurns
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.review import DiffResult, HunksResult, ReviewChanged
from hedgerow.protocol.settings import Settings


class Agents(NoTurns):
    """Who is in a turn, as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: set[str] = set()

    def in_turn(self, checkout: str) -> bool:
        return checkout in self.busy

    def begin(self, checkout: str) -> None:
        self.busy.add(checkout)

    def end(self, checkout: str) -> None:
        self.busy.discard(checkout)
        self.ends.publish(checkout)


class Review:
    """One checkout of the ground under review."""

    def __init__(self, ground: Ground, path: Path, agents: Agents) -> None:
        self.ground = ground
        self.path = path
        self.agents = agents
        self.changes: list[ReviewChanged] = []
        ground.hedgerow.app.on_review_changed(self.changes.append)

    async def diff(self, **params: Any) -> DiffResult:
        answer = await self.ground.call("diff", checkout=str(self.path), **params)
        assert isinstance(answer, DiffResult)
        return answer

    async def pending(self) -> dict[str, str]:
        return {file.path: str(file.status) for file in (await self.diff(between="reviewed")).files}

    async def hunks(self, path: str, **params: Any) -> HunksResult:
        answer = await self.ground.call("hunks", checkout=str(self.path), path=path, **params)
        assert isinstance(answer, HunksResult)
        return answer

    async def texts(self, path: str, **params: Any) -> list[tuple[str, str]]:
        return [(hunk.text, str(hunk.state)) for hunk in (await self.hunks(path, **params)).hunks]

    async def accept(self, *paths: str, **params: Any) -> ChangeResult:
        """No file, no index, no ref of the person's changes by it."""
        with self.ground.nothing_changes():
            return await self.ground.agree("accept", checkout=str(self.path), paths=list(paths), **params)

    async def reject(self, *paths: str, **params: Any) -> ChangeResult:
        """Nothing outside this checkout changes by it."""
        before = self.ground.observe()
        done = await self.ground.agree("reject", checkout=str(self.path), paths=list(paths), **params)
        assert self.ground.difference(before, except_for=[of_checkout(self.path)]) == []
        return done

    async def reviewed(self, path: str) -> str:
        answer = await self.ground.call("baseContent", checkout=str(self.path), path=path, side="reviewed")
        assert answer.exists, path
        return str(answer.text)

    def write(self, path: str, content: str | bytes) -> None:
        self.ground.playground.write(self.path, {path: content})

    def read(self, path: str) -> bytes:
        return (self.path / path).read_bytes()


@pytest.fixture
def agents() -> Agents:
    return Agents()


@pytest.fixture
async def hedgerow(home: Home, agents: Agents) -> AsyncIterator[Hedgerow]:
    """The product, in this process, told of turns by the test."""
    git = Git()
    app = await App.open(settings=Settings(), state_directory=home.hedgerow_state, git=git, turns=agents)
    try:
        yield Hedgerow(app, git, Settings())
    finally:
        await app.close()


TEN = "".join(f"line {number}\n" for number in range(1, 11))


@pytest.fixture
async def review(ground: Ground, agents: Agents, playground: Playground) -> Review:
    """A session with `ten.txt` (ten lines), `tool.sh` and `gone.txt` at its base."""
    playground.commit(ground.repository, "base", {"ten.txt": TEN, "tool.sh": "echo\n", "gone.txt": "gone\n"})
    return Review(ground, await ground.create("session"), agents)
