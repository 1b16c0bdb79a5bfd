"""A move that fails half-way is taken back, and what others wrote in between is kept and told of."""

from __future__ import annotations

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_area

from hedgerow.journal.steps import Transition
from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def test_what_was_written_in_between_is_told_of(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.dirty(worktree)
    before = ground.observe()
    apply, done = Transition.apply, 0

    async def second_fails(step: Transition, bench: object) -> None:
        nonlocal done
        done += 1
        if done == 2:
            ground.playground.write(worktree, {"untracked.txt": "by an agent, at the wrong moment\n"})
            raise HedgerowError(ErrorCode.DISK_FULL, "the disk is full")
        await apply(step, bench)  # type: ignore[arg-type]

    monkeypatch.setattr(Transition, "apply", second_fails)
    with pytest.raises(HedgerowError, match="the disk is full"):
        await ground.agree("handOff", checkout="session")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    (operation, *_) = (await ground.call("history")).operations
    assert operation.state == "rolledBack"
    (aside,) = ground.home.hedgerow_state.glob("kept/aside-*")
    assert str(aside) in str(operation.error)
    assert [path.read_text() for path in aside.iterdir()] == ["by an agent, at the wrong moment\n"]
