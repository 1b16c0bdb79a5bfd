"""DL03, SN07, SN24, CO05, CO12, RV04, UX07, UX08: agents that live, and what is done around them."""

# ruff: noqa: N802 - named by the ids of the table

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground
from tests.support.scripted import Sessions, living_shortly, settings_of
from tests.support.until import until

from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.sessions import SessionRow


@pytest.fixture(autouse=True)
def home() -> Iterator[Home]:
    with living_shortly() as made:
        yield made


@pytest.fixture
async def sessions(home: Home, playground: Playground) -> AsyncIterator[Sessions]:
    async with Sessions.opened(home, playground) as opened:
        yield opened


def process(row: SessionRow) -> psutil.Process:
    assert row.pid is not None
    return psutil.Process(row.pid)


async def test_DL03_removed_while_an_agent_lives_in_it(sessions: Sessions) -> None:
    ground = sessions.ground
    # Control: git takes a directory away under a program, without a word.
    control = ground.playground.worktree(ground.repository, "control")
    lives = psutil.Popen(["sleep", "600"], cwd=control)
    ground.git("worktree", "remove", control)
    assert lives.is_running()
    lives.kill()
    lives.wait()

    # It looks clean and idle: the last command is long over, and nobody can tell what the agent does.
    row = await sessions.start(agent="deaf", name="lived-in")
    old = time.time() - 90 * 86400
    for path in (Path(row.path), ground.playground.admin(Path(row.path)) / "index"):
        os.utime(path, (old, old))
    ground.hedgerow.settings = ground.hedgerow.settings.model_copy(update={"retention": 1})
    await ground.create("newer")
    with ground.nothing_changes():
        assert not (await ground.agree("cleanUp", retention=True)).operation
        assert not (await ground.agree("cleanUp", landed=True)).operation
    await ground.refused("cleanUp", "protected", checkouts=["lived-in"])
    assert process(row).is_running()

    # Neither does another Hedgerow, which knows only what is on disk, nor one that has forgotten all of its sessions.
    oracle = Oracle(ground.home)
    before = oracle.observe(ground.repository)
    for _ in range(2):
        answer = shell(ground.home, ground.repository, "clean-up", "lived-in", "--yes")
        assert answer.exit_code != 0, answer.output
        ground.hedgerow.app._tools.journal.database.run("DELETE FROM sessions")
    assert difference(before, oracle.observe(ground.repository)) == []
    assert process(row).is_running()


async def conversation(sessions: Sessions) -> SessionRow:
    row = await sessions.start("write agent.txt only here; say done", agent="copilot", name="work", label="mine")
    return await sessions.until(row.id, "done")


async def moved(sessions: Sessions, row: SessionRow, checkout: str, path: Path) -> SessionRow:
    await sessions.ground.agree("handOff", checkout=checkout)
    return await sessions.until(row.id, "done", "idle", path=str(path))


