"""P8: two processes, one stopped at a call while the other goes: each ends as if it had never begun, or done."""

# ruff: noqa: N802 - named by the properties; the product is imported in the forked process

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.crash.interruption import EVERY_STOP, Gate, Outcome, Stop, start, told
from tests.crash.scene import Scene, changed, make_scene
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import Except, of_area, of_checkout, of_ref

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAUSES = 5 if EVERY_STOP else 3
"""At how many of its calls, evenly spread, the first process is stopped."""


@dataclass(frozen=True)
class Side:
    verb: str
    params: Callable[[Scene], dict[str, Any]]
    changes: Callable[[Scene], list[Except]]


Preparation = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True)
class Pair:
    """Two commands, how many of them are carried out at least, and what leads up to them."""

    first: Side
    second: Side
    at_least: int
    before: Preparation = ()


def _session(scene: Scene) -> list[Except]:
    return [of_checkout(scene.worktree)]


def _made(name: str) -> Callable[[Scene], list[Except]]:
    return lambda scene: [of_checkout(scene.worktree.parent / name), of_ref(f"refs/heads/{name}")]


CLEAN_UP = Side("cleanUp", lambda scene: {"checkouts": [str(scene.worktree)]}, _session)
CREATE = Side("create", lambda _: {"name": "made", "branch": "made"}, _made("made"))
CREATE_OTHER = Side("create", lambda _: {"name": "other", "branch": "other", "carry": "copy"}, _made("other"))
BRANCH = Side(
    "branchHere", lambda scene: {"checkout": str(scene.worktree), "branch": "named"},
    lambda scene: [*_session(scene), of_ref("refs/heads/named")],
)  # fmt: skip
RENAME = Side("rename", lambda scene: {"checkout": str(scene.worktree), "label": "another"}, lambda _: [])


def _both(*refs: str) -> Callable[[Scene], list[Except]]:
    """Local and the worktree, and branches that are made or moved; HEADs that move leave their traces."""
    return lambda scene: [
        of_checkout(scene.worktree, scene.repository), of_ref(*refs), of_area("reflog"),
        lambda fact: fact.area == "admin" and fact.where == str(scene.repository / ".git") and fact.name == b"HEAD",
    ]  # fmt: skip


HAND_OFF = Side("handOff", lambda scene: {"checkout": str(scene.worktree)}, _both("refs/heads/session"))
HOME = Side("handOff", lambda _: {"checkout": "Local", "to": "home"}, _both())
SYNC = Side("sync", lambda scene: {"from": str(scene.worktree), "markers": True}, _both())
SYNC_BACK = Side("sync", lambda scene: {"from": "Local", "to": str(scene.worktree), "markers": True}, _both())
LAND = Side("land", lambda scene: {"checkout": str(scene.worktree), "how": "squash"}, _both("refs/heads/main"))
COMMIT = Side("commit", lambda scene: {"checkout": str(scene.worktree), "message": "all"}, _both())

HOSTED: Preparation = (("handOff", {"checkout": "session"}),)
COMMITTED: Preparation = (
    ("commit", {"checkout": "session", "message": "all of it"}), ("create", {"name": "aside", "carry": "move"})
)  # fmt: skip

PAIRS: dict[str, Pair] = {
    "one name, twice": Pair(CREATE, CREATE, 1),
    "two creates": Pair(CREATE, CREATE_OTHER, 2),
    "one removal, twice": Pair(CLEAN_UP, CLEAN_UP, 1),
    "a removal and a create": Pair(CLEAN_UP, CREATE_OTHER, 2),
    "a removal and a branch": Pair(CLEAN_UP, BRANCH, 1),
    "a branch and a removal": Pair(BRANCH, CLEAN_UP, 1),
    "a removal and a rename": Pair(CLEAN_UP, RENAME, 1),
    "one hand-off, twice": Pair(HAND_OFF, HAND_OFF, 1),
    "a hand-off and a sync": Pair(HAND_OFF, SYNC, 1),
    "a hand-off and a removal": Pair(HAND_OFF, CLEAN_UP, 1),
    "a hand-off and a commit": Pair(HAND_OFF, COMMIT, 1),
    "home, twice": Pair(HOME, HOME, 1, HOSTED),
    "home, and a removal of the home": Pair(HOME, CLEAN_UP, 1, HOSTED),
    "home, and a sync to it": Pair(HOME, SYNC_BACK, 1, HOSTED),
    "one sync, twice": Pair(SYNC, SYNC, 1),
    "a sync and a hand-off": Pair(SYNC, HAND_OFF, 1),
    "two syncs that cross": Pair(SYNC, SYNC_BACK, 1),
    "one landing, twice": Pair(LAND, LAND, 1, COMMITTED),
    "a landing and a hand-off": Pair(LAND, HAND_OFF, 1, COMMITTED),
    "a landing and a removal": Pair(LAND, CLEAN_UP, 1, COMMITTED),
}


