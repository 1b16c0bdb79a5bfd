"""P4 with agents: whoever starts, moves or puts away a session is killed in the middle of it."""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.crash.interruption import EVERY_STOP, Gate, Stop, in_a_process
from tests.support.hedgerow import Hedgerow, shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground
from tests.support.scripted import LAUNCH_LINES, PROGRAM, Sessions, settings_of
from tests.support.until import until

from hedgerow.protocol.sessions import SessionRow

_STOPS = 6
"""Places that are tried, unless all are asked for."""


async def launched_long_ago(sessions: Sessions, row: SessionRow, **values: object) -> None:
    """As it stands in the database when the launch was cut short, and some time has passed."""
    record = sessions.ground.hedgerow.app._sessions.desk().roll.store.find(row.id)
    assert record is not None
    assert record.launched is not None
    store = sessions.ground.hedgerow.app._sessions.desk().roll.store
    store.change(row.id, pid=None, launched=record.launched - 30, **values)


async def test_a_launch_that_was_cut_short_is_found_in_its_terminal(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hedgerow.sessions import processes  # noqa: PLC0415

    monkeypatch.setattr(processes, "_BORN_AFTER_SECONDS", 1000.0)
    row = await sessions.start(agent="deaf", name="work")
    await launched_long_ago(sessions, row)
    now = await sessions.row(row.id)
    assert (now.pid, now.phase.value, now.host.value) == (row.pid, "unknown", "tmux")
    await sessions.ground.refused("cleanUp", "protected", checkouts=["work"])
    psutil.Process(row.pid).kill()
    await sessions.until(row.id, "failed")


async def test_one_that_never_came_to_have_a_terminal_is_over(sessions: Sessions) -> None:
    row = await sessions.start("say done", name="work")
    await sessions.until(row.id, "done")
    await sessions.call("stop", session=row.id)
    await launched_long_ago(sessions, row, stopped=None, terminal="a-nobody", host="tmux")
    now = await sessions.row(row.id)
    assert (now.phase.value, now.host.value, now.pid) == ("ended", "nothing", None)
    await sessions.ground.agree("cleanUp", checkouts=["work"])


# -- killed at one step after the other


class Scene:
    """A repository whose sessions are looked at by processes that know only what is on disk."""

    def __init__(self, home: Home, playground: Playground) -> None:
        settings_of(home)
        self.home = home
        self.repository = playground.repository()
        self.playground = playground
        self.oracle = Oracle(home)

    def shell(self, *words: str) -> Any:
        answer = shell(self.home, self.repository, *words, "--json", env={"PATH": os.environ["PATH"]})
        assert answer.exit_code == 0, (words, answer.output, answer.errors)
        return answer.json

    def killed(self, work: Any, at: int) -> None:
        """Do it in a process that is killed after so many calls of git or changes to files."""
        outcome = in_a_process(self.home, work, Stop("kill after", at), launch_lines=LAUNCH_LINES)
        assert outcome.crash is None, outcome.crash
        assert outcome.killed, f"it came to an end before call {at}"

    def sessions(self) -> list[dict[str, Any]]:
        self.shell("create", "never", "--dry-run")  # whatever changes something recovers first
        found: list[dict[str, Any]] = self.shell("list", "--past")["sessions"]
        return found

    def row(self, session: str) -> dict[str, Any]:
        (row,) = [each for each in self.sessions() if each["id"] == session]
        return row

    def at_rest(self, name: str) -> dict[str, Any]:
        prompt = "write agent.txt only here; say done"
        row = self.shell("start", "copilot", prompt, "--name", name)["session"]
        until(lambda: self.row(row["id"])["phase"] == "done", "its turn to end")
        self.playground.dirty(Path(row["path"]))
        return self.row(row["id"])


def lives(row: dict[str, Any]) -> bool:
    return row["pid"] is not None and psutil.pid_exists(row["pid"]) and psutil.Process(row["pid"]).status() != "zombie"


def put_away(scene: Scene, verb: str, row: dict[str, Any]) -> Any:
    params = {"session": row["id"]} if verb == "archive" else {"checkouts": [Path(row["path"]).name]}

    async def work(hedgerow: Hedgerow, gate: Gate) -> None:
        planned = await hedgerow.call(verb, scene.repository, **params)
        gate.open = True
        await hedgerow.call(verb, scene.repository, **params, token=planned.plan.token)
        gate.open = False

    return work


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("verb", ["archive", "cleanUp"])
def test_P4_put_away(verb: str, home: Home, playground: Playground) -> None:
    scene = Scene(home, playground)
    reference = in_a_process(home, put_away(scene, verb, scene.at_rest("reference")), launch_lines=LAUNCH_LINES)
    assert (reference.crash, reference.error) == (None, None)
    count = len(reference.calls)
    for number in range(count, 0, -1 if EVERY_STOP else -(count // _STOPS)):
        row = scene.at_rest(f"n{number}")
        worktree = Path(row["path"])
        before, kept = scene.oracle.observe(scene.repository), (worktree / "agent.txt").read_bytes()
        scene.killed(put_away(scene, verb, row), number)
        now, gone = scene.row(row["id"]), not worktree.exists()
        where = f"killed after {reference.calls[number - 1]} ({number} of {count})"
        assert now["phase"] in ("done", "idle") if lives(now) else now["phase"] == "parked", (where, now)
        if not gone:
            assert difference(before, scene.oracle.observe(scene.repository)) == [], where
            assert not now["archived"], where
        if not lives(now):  # its conversation goes on where it was
            assert scene.shell("resume", row["id"])["session"]["path"] == str(worktree), where
        assert (worktree / "agent.txt").read_bytes() == kept, where
        scene.shell("stop", row["id"], "--interrupt")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_P4_start(home: Home, playground: Playground) -> None:
    scene = Scene(home, playground)

    async def begin(hedgerow: Hedgerow, gate: Gate) -> None:
        gate.open = True
        await hedgerow.call("start", scene.repository, agent="copilot", prompt="say hi", name=f"n{time.time_ns()}")
        gate.open = False

    reference = in_a_process(home, begin, launch_lines=LAUNCH_LINES)
    assert (reference.crash, reference.error) == (None, None)
    count = len(reference.calls)
    for number in range(1, count - 3, 1 if EVERY_STOP else count // _STOPS):  # the next ones have less to write down
        known = {row["id"] for row in scene.sessions()}
        scene.killed(begin, number)
        where = f"killed after {reference.calls[number - 1]} ({number} of {count})"
        rows = scene.sessions()
        new = [row for row in rows if row["id"] not in known]
        assert len(new) <= 1, where
        assert all(Path(row["path"]).is_dir() for row in new), where
        homeless = {one.pid for one in psutil.process_iter() if _scripted(one, home)} - {row["pid"] for row in rows}
        assert homeless == set(), f"{where}: an agent runs that nobody knows of"


def _scripted(process: psutil.Process, home: Home) -> bool:
    try:
        return process.environ().get("HOME") == str(home.home) and str(PROGRAM) in process.cmdline()
    except psutil.Error:
        return False