async def test_SN07_after_a_hand_off_the_agent_works_where_its_work_is(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground, worktree = sessions.ground, Path(row.path)
    for checkout, here, other in (("work", ground.repository, worktree), ("Local", worktree, ground.repository)):
        there = await moved(sessions, row, checkout, here)
        # Its process really is there, and nothing of it is left at the other end.
        assert Path(process(there).cwd()) == here
        inside = [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(other)]
        assert inside == []
        assert there.checkout == (await ground.hedgerow.row(ground.repository, here)).id
        # Its next turn edits here.
        await sessions.call("send", session=row.id, text=f"write next-{checkout}.txt x; say {checkout}")
        await sessions.until(row.id, "done", last_message=checkout)
        assert (here / f"next-{checkout}.txt").exists()
        assert not (other / f"next-{checkout}.txt").exists()


async def test_SN24_a_hand_off_keeps_the_environment(home: Home, playground: Playground) -> None:
    os.environ |= {"SSH_AUTH_SOCK": "/run/user/agent.sock", "MY_OWN": "a\nb"}
    async with Sessions.opened(home, playground, agent_arguments={"copilot": ["--model", "gpt-6"]}) as sessions:
        row = await conversation(sessions)
        await moved(sessions, row, "work", sessions.ground.repository)
        before, after = sessions.started(row.id)
        place = {"PWD", "HEDGEROW_WORKTREE", "TMUX", "TMUX_PANE", "OLDPWD"}
        kept = {name: value for name, value in before["env"].items() if name not in place}
        assert kept["SSH_AUTH_SOCK"] == "/run/user/agent.sock"
        assert kept["MY_OWN"] == "a\nb"
        assert {name: value for name, value in after["env"].items() if name not in place} == kept
        assert "gpt-6" in before["argv"]
        assert "gpt-6" in after["argv"]


async def test_CO05_an_agent_that_was_killed_holds_nothing(home: Home, playground: Playground) -> None:
    """Neither server nor agent came to say that it is over; and the number of its process may be another's by now."""
    settings_of(home)
    async with Sessions.opened(home, playground) as sessions:
        repository = sessions.ground.repository
        row = await sessions.start(f"write agent.txt x; hold {sessions.gate()}", name="work")
        row = await sessions.until(row.id, "working")
    ended = process(row)
    ended.kill()
    until(lambda: not ended.is_running() or ended.status() == psutil.STATUS_ZOMBIE, "its end")
    answer = shell(home, repository, "clean-up", "work", "--yes")
    assert answer.exit_code == 0, answer.errors
    assert not Path(row.path).exists()


async def test_CO12_an_agent_does_not_take_the_floor_from_under_itself(sessions: Sessions) -> None:
    row = await sessions.start(f"write agent.txt x; hold {sessions.gate()}; say done", name="work")
    await sessions.until(row.id, "working")
    await sessions.until_true((Path(row.path) / "agent.txt").exists, "its file")
    settings_of(sessions.home)
    with sessions.ground.nothing_changes():
        for words in (["archive", row.id], ["clean-up", "work"], ["hand-off", "work"]):
            answer = shell(sessions.home, Path(row.path), *words, "--yes")
            assert answer.exit_code == 1, (words, answer.output, answer.errors)
            assert row.label in answer.errors
    assert process(row).is_running()


async def test_RV04_a_rejection_waits_for_the_end_of_the_turn(sessions: Sessions) -> None:
    hedgerow = sessions.ground.hedgerow
    await hedgerow.app.keep_house(hedgerow.caller(sessions.ground.repository))
    row = await sessions.start(f"write agent.txt one; hold {sessions.gate()}; say done", name="work")
    await sessions.until(row.id, "working")
    file = Path(row.path) / "agent.txt"
    await sessions.until_true(file.exists, "its file")
    with sessions.ground.nothing_changes():
        result = await sessions.call("reject", checkout="work", paths=["agent.txt"])
    assert result.operation is None
    assert file.read_text() == "one\n", "the next edit of the agent would have failed"
    sessions.let_go()
    await sessions.until(row.id, "done")
    await sessions.until_true(lambda: not file.exists(), "the rejection to be carried out")
    history = await sessions.call("history")
    assert history.operations[0].command == "reject"


async def test_UX07_no_phase_outlives_what_it_was_said_of(sessions: Sessions) -> None:
    """Killed, its terminal closed, its hooks broken: none of them is at work for days."""
    rows: dict[str, SessionRow] = {}
    for way in ("killed", "hung up", "asks and is killed"):
        ask = "ask Bash" if way.startswith("asks") else f"hold {sessions.gate('never')}"
        row = await sessions.start(f"write agent.txt x; {ask}", name=way.replace(" ", "-"))
        rows[way] = await sessions.until(row.id, "waiting" if way.startswith("asks") else "working")
    for way, row in rows.items():
        process(row).send_signal(signal.SIGHUP if way == "hung up" else signal.SIGKILL)
    assert (await sessions.until(rows["killed"].id, "failed")).detail == "the agent was ended by SIGKILL"
    assert (await sessions.until(rows["asks and is killed"].id, "failed")).question is None
    await sessions.until(rows["hung up"].id, "ended")
    # And one whose hook says nothing any more is not said to be gone while it lives.
    mute = await sessions.start("mute", name="mute")
    await sessions.until(mute.id, "working")
    assert process(await sessions.row(mute.id)).is_running()
    process(await sessions.row(mute.id)).kill()
    await sessions.until(mute.id, "failed")


async def refused(sessions: Sessions, row: SessionRow) -> str:
    started = len(sessions.started())
    with sessions.ground.nothing_changes(), pytest.raises(HedgerowError) as caught:
        await sessions.call("resume", session=row.id)
    assert len(sessions.started()) == started
    return caught.value.message


async def test_UX08_a_session_is_resumed_where_its_work_is_or_not_at_all(sessions: Sessions) -> None:
    row = await conversation(sessions)
    ground, worktree = sessions.ground, Path(row.path)

    async def resumed_in(place: Path) -> None:
        result: Any = await sessions.call("resume", session=row.id)
        assert result.session.path == str(place)
        await sessions.until(row.id, "done", "idle")
        assert sessions.started(row.id)[-1]["cwd"] == str(place)
        await sessions.call("stop", session=row.id)

    await sessions.call("stop", session=row.id)
    await resumed_in(worktree)
    # Its work has gone to Local, and comes back by an undo.
    await ground.agree("handOff", checkout="work")
    await resumed_in(ground.repository)
    await ground.agree("undo")
    await resumed_in(worktree)
    # Somebody has taken the directory away, and nothing of it was kept: it does not go on somewhere else.
    ground.git("worktree", "remove", "--force", worktree)
    message = await refused(sessions, row)
    assert "no snapshot of it was kept" in message
    assert "hedgerow fork" in message