@pytest.mark.parametrize("name", PAIRS)
def test_P8(name: str, home: Home) -> None:
    pair = PAIRS[name]
    first, second = pair.first, pair.second
    scene = make_scene(home, branch=None)
    for verb, params in pair.before:
        _prepare(scene, verb, params)

    def work(side: Side) -> Any:
        async def go(hedgerow: Hedgerow, gate: Gate) -> str:
            params = side.params(scene)
            planned = await hedgerow.call(side.verb, scene.repository, **params, dryRun=True)
            gate.open = True
            token = planned.plan.token if planned.plan else None
            done = await hedgerow.call(side.verb, scene.repository, **params, token=token)
            return str(done.operation.id)

        return go

    def undo(operation: str) -> None:
        async def back(hedgerow: Hedgerow, _: Gate) -> None:
            await hedgerow.agree("undo", scene.repository, operation=operation)

        assert (undone := scene.run(back)).error is None, undone.error
        assert undone.crash is None, undone.crash

    before = scene.observe()
    reference = scene.run(work(first))
    assert reference.crash is None, reference.crash
    assert reference.error is None, reference.error
    undo(reference.value)
    before = scene.observe()
    commits = scene.oracle.commits(scene.repository)
    calls = len(reference.calls)
    assert calls
    for pause in sorted({1 + calls * step // PAUSES for step in range(PAUSES)}):
        where = f"{name}, stopped before call {pause} of {calls} ({reference.calls[pause - 1]})"
        one, other = _interleaved(home, work(first), work(second), pause)
        assert one.crash is None, f"{where}: {one.crash}"
        assert other.crash is None, f"{where}: {other.crash}"
        assert not one.killed, where
        done = [(side, it) for side, it in ((first, one), (second, other)) if it.error is None]
        refusals = [it.error for it in (one, other) if it.error is not None]
        assert len(done) >= pair.at_least, f"{where}: {refusals}"
        allowed = [excuse for side, _ in done for excuse in side.changes(scene)]
        assert changed(before, scene.observe(), *allowed) == [], f"{where}: {refusals}"
        assert scene.oracle.missing_commits(scene.repository, commits) == [], where
        assert scene.oracle.fsck(scene.repository) == [], where
        # What was done can be taken back, newest first, and then all is as it was.
        for operation in _newest_first(scene, [it.value for _, it in done]):
            undo(operation)
        after = scene.observe()
        assert changed(before, after, lambda fact: fact.area == "reflog") == [], where
        before = after


def _prepare(scene: Scene, verb: str, params: dict[str, Any]) -> None:
    async def go(hedgerow: Hedgerow, _: Gate) -> None:
        await hedgerow.agree(verb, scene.repository, **params)

    prepared = scene.run(go)
    assert prepared.crash is None, prepared.crash
    assert prepared.error is None, prepared.error


def _newest_first(scene: Scene, operations: list[str]) -> list[str]:
    async def order(hedgerow: Hedgerow, _: Gate) -> list[str]:
        history = await hedgerow.call("history", scene.repository)
        return [one.id for one in history.operations if one.id in operations]

    found = scene.run(order)
    assert found.crash is None, found.crash
    return list(found.value)


def _interleaved(home: Home, first: Any, second: Any, pause: int) -> tuple[Outcome, Outcome]:
    """Stop ``first`` before a call; let ``second`` go until it has ended or waits for a lock; let both end."""
    one = start(home, first, Stop("pause", pause))
    # A stopped process has told that it stopped; one that ended before its call has told its outcome.
    if one.reached():
        other = start(home, second)
        other.ended_or_waiting()
        os.kill(one.pid, signal.SIGCONT)
        return told(one), told(other)
    ended = told(one)
    return ended, told(start(home, second))
