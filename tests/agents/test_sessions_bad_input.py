"""Agents that are missing, broken or loud, a tmux that is missing or old, rubbish where agents write: a clear state."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.agents.scene import Scene, soon
from tests.lsp.framed import RefusedError
from tests.support.agent_home import AgentHome
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tests.support.tmux import Tmux

import hedgerow.sessions.hook

pytestmark = pytest.mark.agents

AGENTS = ["claude", "codex"]


@pytest.fixture(params=AGENTS)
async def scene(
    request: pytest.FixtureRequest, agent_home: AgentHome, model: ModelServer, playground: Playground
) -> AsyncIterator[Scene]:
    async with Scene.opened(request.param, agent_home, model, playground) as opened:
        yield opened


def stand_in(folder: Path, name: str, text: str) -> None:
    """A program of that name, found before the real one."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def without(name: str, folder: Path) -> str:
    """A PATH with everything of the system's but one program."""
    folder.mkdir()
    for place in ("/usr/local/bin", "/usr/bin", "/bin"):
        for program in Path(place).iterdir():
            link = folder / program.name
            if program.name != name and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


@pytest.mark.parametrize("lack", ["missing", "too old"])
@pytest.mark.parametrize("agent", AGENTS)
async def test_without_tmux_the_editor_hosts_it(
    agent: str, lack: str, agent_home: AgentHome, model: ModelServer, playground: Playground, tmux: Tmux
) -> None:
    folder = playground.directory / "bin"
    if lack == "missing":
        agent_home.extra["PATH"] = f"{agent_home.bin}:{without('tmux', folder)}"
    else:
        stand_in(folder, "tmux", "echo tmux 2.9")
        agent_home.extra["PATH"] = f"{folder}:{agent_home.environment()['PATH']}"
    async with Scene.opened(agent, agent_home, model, playground) as scene:
        served = scene.served
        with pytest.raises(RefusedError, match=r"tmux (is not installed|2\.9 is too old)"):
            await served.start(agent, checkout="Local", terminal="tmux")
        case = scene.case(f"tmux {lack}, hosted by the editor")
        started = await served.command("start", agent=agent, prompt=script({"say": "In the editor"}), name="fruit")
        launch, row = started["launch"], started["session"]
        assert {"missing": "not installed", "too old": "2.9"}[lack] in " ".join(started["adds"])
        env = {**agent_home.environment(), **launch["env"]}
        await asyncio.to_thread(tmux.start, "editor", launch["argv"], Path(launch["cwd"]), env)
        done = await case.went(row, "[parked] starting [working] done", lastMessage="In the editor")
        assert done["host"] == "editor"
        with pytest.raises(RefusedError, match="terminal of the editor"):
            await served.command("attach", session=row["id"])
        await asyncio.to_thread(tmux.run, "kill-session", "-t", "editor")
        if agent == "claude":
            await served.until(row["id"], "parked", host="nothing")


@pytest.mark.parametrize("agent", AGENTS)
async def test_an_agent_that_is_missing_or_of_no_use(
    agent: str, agent_home: AgentHome, model: ModelServer, playground: Playground
) -> None:
    folder = playground.directory / "bin"
    folder.mkdir()
    agent_home.extra["PATH"] = f"{folder}:/usr/local/bin:/usr/bin:/bin"
    async with Scene.opened(agent, agent_home, model, playground) as scene:
        served = scene.served
        with pytest.raises(RefusedError, match="is not on your PATH"):
            await served.start(agent, "hello", name="fruit")
        assert not (scene.worktrees / "fruit").exists(), "nothing was made for it"
        stand_in(folder, agent, "echo 'error: unknown option --of-tomorrow' >&2; exit 3")
        started = await served.command("start", agent=agent, prompt="hello", name="fruit")
        if agent == "codex":
            assert "unknown option" in started["warnings"][-1], started
            assert started["session"] is None
            assert not any(row["ours"] for row in await served.list(past=True))
        else:
            failed = await served.until(started["session"]["id"], "failed")
            assert failed["detail"] == "the agent ended with exit status 3"
            shown = await served.command("logs", session=failed["id"])
            assert "unknown option --of-tomorrow" in shown["text"]
        assert (scene.worktrees / "fruit").exists()


async def test_what_could_steer_a_terminal_is_told_without_it(scene: Scene) -> None:
    served = scene.served
    loud = "\x1b]0;evil\x07Red \x1b[31malarm\x1b[2J\x9b1m\x00 \u202egniht\n"
    row, _ = await scene.idle("fruit")
    await served.command("rename", checkout=row["id"], label="Fruit")
    await served.command("send", session=row["id"], text=script({"say": loud}))
    done = await served.until(row["id"], "done")
    await served.told(row["id"], "done")
    for text in (json.dumps(done, ensure_ascii=False), json.dumps(served.news, ensure_ascii=False)):
        assert not any(each < " " or "\x7f" <= each <= "\x9f" or each == "\u202e" for each in text), text
        assert "\\u001b" not in text
    assert "alarm" in done["lastMessage"]
    loud_one = await served.start(scene.agent, f"\x1b[31mPaint\x07 it {script({'say': 'Painted'})}", name="paint")
    painted = await served.until(loud_one["id"], "done", lastMessage="Painted")
    assert "Paint it" in painted["label"]
    assert "\x1b" not in painted["label"]


async def test_rubbish_where_agents_and_hooks_write(scene: Scene) -> None:
    served, home = scene.served, scene.agents
    row, _ = await scene.idle("fruit")
    inbox = home.home.hedgerow_state / "inbox"
    for name, content in (("nonsense", b"\xff\x00"), (f"{1:020}-1", b"{"), (f"{2:020}-2", b"[]" * 100_000)):
        (inbox / name).write_bytes(content)
    (inbox / f"{3:020}-3").mkdir()
    os.mkfifo(inbox / f"{4:020}-4")
    (inbox / f"{5:020}-5").symlink_to("/etc/passwd")
    told = {"hook_event_name": "Stop", "session_id": "nobody", "last_assistant_message": "nothing"}
    subprocess.run(
        [sys.executable, "-I", "-S", hedgerow.sessions.hook.__file__, str(inbox), "a-nobody"],
        input=json.dumps(told).encode(), check=True,
    )  # fmt: skip
    projects = home.claude / "projects" / "rubbish"
    projects.mkdir(parents=True, exist_ok=True)
    (projects / "0b0b0b0b-0000-4000-8000-000000000000.jsonl").write_bytes(b'{"type":"user"\n\xff\xfe[[[[\n' * 1000)
    (home.claude / "sessions").mkdir(exist_ok=True)
    (home.claude / "sessions" / "1.json").write_text('{"sessionId": 7, "cwd": []}')
    (home.claude / "sessions" / f"{os.getpid()}.json").write_text('{"sessionId": "half", "cw')
    rollouts = home.codex / "sessions" / "2026" / "11" / "20"
    rollouts.mkdir(parents=True, exist_ok=True)
    (rollouts / "rollout-2026-11-20T00-00-00-0b0b0b0b-0000-4000-8000-000000000000.jsonl").write_bytes(b"{\xff" * 5000)
    if scene.agent == "claude":
        (home.codex / "state_9.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    case = scene.case("a turn amid rubbish")
    await served.command("send", session=row["id"], text=script({"say": "Untouched"}))
    await case.went(row, "[working] done", lastMessage="Untouched")
    assert {one["id"] for one in await served.list(past=True, all=True)} == {row["id"]}
    await soon(lambda: (inbox / "rubbish").is_dir() and not (inbox / f"{2:020}-2").exists(), "it to be put aside")
    assert served.client.process.returncode is None
