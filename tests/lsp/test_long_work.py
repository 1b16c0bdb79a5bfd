"""Progress and cancellation of a command that takes long: creating a worktree whose set-up script waits."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.lsp.framed import LIMIT, Client, RefusedError
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground, Program

CANCELLED = -32800
SCRIPT = '#!/bin/sh\necho $$ > "$HOME/running"\necho "installing what is needed"\nsleep 600\n'
BARS = {"window": {"workDoneProgress": True}}


@pytest.fixture
def repository(playground: Playground) -> Path:
    return playground.repository(files={"a.txt": "one\n", ".hedgerow/setup.sh": Program(SCRIPT)})


async def planned(client: Client) -> dict[str, Any]:
    """Params of a create whose script was allowed. Whatever a first command writes is there afterwards."""
    params: dict[str, Any] = {"name": "slow", "setup": {"sha256": hashlib.sha256(SCRIPT.encode()).hexdigest()}}
    answer = await client.command("create", **params, dryRun=True)
    return {**params, "token": answer["plan"]["token"]}


async def create(client: Client, token: str | int | None = None, params: dict[str, Any] | None = None) -> int:
    """Ask for a worktree whose script runs; answers the request's id."""
    call: dict[str, Any] = {"command": "hedgerow.create", "arguments": [params or await planned(client)]}
    if token is not None:
        call["workDoneToken"] = token
    return await client.ask("workspace/executeCommand", call)


async def script_runs(home: Home) -> psutil.Process:
    async def noted() -> int:
        file = home.home / "running"
        while not (file.exists() and file.read_text().strip()):
            await asyncio.sleep(0.01)
        return int(file.read_text())

    return psutil.Process(await asyncio.wait_for(noted(), LIMIT))


async def test_a_cancelled_command_stops_and_leaves_nothing_behind(
    client: Client, home: Home, repository: Path
) -> None:
    await client.initialize(repository, options={"asks": True})
    params = await planned(client)
    before = Oracle(home).observe(repository)
    request = await create(client, params=params)
    script = await script_runs(home)
    children = [script, *script.children(recursive=True)]

    await client.notify("$/cancelRequest", {"id": request})

    with pytest.raises(RefusedError) as caught:
        await client.answer(request)
    assert caught.value.code == CANCELLED
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    assert not (repository.parent / f"{repository.name}.worktrees" / "slow").exists()
    assert difference(before, Oracle(home).observe(repository)) == []
    assert len((await client.command("list"))["checkouts"]) == 1


@pytest.mark.parametrize("token", ["ours", 7])
async def test_progress_goes_to_the_token_that_came_with_the_command(
    client: Client, home: Home, repository: Path, token: str | int
) -> None:
    await client.initialize(repository, options={"asks": True}, capabilities=BARS)
    client.on_request["window/workDoneProgress/create"] = lambda _: pytest.fail("no other bar is wanted")
    request = await create(client, token)

    begin = await client.notification("$/progress", lambda p: p["value"]["kind"] == "begin")
    assert begin["token"] == token
    assert begin["value"]["title"]
    assert begin["value"]["cancellable"] is True
    report = await client.notification("$/progress", lambda p: "installing" in (p["value"].get("message") or ""))
    assert report["token"] == token

    await client.notify("window/workDoneProgress/cancel", {"token": token})

    with pytest.raises(RefusedError) as caught:
        await client.answer(request)
    assert caught.value.code == CANCELLED
    end = await client.notification("$/progress", lambda p: p["value"]["kind"] == "end")
    assert end["token"] == token
    assert not (repository.parent / f"{repository.name}.worktrees" / "slow").exists()


async def test_without_a_token_a_bar_is_asked_for_and_its_cancel_button_works(
    client: Client, home: Home, repository: Path
) -> None:
    await client.initialize(repository, options={"asks": True}, capabilities=BARS)
    client.on_request["window/workDoneProgress/create"] = lambda _: None
    request = await create(client)

    asked = await client.notification("window/workDoneProgress/create")
    token = asked["token"]
    begin = await client.notification("$/progress", lambda p: p["value"]["kind"] == "begin")
    assert begin["token"] == token

    await script_runs(home)
    await client.notify("window/workDoneProgress/cancel", {"token": token})

    with pytest.raises(RefusedError) as caught:
        await client.answer(request)
    assert caught.value.code == CANCELLED
    await client.notification(
        "$/progress", lambda p: p == {"token": token, "value": {"kind": "end", "message": "Cancelled"}}
    )
    # The token is forgotten: a second cancel finds nothing, and the server goes on.
    await client.notify("window/workDoneProgress/cancel", {"token": token})
    assert len((await client.command("list"))["checkouts"]) == 1


async def test_a_client_that_shows_no_bars_is_asked_for_none(client: Client, home: Home, repository: Path) -> None:
    await client.initialize(repository, options={"asks": True})
    request = await create(client)
    await script_runs(home)
    await client.notify("$/cancelRequest", {"id": request})
    with pytest.raises(RefusedError):
        await client.answer(request)

    assert not [m for m in client.messages if m.get("method") in ("window/workDoneProgress/create", "$/progress")]


async def test_a_client_that_refuses_a_bar_has_its_command_all_the_same(
    client: Client, home: Home, repository: Path
) -> None:
    await client.initialize(repository, options={"asks": True}, capabilities=BARS)
    request = await create(client)
    await client.notification("window/workDoneProgress/create")
    await script_runs(home)

    await client.notify("$/cancelRequest", {"id": request})
    with pytest.raises(RefusedError) as caught:
        await client.answer(request)
    assert caught.value.code == CANCELLED
    assert not [m for m in client.messages if m.get("method") == "$/progress"]


async def test_other_requests_are_served_meanwhile(client: Client, home: Home, repository: Path) -> None:
    await client.initialize(repository, options={"asks": True})
    request = await create(client)
    await script_runs(home)

    assert (await client.command("doctor"))["version"]

    await client.notify("$/cancelRequest", {"id": request})
    with pytest.raises(RefusedError):
        await client.answer(request)


@pytest.mark.parametrize("end", ["exit", "shutdown", "close", "kill"])
async def test_a_command_under_way_is_stopped_when_the_server_ends(
    client: Client, home: Home, repository: Path, end: str
) -> None:
    await client.initialize(repository, options={"asks": True})
    params = await planned(client)
    before = Oracle(home).observe(repository)
    await create(client, params=params)
    script = await script_runs(home)

    if end == "exit":
        await client.notify("exit", None)
    elif end == "shutdown":
        await client.leave()
    elif end == "close":
        assert client.process.stdin is not None
        client.process.stdin.close()
    else:
        client.process.terminate()

    await client.exit_code()
    assert not script.is_running() or script.status() == psutil.STATUS_ZOMBIE
    assert difference(before, Oracle(home).observe(repository)) == []
