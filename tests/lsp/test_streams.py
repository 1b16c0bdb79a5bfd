"""A client that does not read costs it notifications, never the server its loop; one that never reads is given up."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.lsp.conftest import StartServer
from tests.lsp.framed import LIMIT, Client, RefusedError
from tests.support.repositories import Playground

from hedgerow.lsp.notifications import Notifications
from hedgerow.lsp.server import HedgerowServer
from hedgerow.lsp.wire.streams import Reader, Writer
from hedgerow.protocol.checkouts import ListChanged, ServerStatus

MIB = 1024 * 1024


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def writer(descriptor: int, lost: list[str], *, dead_after: float = 600) -> Writer:
    return Writer(descriptor, lost=lost.append, drained=lambda: None, dead_after=dead_after)


async def read(descriptor: int, until: bytes) -> bytes:
    """Everything up to and with ``until``."""

    def all_of_it() -> bytes:
        data = bytearray()
        while not data.endswith(until):
            data += os.read(descriptor, MIB)
        return bytes(data)

    return await asyncio.wait_for(asyncio.to_thread(all_of_it), LIMIT)


async def test_writing_never_waits_and_what_must_arrive_arrives_in_order(pipe: tuple[int, int]) -> None:
    lost: list[str] = []
    out = writer(pipe[1], lost)
    answers = [b"%06d" % number + b"." * 1000 for number in range(20_000)]

    # A pipe holds 64 KiB: had this waited, nobody would ever read.
    for answer in answers:
        out.write(answer)
    out.write(b"END")

    assert await read(pipe[0], b"END") == b"".join(answers) + b"END"
    assert lost == []


async def test_beyond_the_bound_only_the_newest_of_each_kind_is_told(pipe: tuple[int, int]) -> None:
    out = writer(pipe[1], [])
    out.write(b"x" * 5 * MIB)
    for number in range(1000):
        out.write(b"<list %d>" % number, "list")
        out.write(b"<status %d>" % number, "status")
    out.write(b"ANSWER")

    received = await read(pipe[0], b"<status 999>")

    assert received[5 * MIB :] == b"ANSWER<list 999><status 999>"


async def test_a_client_that_reads_is_told_everything(pipe: tuple[int, int]) -> None:
    out = writer(pipe[1], [])
    told = [b"<list %d>" % number for number in range(5000)]

    for one in told:
        out.write(one, "list")

    assert await read(pipe[0], told[-1]) == b"".join(told)


async def test_a_client_that_reads_nothing_is_given_up(pipe: tuple[int, int]) -> None:
    lost: list[str] = []
    out = writer(pipe[1], lost, dead_after=0.2)

    out.write(b"x" * MIB)

    await asyncio.wait_for(filled(lost), LIMIT)
    assert "has read nothing" in lost[0]


async def test_a_client_that_reads_slowly_is_not(pipe: tuple[int, int]) -> None:
    lost: list[str] = []
    out = writer(pipe[1], lost, dead_after=0.3)
    out.write(b"x" * MIB + b"END")

    def slowly() -> None:
        data = b""
        while not data.endswith(b"END"):
            threading.Event().wait(0.02)
            data = os.read(pipe[0], 32 * 1024)

    await asyncio.wait_for(asyncio.to_thread(slowly), LIMIT)

    assert lost == []


async def test_a_client_that_is_gone_is_noticed(pipe: tuple[int, int]) -> None:
    lost: list[str] = []
    reading, writing = os.pipe()
    out = writer(writing, lost)
    os.close(reading)

    out.write(b"anybody?")

    await asyncio.wait_for(filled(lost), LIMIT)
    assert "is gone" in lost[0]
    os.close(writing)


async def test_reading_pauses_until_it_is_wanted_again(pipe: tuple[int, int]) -> None:
    arrived: list[bytes] = []
    wanted = False

    def deliver(chunk: bytes) -> bool:
        arrived.append(chunk)
        return wanted

    reader = Reader(pipe[0], deliver)
    sending = asyncio.create_task(asyncio.to_thread(os.write, pipe[1], b"x" * 4 * MIB))
    await asyncio.wait_for(filled(arrived, 16), LIMIT)
    assert not sending.done()
    assert len(arrived) == 16, "chunks that may be read ahead"

    wanted = True
    reader.resume()

    assert await asyncio.wait_for(sending, LIMIT) == 4 * MIB
    os.write(pipe[1], b"the end, so that the thread is not left waiting in a closed pipe")


async def test_a_slow_client_sees_from_the_revisions_that_it_missed_some(pipe: tuple[int, int]) -> None:
    server = HedgerowServer()
    server.protocol.channel = writer(pipe[1], [])
    notifications = Notifications(server.protocol)
    row = "x" * 1000
    for revision in range(1, 20_001):
        notifications.list_changed(ListChanged(revision=revision, removed=[row]))
    notifications.status(ServerStatus(health="ok", quiescent=True))

    received = await read(pipe[0], b'"message":null}}')

    messages = [part.split(b"\r\n\r\n", 1)[1] for part in received.split(b"Content-Length")[1:]]
    revisions = [json.loads(m)["params"]["revision"] for m in messages if b"listChanged" in m]
    assert revisions[0] == 1
    assert revisions[-1] == 20_000, "the newest is told"
    assert revisions[:-1] == list(range(1, len(revisions))), "what was told before it is complete"
    assert len(revisions) < 10_000, "and others were left out"


async def filled(items: list[str] | list[bytes], count: int = 1) -> None:
    while len(items) < count:
        await asyncio.sleep(0.005)


async def test_the_server_works_on_while_its_client_does_not_read(client: Client, playground: Playground) -> None:
    repository = playground.repository()
    await client.initialize(repository, options={"asks": True})
    await client.command("list")
    client.pause()
    # Their answers are more than the pipe and the client's own buffer hold.
    asked = [await client.ask("no/such", {}) for _ in range(5000)]
    made = await client.ask(
        "workspace/executeCommand", {"command": "hedgerow.create", "arguments": [{"name": "unread"}]}
    )

    worktree = repository.parent / f"{repository.name}.worktrees" / "unread" / "a.txt"
    await asyncio.wait_for(exists(worktree), LIMIT)

    client.resume()
    assert (await client.answer(made))["operation"]["state"] == "done"
    wanted = set(asked)
    assert [message["id"] for message in client.messages if message.get("id") in wanted] == asked


async def exists(path: Path) -> None:
    while not path.exists():
        await asyncio.sleep(0.01)


async def test_a_server_whose_client_never_reads_ends(start_server: StartServer) -> None:
    program = "import sys; from hedgerow.lsp.main import serve; sys.exit(serve(client_dead_after=1))"
    async with start_server([sys.executable, "-c", program]) as client:
        await client.initialize()
        client.pause()
        for _ in range(5000):
            await client.ask("no/such", {})

        assert await client.exit_code() == 1
    assert b"has read nothing" in client.stderr


async def test_a_reading_client_outlives_that_time(start_server: StartServer) -> None:
    program = "import sys; from hedgerow.lsp.main import serve; sys.exit(serve(client_dead_after=0.3))"
    async with start_server([sys.executable, "-c", program]) as client:
        await client.initialize()
        for _ in range(10):
            await asyncio.sleep(0.1)
            with pytest.raises(RefusedError):
                await client.request("no/such", {"padding": "x" * 100_000})
        assert await client.leave() == 0
