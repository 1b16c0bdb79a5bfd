"""Any program as an agent: its launch, what it tells by our hook, and prompts that are typed into it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
import time
import uuid
from pathlib import Path

import pytest
from tests.support.home import Home

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Agent, Event, Held, Order, Prepared, Status
from hedgerow.sessions.agents.command import command_agents
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.terminals.terminal import Terminal
from hedgerow.sessions.terminals.terminals import Terminals

PRESETS = ["gemini", "copilot", "opencode", "amp", "aider"]


@pytest.fixture
def folder(home: Home) -> Path:
    """On the person's PATH."""
    folder = home.root / "bin"
    folder.mkdir()
    for name in [*PRESETS, "tool"]:
        program(folder / name, "exit 0")
    return folder


def program(path: Path, source: str) -> Path:
    path.write_text(f"#!/bin/sh\n{source}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def order(home: Home, folder: Path) -> Order:
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(home.home), "LANG": "C.UTF-8"}
    inbox = home.hedgerow_state / "inbox"
    return Order(
        session="s1", cwd=home.root, environment=environment, inbox=inbox, hook=Inbox(inbox).hook, prompt="fix -it"
    )


async def prepared(agent: Agent, order: Order, **changes: object) -> Prepared:
    return await agent.prepare(dataclasses.replace(order, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "begins", "alone", "resumes"),
    [
        (
            "gemini",
            ["--session-id", "ID", "-m", "x", "--prompt-interactive=fix -it"],
            ["--session-id", "ID", "-m", "x"],
            ["--resume", "c1", "-m", "x", "--prompt-interactive=fix -it"],
        ),
        (
            "copilot",
            ["--session-id", "ID", "--name=a label", "-m", "x", "--interactive=fix -it"],
            ["--session-id", "ID", "--name=a label", "-m", "x"],
            ["--session-id", "c1", "-m", "x", "--interactive=fix -it"],
        ),
        ("opencode", ["-m", "x", "--prompt=fix -it"], ["-m", "x"], None),
        ("amp", None, ["-m", "x"], None),
        ("aider", None, ["-m", "x"], ["--restore-chat-history", "-m", "x"]),
    ],
)
async def test_how_each_preset_is_launched(
    order: Order, folder: Path, name: str, begins: list[str] | None, alone: list[str], resumes: list[str] | None
) -> None:
    agent = command_agents({})[name]
    changes = {"arguments": ("-m", "x"), "label": "a label"}
    launch = await prepared(agent, order, prompt=None, **changes)
    assert launch.argv == (str(folder / name), *[launch.conversation if word == "ID" else word for word in alone])
    if launch.conversation is not None:
        assert str(uuid.UUID(launch.conversation)) == launch.conversation
    if begins is None:
        with pytest.raises(HedgerowError, match="takes no prompt when it starts"):
            await prepared(agent, order, **changes)
        changes["prompt"] = None
    else:
        launch = await prepared(agent, order, **changes)
        assert launch.argv[1:] == tuple(launch.conversation if word == "ID" else word for word in begins)
    if resumes is None:
        with pytest.raises(HedgerowError, match="which conversation"):
            await prepared(agent, order, resume="c1", **changes)
    else:
        launch = await prepared(agent, order, resume="c1", **changes)
        assert launch.argv[1:] == tuple(resumes)
        assert launch.conversation == "c1"
    with pytest.raises(HedgerowError, match="cannot fork"):
        await prepared(agent, order, resume="c1", fork=True)


async def test_there_is_one_for_each_line_and_the_persons_own_counts(order: Order, folder: Path) -> None:
    agents = command_agents({"mine": ["tool", "--ask={prompt}", "{prompt}", "--no {label}"], "amp": ["tool", "-a"]})
    assert list(agents) == [*PRESETS, "mine"]
    assert [name for name, agent in agents.items() if agent.line.own] == ["amp", "mine"]
    said = "{prompt} {label} $(rm)"
    launch = await prepared(agents["mine"], order, prompt=said, label="{prompt}", arguments=("{prompt}",))
    assert launch.argv[1:] == (f"--ask={said}", said, "--no {prompt}", "{prompt}")
    launch = await prepared(agents["mine"], order, prompt=None)
    assert launch.argv[1:] == ("--ask=", "--no ")
    with pytest.raises(HedgerowError, match=r"has no \{prompt\}"):
        await prepared(agents["amp"], order)
    assert (await prepared(agents["amp"], order, prompt=None)).argv[1:] == ("-a",)


