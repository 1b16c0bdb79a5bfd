"""P8 with a plain git running beside: a person or an agent commits, adds, switches or stashes in the middle of a move.

They take none of our locks. The move is done, or refused and taken back; and of what either had, nothing is lost.
"""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.crash.interruption import EVERY_STOP, Gate, Outcome, Stop, start, told
from tests.crash.scene import Scene, make_scene
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home, living_in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PAUSES = 10 if EVERY_STOP else 1
"""At how many calls each of the actions comes in: in Local and in the worktree by turns."""


@dataclass(frozen=True)
class Move:
    """What is under way, and what leads up to it."""

    verb: str
    params: dict[str, Any]
    before: tuple[tuple[str, dict[str, Any]], ...] = ()


MOVES = {
    "handOff": Move("handOff", {"checkout": "session"}),
    "handOff, home": Move("handOff", {"checkout": "session"}, (("handOff", {"checkout": "session"}),)),
    "sync": Move("sync", {"from": "session", "markers": True}),
    "land": Move(
        "land", {"checkout": "session", "how": "squash"},
        (("commit", {"checkout": "session", "message": "all of it"}), ("create", {"name": "aside", "carry": "move"})),
    ),
}  # fmt: skip


def _add(scene: Scene, checkout: Path) -> None:
    """What is staged is then only in the index."""
    scene.playground.run("add", "beside.txt", cwd=checkout)
    scene.playground.write(checkout, {"beside.txt": "on top\n"})


def _commit(scene: Scene, checkout: Path) -> None:
    scene.playground.run("add", "beside.txt", cwd=checkout)
    scene.playground.run("commit", "--quiet", "-m", "beside", cwd=checkout)


def _commit_all(scene: Scene, checkout: Path) -> None:
    scene.playground.run("commit", "--quiet", "-a", "-m", "all, beside", cwd=checkout)


def _switch(scene: Scene, checkout: Path) -> None:
    scene.playground.run("checkout", "--quiet", "-b", "beside", cwd=checkout)


def _detach(scene: Scene, checkout: Path) -> None:
    scene.playground.run("checkout", "--quiet", "--detach", cwd=checkout)


def _stash(scene: Scene, checkout: Path) -> None:
    scene.playground.run("stash", "push", "--quiet", "--include-untracked", cwd=checkout)


def _stash_and_pop(scene: Scene, checkout: Path) -> None:
    _stash(scene, checkout)
    scene.playground.run("stash", "pop", "--quiet", cwd=checkout)


ACTIONS: dict[str, Callable[[Scene, Path], None]] = {
    "add": _add,
    "commit": _commit,
    "commit -a": _commit_all,
    "checkout -b": _switch,
    "checkout --detach": _detach,
    "stash": _stash,
    "stash, and pop": _stash_and_pop,
}
"""However git ends: an index that we hold is a refusal."""


def _scene(home: Home, move: Move) -> Scene:
    scene = make_scene(home)

    async def prepare(hedgerow: Hedgerow, _: Gate) -> None:
        for verb, params in move.before:
            await hedgerow.agree(verb, scene.repository, **params)

    prepared = scene.run(prepare)
    assert prepared.crash is None, prepared.crash
    assert prepared.error is None, prepared.error
    return scene


