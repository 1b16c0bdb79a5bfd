"""Changes of a home are noticed: files, directories that appear, and processes that end. Nothing else is."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.sessions.agents.claude_home import Talk, conversation_id, process, process_file

from hedgerow.sessions.agents.agent import Living, Status
from hedgerow.sessions.agents.claude.claude import Claude
from hedgerow.watch.changes import NoWatchesLeftError
from hedgerow.watch.systems.notices import Notices

ONE = conversation_id(1)


class Told:
    def __init__(self, home: Path) -> None:
        self.claude = Claude()
        self.home = home
        self.event = asyncio.Event()
        self.count = 0
        self.stop = self.claude.watch(home, self.called)

    def called(self) -> None:
        self.count += 1
        self.event.set()

    async def next(self, what: str) -> None:
        try:
            await asyncio.wait_for(self.event.wait(), 60)
        except TimeoutError:
            raise AssertionError(f"nobody told of {what}") from None
        self.event.clear()


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Told]:
    made = Told(tmp_path / "deep" / "home")
    yield made
    made.stop()


async def test_a_home_that_appears_is_noticed_and_then_everything_in_it(told: Told) -> None:
    home = told.home
    home.parent.mkdir()
    talk = Talk(ONE).asked("pick a plum").said("picked")
    talk.write(home)
    await told.next("the home")
    while not await told.claude.look(home):
        await told.next("the transcript")
    (home / "other.json").write_text("{}")
    (home / "projects" / "-code-tree" / "memory").mkdir()
    (home / "projects" / "-code-tree" / "memory" / "note.md").write_text("x")
    talk.said("and another").write(home)
    while (await told.claude.look(home))[0].last_message != "and another":
        await told.next("more of the transcript")
    with process() as pid:
        process_file(home, pid, ONE, status="busy")
        while (await told.claude.look(home))[0].status is not Status.BUSY:
            await told.next("the sessions' own directory")
        process_file(home, pid, ONE, status="waiting")
        while (await told.claude.look(home))[0].status is not Status.WAITING:
            await told.next("its state")
    while (await told.claude.look(home))[0].living is not Living.STORED:
        await told.next("the end of the process, which no file tells of")
    Talk(conversation_id(2)).asked("elsewhere").said("in a new directory").write(home, "-code-elsewhere")
    while len(await told.claude.look(home)) < 2:
        await told.next("a transcript in a new directory")


async def test_a_home_that_goes_and_comes_back(told: Told) -> None:
    talk = Talk(ONE).asked("pick a plum").said("picked")
    talk.write(told.home)
    while not await told.claude.look(told.home):
        await told.next("the home")
    shutil.rmtree(told.home)
    while await told.claude.look(told.home):
        await told.next("its end")
    talk.write(told.home)
    while not await told.claude.look(told.home):
        await told.next("its return")


async def test_many_changes_are_told_together_and_none_after_the_end(told: Told) -> None:
    path = Talk(ONE).asked("pick a plum").write(told.home)
    while not await told.claude.look(told.home):
        await told.next("the home")
    before = told.count
    with path.open("ab") as file:
        for _ in range(500):
            file.write(Talk(ONE).said("more").lines[0])
            file.flush()
        file.write(Talk(ONE).said("the last").lines[0])
    while (await told.claude.look(told.home))[0].last_message != "the last":
        await told.next("the end of the transcript")
    assert told.count - before <= 50
    told.stop()
    count = told.count
    path.write_bytes(b"")
    await asyncio.sleep(0.5)
    assert told.count == count


async def test_without_watches_it_is_looked_at(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise NoWatchesLeftError

    home = tmp_path / "full"
    path = Talk(ONE).asked("pick a plum").write(home)
    monkeypatch.setattr(Notices, "add", full)
    polled = Told(home)
    try:
        await asyncio.sleep(0.1)
        with path.open("ab") as file:
            file.write(b"".join(Talk(ONE).said("picked").lines))
        os.utime(path, (1, 1))
        await polled.next("a change, by looking")
    finally:
        polled.stop()
