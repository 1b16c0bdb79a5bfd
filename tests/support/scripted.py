"""Sessions without a real agent: the scripted one, started by Hedgerow in real tmux, as a server sees it.

It is a launch line of the person's own (`scripted`), and one that takes no prompt (`quiet`); `deaf` is another program,
which tells nothing. As `copilot` on PATH it stands in for an agent whose conversations can be gone on with.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .ground import Ground
from .hedgerow import Hedgerow
from .home import Home, living_in
from .repositories import Playground
from .until import LIMIT

if TYPE_CHECKING:
    from hedgerow.protocol.checkouts import ListChanged
    from hedgerow.protocol.sessions import Attention, SessionRow

PROGRAM = Path(__file__).with_name("scripted_agent.py")
SCRIPTED = [sys.executable, "-I", str(PROGRAM)]
LAUNCH_LINES = {
    "scripted": [*SCRIPTED, "{prompt}"],
    "quiet": SCRIPTED,
    "deaf": ["/bin/sh", "-c", "echo ready; exec sleep 600"],
}


@contextlib.contextmanager
def living_shortly() -> Iterator[Home]:
    """A home of its own, as everywhere, at a path that is short enough for tmux's socket; its agents on PATH."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux")
    root = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
    try:
        with living_in(Home(root).make()) as made:
            os.environ["PATH"] = put_on_path(made)
            yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


def put_on_path(home: Home) -> str:
    """A PATH with the scripted agent as `copilot`, and no other agent."""
    folder = home.root / "bin"
    folder.mkdir(exist_ok=True)
    stand_in = folder / "copilot"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -I {PROGRAM} "$@"\n')
    stand_in.chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin"


def settings_of(home: Home, **more: object) -> None:
    """The same launch lines in the person's `settings.toml`, for processes."""
    file = home.home / ".config" / "hedgerow" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in more.items()]
    lines += ["[launchLines]", *(f"{name} = {json.dumps(argv)}" for name, argv in LAUNCH_LINES.items())]
    file.write_text("\n".join(lines) + "\n")


def starts(home: Home, session: str | None = None) -> list[dict[str, Any]]:
    """How the scripted agent was started, each time: `argv`, `cwd`, `env`, `pid`."""
    files = sorted((home.home / "started").glob("*[!t]" if session is None else f"*-{session}"))
    return [json.loads(file.read_text()) for file in files]


class Sessions:
    """The application as a server has it, with a ground below it.

    Attributes:
        rows: every session as it was last told, by id.
        phases: what each went through as it was told; the same phase twice in a row is once here.
        news: those that needed the person.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.rows: dict[str, SessionRow] = {}
        self.phases: dict[str, list[str]] = {}
        self.news: list[Attention] = []
        ground.hedgerow.app.on_list_changed(self._told)
        ground.hedgerow.app.on_attention(self.news.append)

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, home: Home, playground: Playground, repository: Path | None = None, **settings: Any
    ) -> AsyncIterator[Sessions]:
        async with Hedgerow.opened(home, launch_lines=LAUNCH_LINES, **settings) as hedgerow:
            ground = Ground(home, playground, hedgerow, repository or playground.repository())
            sessions = cls(ground)
            await sessions.attended()
            yield sessions

    @property
    def home(self) -> Home:
        return self.ground.home

    async def attended(self) -> None:
        """List, and wait until sessions are watched."""
        await self.ground.call("list", wait=True)
        app = self.ground.hedgerow.app

        def watched() -> bool:
            attending = app._sessions._attending
            return attending is not None and attending._began

        await self.until_true(watched, "sessions to be watched")

    async def call(self, verb: str, **params: Any) -> Any:
        return await self.ground.call(verb, **params)

    async def start(self, prompt: str | None = None, agent: str = "scripted", **params: Any) -> SessionRow:
        """Start a session, agreed to where it asks; its row."""
        if prompt is not None:
            params["prompt"] = prompt
        result: Any = await self.ground.agree("start", agent=agent, **params)
        assert result.session is not None, result
        row: SessionRow = result.session
        return row

    async def list(self, **params: Any) -> list[SessionRow]:
        rows: list[SessionRow] = (await self.call("list", wait=True, **params)).sessions
        return rows

    async def row(self, session: str) -> SessionRow:
        """As a list of everything has it now."""
        (row,) = [row for row in await self.list(past=True, all=True) if row.id == session]
        return row

    async def until(self, session: str, *phases: str, **fields: Any) -> SessionRow:
        """Wait until a session is told to be in one of these phases, with these fields; its row."""

        def there() -> bool:
            row = self.rows.get(session)
            return (
                row is not None
                and row.phase.value in phases
                and all(getattr(row, name) == value for name, value in fields.items())
            )

        await self.until_true(
            there, lambda: f"{session} to be {phases}: {self.phases.get(session)}, last {self.rows.get(session)}"
        )
        return self.rows[session]

    async def until_true(self, condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited for {what if isinstance(what, str) else what()}")
            await asyncio.sleep(0.01)

    def let_go(self, name: str = "go") -> None:
        """What `hold` waits for."""
        self.gate(name).touch()

    def gate(self, name: str = "go") -> Path:
        """The file of a `hold`, outside of every checkout."""
        return self.home.root / name

    def started(self, session: str | None = None) -> list[dict[str, Any]]:
        return starts(self.home, session)

    def _told(self, news: ListChanged) -> None:
        for row in news.sessions:
            self.rows[row.id] = row
            passed = self.phases.setdefault(row.id, [])
            if not passed or passed[-1] != row.phase.value:
                passed.append(row.phase.value)
        for gone in news.removed:
            self.rows.pop(gone, None)
