"""P4: fail at the Nth call of git or change to a file, or be killed there, for every N; the next start recovers.

Afterwards all is exactly as before, or completely done; and either way nothing is lost.
"""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.crash.interruption import EVERY_STOP, Gate, Stop
from tests.crash.scene import Scene, changed, make_scene
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import Fact, Observation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

READING = frozenset(
    f"git {name}"
    for name in ("rev-parse", "rev-list", "for-each-ref", "cat-file", "ls-files", "ls-tree", "status", "log", "config",
                 "check-ignore", "check-attr", "diff-tree", "diff-index", "merge-base", "show-ref", "var")
)  # fmt: skip
"""Calls after which the world is as before: being killed just after is being killed just before the next."""


WAYS = ("fail", "kill before", "kill during", "kill after")


@dataclass(frozen=True)
class Case:
    """One operation, and how to tell that it is done."""

    verb: str
    params: Callable[[Scene], dict[str, Any]]
    prepare: tuple[str, dict[str, Any]] | None = None
    """A command to carry out first; the interruption then hits the one after it."""
    also: tuple[tuple[str, dict[str, Any]], ...] = ()
    """More commands before it."""
    moves_head: bool = False
    """HEAD or a branch goes there and, taken back, comes back: both are in its reflog; nothing else may differ."""
    stride: int = 2
    """It has so many calls that only every so-manieth is stopped at, others in each way, unless all are asked for."""

    async def go(self, hedgerow: Hedgerow, gate: Gate, scene: Scene, undone: str | None) -> str:
        params = self.params(scene) if undone is None else {"operation": undone}
        planned = await hedgerow.call(self.verb, scene.repository, **params, dryRun=True)
        assert planned.plan is not None
        gate.open = True
        done = await hedgerow.call(self.verb, scene.repository, **params, token=planned.plan.token)
        gate.open = False
        assert done.operation is not None
        return str(done.operation.id)


