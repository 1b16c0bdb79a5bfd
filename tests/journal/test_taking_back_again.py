"""What could not be taken back for lack of something is taken back at the next start."""

from __future__ import annotations

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow

from hedgerow.journal.steps import Move
from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def test_a_rollback_that_failed_is_finished_by_the_next_start(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    before = ground.observe()
    plan = await ground.plan("cleanUp", checkouts=["work"])

    async def no_room(*_: object) -> None:
        raise HedgerowError(ErrorCode.DISK_FULL, "the disk is full")

    moves = 0
    apply = Move.apply

    async def second_fails(step: Move, bench: object) -> None:
        nonlocal moves
        moves += 1
        if moves == 2:
            await no_room()
        await apply(step, bench)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Move, "apply", second_fails)
        patch.setattr(Move, "revert", no_room)
        with pytest.raises(HedgerowError):
            await ground.call("cleanUp", token=plan.token)
    assert not worktree.exists(), "the control: it was left half-way"
    async with Hedgerow.opened(ground.home) as anew:
        assert worktree.exists()
        assert ground.difference(before) == []
        (operation, *_) = (await anew.call("history", ground.repository)).operations
        assert operation.state == "rolledBack"
