"""A restore that brought a worktree back from the trash into its old place can itself be undone."""

from __future__ import annotations

from tests.support.ground import Ground


async def test_bringing_back_from_the_trash_is_undone(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.dirty(worktree)
    retired = await ground.clean_up(worktree)
    assert retired.operation is not None
    gone = ground.observe()
    restored = await ground.agree("restore", snapshot=retired.operation.snapshots[0], place="old")
    assert restored.operation is not None
    there = ground.observe()

    undone = await ground.agree("undo", operation=restored.operation.id)

    assert undone.operation is not None
    assert not worktree.exists()
    assert ground.difference(gone) == []
    await ground.agree("undo", operation=undone.operation.id)
    assert ground.difference(there) == []
