"""Sessions over the wire: the scripted agent in real tmux, two editors, and servers that come and go."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import LIMIT, Client, RefusedError
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.scripted import LAUNCH_LINES, living_shortly
from tests.support.until import until

Row = dict[str, Any]
OPTIONS = {"settings": {"launchLines": LAUNCH_LINES}, "asks": True}


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    with living_shortly() as made:
        yield made


@pytest.fixture
def repository(playground: Playground) -> Path:
    return playground.repository()


async def opened(client: Client, repository: Path) -> None:
    await client.initialize(repository, options=OPTIONS)
    await client.command("list", wait=True)


async def told(client: Client, session: str, *phases: str, after: int = 0) -> Row:
    """The row of a session once it was told to be in one of these phases."""
    found: list[Row] = []

    def wanted(news: Any) -> bool:
        rows = [row for row in news["sessions"] if row["id"] == session and row["phase"] in phases]
        found[:] = rows or found
        return bool(rows)

    await client.notification("hedgerow/listChanged", wanted, after=after)
    return found[-1]


def news(client: Client) -> list[str]:
    return [m["params"]["message"] for m in client.messages if m.get("method") == "hedgerow/attention"]


async def test_from_a_prompt_to_an_archive(client: Client, repository: Path, home: Home) -> None:
    await opened(client, repository)
    params = {"agent": "scripted", "label": "mine", "prompt": f"write fruit.txt apple; ask Bash; hold {home.root}/go"}
    started = await client.command("start", **params)
    session = started["session"]["id"]
    assert started["plan"] is None
    assert started["message"].startswith("Started scripted in write-fruit-txt-apple-ask; ")
    waiting = await told(client, session, "waiting")
    assert waiting["question"]["text"] == "wants to use Bash"
    await client.notification(
        "hedgerow/attention", lambda said: said["message"] == "mine waits for you: wants to use Bash"
    )
    with pytest.raises(RefusedError) as caught:
        await client.command("archive", session=session)
    assert caught.value.data["code"] == "busy"
    attach = (await client.command("attach", session=session))["launch"]
    assert attach["argv"][0] == "tmux"
    press = [*attach["argv"][:4], "send-keys", "-t", f"={session}:", "yes", "Enter"]
    process = await asyncio.create_subprocess_exec(*press, env=home.environment(attach["env"]))
    assert await process.wait() == 0
    await told(client, session, "working", after=len(client.messages))
    (home.root / "go").touch()
    await told(client, session, "done")
    await client.notification("hedgerow/attention", lambda said: said["message"] == "mine is done")
    seen = len(client.messages)
    await client.command("markSeen", session=session)
    await told(client, session, "idle", after=seen)
    logs = await client.command("logs", session=session)
    assert "May I use Bash?" in logs["text"]
    planned = await client.command("archive", session=session)
    assert [loss["text"] for loss in planned["plan"]["losses"]]
    put_away = await client.command("archive", session=session, token=planned["plan"]["token"])
    assert put_away["session"]["archived"]
    assert not Path(started["paths"][0]).exists()
    listed = (await client.command("list", wait=True))["sessions"]
    assert session not in [row["id"] for row in listed]
    assert await client.leave() == 0


async def test_two_editors_are_told_of_everything_and_notified_once(
    start_server: StartServer, repository: Path
) -> None:
    async with start_server() as here, start_server() as there:
        await opened(here, repository)
        await opened(there, repository)
        for number, prompt in enumerate(("say done", "fail", "ask Bash", "exit 3")):
            started = await here.command("start", agent="scripted", prompt=prompt, name=f"n{number}", label=prompt)
            phase = ("done", "failed", "waiting", "failed")[number]
            rows = [await told(each, started["session"]["id"], phase) for each in (here, there)]
            assert rows[0]["since"] == rows[1]["since"], "both know since when"
        expected = {
            "say done is done", "fail has failed: overloaded", "ask Bash waits for you: wants to use Bash",
            "exit 3 has failed: the agent ended with exit status 3",
        }  # fmt: skip
        # What is told twice is told the second time before what happens later.
        last = await there.command("start", agent="scripted", prompt="say last", name="last", label="last")
        for each in (here, there):
            await told(each, last["session"]["id"], "done")
        async with asyncio.timeout(LIMIT):
            while "last is done" not in news(here) + news(there):
                await asyncio.sleep(0.02)
        assert sorted(news(here) + news(there)) == sorted(expected | {"last is done"})


async def test_an_agent_outlives_its_editor_and_is_there_in_the_next(
    start_server: StartServer, repository: Path, home: Home
) -> None:
    async with start_server() as first:
        await opened(first, repository)
        started = await first.command("start", agent="scripted", prompt=f"hold {home.root}/go; say on", name="one")
        row = await told(first, started["session"]["id"], "working")
        first.process.send_signal(signal.SIGKILL)
    assert psutil.pid_exists(row["pid"])
    (home.root / "go").touch()
    inbox = home.hedgerow_state / "inbox"
    until(lambda: len(list(inbox.glob("[0-9]*"))) >= 1, "the end of the turn to lie in the inbox")
    async with start_server() as second:
        await second.initialize(repository, options=OPTIONS)
        await second.command("list")
        done = await told(second, row["id"], "done")
        assert (done["lastMessage"], done["pid"], done["host"]) == ("on", row["pid"], "tmux")
        await second.notification("hedgerow/attention", lambda said: said["session"]["id"] == row["id"])


async def test_what_waits_for_the_end_of_a_turn_waits_through_a_restart_of_the_server(
    start_server: StartServer, repository: Path, home: Home
) -> None:
    async with start_server() as first:
        await opened(first, repository)
        prompt = f"write agent.txt one; hold {home.root}/go; say done"
        started = await first.command("start", agent="scripted", prompt=prompt, name="work")
        row = await told(first, started["session"]["id"], "working")
        file = Path(row["path"]) / "agent.txt"
        until(file.exists, "the agent's file")
        await first.command("reject", checkout="work", paths=["agent.txt"])
        first.process.kill()
    async with start_server() as second:
        await opened(second, repository)
        await second.command("create", name="other")  # by then the server has kept its house
        assert file.read_text() == "one\n", "it was written under a working agent"
        (home.root / "go").touch()
        await told(second, row["id"], "done")
        await asyncio.to_thread(until, lambda: not file.exists(), "the rejection")


async def test_how_one_ended_while_no_editor_was_open_is_known(
    start_server: StartServer, repository: Path, home: Home
) -> None:
    async with start_server() as first:
        await opened(first, repository)
        started = await first.command("start", agent="scripted", prompt=f"hold {home.root}/go; exit 9", name="one")
        row = await told(first, started["session"]["id"], "working")
        assert await first.leave() == 0
    (home.root / "go").touch()
    until(lambda: not psutil.pid_exists(row["pid"]) or psutil.Process(row["pid"]).status() == "zombie", "its end")
    async with start_server() as second:
        await opened(second, repository)
        listed = (await second.command("list", wait=True))["sessions"]
        assert [(each["phase"], each["detail"]) for each in listed] == [
            ("failed", "the agent ended with exit status 9")
        ]


async def test_a_restart_of_the_machine_leaves_nobody_at_work(
    start_server: StartServer, repository: Path, home: Home
) -> None:
    """All processes are gone at once, and their numbers belong to others."""
    async with start_server() as first:
        await opened(first, repository)
        rows = []
        for number in range(2):
            started = await first.command("start", agent="copilot", prompt=f"hold {home.root}/never", name=f"n{number}")
            rows.append(await told(first, started["session"]["id"], "working"))
        first.process.kill()
    home.end_terminals()
    for row in rows:
        until(lambda row=row: not psutil.pid_exists(row["pid"]), "the agents to be gone")  # type: ignore[misc]
    async with start_server() as second:
        await opened(second, repository)
        listed = (await second.command("list", wait=True))["sessions"]
        assert {each["id"]: (each["phase"], each["host"]) for each in listed} == {
            row["id"]: ("parked", "nothing") for row in rows
        }
        again = await second.command("resume", session=rows[0]["id"])
        assert again["session"]["conversation"] == rows[0]["conversation"]


async def test_the_program_of_the_person_s_choice_is_told(client: Client, repository: Path, home: Home) -> None:
    heard = home.root / "heard.json"
    program = home.root / "notify"
    program.write_text(f'#!/bin/sh\ncat >"{heard}.part" && mv "{heard}.part" "{heard}"\n')
    program.chmod(0o755)
    settings = {**OPTIONS["settings"], "notify": [str(program)]}  # type: ignore[dict-item]
    await client.initialize(repository, options={**OPTIONS, "settings": settings})
    await client.command("list", wait=True)
    started = await client.command("start", agent="scripted", prompt="say it is done", name="one", label="mine")
    await told(client, started["session"]["id"], "done")
    until(heard.exists, "the person's program")
    said = json.loads(heard.read_text())
    assert (said["message"], said["session"]["id"]) == ("mine is done", started["session"]["id"])


async def test_a_session_that_the_shell_started_is_told_to_the_editor(
    client: Client, repository: Path, home: Home
) -> None:
    await opened(client, repository)
    settings = home.home / ".config" / "hedgerow" / "settings.toml"
    settings.parent.mkdir(parents=True)
    lines = [f"{name} = {json.dumps(argv)}" for name, argv in LAUNCH_LINES.items()]
    settings.write_text("[launchLines]\n" + "\n".join(lines) + "\n")
    answer = await asyncio.to_thread(
        shell, home, repository, "start", "scripted", "say hello", "--name", "one", "--json",
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert answer.exit_code == 0, answer.errors
    row = await told(client, answer.json["session"]["id"], "done")
    stopped = await asyncio.to_thread(shell, home, repository, "stop", row["id"])
    assert stopped.exit_code == 0, stopped.errors
    ended = await told(client, row["id"], "ended")
    assert ended["host"] == "nothing"
    assert Path(row["path"]).is_dir()


async def test_what_belongs_to_a_folder_that_is_not_open_is_only_listed_with_all(
    client: Client, repository: Path, playground: Playground
) -> None:
    await opened(client, repository)
    other = playground.repository("other")
    here = await client.command("start", agent="scripted", prompt="say here", checkout="Local")
    there = await client.command("start", agent="scripted", prompt="say there", repository=str(other), name="one")
    for each in (here, there):
        await told(client, each["session"]["id"], "done")
    ids = {name: each["session"]["id"] for name, each in (("here", here), ("there", there))}
    listed = (await client.command("list", wait=True))["sessions"]
    assert {row["id"] for row in listed} == {ids["here"]}
    everything = (await client.command("list", wait=True, all=True))["sessions"]
    assert {row["id"] for row in everything} == set(ids.values())


@pytest.mark.parametrize(
    "params",
    [
        {"prompt": 3}, {"arguments": "--model"}, {"terminal": "screen"}, {"carry": "all"}, {"nothing": True},
        {"setup": {"sha256": 1}},
    ],
)  # fmt: skip
async def test_params_that_are_none(client: Client, repository: Path, params: Row) -> None:
    await opened(client, repository)
    with pytest.raises(RefusedError) as caught:
        await client.command("start", agent="scripted", **params)
    assert caught.value.code == -32602
    assert next(iter(params)) in caught.value.message
    assert (await client.command("list", wait=True))["sessions"] == []