def _work(scene: Scene, move: Move) -> Any:
    async def go(hedgerow: Hedgerow, gate: Gate) -> str:
        planned = await hedgerow.call(move.verb, scene.repository, **move.params, dryRun=True)
        assert planned.plan is not None
        gate.open = True
        done = await hedgerow.call(move.verb, scene.repository, **move.params, token=planned.plan.token)
        return str(done.operation.id)

    return go


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", MOVES)
def test_P8_with_plain_git(name: str, action: str, tmp_path: Path) -> None:
    move = MOVES[name]
    with living_in(Home(tmp_path / "reference").make()) as home:
        scene = _scene(home, move)
        reference = scene.run(_work(scene, move))
        assert reference.crash is None, reference.crash
        assert reference.error is None, reference.error
    calls = len(reference.calls)
    offset = list(ACTIONS).index(action)
    ended: list[str] = []
    for number in range(PAUSES):
        # Spread over the calls, each action at other ones.
        pause = 1 + (((2 * number + 1) * calls) // (2 * PAUSES) + offset * calls // len(ACTIONS)) % calls
        with living_in(Home(tmp_path / f"{number}").make()) as home:
            scene = _scene(home, move)
            checkout = (scene.repository, scene.worktree)[(number + offset + list(MOVES).index(name)) % 2]
            where = f"{name}, {action} in {checkout.name} before call {pause} ({reference.calls[pause - 1]})"
            ended.append(f"{where}: {_one(scene, move, ACTIONS[action], checkout, pause, where)}")
    print("\n".join(ended))


def _one(
    scene: Scene, move: Move, action: Callable[[Scene, Path], None], checkout: Path, pause: int, where: str
) -> str:
    held = _contents(scene)
    commits = scene.oracle.commits(scene.repository)
    process = start(scene.home, _work(scene, move), Stop("pause", pause))
    assert process.reached(), f"{where}: it ended before"
    scene.playground.write(checkout, {"beside.txt": f"{where}\n"})
    action(scene, checkout)
    held |= _contents(scene)
    os.kill(process.pid, signal.SIGCONT)
    outcome = told(process)
    assert outcome.crash is None, f"{where}: {outcome.crash}"
    _assert_in_order(scene, outcome, where)
    assert scene.oracle.missing_commits(scene.repository, commits) == [], where
    assert scene.oracle.fsck(scene.repository) == [], where
    assert _taken_back(scene) == [], f"{where}: {outcome.error}"
    lost = held - _found(scene)
    assert lost == set(), f"{where}: {outcome.error}: lost {lost}"
    return "done" if outcome.error is None else f"{outcome.error[0]}: {outcome.error[1]}"


def _taken_back(scene: Scene) -> list[bytes]:
    """Files that a commit made beside the move removes: its index knew nothing of what had come."""
    log = scene.playground.git(
        "log", "--all", "--no-renames", "--diff-filter=D", "--name-only", "--format=", "--grep=beside",
        cwd=scene.repository,
    )  # fmt: skip
    return log.split()


def _assert_in_order(scene: Scene, outcome: Outcome, where: str) -> None:
    """Done or taken back, no lock left behind, every checkout usable."""

    async def states(hedgerow: Hedgerow, _: Gate) -> list[tuple[str, str | None]]:
        history = await hedgerow.call("history", scene.repository)
        return [(one.state, one.error) for one in history.operations]

    told_by = scene.run(states)
    assert told_by.crash is None, told_by.crash
    unsettled = [state for state in told_by.value if state[0] not in ("done", "rolledBack")]
    assert unsettled == [], f"{where}: {outcome.error}"
    locks = list((scene.repository / ".git").rglob("*.lock"))
    assert locks == [], f"{where}: {outcome.error}"
    for checkout in (scene.repository, scene.worktree):
        scene.playground.git("status", "--porcelain", cwd=checkout)


def _contents(scene: Scene) -> set[bytes]:
    """What every file of both checkouts holds, staged contents included."""
    found: set[bytes] = set()
    for checkout in (scene.repository, scene.worktree):
        found |= _files(checkout)
        for line in scene.playground.git("ls-files", "-s", "-z", cwd=checkout).split(b"\0"):
            if line:
                oid = line.split(b" ")[1].decode()
                found.add(scene.playground.git("cat-file", "blob", oid, cwd=checkout))
    return found


def _files(top: Path) -> set[bytes]:
    found: set[bytes] = set()
    for parent, names, files in os.walk(os.fsencode(top)):
        names[:] = [name for name in names if name != b".git"]
        for name in files:
            path = os.path.join(parent, name)
            if not os.path.islink(path) and name != b".git":
                with open(path, "rb") as file:
                    found.add(file.read())
    return found


def _found(scene: Scene) -> set[bytes]:
    """All that is in a checkout, held by Hedgerow outside git, or kept by git when it clears away all it may."""
    git = scene.playground
    git.git("gc", "--quiet", "--prune=now", cwd=scene.repository)
    found = _contents(scene) | _files(scene.home.hedgerow_state)
    listed = git.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)",
                     cwd=scene.repository)  # fmt: skip
    oids = [line.split(b" ")[0] for line in listed.splitlines() if line.endswith(b" blob")]
    out = git.git("cat-file", "--batch", cwd=scene.repository, input=b"\n".join(oids) + b"\n")
    while out:
        header, _, out = out.partition(b"\n")
        size = int(header.split(b" ")[2])
        found.add(out[:size])
        out = out[size + 1 :]
    return found
