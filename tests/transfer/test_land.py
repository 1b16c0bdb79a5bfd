"""Landing: the branch gets the work wherever it is checked out, uncommitted work there stays, undo is identity."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_area
from tests.support.states import CHANGES, change

from hedgerow.flows import land
from hedgerow.journal.snapshots import transitions
from hedgerow.protocol.errors import HedgerowError

WAYS = ("merge", "squash", "rebase")


async def two_commits(ground: Ground) -> Path:
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "alpha", {"first.txt": "1\n"})
    ground.playground.commit(worktree, "second", {"sub/b.txt": "changed\n"})
    return worktree


def log(ground: Ground, ref: str) -> list[str]:
    return ground.git("log", "--format=%s", ref).decode().splitlines()


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("where", ["Local", "nowhere", "a worktree"])
async def test_each_way_onto_a_branch(ground: Ground, how: str, where: str) -> None:
    worktree = await two_commits(ground)
    ground.playground.commit(ground.repository, "meanwhile", {"meanwhile.txt": "m\n"})
    place: Path | None = ground.repository
    if where != "Local":
        ground.git("branch", "target")
        place = None
        if where == "a worktree":
            place = ground.playground.worktree(ground.repository, "place")
            ground.git("switch", "--quiet", "target", cwd=place)
    if place is not None:
        ground.playground.write(place, {"a.txt": "uncommitted\n", "loose.txt": "l\n", "staged.txt": "s\n"})
        ground.git("add", "staged.txt", cwd=place)
    onto = "main" if where == "Local" else "target"
    before = ground.observe()
    result = await ground.agree("land", checkout="session", onto=onto, how=how)
    assert result.operation is not None
    new = ground.git("rev-parse", onto).decode().strip()
    assert ground.git("show", f"{onto}:sub/b.txt") == b"changed\n"
    assert ground.git("show", f"{onto}:meanwhile.txt") == b"m\n"
    parents = ground.git("log", "-1", "--format=%P", onto).decode().split()
    assert len(parents) == (2 if how == "merge" else 1)
    assert ("alpha" in log(ground, onto)) == (how != "squash")
    assert ground.git("log", "-1", "--format=%an", onto) != b"Hedgerow\n"
    if place is not None:
        assert ground.git("status", "--porcelain", cwd=place).decode().splitlines() == [
            " M a.txt", "A  staged.txt", "?? loose.txt",
        ]  # fmt: skip
        assert (place / "first.txt").exists()
        assert ground.playground.head(place) == new
    assert [line for line in ground.difference(before) if str(worktree) in line] == []
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_fast_forward_only_where_it_is_one(ground: Ground) -> None:
    worktree = await two_commits(ground)
    await ground.agree("land", checkout="session", how="fastForward")
    assert ground.playground.head(ground.repository) == ground.playground.head(worktree)
    ground.playground.commit(worktree, "third", {"third.txt": "3\n"})
    ground.playground.commit(ground.repository, "meanwhile", {"meanwhile.txt": "m\n"})
    await ground.refused("land", "conflict", checkout="session", how="fastForward")


@pytest.mark.parametrize("how", WAYS)
async def test_conflicts_are_foretold(ground: Ground, how: str) -> None:
    await two_commits(ground)
    ground.playground.commit(ground.repository, "meanwhile", {"sub/b.txt": "mine\n"})
    with ground.nothing_changes():
        plan = await ground.plan("land", checkout="session", how=how)
        assert any("'sub/b.txt'" in line for line in plan.conflicts)


async def test_uncommitted_work_in_the_way_is_foretold(ground: Ground) -> None:
    await two_commits(ground)
    ground.playground.write(ground.repository, {"first.txt": "untracked here\n"})
    with ground.nothing_changes():
        plan = await ground.plan("land", checkout="session")
        assert any("'first.txt'" in line for line in plan.conflicts)
    (ground.repository / "first.txt").unlink()
    ground.playground.write(ground.repository, {".gitignore": "first.txt\n*.ignored\n", "first.txt": "ignored here\n"})
    with ground.nothing_changes():
        plan = await ground.plan("land", checkout="session")
        assert any("first.txt" in line for line in plan.conflicts)


async def test_refused_with_a_sentence(ground: Ground) -> None:
    worktree = await two_commits(ground)
    await ground.refused("land", "badParams", checkout="session", onto="nowhere")
    await ground.refused("land", "badParams", checkout="session", onto="work")
    ground.playground.write(worktree, {"loose.txt": "not committed\n"})
    assert "in no commit" in (await ground.refused("land", "conflict", checkout="session")).message
    (worktree / "loose.txt").unlink()
    await ground.agree("land", checkout="session")
    await ground.refused("land", "conflict", checkout="session")


async def test_then_clean_up(ground: Ground) -> None:
    worktree = await two_commits(ground)
    await ground.agree("land", checkout="session", then="cleanUp")
    assert not worktree.exists()
    another = await ground.create("another")
    ground.playground.commit(another, "more", {"more.txt": "m\n"})
    ground.playground.write(another, {".env": "SECRET\n"})
    result = await ground.agree("land", checkout="another", then="cleanUp")
    assert another.exists()
    assert any("another stays" in warning for warning in result.warnings)


async def test_cancelled_during_the_clean_up_it_has_landed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    worktree = await two_commits(ground)
    begun = asyncio.Event()

    async def without_end(*_args: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(land, "clean_up", without_end)
    landing = asyncio.create_task(ground.agree("land", checkout="session", then="cleanUp"))
    await begun.wait()
    landing.cancel()
    result = await landing
    assert any("session stays" in warning for warning in result.warnings)
    assert worktree.exists()
    assert "second" in log(ground, "main")


async def test_a_plan_cleans_no_other_worktree_up(ground: Ground) -> None:
    await two_commits(ground)
    await ground.create("another")
    planned = await ground.call("land", checkout="session", then="cleanUp", dryRun=True)
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="another"):
        await ground.call("land", checkout="another", then="cleanUp", token=planned.plan.token)


@pytest.mark.parametrize("seed", range(10))
async def test_combinations_where_the_branch_is(ground: Ground, seed: int) -> None:
    """Whatever is uncommitted where the branch is: it stays exactly, or the plan says what is in the way."""
    chance = random.Random(4000 + seed)
    await two_commits(ground)
    for _ in range(chance.randint(1, 6)):
        change(ground.playground, ground.repository, chance.choice(list(CHANGES)), chance.randint(0, 99))
    before = ground.observe()
    try:
        result = await ground.call("land", checkout="session", how=chance.choice(WAYS))
    except HedgerowError as error:
        assert ground.difference(before) == []
        assert error.code.value == "conflict", error.message
        return
    if result.plan is not None:
        assert result.plan.conflicts
        assert ground.difference(before) == []
        return
    mine = {path: value for path, value in before.files(ground.repository).items() if path not in _THEIRS}
    now = {path: value for path, value in ground.observe().files(ground.repository).items() if path not in _THEIRS}
    assert now == mine
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


_THEIRS = {b"first.txt", b"sub/b.txt"}


async def test_nobody_commits_between_a_branch_and_its_files(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the moved branch, with the index as it was, a commit would take back what has just landed."""
    worktree = await ground.create("session")
    ground.playground.commit(worktree, "work", {"w.txt": "w\n"})
    ground.playground.write(ground.repository, {"own.txt": "staged in Local\n"})
    ground.git("add", "own.txt")
    move, answers = transitions.update_ref, []

    async def and_commit(*args: Any, **options: Any) -> None:
        await move(*args, **options)
        answers.append(ground.playground.run("commit", "--quiet", "-m", "in between", cwd=ground.repository))

    monkeypatch.setattr(transitions, "update_ref", and_commit)
    await ground.agree("land", checkout="session", how="squash")
    assert [answer.returncode for answer in answers] == [128]
    assert b"index.lock" in answers[0].stderr
    assert ground.git("status", "--porcelain") == b"A  own.txt\n"
    assert (ground.repository / "w.txt").exists()
