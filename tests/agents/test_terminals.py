"""The real agents in terminals of ours: prompts arrive whole, their hooks are heard, and closing one ends it."""

from __future__ import annotations

import asyncio
import json
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from tests.support.agent_home import AgentHome
from tests.support.home import Home
from tests.support.model_dialects import claude_turns, codex_turns
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground

from hedgerow.sessions.agents.agent import Event
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.terminals.terminal import Terminal
from hedgerow.sessions.terminals.terminals import Terminals

pytestmark = pytest.mark.agents

PROMPT = "First line; $HOME `id` #{pane_id}\n\n\tsecond line: Grüße\n"
READY = {"codex": "OpenAI Codex", "claude": "for shortcuts"}
PASTED = {"codex": "second line", "claude": "Pasted text"}
ARGV = {"codex": ["codex", "--no-daemon"], "claude": ["claude"]}


async def eventually(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    end = time.monotonic() + 60
    while not await condition():
        assert time.monotonic() < end, f"waited for {what}"
        await asyncio.sleep(0.05)


async def shows(terminal: Terminal, text: str) -> None:
    async def seen() -> bool:
        return text in await terminal.screen()

    try:
        await eventually(seen, text)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{await terminal.screen()}") from None


@pytest.fixture
def terminals(home: Home) -> Terminals:
    return Terminals(home.hedgerow_state / "launches")


@pytest.fixture
def repository(playground: Playground, agent_home: AgentHome) -> Path:
    made = playground.repository()
    agent_home.trust(made)
    return made


@pytest.fixture
async def heard(home: Home) -> AsyncIterator[tuple[Inbox, list[Event]]]:
    inbox, events = Inbox(home.hedgerow_state / "inbox"), list[Event]()

    def take(event: Event) -> bool:
        events.append(event)
        return True

    serving = asyncio.create_task(inbox.serve(take))
    yield inbox, events
    serving.cancel()


@pytest.mark.parametrize("agent", ["codex", "claude"])
async def test_a_prompt_of_several_lines_is_one_prompt(
    terminals: Terminals, agent_home: AgentHome, repository: Path, model: ModelServer, agent: str
) -> None:
    terminal = await terminals.start("s1", ARGV[agent], repository, agent_home.environment())
    await shows(terminal, READY[agent])
    await terminal.paste(PROMPT + script({"say": "understood"}))
    await shows(terminal, PASTED[agent])
    await terminal.press("Enter")

    turns = {"codex": codex_turns, "claude": claude_turns}[agent]

    async def arrived() -> bool:
        said = [text for asked in model.asked for who, text in turns(asked.body) if who == "person"]
        return any(PROMPT.strip() in text.replace("\r", "\n").replace("    ", "\t") for text in said)

    try:
        await eventually(arrived, "the prompt to reach the model whole")
    except AssertionError as error:
        said = [text for asked in model.asked for who, text in turns(asked.body) if who == "person"]
        raise AssertionError(f"{error}: {said}\n{await terminal.screen()}") from None
    await shows(terminal, "understood")
    await terminal.kill()
    assert not psutil.pid_exists(terminal.pid) or psutil.Process(terminal.pid).status() == psutil.STATUS_ZOMBIE
    assert await terminals.states() == []


async def test_the_hooks_of_claude_are_heard_in_order(
    terminals: Terminals,
    agent_home: AgentHome,
    repository: Path,
    heard: tuple[Inbox, list[Event]],
) -> None:
    inbox, events = heard
    command = {"type": "command", "command": shlex.join([*inbox.hook, "s1"])}
    names = ["SessionStart", "UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolUse", "Stop", "SessionEnd"]
    settings = {"hooks": {name: [{"hooks": [command]}] for name in names}}
    argv = ["claude", "--settings", json.dumps(settings), script({"write": str(repository / "plum.txt"), "text": "p"})]
    terminal = await terminals.start("s1", argv, repository, agent_home.environment())
    await shows(terminal, "Do you want to create")
    await terminal.press("Enter")

    async def stopped() -> bool:
        return any(event.payload["hook_event_name"] == "Stop" for event in events)

    await eventually(stopped, f"the end of the turn, after {events}")
    await terminal.kill()

    async def gone() -> bool:
        return events[-1].payload["hook_event_name"] == "SessionEnd"

    await eventually(gone, "the session's end")
    assert [event.payload["hook_event_name"] for event in events] == names
    assert {event.session for event in events} == {"s1"}
    assert (repository / "plum.txt").read_text() == "p"