CASES = {
    "create": Case("create", lambda _: {"name": "made", "branch": "made", "carry": "move"}),
    "cleanUp": Case("cleanUp", lambda scene: {"checkouts": [str(scene.worktree)], "deleteBranch": True}),
    "restore": Case(
        "restore", lambda _: {"snapshot": "session", "name": "back"}, ("cleanUp", {"checkouts": ["session"]})
    ),
    "handOff": Case("handOff", lambda scene: {"checkout": str(scene.worktree)}, moves_head=True, stride=10),
    "handOff, home": Case(
        "handOff",
        lambda _: {"checkout": "Local"},
        ("handOff", {"checkout": "session"}),
        moves_head=True,
        stride=10,
    ),
    "sync": Case("sync", lambda _: {"from": "session", "markers": True}, stride=10),
    "sync, overwriting": Case("sync", lambda _: {"from": "session", "method": "overwrite"}, moves_head=True, stride=10),
    "land": Case(
        "land",
        lambda _: {"checkout": "session", "how": "fastForward"},
        ("commit", {"checkout": "session", "message": "all of it"}),
        (("create", {"name": "aside", "carry": "move"}),),
        moves_head=True,
        stride=10,
    ),
    "reject": Case("reject", lambda _: {"checkout": "session", "all": True}, stride=4),
    "undo, rejecting": Case("undo", lambda _: {}, ("reject", {"checkout": "session", "all": True}), stride=4),
    "undo": Case("undo", lambda _: {}, ("cleanUp", {"checkouts": ["session"], "deleteBranch": True})),
    "undo, moving back": Case("undo", lambda _: {}, ("create", {"name": "made", "carry": "move"})),
}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", CASES)
def test_P4(name: str, how: str, home: Home) -> None:
    case = CASES[name]
    scene = make_scene(home)
    # What an `undo` undoes: at first what was prepared, then the undo of the undo.
    to_undo: str | None = None
    if case.prepare is not None:
        verb, params = case.prepare

        async def prepare(hedgerow: Hedgerow, _: Gate) -> str | None:
            done = _id(await hedgerow.agree(verb, scene.repository, **params))
            for another, more in case.also:
                await hedgerow.agree(another, scene.repository, **more)
            return done

        prepared = scene.run(prepare)
        assert prepared.crash is None, prepared.crash
        assert prepared.error is None, prepared.error
        if case.verb == "undo":
            to_undo = prepared.value

    async def work(hedgerow: Hedgerow, gate: Gate) -> str:
        return await case.go(hedgerow, gate, scene, to_undo)

    def undo(operation: str) -> None:
        nonlocal to_undo

        async def back(hedgerow: Hedgerow, _: Gate) -> str | None:
            return _id(await hedgerow.agree("undo", scene.repository, operation=operation))

        undone = scene.run(back)
        assert undone.crash is None, undone.crash
        assert undone.error is None, undone.error
        if case.verb == "undo":
            to_undo = undone.value

    aside = (_reflogs,) if case.moves_head else ()
    before = scene.observe()
    commits = scene.oracle.commits(scene.repository)
    reference = scene.run(work)
    assert reference.crash is None, reference.crash
    assert reference.error is None, reference.error
    done = scene.observe()
    assert changed(before, done) != [], "the operation does nothing"
    undo(reference.value)
    assert changed(before, scene.observe(), _reflogs) == []
    before = scene.observe()

    number, rolled_back, completed = 0, 0, 0
    stops = _stops(case, how, reference.calls)
    while True:
        number += 1
        if number <= len(reference.calls) and number not in stops:
            continue
        outcome = scene.run(work, Stop(how, number))
        label = reference.calls[number - 1] if number <= len(reference.calls) else "none"
        where = f"{name}, {how} call {number} of {len(reference.calls)} ({label})"
        assert outcome.crash is None, f"{where}\n{outcome.crash}"
        if how == "fail" and outcome.error is not None:
            # An operation that reports an error has left everything as it was, by itself.
            assert changed(before, scene.observe(), *aside) == [], f"{where}: {outcome.error}"
        if outcome.killed:
            _recover(scene, where)
        after = scene.observe()
        lines = changed(before, after, *aside)
        assert scene.oracle.missing_commits(scene.repository, commits) == [], where
        if lines:
            assert not (how == "fail" and outcome.error is not None), where
            unlike = _unlike(done, after)
            assert unlike == [], f"{where}: neither as before nor done:\n" + "\n".join(unlike)
            completed += 1
            undo(_newest(scene))
            lines = changed(before, scene.observe(), _reflogs)
            assert lines == [], f"{where}: not undone:\n" + "\n".join(lines)
            before = scene.observe()
        else:
            before = scene.observe() if aside else before
            assert outcome.killed or outcome.error is not None, f"{where}: it said that it is done"
            rolled_back += 1
        if not outcome.killed and len(outcome.calls) < number:
            break
    # Some calls more or less: what git has cached in the meantime need not be asked again.
    assert number >= len(reference.calls) - max(3, len(reference.calls) // 20)
    assert rolled_back or how == "kill during", "not one interruption was rolled back"
    assert scene.oracle.fsck(scene.repository) == []
    assert _left_behind(scene, killed=how != "fail") == []


def _id(result: Any) -> str | None:
    return result.operation.id if result.operation is not None else None


def _stops(case: Case, how: str, calls: list[str]) -> set[int]:
    """The numbers of the calls to stop at."""
    worth = [number for number in range(1, len(calls) + 1) if not _left_out(how, calls[:number])]
    stride = 1 if EVERY_STOP else case.stride
    return set(worth[WAYS.index(how) % stride :: stride])


def _left_out(how: str, calls: list[str]) -> bool:
    """Whether stopping at the last of ``calls`` would leave the same world as another stop does.

    Failing is tried at every call. Killing is not, where nothing has changed since the last place of a kill: between
    two reads. `HEDGEROW_CRASH_EVERYWHERE` does it nevertheless.
    """
    call = calls[-1]
    if how == "kill during":
        return call in READING or not call.startswith("git ")
    if os.environ.get("HEDGEROW_CRASH_EVERYWHERE"):
        return False
    if how == "kill after":
        return call in READING
    return how == "kill before" and call in READING and calls[-2:-1] != [] and calls[-2] in READING


def _recover(scene: Scene, where: str) -> None:
    """Open anew until nothing is under way: what a killed process had started may live on for a moment."""

    async def under_way(hedgerow: Hedgerow, _: Gate) -> list[str]:
        history = await hedgerow.call("history", scene.repository)
        return [one.title for one in history.operations if one.state == "running"]

    deadline = time.monotonic() + 60
    while True:
        opened = scene.run(under_way)
        assert opened.crash is None, f"{where}: recovery: {opened.crash}"
        assert opened.error is None, f"{where}: recovery: {opened.error}"
        if not opened.value:
            return
        assert time.monotonic() < deadline, f"{where}: never recovered: {opened.value}"


def _unlike(done: Observation, after: Observation) -> list[str]:
    """Where it is not done as the uninterrupted run did it: the same files, index, refs and registrations."""
    ids = {b"gitdir", b".git", b"commondir"}
    return changed(done, after, lambda fact: fact.area == "reflog" or fact.name in ids)


def _reflogs(fact: Fact) -> bool:
    """What an undo may leave: reflogs that have grown."""
    return fact.area == "reflog"


def _newest(scene: Scene) -> str:
    async def newest(hedgerow: Hedgerow, _: Gate) -> str:
        history = await hedgerow.call("history", scene.repository)
        return next(str(one.id) for one in history.operations if one.state == "done")

    found = scene.run(newest)
    assert found.crash is None, found.crash
    return str(found.value)


def _left_behind(scene: Scene, *, killed: bool) -> list[str]:
    """Temporary files and locks that nobody will ever take away; a killed process leaves its own in TMPDIR."""
    common = scene.repository / ".git"
    found = [
        path
        for path in common.rglob("*")
        if (path.name.endswith(".lock") or path.name.startswith(".hedgerow-")) and "trash" not in path.parts
    ]
    known = {*scene.observe().checkouts, scene.worktree.parent / ".trash"}
    found += [path for path in scene.worktree.parent.iterdir() if path not in known]
    if not killed:
        found += list((scene.home.root / "tmp").iterdir())
    return [os.fsdecode(path) for path in found]


def test_the_gate_stops(home: Home) -> None:
    """The wrapping itself: a stop at the first call is a stop, in each of the three ways."""
    scene = make_scene(home)

    async def work(hedgerow: Hedgerow, gate: Gate) -> str:
        gate.open = True
        return str((await hedgerow.agree("create", scene.repository)).paths)

    whole = scene.run(work)
    assert whole.error is None, whole.error
    assert any(call.startswith("git ") for call in whole.calls)
    assert any(call.startswith("file ") for call in whole.calls)
    assert scene.run(work, Stop("kill before", 1)).killed
    assert scene.run(work, Stop("kill after", 2)).killed
    failed = scene.run(work, Stop("fail", 3))
    assert failed.error is not None
    assert len(failed.calls) >= 3
