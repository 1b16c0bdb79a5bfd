"""Carrying out, taking back and recovering, where something else happens at the same time."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.crash.interruption import Gate, Outcome, Stop, in_a_process
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.oracle import Oracle
from tests.support.repositories import Program

from hedgerow.journal.bench import Bench
from hedgerow.journal.locks import Locks, operation_lock
from hedgerow.journal.operations import Operations
from hedgerow.journal.steps import Move
from hedgerow.protocol.errors import HedgerowError


def lock_files(ground: Ground) -> list[str]:
    return sorted(name for name in os.listdir(ground.home.hedgerow_state / "locks") if name.startswith("operation-"))


async def both(*calls: Any) -> tuple[list[Any], list[HedgerowError]]:
    """Two at once: the answers, and the refusals."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, HedgerowError):
            raise one
    return (
        [one for one in ended if not isinstance(one, BaseException)],
        [one for one in ended if isinstance(one, HedgerowError)],
    )


# -- plans and their tokens


async def test_a_token_with_dry_run_changes_nothing(ground: Ground) -> None:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    plan = await ground.plan("cleanUp", checkouts=["work"])

    with ground.nothing_changes():
        again = await ground.call("cleanUp", checkouts=["work"], token=plan.token, dryRun=True)

    assert again.plan is not None and again.plan.token == plan.token
    await ground.call("cleanUp", checkouts=["work"], token=plan.token)
    assert not worktree.exists()


@pytest.mark.parametrize("verb", ["create", "rename"])
async def test_a_plan_is_carried_out_in_its_own_repository_only(ground: Ground, verb: str) -> None:
    await ground.create("work")
    other = ground.playground.repository("other")
    await ground.hedgerow.agree("create", other, name="work")
    params = {"name": "made", "branch": "made"} if verb == "create" else {"checkout": "work", "label": "another"}
    planned = await ground.call(verb, **params, dryRun=True)
    oracle = Oracle(ground.home)
    before, elsewhere = ground.observe(), oracle.observe(other)

    with pytest.raises(HedgerowError, match="was made for"):
        await ground.hedgerow.call(verb, other, **params, token=planned.plan.token)

    assert ground.difference(before) == []
    assert oracle.observe(other).facts == elsewhere.facts


async def test_one_token_is_carried_out_once(ground: Ground) -> None:
    await ground.create("work")
    planned = await ground.call("rename", checkout="work", label="another", dryRun=True)
    async with Hedgerow.opened(ground.home) as second:
        params = {"checkout": "work", "label": "another", "token": planned.plan.token}
        done, refused = await both(ground.call("rename", **params), second.call("rename", ground.repository, **params))
    assert len(done) == len(refused) == 1, [one.message for one in refused]


async def test_one_operation_is_undone_once(ground: Ground) -> None:
    await ground.create("work")
    renamed = await ground.call("rename", checkout="work", label="another")
    async with Hedgerow.opened(ground.home) as second:
        params = {"operation": renamed.operation.id}
        done, refused = await both(ground.call("undo", **params), second.call("undo", ground.repository, **params))
    assert len(done) == len(refused) == 1, [one.message for one in refused]


async def test_a_refused_plan_leaves_no_lock_behind(ground: Ground) -> None:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    plan = await ground.plan("cleanUp", checkouts=["work"])
    (worktree / "note.txt").write_text("changed since\n")
    with pytest.raises(HedgerowError):
        await ground.call("cleanUp", checkouts=["work"], token=plan.token)
    assert lock_files(ground) == []


async def test_two_creates_of_one_branch(ground: Ground) -> None:
    """One gets it; the other's failure leaves that one's branch alone."""
    async with Hedgerow.opened(ground.home) as second:
        done, refused = await both(
            ground.call("create", name="one", branch="topic"),
            second.call("create", ground.repository, name="two", branch="topic"),
        )
    assert len(done) == len(refused) == 1, [one.paths for one in done]
    holders = ground.git("for-each-ref", "--format=%(worktreepath)", "refs/heads/topic").decode().split()
    assert holders == done[0].paths


# -- recovery


def killed(ground: Ground, stop: Stop, verb: str, **params: Any) -> Outcome:
    """A process of its own carries out a command and is killed at a call."""

    async def work(hedgerow: Hedgerow, gate: Gate) -> None:
        gate.open = True
        await hedgerow.agree(verb, ground.repository, **params)

    return in_a_process(ground.home, work, stop)


def call_of(ground: Ground, label: str, verb: str, **params: Any) -> int:
    """Number of the last call with this label in a run that is not stopped; the run is undone again."""

    async def work(hedgerow: Hedgerow, gate: Gate) -> None:
        gate.open = True
        done = await hedgerow.agree(verb, ground.repository, **params)
        gate.open = False
        assert done.operation is not None
        await hedgerow.agree("undo", ground.repository, operation=done.operation.id)

    outcome = in_a_process(ground.home, work)
    assert outcome.crash is None, outcome.crash
    assert outcome.error is None, outcome.error
    return max(number for number, call in enumerate(outcome.calls, 1) if call == label)


