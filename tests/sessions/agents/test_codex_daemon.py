"""What Codex' daemon tells of its threads, and what becomes of that when it misbehaves or dies."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.sessions.agents.codex_peer import Peer, command, opened, thread, until

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Answer, Held, Living, Sighting, Status
from hedgerow.sessions.agents.codex import Codex


@pytest_asyncio.fixture
async def peer(tmp_path: Path) -> AsyncIterator[Peer]:
    async with opened(tmp_path / "codex") as made:
        yield made


@pytest.fixture
def codex() -> Codex:
    return Codex()


def held(sighting: Sighting) -> Held:
    return Held("s", sighting.conversation, sighting.agent_home, sighting.cwd, sighting)


async def one(codex: Codex, peer: Peer) -> Sighting:
    (found,) = await codex.look(peer.home)
    return found


@pytest.mark.parametrize(
    ("kind", "flags", "status"),
    [
        ("idle", (), Status.IDLE),
        ("active", (), Status.BUSY),
        ("active", ("waitingOnApproval",), Status.WAITING),
        ("active", ("waitingOnUserInput",), Status.WAITING),
        ("systemError", (), Status.FAILED),
        ("somethingNew", (), Status.UNKNOWN),
    ],
)
async def test_each_status(codex: Codex, peer: Peer, kind: str, flags: tuple[str, ...], status: Status) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", kind, *flags)
    peer.pending["t1"] = {1: command("t1", "i")} if flags else {}
    found = await one(codex, peer)
    assert (found.status, found.living, found.cwd) == (status, Living.DAEMON, Path("/w/one"))
    assert found.title == "first words"


async def test_threads_that_codex_makes_for_itself_are_not_shown(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1")
    peer.threads["title"] = thread("title", ephemeral=True, threadSource="thread_title", environments=[])
    peer.threads["sub"] = thread("sub", source={"subAgent": "review"})
    peer.threads["child"] = thread("child", parentThreadId="t1")
    assert [found.conversation for found in await codex.look(peer.home)] == ["t1"]


async def test_it_listens_only_to_what_waits_and_only_so_long(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    peer.threads["t2"] = thread("t2", "/w/two")
    changes = asyncio.Event()
    stop = codex.watch(peer.home, changes.set)
    await codex.look(peer.home)
    assert peer.listening == set()
    peer.pending["t1"] = {7: command("t1", "item", reason="to see")}
    changes.clear()
    await peer.becomes("t1", "active", "waitingOnApproval")
    await asyncio.wait_for(changes.wait(), 30)
    found = next(each for each in await codex.look(peer.home) if each.conversation == "t1")
    assert found.since == 1795178960.0
    assert found.question is not None
    assert found.question.text == "wants to run: npm test (to see)"
    assert peer.listening == {"t1"}
    await codex.answer(held(found), found.question, Answer(approve=True))
    assert peer.answers == {7: {"decision": "accept"}}
    await until(lambda: not peer.listening, "it to stop listening")
    stop()


async def test_that_it_waits_is_told_together_with_what_for(
    codex: Codex, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.sessions.agents.codex.daemon.SETTLE_SECONDS", 0.01)
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    assert (await one(codex, peer)).status is Status.BUSY
    peer.pending["t1"] = {7: command("t1", "item")}
    peer.asks.clear()
    await peer.becomes("t1", "active", "waitingOnApproval")
    await until(lambda: peer.listening, "it to listen")
    for _ in range(10):
        assert (await one(codex, peer)).status is Status.BUSY
    peer.asks.set()
    await until(lambda: _waits(codex, peer), "what it asks")


async def test_that_it_waits_is_told_also_when_nobody_says_what_for(
    codex: Codex, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.sessions.agents.codex.followed._ASKED_SECONDS", 0.1)
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    assert (await one(codex, peer)).status is Status.BUSY
    await peer.becomes("t1", "active", "waitingOnApproval")
    await until(lambda: _is(codex, peer, Status.WAITING), "it to wait")


async def test_an_answer_to_another_question_is_refused(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active", "waitingOnApproval")
    peer.pending["t1"] = {7: command("t1", "first")}
    found = await one(codex, peer)
    assert found.question is not None
    peer.pending["t1"] = {8: command("t1", "second")}
    await peer.tell("serverRequest/resolved", threadId="t1", requestId=7)
    await peer.connections[0].send('{"id": 8, "method": "item/commandExecution/requestApproval", "params": '
                                   '{"threadId": "t1", "itemId": "second", "command": "rm -rf x"}}')  # fmt: skip
    await until(lambda: _asks(codex, peer, "rm -rf"), "the second question")
    with pytest.raises(HedgerowError) as stale:
        await codex.answer(held(found), found.question, Answer(approve=True))
    assert stale.value.code is ErrorCode.STALE_PLAN
    assert peer.answers == {}


async def _asks(codex: Codex, peer: Peer, words: str) -> bool:
    question = (await one(codex, peer)).question
    return question is not None and words in question.text


async def test_what_only_its_window_answers_says_so(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active", "waitingOnApproval")
    peer.pending["t1"] = {
        7: {"method": "item/permissions/requestApproval", "params": {"threadId": "t1", "itemId": "i"}}
    }
    found = await one(codex, peer)
    assert found.question is not None
    assert (found.question.kind, found.question.answerable) == (QuestionKind.DIALOG, False)
    with pytest.raises(HedgerowError, match="in its own window"):
        await codex.answer(held(found), found.question, Answer(approve=True))
    assert peer.answers == {}


async def test_what_a_sub_agent_asks_is_asked_by_the_session_above(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    peer.threads["kid"] = thread("kid", "/w/one", "active", parentThreadId="t1", agentNickname="Pascal")
    peer.threads["kids"] = thread("kids", "/w/one", "active", parentThreadId="kid", agentNickname="Faraday")
    peer.threads["t2"] = thread("t2", "/w/two", "active")
    assert {each.conversation: each.status for each in await codex.look(peer.home)} == {
        "t1": Status.BUSY, "t2": Status.BUSY,
    }  # fmt: skip
    peer.pending["kids"] = {3: command("kids", "i")}
    await peer.becomes("kids", "active", "waitingOnApproval")
    await until(lambda: _waits(codex, peer), "what it asks")
    found = {each.conversation: each for each in await codex.look(peer.home)}
    assert found["t2"].status is Status.BUSY
    question = found["t1"].question
    assert question is not None
    assert question.text == "its sub-agent Faraday wants to run: npm test"
    await codex.answer(held(found["t1"]), question, Answer(approve=False, text="use make"))
    assert peer.answers == {3: {"decision": "decline"}}
    assert ("t1", "use make") in [(params["threadId"], params["input"][0]["text"])
                                  for method, params in peer.calls if method == "turn/steer"]  # fmt: skip
    await until(lambda: not peer.listening, "it to stop listening")
    assert (await codex.look(peer.home))[0].status is Status.BUSY


async def _waits(codex: Codex, peer: Peer) -> bool:
    return any(each.status is Status.WAITING and each.question for each in await codex.look(peer.home))


async def test_a_prompt_steers_a_turn_and_begins_one_between_turns(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    await codex.send(held(await one(codex, peer)), "and this")
    peer.threads["t1"]["status"] = {"type": "idle"}
    await codex.send(held(await one(codex, peer)), "then this\nof two lines")
    sent = [(method, params["input"][0]["text"]) for method, params in peer.calls if method.startswith("turn/s")]
    assert sent == [("turn/steer", "and this"), ("turn/start", "then this\nof two lines")]
    assert peer.listening == set()


async def test_quit_refuses_in_a_turn(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active")
    found = await one(codex, peer)
    with pytest.raises(HedgerowError) as busy:
        await codex.quit(held(found))
    assert busy.value.code is ErrorCode.BUSY
    await codex.interrupt(held(found))
    await codex.quit(held(found))


async def test_nothing_of_a_daemon_that_died_sticks_and_the_next_is_found(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1", "/w/one", "active", "waitingOnApproval")
    changes = asyncio.Event()
    stop = codex.watch(peer.home, changes.set)
    assert (await one(codex, peer)).status is Status.WAITING
    await peer.close()
    await until(lambda: _none(codex, peer.home), "the end of what it told")
    peer.threads["t1"] = thread("t1", "/w/one", "idle")
    changes.clear()
    await peer.open()
    await asyncio.wait_for(changes.wait(), 30)
    await until(lambda: _is(codex, peer, Status.IDLE), "what the next one tells")
    stop()


async def _none(codex: Codex, home: Path) -> bool:
    return await codex.look(home) == []


async def _is(codex: Codex, peer: Peer, status: Status) -> bool:
    return [each.status for each in await codex.look(peer.home)] == [status]


RUBBISH = (
    "",
    "no json",
    "[1]",
    "[" * 100_000,
    '{"id": 99, "result": 4}',
    '{"id": {}, "method": "x"}',
    '{"method": 5}',
    '{"method": "thread/status/changed"}',
    '{"method": "thread/status/changed", "params": {"threadId": "t1", "status": "odd"}}',
    '{"method": "thread/started", "params": {"thread": {"id": 4}}}',
    '{"method": "serverRequest/resolved", "params": {"threadId": "t1", "requestId": []}}',
)


async def test_garbage_on_the_socket_is_passed_over(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1")
    await one(codex, peer)
    for rubbish in RUBBISH:
        await peer.connections[0].send(rubbish)
    await peer.connections[0].send(b"\xff\xfe\x00")
    await peer.becomes("t1", "active")
    await until(lambda: _is(codex, peer, Status.BUSY), "what is told after the rubbish")


async def test_half_a_frame_and_then_the_end(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1")
    await one(codex, peer)
    transport = peer.connections[0].transport
    transport.write(b"\x81\x7e\xff")
    transport.abort()
    await until(lambda: not peer.connections, "the end of the connection")
    assert (await one(codex, peer)).status is Status.IDLE, "it is asked again"


@pytest.mark.parametrize("method", ["initialize", "thread/loaded/list", "thread/read"])
async def test_a_daemon_that_falls_silent_holds_nobody_up(
    codex: Codex, peer: Peer, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.sessions.agents.codex.app_server.CALL_SECONDS", 0.5)
    monkeypatch.setattr("hedgerow.sessions.agents.codex.app_server._OPEN_SECONDS", 0.5)
    peer.threads["t1"] = thread("t1")
    peer.deaf.add(method)
    assert await asyncio.wait_for(codex.look(peer.home), 20) == []
    before = len(peer.calls)
    for _ in range(50):
        await codex.look(peer.home)
    assert len(peer.calls) - before <= 8, "it is asked again and again"


async def test_sockets_that_are_dead_or_none_cost_nothing(codex: Codex, tmp_path: Path) -> None:
    home = tmp_path / "codex"
    assert await codex.look(home) == []
    (home / "app-server-control").mkdir(parents=True)
    peer = Peer(home)
    for kind in ("dangling", "dead", "file", "directory"):
        real = tmp_path / kind
        if kind == "dead":
            with socket.socket(socket.AF_UNIX) as made:
                os.chdir(tmp_path)
                made.bind("dead")
        elif kind == "file":
            real.write_text("no socket")
        elif kind == "directory":
            real.mkdir()
        peer.link(real)
        began = time.monotonic()
        for _ in range(100):
            assert await codex.look(home) == []
        assert time.monotonic() - began < 20


async def test_a_server_that_accepts_and_never_answers(
    codex: Codex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.sessions.agents.codex.app_server._OPEN_SECONDS", 0.5)
    home = tmp_path / "codex"
    async with opened(home) as peer:
        silent = Path(peer.socket).resolve().with_name("silent")
        accepted = []
        server = await asyncio.start_unix_server(lambda reader, writer: accepted.append((reader, writer)), str(silent))
        peer.link(silent)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(20):
            assert await asyncio.wait_for(codex.look(home), 20) == []
        assert len(accepted) <= 2
        for _, writer in accepted:
            writer.close()
        assert len(os.listdir("/proc/self/fd")) <= before + 2 * len(accepted)
        server.close()


async def test_a_home_that_comes_later_is_noticed(codex: Codex, tmp_path: Path) -> None:
    changes = asyncio.Event()
    stop = codex.watch(tmp_path / "later" / "codex", changes.set)
    assert await codex.look(tmp_path / "later" / "codex") == []
    async with opened(tmp_path / "later" / "codex") as peer:
        peer.threads["t1"] = thread("t1")
        await asyncio.wait_for(changes.wait(), 30)
        await until(lambda: _is(codex, peer, Status.IDLE), "its thread")
        changes.clear()
        await peer.becomes("t1", "active")
        await asyncio.wait_for(changes.wait(), 30)
    stop()


async def test_whoever_stops_watching_hears_nothing_more(codex: Codex, peer: Peer) -> None:
    peer.threads["t1"] = thread("t1")
    heard: list[str] = []
    first = codex.watch(peer.home, lambda: heard.append("first"))
    second = codex.watch(peer.home, lambda: heard.append("second"))
    await codex.look(peer.home)
    first()
    await asyncio.sleep(0.3)  # what was on its way
    heard.clear()
    await peer.becomes("t1", "active")
    await until(lambda: "second" in heard, "the one that still watches")
    assert set(heard) == {"second"}
    second()
    await until(lambda: not peer.connections, "the connection to end with the last of them")
