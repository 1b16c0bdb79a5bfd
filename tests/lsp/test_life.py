"""From the first byte to the exit code: what a client may rely on around its session."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import LIMIT, Client, RefusedError
from tests.support.home import Home
from tests.support.repositories import Playground

INVALID_REQUEST, NOT_INITIALIZED = -32600, -32002

HEAVY = (
    "git",
    "watchdog",
    "sqlite3",
    "psutil",
    "platformdirs",
    "cyclopts",
    "rich",
    "coolname",
    "hedgerow.app",
    "hedgerow.journal",
)
"""What costs time and is not needed to answer `initialize`."""


async def test_initialize_says_who_the_server_is_and_what_it_does(client: Client) -> None:
    answer = await client.initialize()

    commands = answer["capabilities"]["executeCommandProvider"]["commands"]
    assert {"hedgerow.list", "hedgerow.create", "hedgerow.cleanUp", "hedgerow.restore", "hedgerow.undo"} <= set(
        commands
    )
    assert answer["capabilities"]["experimental"] == {"hedgerow": {"protocolVersion": 1}}
    assert answer["serverInfo"]["name"] == "hedgerow"
    assert answer["serverInfo"]["version"]
    assert answer["capabilities"]["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}
    assert answer["capabilities"]["textDocumentSync"]["openClose"]
    assert answer["capabilities"]["textDocumentSync"]["save"]


async def test_requests_before_initialize_are_refused_and_notifications_ignored(client: Client) -> None:
    await client.notify("textDocument/didOpen", {})
    with pytest.raises(RefusedError) as caught:
        await client.command("list")
    assert caught.value.code == NOT_INITIALIZED
    with pytest.raises(RefusedError) as caught:
        await client.request("shutdown", None)
    assert caught.value.code == NOT_INITIALIZED

    assert await client.initialize()


async def test_initialize_comes_once(client: Client) -> None:
    await client.initialize()

    with pytest.raises(RefusedError) as caught:
        await client.initialize()

    assert caught.value.code == INVALID_REQUEST


async def test_a_command_in_the_same_breath_as_initialize_is_served(client: Client) -> None:
    initialize = await client.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    listed = await client.ask("workspace/executeCommand", {"command": "hedgerow.list"})

    assert await client.answer(initialize)
    assert (await client.answer(listed))["checkouts"] == []


async def test_capabilities_that_this_version_cannot_read_keep_no_client_out(client: Client) -> None:
    unreadable = {"textDocument": {"completion": {"completionItemKind": {"valueSet": ["new"]}}}, "window": 5, "new": {}}

    assert await client.initialize(capabilities=unreadable)


async def test_after_shutdown_only_exit_is_served_and_its_code_is_0(client: Client) -> None:
    await client.initialize()
    assert await client.request("shutdown", None) is None

    with pytest.raises(RefusedError) as caught:
        await client.command("list")
    assert caught.value.code == INVALID_REQUEST

    await client.notify("exit", None)
    assert await client.exit_code() == 0


async def test_exit_without_shutdown_is_1(client: Client) -> None:
    await client.initialize()

    await client.notify("exit", None)

    assert await client.exit_code() == 1


async def test_exit_before_initialize_is_1(client: Client) -> None:
    await client.notify("exit", None)

    assert await client.exit_code() == 1


async def test_a_client_that_closes_its_end_ends_the_server(client: Client) -> None:
    await client.initialize()
    assert client.process.stdin is not None

    client.process.stdin.close()

    assert await client.exit_code() == 1


async def test_a_signal_ends_the_server(client: Client) -> None:
    await client.initialize()

    client.process.send_signal(signal.SIGTERM)

    assert await client.exit_code() == 1


async def test_nothing_that_prints_reaches_the_client(start_server: StartServer) -> None:
    program = """
        import os, subprocess, sys
        from hedgerow.lsp.main import serve
        from hedgerow.lsp.server import HedgerowServer
        begin = HedgerowServer.begin
        def begin_and_print(self, params):
            print("printed", flush=True)
            os.write(1, b"written")
            assert subprocess.run(["cat"], stdout=subprocess.PIPE).stdout == b"", "a child read the client's messages"
            subprocess.run(["echo", "by a child"])
            begin(self, params)
        HedgerowServer.begin = begin_and_print
        sys.exit(serve())
    """
    async with start_server([sys.executable, "-c", textwrap.dedent(program)]) as client:
        await client.initialize()
        assert (await client.command("list"))["checkouts"] == []
        assert await client.leave() == 0
    assert b"printed" in client.stderr and b"by a child" in client.stderr


async def test_a_server_without_stderr_writes_its_log_into_nothing_else(start_server: StartServer, home: Home) -> None:
    program = ["sh", "-c", f"exec {sys.executable} -m hedgerow.lsp 2>&-"]
    async with start_server(program) as client:
        await client.initialize(options={"colour": "red"})
        await client.notification("window/showMessage")
        await client.command("list")
        descriptor = Path(f"/proc/{client.process.pid}/fd/2")
        assert os.readlink(descriptor) == os.devnull
        assert await client.leave() == 0
    for path in home.hedgerow_state.rglob("*"):
        assert not path.is_file() or path.parent.name == "logs" or b"is ignored" not in path.read_bytes()


@pytest.fixture
def ended(home: Home) -> Iterator[list[int]]:
    """Processes that are killed at the end, whoever started them."""
    processes: list[int] = []
    yield processes
    for process in processes:
        if psutil.pid_exists(process):
            os.kill(process, signal.SIGKILL)


async def test_the_server_goes_with_its_client_even_when_another_process_holds_the_pipe(
    home: Home, ended: list[int]
) -> None:
    program = """
        import json, os, subprocess, sys, time
        theirs, ours = os.pipe()
        answers, to_us = os.pipe()
        server = subprocess.Popen([sys.executable, "-m", "hedgerow.lsp"], stdin=theirs, stdout=to_us)
        holder = subprocess.Popen(["sleep", "600"], pass_fds=(ours, answers), stdout=subprocess.DEVNULL)
        params = {"processId": os.getpid(), "rootUri": None, "capabilities": {}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).encode()
        os.write(ours, b"Content-Length: %d\\r\\n\\r\\n%b" % (len(body), body))
        assert os.read(answers, 16).startswith(b"Content-Length")
        print(json.dumps([server.pid, holder.pid]), flush=True)
        time.sleep(600)
    """
    editor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(program), stdout=asyncio.subprocess.PIPE, env=home.environment()
    )
    ended.append(editor.pid)
    assert editor.stdout is not None
    server, holder = json.loads(await asyncio.wait_for(editor.stdout.readline(), LIMIT))
    ended.extend([server, holder])
    process = psutil.Process(server)

    editor.kill()
    await asyncio.wait_for(editor.wait(), LIMIT)

    # Its new parent may leave it unburied: a zombie has ended.
    async def has_ended() -> None:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.02)

    await asyncio.wait_for(has_ended(), LIMIT)
    assert psutil.Process(holder).is_running()


async def test_a_process_that_is_not_here_is_not_waited_for(client: Client) -> None:
    """An editor outside the container that the server runs in."""
    await client.initialize(processId=2**22 + 1)

    assert (await client.command("list"))["checkouts"] == []
    assert await client.leave() == 0


async def test_nothing_heavy_is_imported_before_the_reply_to_initialize(start_server: StartServer) -> None:
    program = """
        import sys
        from hedgerow.lsp.main import serve
        from hedgerow.lsp.server import HedgerowServer
        begin = HedgerowServer.begin
        def tell_and_begin(self, params):
            self.protocol.notify("test/modules", sorted(sys.modules))
            begin(self, params)
        HedgerowServer.begin = tell_and_begin
        sys.exit(serve())
    """
    async with start_server([sys.executable, "-c", textwrap.dedent(program)]) as client:
        await client.initialize()
        assert "id" in client.messages[0], "the reply comes first"
        modules = set(await client.notification("test/modules"))

    assert modules & set(HEAVY) == set()
    # The names are those of real modules, and what is needed is there.
    assert all(importlib.util.find_spec(name) for name in HEAVY)
    assert {"pygls", "pydantic", "hedgerow.lsp.wire.protocol", "hedgerow.protocol.commands"} <= modules


async def test_the_program_serves_without_importing_the_shell(start_server: StartServer, home: Home) -> None:
    program = [sys.executable, "-X", "importtime", str(Path(sys.executable).with_name("hedgerow")), "serve"]
    async with start_server(program) as client:
        answer = await client.initialize()
        assert answer["serverInfo"]["name"] == "hedgerow"
        await client.command("list")
        assert await client.leave() == 0
    imported = {line.rsplit(b"|", 1)[-1].strip().decode() for line in client.stderr.splitlines() if b"|" in line}
    assert "hedgerow.journal.database" in imported, "the list of imports is real"
    assert imported & {"cyclopts", "rich", "hedgerow.cli.shell"} == set()


async def test_bad_settings_are_told_and_ignored(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    settings = {"retention": "many", "trashHours": -1, "startForm": "head", "startFrom": "fresh"}

    await client.initialize(repository, options={"settings": settings, "colour": "red", "asks": "?"})

    for word in ("retention", "trashHours", "startForm", "colour", "asks"):
        told = await client.notification("window/showMessage", lambda p, word=word: word in p["message"])
        assert "ignored" in told["message"]
        await client.notification("window/logMessage", lambda p, word=word: word in p["message"])
    assert not [m for m in client.messages if "startFrom is" in str(m)]
    assert len((await client.command("list"))["checkouts"]) == 1


@pytest.mark.parametrize("options", [5, [], "text", {"settings": 5}, {"settings": None}, {"trustedFolders": 5}])
async def test_options_of_any_shape_stop_nothing(client: Client, options: object) -> None:
    await client.initialize(options=options)

    await client.notification("window/showMessage", lambda p: "ignored" in p["message"])
    assert (await client.command("list"))["checkouts"] == []


async def test_settings_may_change_while_it_runs(client: Client) -> None:
    await client.initialize(options={"settings": {"retention": 3}})

    await client.notify("workspace/didChangeConfiguration", {"settings": {"hedgerow": {"settings": {"retention": -1}}}})

    await client.notification("window/showMessage", lambda p: "retention" in p["message"])
    for odd in (None, 5, {"hedgerow": 5}, {"other": {}}):
        await client.notify("workspace/didChangeConfiguration", {"settings": odd})
    assert (await client.command("list"))["checkouts"] == []


async def test_a_newer_client_may_send_what_this_version_does_not_know(client: Client) -> None:
    await client.initialize(capabilities={"experimental": {"hedgerow": {"protocolVersion": 2}}})

    listed = await client.command("list", brandNew=True)

    assert listed["checkouts"] == []
    told = await client.notification("window/logMessage")
    assert "brandNew" in told["message"]
    # What is wrong in itself stays wrong, and nested fields are dropped as well.
    with pytest.raises(RefusedError) as caught:
        await client.command("create", brandNew=True, setup={"skip": "perhaps", "later": 1})
    assert [problem["field"] for problem in caught.value.data["errors"]] == ["setup.skip"]


@pytest.mark.parametrize("version", [None, 1, 0, "2", True])
async def test_a_client_of_the_same_version_may_not(client: Client, version: object) -> None:
    await client.initialize(capabilities={"experimental": {"hedgerow": {"protocolVersion": version}}})

    with pytest.raises(RefusedError) as caught:
        await client.command("list", brandNew=True)

    assert caught.value.data["errors"] == [{"field": "brandNew", "message": "there is no such field"}]


async def test_a_state_that_cannot_be_opened_is_told_and_asked_for_again(client: Client, home: Home) -> None:
    database = home.hedgerow_state / "state.sqlite3"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"this is no database" * 1000)
    await client.initialize()

    told = await client.notification("window/showMessage")
    assert told["type"] == 1
    status = await client.notification("hedgerow/serverStatus", lambda s: s["health"] == "error")
    assert status["message"] in told["message"]
    with pytest.raises(RefusedError) as caught:
        await client.command("list")
    assert caught.value.data["code"] == "stateDamaged"
    assert caught.value.message in told["message"]

    database.unlink()
    assert (await client.command("list"))["checkouts"] == []


async def test_what_goes_wrong_is_logged_where_the_state_is(client: Client, home: Home) -> None:
    await client.initialize(options={"colour": "red"})
    await client.notification("window/showMessage")
    assert await client.leave() == 0

    logs = list((home.hedgerow_state / "logs").glob("server-*.log"))
    assert [path for path in logs if "colour" in path.read_text()]
