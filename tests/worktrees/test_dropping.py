"""A snapshot is let go only by name and with agreement; until then it holds, and afterwards it is gone."""

from __future__ import annotations

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


async def test_not_together_with_worktrees(ground: Ground) -> None:
    snapshot = await snapshot_of_work(ground)
    await ground.create("other")
    await ground.refused("cleanUp", "badParams", snapshots=[snapshot], checkouts=["other"])


async def test_unknown_changes_nothing(ground: Ground) -> None:
    await snapshot_of_work(ground)
    await ground.refused("cleanUp", "noSuchSnapshot", snapshots=["sunknown99"])