async def test_a_crash_in_the_set_up_script_leaves_a_whole_worktree(ground: Ground) -> None:
    """The script kills the product: what was made is kept, and its set-up counts as failed."""
    ground.playground.commit(ground.repository, "set-up", {".hedgerow/setup.sh": Program("#!/bin/sh\nkill -9 $PPID\n")})
    plan = await ground.plan("create", name="work")
    assert plan.setup is not None
    outcome = killed(
        ground, Stop("never", 0), "create", name="work", setup={"sha256": plan.setup.sha256}, branch="topic"
    )
    assert outcome.killed
    async with Hedgerow.opened(ground.home) as anew:
        (row,) = [row for row in await anew.rows(ground.repository) if row.name == "work"]
        history = await anew.call("history", ground.repository)
    assert (row.state.value, row.setup.value) == ("ok", "failed")
    assert [(one.state, one.error) for one in history.operations] == [("done", None)]
    assert lock_files(ground) == []


async def test_recovery_leaves_another_repository_at_the_place_alone(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.dirty(worktree)
    renames = call_of(ground, "file rename", "cleanUp", checkouts=["work"])
    before = ground.observe()
    assert killed(ground, Stop("kill before", renames), "cleanUp", checkouts=["work"]).killed
    assert not worktree.exists()
    aside = ground.repository.with_name("aside")
    ground.repository.rename(aside)
    other = ground.playground.repository()
    oracle = Oracle(ground.home)
    elsewhere = oracle.observe(other)

    async with Hedgerow.opened(ground.home) as anew:
        history = await anew.call("history", other, all=True)
        (running,) = [one for one in history.operations if one.state == "running"]
        assert "another repository" in (running.error or "")
    assert oracle.observe(other).facts == elsewhere.facts

    shutil.rmtree(other)
    aside.rename(ground.repository)
    async with Hedgerow.opened(ground.home):
        assert worktree.exists()
    assert ground.difference(before) == []


async def test_what_a_dead_process_left_half_way_is_not_built_upon(ground: Ground) -> None:
    """While another process recovers it, and so holds its locks, the same checkout is not taken for settled."""
    await ground.create("work")
    ground.playground.write(ground.repository, {"a.txt": "edited\n", "new.txt": "new\n"})
    params = {"name": "moved", "carry": "move"}
    last = call_of(ground, "file remove_file", "create", **params)
    assert killed(ground, Stop("kill after", last), "create", **params).killed
    (row,) = ground.hedgerow.app._tools.journal.database.rows("SELECT id FROM operations WHERE state = 'running'")
    recovering = Locks(ground.home.hedgerow_state / "locks")
    with recovering.if_free([operation_lock(row["id"])]) as ours:
        assert ours
        with pytest.raises(HedgerowError, match=f"cut short.*{row['id']}"):
            await ground.call("create", name="copied", carry="copy")
    await ground.call("create", name="copied", carry="copy")
    assert (ground.repository / "new.txt").read_text() == "new\n"


async def test_two_processes_recover_at_once(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.dirty(worktree)
    renames = call_of(ground, "file rename", "cleanUp", checkouts=["work"])
    before = ground.observe()
    assert killed(ground, Stop("kill before", renames), "cleanUp", checkouts=["work"]).killed
    async with Hedgerow.opened(ground.home), Hedgerow.opened(ground.home):
        pass
    apps = [Hedgerow.opened(ground.home) for _ in range(3)]
    opened = await asyncio.gather(*(one.__aenter__() for one in apps))
    assert len(opened) == 3
    for one in apps:
        await one.__aexit__(None, None, None)
    assert ground.difference(before) == []
    assert lock_files(ground) == []


# -- taking back


async def test_a_database_that_fails_meanwhile_does_not_stop_the_taking_back(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ground.observe()
    mark = Operations._mark

    def failing(self: Operations, identity: str, number: int, state: str) -> None:
        if state == "reverted":
            raise HedgerowError("diskFull", "the disk of the state database is full")  # type: ignore[arg-type]
        mark(self, identity, number, state)

    monkeypatch.setattr(Operations, "_mark", failing)

    async def fails(_bench: Bench) -> None:
        raise OSError(5, "Input/output error")

    tools = ground.hedgerow.app._tools
    planned = await ground.call("create", name="work", branch="topic", dryRun=True)
    draft = tools.agreement.plans.take(planned.plan.token, "create")
    repository = await tools.repository_to_change(None, ground.hedgerow.caller(ground.repository))
    with pytest.raises(HedgerowError):
        await tools.agreement.operations.carry_out(draft, repository.git, last=fails)
    assert ground.difference(before) == []


async def test_a_place_that_was_taken_meanwhile_is_told(ground: Ground, tmp_path: Path) -> None:
    """A directory that cannot go back to its place is not said to be there."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    step = Move.of(source, target)
    bench: Any = None
    await step.apply(bench)
    source.mkdir()
    with pytest.raises(HedgerowError, match=str(target)):
        await step.revert(bench)


# -- locks


def test_a_lock_on_a_file_that_was_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl  # noqa: PLC0415

    locks, real = Locks(tmp_path), fcntl.flock
    removed: list[str] = []

    def flock(descriptor: int, how: int) -> None:
        if not removed:  # its former holder ends between our opening and our locking
            removed.append("once")
            (tmp_path / "name").unlink()
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with locks.if_free(["name"]) as ours, Locks(tmp_path).if_free(["name"]) as theirs:
        assert ours
        assert not theirs


def test_a_lock_that_is_not_had_leaves_no_descriptor(tmp_path: Path) -> None:
    locks = Locks(tmp_path)
    with locks.if_free(["b"]):
        before = len(os.listdir("/proc/self/fd"))
        with locks.if_free(["a", "b"]) as ours:
            assert not ours
        assert len(os.listdir("/proc/self/fd")) == before