def test_what_is_allowed_is_exactly_these_words() -> None:
    one, same, other = (
        command_agents({"a": words})["a"].line.sha256 for words in (["x", "a b"], ["x", "a b"], ["x", "a", "b"])
    )
    assert one == same != other


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["missing"], "there is no missing on your PATH"),
        (["./tool"], "its whole path"),
        (["bin/tool"], "its whole path"),
        (["/no/such/tool"], "is not installed"),
        (["/tmp"], "is not installed"),
        ([], "is empty"),
        ([""], "is empty"),
    ],
)
async def test_a_program_that_is_not_there(order: Order, argv: list[str], reason: str) -> None:
    agent = command_agents({"mine": argv})["mine"]
    assert agent.program(order.environment) is None
    with pytest.raises(HedgerowError, match=reason) as caught:
        await agent.prepare(order)
    assert caught.value.code == ErrorCode.NO_AGENT


async def test_nothing_that_lies_in_the_checkout_is_run(order: Order, home: Home) -> None:
    """A PATH with `.` in it, as some have."""
    program(home.root / "only-here", "exit 0")
    agent = command_agents({"mine": ["only-here"]})["mine"]
    assert agent.program({"PATH": ".::bin:/usr/bin"}) is None


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"hook_event_name": "SessionStart"}, Status.IDLE),
        ({"hook_event_name": "UserPromptSubmit"}, Status.BUSY),
        ({"hook_event_name": "PreToolUse"}, Status.BUSY),
        ({"hook_event_name": "PermissionRequest"}, Status.WAITING),
        ({"hook_event_name": "Stop"}, Status.IDLE),
        ({"hook_event_name": "StopFailure"}, Status.FAILED),
        ({"hook_event_name": "SessionEnd"}, None),
        ({"hook_event_name": "SomethingNew"}, None),
        ({"hook_event_name": ["Stop"], "cwd": 3, "last_assistant_message": {}}, None),
    ],
)
def test_what_an_event_says(payload: dict[str, object], status: Status | None) -> None:
    agent = command_agents({})["aider"]
    heard = agent.heard(Event("s1", payload, 1.0))
    assert heard.status is status
    assert heard.ended is (payload["hook_event_name"] == "SessionEnd")
    assert (heard.question is not None) is (status is Status.WAITING)


def test_a_question_says_what_and_where() -> None:
    event = Event("s1", {"hook_event_name": "PermissionRequest", "tool_name": "Bash\x1b[31m"}, 1.0)
    question = command_agents({})["aider"].heard(event).question
    assert question is not None
    assert (question.text, question.answerable, question.where) == ("wants to use Bash", False, "in its terminal")


@pytest.mark.parametrize(
    ("name", "screen", "asks"),
    [
        ("gemini", " │ Do you trust the files in this folder?  │\n", True),
        ("copilot", "│ Confirm folder trust    │\n", True),
        ("gemini", "◇ Ready", False),
        ("opencode", "│ Confirm folder trust    │\n", False),
    ],
)
def test_dialogs_are_recognised(name: str, screen: str, asks: bool) -> None:
    question = command_agents({})[name].dialog(screen)
    assert (question is not None) is asks
    if question is not None:
        assert (question.kind, question.answerable) == (QuestionKind.DIALOG, False)


async def test_what_cannot_be_done_is_said(order: Order, home: Home) -> None:
    agent = command_agents({})["aider"]
    held = Held(session="s1", conversation=None, agent_home=home.home, cwd=home.root)
    with pytest.raises(HedgerowError, match="type it where it runs"):
        await agent.send(held, "text")
    assert await agent.look(home.home) == []


