"""Retention: which ones go when there are too many, what it never takes, and that it is told."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside
from tests.support.hedgerow import Hedgerow

from hedgerow.worktrees.retention import Candidate, surplus

CANDIDATES = [Candidate("old", 1), Candidate("middle", 2), Candidate("new", 3)]
LOCKED = [Candidate("old", 1, "locked"), Candidate("middle", 2), Candidate("new", 3)]


@pytest.mark.parametrize(
    ("candidates", "keep", "gone"),
    [
        (CANDIDATES, None, []),
        (CANDIDATES, 3, []),
        (CANDIDATES, 2, ["old"]),
        (CANDIDATES, 1, ["old", "middle"]),
        (list(reversed(CANDIDATES)), 1, ["old", "middle"]),
        (LOCKED, 1, ["middle"]),
        (LOCKED, 2, []),
        ([], 1, []),
    ],
)
def test_surplus(candidates: list[Candidate], keep: int | None, gone: list[str]) -> None:
    assert [one.id for one in surplus(candidates, keep)] == gone


def age(worktree: Path, ground: Ground, days: float) -> None:
    """As if nobody had worked there for so long."""
    moment = time.time() - days * 86400
    admin = ground.playground.admin(worktree)
    for path in (worktree, admin / "index", admin / "logs" / "HEAD"):
        os.utime(path, (moment, moment))
    database = ground.hedgerow.app._tools.journal.database
    database.run("UPDATE worktrees SET active = ? WHERE path = ?", moment, str(worktree))


async def test_a_create_tells_what_it_retired(ground: Ground) -> None:
    worktree = await ground.create("old")
    before = ground.observe()
    age(worktree, ground, 2)
    async with Hedgerow.opened(ground.home, retention=1) as hedgerow:
        made = await hedgerow.agree("create", ground.repository, name="new")
        assert not worktree.exists()
        (warning,) = made.warnings
        assert "old" in warning
        snapshot = next(word for word in warning.replace("`", " ").split() if word.startswith("s") and len(word) == 10)
        await hedgerow.agree("restore", ground.repository, snapshot=snapshot, place="old")
    assert ground.oracle.observe(ground.repository).files(worktree) == before.files(worktree)


async def test_a_create_never_retires_what_it_made(ground: Ground) -> None:
    """Somebody works in the other one at this very moment, so it is the more active of the two."""
    busy = await ground.create("busy")
    future = time.time() + 3600
    os.utime(busy, (future, future))
    async with Hedgerow.opened(ground.home, retention=1) as hedgerow:
        made = await hedgerow.agree("create", ground.repository, name="new")
    assert Path(made.paths[0]).is_dir()
    assert busy.is_dir()


async def test_what_it_never_takes(ground: Ground) -> None:
    dirty, kept, locked, used, clean = [
        await ground.create(name, keep=name == "kept") for name in ("dirty", "kept", "locked", "used", "clean")
    ]
    foreign = ground.playground.worktree(ground.repository, "foreign")
    (dirty / "note.txt").write_text("only here\n")
    ignored = await ground.create("ignored")
    (ignored / ".env").write_text("SECRET=1\n")
    ground.git("worktree", "lock", locked)
    for worktree in (dirty, kept, locked, used, clean, ignored):
        age(worktree, ground, 2)
    with program_inside(used):
        async with Hedgerow.opened(ground.home, retention=1) as hedgerow:
            made = await hedgerow.call("create", ground.repository, name="new")
    assert made.plan is None
    assert [one.is_dir() for one in (dirty, kept, locked, used, foreign, ignored)] == [True] * 6
    assert not clean.exists()


@pytest.mark.parametrize("failure", [asyncio.CancelledError(), RuntimeError("unexpected"), OSError(28, "No space")])
async def test_a_create_stands_when_retention_fails(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    """What was done is told, also where what comes after it is cancelled or fails."""
    await ground.create("old")

    async def fails(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("hedgerow.worktrees.clean_up.plan_retirement", fails)
    async with Hedgerow.opened(ground.home, retention=1) as hedgerow:
        made = await hedgerow.call("create", ground.repository, name="new")
    assert Path(made.paths[0]).is_dir()
    assert made.operation is not None
