"""CO01-CO15: several windows, processes and agents at once."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground, program_inside
from tests.support.hedgerow import shell
from tests.support.oracle import of_checkout
from tests.support.repositories import Program

from hedgerow.protocol.checkouts import ListChanged, ServerStatus


def _start(ground: Ground, *args: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    program = Path(sys.executable).parent / "hedgerow"
    return subprocess.Popen(
        [program, *args, "--json", "--yes"], cwd=cwd or ground.repository, env=ground.home.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _finish(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        answers.append((process.returncode, out, err))
    return answers


async def test_CO01_one_name_for_two(ground: Ground) -> None:
    answers = _finish([_start(ground, "create", "same", "--branch", "same") for _ in range(4)])
    won = [json.loads(out) for code, out, _ in answers if code == 0]
    assert len(won) == 1, answers
    worktree = Path(won[0]["paths"][0])
    assert ground.git("symbolic-ref", "HEAD", cwd=worktree).decode().strip() == "refs/heads/same"
    assert [path for path in ground.observe().checkouts if path != ground.repository] == [worktree]
    # Names that are made up never meet, however many ask at once.
    made = await asyncio.gather(*(ground.hedgerow.agree("create", ground.repository) for _ in range(4)))
    assert len({result.paths[0] for result in made}) == 4


async def test_CO03_ten_removals_at_once(ground: Ground) -> None:
    bystander = ground.playground.worktree(ground.repository, "bystander")
    before = ground.observe()
    worktrees = [await ground.create(f"session-{number}") for number in range(10)]
    for worktree in worktrees:
        ground.playground.write(worktree, {"untracked.txt": str(worktree)})
    results = await asyncio.gather(
        *(ground.hedgerow.agree("cleanUp", ground.repository, checkouts=[str(path)]) for path in worktrees)
    )
    assert not any(worktree.exists() for worktree in worktrees)
    assert bystander.exists()
    assert ground.difference(before) == []
    for result in results:
        assert result.operation is not None
        await ground.agree("undo", operation=result.operation.id)
    for worktree in worktrees:
        assert (worktree / "untracked.txt").read_text() == str(worktree)


async def test_CO04_reading_takes_no_lock(ground: Ground) -> None:
    worktree = await ground.create("watched")
    (worktree / "a.txt").write_text("one\n")
    control = ground.playground.worktree(ground.repository, "control")
    (control / "a.txt").write_text("one\n")
    index = ground.playground.admin(control) / "index"
    written = index.stat().st_ino
    ground.git("status", cwd=control)
    assert index.stat().st_ino != written, "a plain status rewrites the index under its lock"

    index = ground.playground.admin(worktree) / "index"
    identity = index.stat()
    for _ in range(3):
        await ground.call("list", wait=True, sizes=True)
        await ground.call("history")
        await ground.call("doctor")
        await ground.call("cleanUp", checkouts=["watched"], dryRun=True)
    assert (index.stat().st_ino, index.stat().st_mtime_ns) == (identity.st_ino, identity.st_mtime_ns)
    # A lock that somebody holds stays theirs.
    lock = index.with_name("index.lock")
    lock.write_text("held")
    await ground.call("list", wait=True)
    error = await ground.refused("cleanUp", checkouts=["watched"])
    assert "index.lock" in error.message or "lock" in error.message
    assert lock.read_text() == "held"


async def test_CO04_watching_takes_no_lock_and_does_not_wake_itself(ground: Ground) -> None:
    worktree = await ground.create("watched")
    told: list[ListChanged] = []
    ground.hedgerow.app.on_list_changed(told.append)
    await ground.call("list", wait=True)
    index = ground.playground.admin(worktree) / "index"
    await _at_rest(ground)
    identity, started = index.stat(), ground.hedgerow.git.started

    # Somebody's rebase, with the index locked in its middle, and edits all the while.
    lock = index.with_name("index.lock")
    lock.write_text("held")
    (worktree / "a.txt").write_text("edited\n")
    while not any(row.counts and row.counts.unstaged for news in told for row in news.changed):
        await asyncio.sleep(0.01)
    await _at_rest(ground)

    assert lock.read_text() == "held"
    assert (index.stat().st_ino, index.stat().st_mtime_ns) == (identity.st_ino, identity.st_mtime_ns)
    assert ground.hedgerow.git.started - started <= 4, "one edit sets off one look, not one after the other"


async def test_CO06_no_watches_left(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, what cannot be watched is polled, and no answer is of before."""
    from hedgerow.watch import watcher  # noqa: PLC0415
    from hedgerow.watch.systems import notices  # noqa: PLC0415

    worktree = await ground.create("unwatched")
    ground.playground.write(worktree, {f"{number}/x": "x" for number in range(30)})
    monkeypatch.setattr(notices, "system_limit", lambda: 40)
    monkeypatch.setattr(watcher, "POLL_SECONDS", 0.1)
    told: list[ListChanged] = []
    statuses: list[ServerStatus] = []
    ground.hedgerow.app.on_list_changed(told.append)
    ground.hedgerow.app.on_status(statuses.append)
    await ground.call("list", wait=True)
    while not statuses or statuses[-1].health != "warning":
        await asyncio.sleep(0.01)
    assert "fs.inotify.max_user_watches" in (statuses[-1].message or "")

    (worktree / "a.txt").write_text("edited\n")
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.counts is not None
    assert row.counts.unstaged == 1
    told.clear()
    (worktree / "sub" / "b.txt").write_text("edited\n")
    while not any(row.counts and row.counts.unstaged == 2 for news in told for row in news.changed):
        await asyncio.sleep(0.01)