async def test_no_text_answers_a_dialog(terminals: Terminals, order: Order, home: Home) -> None:
    seen = home.root / "seen"
    program(home.root / "bin" / "gemini", f"echo 'Do you trust the files in this folder?'; read line; echo > {seen}")
    agent = command_agents({})["gemini"]
    terminal = await started(terminals, agent, order)
    with pytest.raises(HedgerowError, match="asks whether you trust this folder; answer that in its terminal"):
        await agent.send(Held("s1", None, home.home, home.root, pane=terminal), "yes")
    assert not seen.exists()
    assert (await terminal.state()).alive
    await terminal.kill()


TALKER = """
import json, os, subprocess, sys
def tell(name, **fields):
    event = json.dumps({"hook_event_name": name, **fields})
    subprocess.run(["/bin/sh", "-c", os.environ["HEDGEROW_HOOK"]], input=event, text=True, check=True)
tell("SessionStart")
print("ready> ", end="", flush=True)
for line in sys.stdin:
    tell("UserPromptSubmit", prompt=line.strip())
    tell("Stop", last_assistant_message="did " + line.strip())
    print("ready> ", end="", flush=True)
"""
"""An agent of a person's own."""


async def started(terminals: Terminals, agent: Agent, order: Order) -> Terminal:
    launch = await agent.prepare(order)
    return await terminals.start(order.session, launch.argv, order.cwd, {**order.environment, **launch.env})


async def test_an_agent_of_ones_own_tells_what_it_does(terminals: Terminals, order: Order, home: Home) -> None:
    """With what every launch has: a terminal, and our hook in the environment."""
    source = home.root / "talker.py"
    source.write_text(TALKER)
    agent = command_agents({"talker": [sys.executable, str(source)]})["talker"]
    inbox, heard = Inbox(order.inbox), []
    serving = asyncio.create_task(inbox.serve(lambda event: heard.append(agent.heard(event)) or True))
    await asyncio.sleep(0)
    terminal = await started(terminals, agent, dataclasses.replace(order, prompt=None))
    held = Held("s1", None, home.home, home.root, pane=terminal, pid=terminal.pid)
    await agent.send(held, "fix the test")
    end = time.monotonic() + 60
    while len(heard) < 3:
        assert time.monotonic() < end, await terminal.screen()
        await asyncio.sleep(0.02)
    assert [each.status for each in heard] == [Status.IDLE, Status.BUSY, Status.IDLE]
    assert heard[-1].message == "did fix the test"
    serving.cancel()
    await terminal.kill()


async def test_the_scripted_agent_of_the_demo_runs_as_one(terminals: Terminals, order: Order, home: Home) -> None:
    script = Path(__file__).parents[3] / "tools" / "demo" / "agent.py"
    (home.root / "beds" / "bed_01").mkdir(parents=True)
    agent = command_agents({"scripted": [sys.executable, str(script), "{prompt}", "1"]})["scripted"]
    terminal = await started(terminals, agent, dataclasses.replace(order, prompt="Ada"))
    end = time.monotonic() + 60
    while (state := await terminal.state()).alive:
        assert time.monotonic() < end, await terminal.screen()
        await asyncio.sleep(0.02)
    assert state.code == 0, await terminal.capture(20)
    assert "Ada was here" in (home.root / "beds/bed_01/plant_032.py").read_text()
    await terminal.kill()


async def test_a_prompt_is_typed_once_the_program_rests(terminals: Terminals, order: Order, home: Home) -> None:
    """It draws for a while before it reads, as agents do, and throws away what was typed before."""
    seen = home.root / "seen"
    source = (
        "import sys, termios, time\n"
        "for n in range(8): print('loading', n, flush=True); time.sleep(0.1)\n"
        "termios.tcflush(0, termios.TCIFLUSH)\n"
        "print('> ', end='', flush=True)\n"
        f"open({str(seen)!r}, 'w').write(sys.stdin.readline())\n"
    )
    agent = command_agents({"slow": [sys.executable, "-c", source]})["slow"]
    terminal = await started(terminals, agent, dataclasses.replace(order, prompt=None))
    await agent.send(Held("s1", None, home.home, home.root, pane=terminal), json.dumps({"a": 1}))
    end = time.monotonic() + 60
    while not (seen.exists() and seen.read_text()):
        assert time.monotonic() < end, await terminal.screen()
        await asyncio.sleep(0.02)
    assert seen.read_text() == '{"a": 1}\n'
    await terminal.kill()
