"""Shapes of repositories, and what must be refused: exact, or a sentence with nothing changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import of_area
from tests.support.repositories import Playground, newer_git

from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def round_trip(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.dirty(worktree)
    ground.playground.write(ground.repository, {"mine.txt": "m\n"})
    before = ground.observe()
    await ground.agree("handOff", checkout="session")
    assert (ground.repository / "staged.txt").exists()
    await ground.agree("handOff", checkout="session")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    await ground.agree("sync", **{"from": "session"})
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    await ground.agree("commit", checkout="session", message="all of it")
    committed = ground.observe()
    await ground.agree("land", checkout="session", how="squash")
    assert (ground.repository / "staged.txt").exists()
    assert ground.oracle.fsck(ground.repository) == []
    await ground.agree("undo")
    assert ground.difference(committed, except_for=[of_area("reflog")]) == []


async def test_sha256(home: Home, playground: Playground, hedgerow: Hedgerow) -> None:
    repository = playground.repository("wide", object_format="sha256")
    await round_trip(Ground(home, playground, hedgerow, repository))


async def test_local_without_a_commit(ground: Ground) -> None:
    """What lies there untracked waits on the shelf; a sync has nothing in common to compare with."""
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "there", {"there.txt": "t\n"})
    ground.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    ground.git("read-tree", "--empty")
    before = ground.observe()
    await ground.agree("handOff", checkout="session")
    assert (ground.repository / "there.txt").read_text() == "t\n"
    await ground.agree("handOff", checkout="session")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="share no commit"):
        await ground.call("sync", **{"from": "session"})
    await ground.agree("sync", **{"from": "session"}, method="overwrite")
    assert ground.playground.head(ground.repository) == ground.playground.head(worktree)
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_a_worktree_without_a_commit(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.git("symbolic-ref", "HEAD", "refs/heads/unborn", cwd=worktree)
    for verb, params in (
        ("handOff", {"checkout": "session"}),
        ("sync", {"from": "session"}),
        ("land", {"checkout": "session", "onto": "main"}),
    ):
        with ground.nothing_changes(), pytest.raises(HedgerowError, match="commit"):
            await ground.call(verb, **params)


async def test_unsaved_text_is_refused_and_named(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.write(worktree, {"a.txt": "theirs\n"})
    caller = ground.hedgerow.caller(ground.repository, unsaved=lambda directory: [Path(directory) / "sub" / "b.txt"])
    for verb, params in (("handOff", {"checkout": "session"}), ("sync", {"from": "session"})):
        with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
            await ground.hedgerow.call(verb, ground.repository, caller=caller, **params)
        assert refusal.value.code is ErrorCode.UNSAVED_TEXT
        assert "b.txt" in refusal.value.message


async def test_an_operation_in_progress(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "theirs", {"a.txt": "theirs\n"})
    ground.playground.commit(ground.repository, "mine", {"a.txt": "mine\n"})
    assert ground.playground.run("merge", "work", cwd=ground.repository).returncode != 0
    for verb, params in (
        ("handOff", {"checkout": "session"}),
        ("sync", {"from": "session"}),
        ("commit", {"checkout": "Local", "message": "x"}),
    ):
        assert "merge" in (await ground.refused(verb, "protected", **params)).message


async def test_other_sparse_patterns(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.git("sparse-checkout", "set", "--no-cone", "/a.txt", cwd=worktree)
    assert "sparse" in (await ground.refused("handOff", "unsupported", checkout="session")).message


async def test_the_plan_and_what_changed_since(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.write(ground.repository, {"mine.txt": "m\n"})
    plan = await ground.plan("handOff", checkout="session")
    ground.playground.write(worktree, {"written-since.txt": "s\n"})
    with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
        await ground.call("handOff", checkout="session", token=plan.token)
    assert refusal.value.code is ErrorCode.STALE_PLAN


@pytest.mark.skipif(newer_git() is None, reason="no git that knows reftable")
async def test_reftable(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    program = newer_git()
    assert program is not None
    monkeypatch.setenv("PATH", f"{Path(program).parent}{os.pathsep}{os.environ['PATH']}")
    playground = Playground(home, git=program)
    async with Hedgerow.opened(home) as hedgerow:
        await round_trip(Ground(home, playground, hedgerow, playground.repository("tables", ref_format="reftable")))