async def _at_rest(ground: Ground) -> None:
    """Until no git was started for a second, and it is known that everything is watched."""
    before = -1
    while before != ground.hedgerow.git.started or ground.hedgerow.app._live._watching is None:
        before = ground.hedgerow.git.started
        await asyncio.sleep(1)


_HOLDER = """
import asyncio, os, signal, sys
from pathlib import Path
from hedgerow.app import App
from hedgerow.git.runner import Git
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.settings import Settings
from hedgerow.protocol.worktrees import CleanUpParams

async def main():
    app = await App.open(settings=Settings(), state_directory=Path(sys.argv[1]))
    caller = Caller(directories=(Path(sys.argv[2]),))
    params = CleanUpParams(checkouts=["held"])
    plan = (await app.call("cleanUp", params, caller)).plan
    from hedgerow.journal import files
    real = files.rename
    def rename(source, target):
        os.kill(os.getpid(), signal.SIGKILL)
    files.rename = rename
    await app.call("cleanUp", params.model_copy(update={"token": plan.token}), caller)

asyncio.run(main())
"""


async def test_CO05_locks_of_the_dead(ground: Ground) -> None:
    worktree = await ground.create("held")
    ground.playground.dirty(worktree)
    before = ground.observe()
    holder = subprocess.run(
        [sys.executable, "-c", _HOLDER, ground.home.hedgerow_state, ground.repository],
        env=ground.home.environment(), capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert holder.returncode == -9, holder.stderr.decode()
    # Whoever comes next neither waits for the dead nor finds anything locked.
    answer = shell(ground.home, ground.repository, "list", "--json")
    assert answer.exit_code == 0
    assert ground.difference(before) == []
    assert not list((ground.repository / ".git").rglob("*.lock"))
    assert not list((ground.repository / ".git").rglob("locked"))
    assert shell(ground.home, ground.repository, "clean-up", "held", "--json", "--yes").exit_code == 0
    assert not worktree.exists()


async def test_CO08_one_path_restored_twice(ground: Ground) -> None:
    worktree = await ground.create("wanted")
    ground.playground.dirty(worktree)
    contents = ground.observe().files(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    answers = _finish([_start(ground, "restore", snapshot, "--place", "old") for _ in range(3)])
    assert sorted(code == 0 for code, _, _ in answers) == [False, False, True], answers
    there = ground.observe().files(worktree)
    assert {k: v for k, v in there.items() if k != b".git"} == {k: v for k, v in contents.items() if k != b".git"}
    assert ground.git("status", "--porcelain", cwd=worktree)


async def test_CO09_a_directory_that_is_worked_in(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    with program_inside(control) as program:
        ground.git("worktree", "remove", control)
        assert Path(f"/proc/{program.pid}/cwd").readlink().name.endswith("(deleted)")

    made = await ground.create("worked-in")
    operation = (await ground.call("history")).operations[0]
    with program_inside(made):
        # Not by cleaning up, and not by undoing what made it.
        await ground.refused("cleanUp", "protected", checkouts=["worked-in"])
        await ground.refused("undo", "protected", "notUndoable", operation=operation.id)


async def test_CO12_not_the_floor_under_itself(ground: Ground) -> None:
    worktree = await ground.create("own")
    (worktree / "sub").mkdir(exist_ok=True)
    for place in (worktree, worktree / "sub"):
        answer = shell(ground.home, place, "clean-up", "own", "--json", "--yes")
        assert answer.exit_code != 0
        assert worktree.exists()
        assert shell(ground.home, place, "clean-up", "--landed", "--json", "--yes").exit_code == 0
        assert worktree.exists()


async def test_CO13_no_file_monitor_is_started(ground: Ground) -> None:
    started = ground.playground.directory / "monitor-started"
    monitor = ground.home.home / "monitor"
    ground.playground.write(ground.home.home, {"monitor": Program(f"#!/bin/sh\ntouch '{started}'\nprintf '/\\0'\n")})
    ground.home.configure(f"[core]\n\tfsmonitor = {monitor}\n")
    ground.git("status")
    assert started.exists()
    started.unlink()
    worktree = await ground.create("unwatched", carry="copy")
    (worktree / "a.txt").write_text("edited\n")
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.counts is not None
    assert row.counts.unstaged == 1
    await ground.clean_up(worktree)
    await ground.agree("undo")
    assert not started.exists()


async def test_CO15_planned_before_anything_moves(ground: Ground) -> None:
    worktree = await ground.create("place")
    ground.playground.dirty(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    # Somebody has taken the old place, as a file, as a directory, as another worktree.
    for occupy, free in (
        (lambda: worktree.write_text("occupied"), worktree.unlink),
        (
            lambda: (worktree.mkdir(), (worktree / "x").write_text("x")),
            lambda: ((worktree / "x").unlink(), worktree.rmdir()),
        ),
    ):
        occupy()
        error = await ground.refused("restore", snapshot=snapshot, place="old")
        assert str(worktree) in error.message or "place" in error.message
        await ground.refused("undo", operation=result.operation.id)
        free()
    ground.git("worktree", "add", "--quiet", "--detach", worktree)
    await ground.refused("restore", snapshot=snapshot, place="old")
    await ground.refused("undo", operation=result.operation.id)


async def test_CO14_one_writer_for_one_checkout(ground: Ground) -> None:
    worktree = await ground.create("shared")
    ground.playground.dirty(worktree)
    before = ground.observe()

    async def attempt(verb: str, **params: Any) -> bool:
        try:
            await ground.hedgerow.agree(verb, ground.repository, **params)
        except Exception as error:  # noqa: BLE001
            assert error.__class__.__name__ == "HedgerowError", error
            return False
        return True

    done = await asyncio.gather(
        attempt("cleanUp", checkouts=[str(worktree)]),
        attempt("branchHere", checkout=str(worktree), branch="shared"),
        attempt("cleanUp", checkouts=[str(worktree)]),
    )
    # In whatever order, each happened whole or not at all, and one removal is all there can be.
    assert done[0] != done[2] or not done[0]
    while not worktree.exists():
        await ground.agree("undo")
    left_over = ground.difference(before, except_for=[of_checkout(worktree)])
    assert all("refs/heads/shared" in line for line in left_over), left_over
    assert ground.observe().files(worktree) == before.files(worktree)
