"""A snapshot is let go only by name and with agreement; until then it holds, and afterwards it is gone."""

from __future__ import annotations

import os

import pytest
from tests.support.ground import Ground

from hedgerow.protocol.errors import HedgerowError


async def snapshot_of_work(ground: Ground) -> str:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    (worktree / ".env").write_text("secret\n")
    ground.playground.commit(ground.repository, "ignore", {".gitignore": ".env\n"})
    (worktree / ".gitignore").write_text(".env\n")
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    return result.operation.snapshots[0]


async def test_asked_about_with_what_is_lost(ground: Ground) -> None:
    snapshot = await snapshot_of_work(ground)
    plan = await ground.plan("cleanUp", snapshots=[snapshot])
    assert [loss.kept for loss in plan.losses] == ["no"]
    assert snapshot in plan.losses[0].text
    refs = ground.git("for-each-ref", "refs/hedgerow/snapshots").decode()
    assert snapshot in refs


async def test_gone_afterwards(ground: Ground) -> None:
    snapshot = await snapshot_of_work(ground)
    kept = ground.home.hedgerow_state / "kept" / snapshot
    assert kept.is_dir()
    await ground.agree("cleanUp", snapshots=[snapshot])
    assert snapshot not in ground.git("for-each-ref", "refs/hedgerow").decode()
    assert not kept.exists()
    assert snapshot not in [one.id for one in (await ground.call("history")).snapshots]
    with pytest.raises(HedgerowError, match="no snapshot"):
        await ground.call("restore", snapshot=snapshot)


async def test_its_files_lie_aside_for_as_long_as_other_trash(ground: Ground) -> None:
    """From when they were let go, however old they are: until then a failure can take all of it back."""
    snapshot = await snapshot_of_work(ground)
    kept = ground.home.hedgerow_state / "kept"
    os.utime(kept / snapshot, (1, 1))
    await ground.agree("cleanUp", snapshots=[snapshot])
    await ground.hedgerow.app._empty_trash(24)
    assert [name for name in os.listdir(kept) if snapshot in name] != []
    await ground.hedgerow.app._empty_trash(0)
    assert os.listdir(kept) == []


async def test_not_together_with_worktrees(ground: Ground) -> None:
    snapshot = await snapshot_of_work(ground)
    await ground.create("other")
    await ground.refused("cleanUp", "badParams", snapshots=[snapshot], checkouts=["other"])


async def test_unknown_changes_nothing(ground: Ground) -> None:
    await snapshot_of_work(ground)
    await ground.refused("cleanUp", "noSuchSnapshot", snapshots=["sunknown99"])


async def shelf_that_came_back(ground: Ground) -> str:
    """Local's own work was put aside for a hand-off, and is in its place again; the snapshot it came from."""
    ground.playground.dirty(await ground.create("session"))
    (ground.repository / "mine.txt").write_text("only here\n")
    there = await ground.agree("handOff", checkout="session")
    await ground.agree("handOff", checkout="session")
    assert (ground.repository / "mine.txt").exists()
    assert there.operation is not None
    return there.operation.snapshots[1]


async def test_what_only_a_snapshot_that_went_would_hold_stays_in_its_place(ground: Ground) -> None:
    shelf = await shelf_that_came_back(ground)
    await ground.agree("cleanUp", snapshots=[shelf])
    ground.forget()
    error = await ground.refused("undo", "notUndoable")
    assert shelf in error.message


async def test_what_local_gets_back_by_now_is_not_let_go(ground: Ground) -> None:
    shelf = await shelf_that_came_back(ground)
    plan = await ground.plan("cleanUp", snapshots=[shelf])
    await ground.agree("undo")
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="gets back"):
        await ground.call("cleanUp", snapshots=[shelf], token=plan.token)
    ground.forget()
    await ground.agree("handOff", checkout="session")
    assert (ground.repository / "mine.txt").read_text() == "only here\n"


async def test_an_undo_that_was_planned_before_it_went_is_refused(ground: Ground) -> None:
    shelf = await shelf_that_came_back(ground)
    plan = (await ground.call("undo", dryRun=True)).plan
    await ground.agree("cleanUp", snapshots=[shelf])
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("undo", token=plan.token)
