"""The inbox: what the hook program put there, given once and in order; and whatever else lies there."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.home import Home

from hedgerow.protocol.errors import HedgerowError
from hedgerow.sessions import hook, inbox
from hedgerow.sessions.agents.agent import Event
from hedgerow.sessions.event_file import CUT
from hedgerow.sessions.inbox import Inbox
from hedgerow.watch.changes import NoWatchesLeftError
from hedgerow.watch.systems.notices import Notices

LIMIT = 60.0


class Taker:
    """Takes events of the sessions it knows."""

    def __init__(self, *known: str) -> None:
        self.known = set(known) or {"s1"}
        self.events: list[Event] = []
        self._more = asyncio.Event()

    def __call__(self, event: Event) -> bool:
        if event.session not in self.known:
            return False
        self.events.append(event)
        self._more.set()
        return True

    @property
    def names(self) -> list[object]:
        return [event.payload["hook_event_name"] for event in self.events]

    async def have(self, count: int) -> None:
        while len(self.events) < count:
            self._more.clear()
            await asyncio.wait_for(self._more.wait(), LIMIT)


@pytest.fixture
def opened(home: Home) -> Iterator[Inbox]:
    opened = Inbox(home.hedgerow_state / "inbox")
    opened.open()
    yield opened
    opened.close()


def put(opened: Inbox, name: str = "Stop", session: str = "s1", **fields: Any) -> Path:
    """As the hook program does it, and the newest file there."""
    hook.put(str(opened.directory), session, json.dumps({"hook_event_name": name, **fields}).encode())
    return max(opened.directory.glob("[0-9]*"))


def rubbish(opened: Inbox) -> list[str]:
    folder = opened.directory / "rubbish"
    return sorted(name.split("-", 1)[1] for name in os.listdir(folder)) if folder.exists() else []


def lying(opened: Inbox) -> list[str]:
    return sorted(set(os.listdir(opened.directory)) - {"rubbish", ".lock"})


async def test_events_are_given_in_order_and_once(opened: Inbox) -> None:
    names = [f"Event{number}" for number in range(450)]
    for name in names:
        put(opened, name, session_id="theirs", tool_name="Bash")
    taker = Taker()
    assert await opened.take(taker) == 450
    assert taker.names == names
    assert taker.events[0].payload["tool_name"] == "Bash"
    assert abs(taker.events[0].at - time.time()) < LIMIT
    assert await opened.take(taker) == 0
    assert lying(opened) == []


async def test_what_the_program_puts_is_heard_at_once(opened: Inbox) -> None:
    taker = Taker()
    serving = asyncio.create_task(opened.serve(taker))
    put(opened, "Before")
    await taker.have(1)
    command = [*opened.hook, "s1"]
    for number in range(5):
        subprocess.run(command, input=json.dumps({"hook_event_name": f"E{number}"}).encode(), check=True)
        await taker.have(number + 2)
    serving.cancel()
    assert taker.names == ["Before", "E0", "E1", "E2", "E3", "E4"]


async def test_where_the_system_does_not_tell_it_is_looked_at(opened: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_watches(*_: object) -> None:
        raise NoWatchesLeftError

    monkeypatch.setattr(Notices, "add", no_watches)
    taker = Taker()
    serving = asyncio.create_task(opened.serve(taker))
    for number in range(3):
        put(opened, f"E{number}")
        await taker.have(number + 1)
    serving.cancel()


async def test_an_event_that_was_cut_says_what_comes_first(opened: Inbox) -> None:
    fields = {
        "session_id": "theirs",
        "cwd": "/a/b",
        "hook_event_name": "PostToolUse",
        "tool_name": "Write",
        "tool_input": {"file_path": "/a/b/c", "content": "x" * (2 << 20)},
    }
    hook.put(str(opened.directory), "s1", json.dumps(fields).encode())
    taker = Taker()
    assert await opened.take(taker) == 1
    (event,) = taker.events
    assert event.payload == {**fields, "tool_input": {"file_path": "/a/b/c"}, CUT: True}


async def test_events_of_an_unknown_session_wait_for_a_while(opened: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    put(opened, "Early", session="soon")
    put(opened, "Stray", session="never")
    put(opened, "Known")
    taker = Taker()
    assert await opened.take(taker) == 1
    assert len(lying(opened)) == 2
    taker.known.add("soon")
    assert await opened.take(taker) == 1
    assert taker.names == ["Known", "Early"]
    monkeypatch.setattr(inbox, "KEPT_SECONDS", -1)
    assert await opened.take(taker) == 0
    assert lying(opened) == []
    assert rubbish(opened) == []


async def test_a_session_that_becomes_known_is_told_by_serve(opened: Inbox) -> None:
    put(opened, "Early", session="soon")
    put(opened, "Known")
    taker = Taker()
    serving = asyncio.create_task(opened.serve(taker))
    await taker.have(1)
    taker.known.add("soon")
    opened.look_again()
    await taker.have(2)
    serving.cancel()


HEAD = b"hedgerow-event 1 s1 whole\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00\xfe",
        b"no head\n{}",
        HEAD,
        HEAD + b"{",
        HEAD + b"[]",
        HEAD + b"null",
        HEAD + b"{}",
        HEAD + b'{"hook_event_name": 3}',
        HEAD + b'{"hook_event_name": "' + b"x" * 200 + b'"}',
        HEAD + b'{"hook_event_name": "Stop", "cwd": ["/"]}',
        HEAD + b"[" * 100_000,
        HEAD + b'{"hook_event_name": "Stop"}' + b" " * (3 << 20),
        b"hedgerow-event 1 ../../etc whole\n{}",
        b'hedgerow-event 2 s1 whole\n{"hook_event_name": "Stop"}',
        b"hedgerow-event 1 s1 cut\n",
        b"hedgerow-event 1 s1 cut\nnull",
        b"hedgerow-event 1 s1 cut\n" + b'{"a":' * 50_000,
    ],
)
async def test_rubbish_is_moved_aside_and_the_rest_is_told(opened: Inbox, content: bytes) -> None:
    name = f"{time.time_ns():020}-1"
    (opened.directory / name).write_bytes(content)
    put(opened, "After")
    taker = Taker()
    assert await opened.take(taker) == 1
    assert taker.names == ["After"]
    assert rubbish(opened) == [name]


async def test_nothing_is_followed_and_nobody_is_held_up(opened: Inbox, home: Home) -> None:
    secret = home.root / "secret"
    secret.write_bytes(HEAD + b'{"hook_event_name": "Stop"}')
    names = [f"{number:020}-1" for number in range(1, 6)]
    (opened.directory / names[0]).symlink_to(secret)
    os.mkfifo(opened.directory / names[1])
    (opened.directory / names[2]).mkdir()
    (opened.directory / names[2] / "file").write_text("theirs")
    (opened.directory / names[3]).symlink_to("nowhere")
    (opened.directory / names[4]).touch()
    if os.geteuid() == 0:
        os.chown(opened.directory / names[4], 1234, 1234)
    (opened.directory / "a note").write_text("not ours")
    put(opened, "After")
    taker = Taker()
    assert await asyncio.wait_for(opened.take(taker), LIMIT) == 1
    assert taker.names == ["After"]
    assert rubbish(opened) == sorted([*names, "a note"])
    assert secret.exists()


async def test_rubbish_is_bounded_and_told_of_once(opened: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for number in range(300):
        (opened.directory / f"{number:020}-1").write_text("rubbish")
    assert await opened.take(Taker()) == 0
    assert len(rubbish(opened)) <= 50
    assert len([each for each in caplog.records if each.levelno >= logging.WARNING]) == 1


async def test_half_a_file_is_left_alone_and_then_forgotten(opened: Inbox) -> None:
    new, old = (opened.directory / f".{number:020}-1.part" for number in (1, 2))
    new.write_text("half")
    old.write_text("half")
    os.utime(old, (1, 1))
    assert await opened.take(Taker()) == 0
    assert lying(opened) == [new.name]


async def test_ten_thousand_events_hold_nobody(opened: Inbox) -> None:
    for number in range(10_000):
        (opened.directory / f"{number:020}-1").write_bytes(HEAD + b'{"hook_event_name": "E%d"}' % number)
    taker = Taker()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beating = asyncio.create_task(others())
    assert await opened.take(taker) == 10_000
    beating.cancel()
    assert taker.names == [f"E{number}" for number in range(10_000)]
    assert turns > 10_000 / 200, "the loop served others after each batch"


async def test_two_servers_take_each_event_once(opened: Inbox) -> None:
    for number in range(500):
        put(opened, f"E{number}")
    other = Inbox(opened.directory)
    one, two = Taker(), Taker()
    counts = await asyncio.gather(opened.take(one), other.take(two), opened.take(one))
    other.close()
    assert sum(counts) == 500
    assert sorted(map(str, one.names + two.names)) == sorted(f"E{number}" for number in range(500))
    for taker in (one, two):
        assert [event.at for event in taker.events] == sorted(event.at for event in taker.events)


async def test_a_taker_that_fails_loses_nothing_and_stops_nobody(opened: Inbox) -> None:
    for name in ("Before", "Bad", "After"):
        put(opened, name)
    taker = Taker()

    def fails(event: Event) -> bool:
        if event.payload["hook_event_name"] == "Bad":
            raise RuntimeError("the database is locked")
        return taker(event)

    for _ in range(2):
        with pytest.raises(RuntimeError):
            await opened.take(fails)
        assert taker.names == ["Before"]
        assert len(lying(opened)) == 2
    assert await opened.take(fails) == 1
    assert taker.names == ["Before", "After"]
    assert len(rubbish(opened)) == 1


async def test_an_inbox_that_was_cleared_away_is_made_anew(opened: Inbox) -> None:
    subprocess.run(["rm", "-rf", opened.directory], check=True)
    taker = Taker()
    assert await opened.take(taker) == 0
    put(opened, "After")
    assert await opened.take(taker) == 1


async def test_an_inbox_that_cannot_be_had_says_so(home: Home) -> None:
    home.hedgerow_state.mkdir(parents=True)
    (home.hedgerow_state / "inbox").symlink_to(home.root)
    with pytest.raises(HedgerowError, match="cannot be used"):
        await Inbox(home.hedgerow_state / "inbox").take(Taker())


async def test_the_inbox_is_private(home: Home) -> None:
    path = home.hedgerow_state / "inbox"
    path.mkdir(parents=True)
    path.chmod(0o755)
    made = Inbox(path)
    made.open()
    made.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_somebody_elses_inbox_is_not_used(home: Home) -> None:
    path = home.hedgerow_state / "inbox"
    path.mkdir(parents=True)
    os.chown(path, 1234, 1234)
    with pytest.raises(HedgerowError, match="somebody else"):
        Inbox(path).open()


async def test_a_server_that_was_slower_is_told_that_something_was_taken(opened: Inbox) -> None:
    slower = Inbox(opened.directory)
    taker, never = Taker(), Taker("nobody")
    looked = asyncio.Event()
    serving = [
        asyncio.create_task(opened.serve(taker)),
        asyncio.create_task(slower.serve(never, looked.set)),
    ]
    await asyncio.wait_for(looked.wait(), LIMIT)  # at its start
    looked.clear()
    put(opened, "Stop")
    await taker.have(1)
    await asyncio.wait_for(looked.wait(), LIMIT)
    for each in serving:
        each.cancel()
    slower.close()
