"""Plans between their making and their carrying out: tokens, their age, their command, another process."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow, agreed_on_shell

from hedgerow.journal.plans import LIFETIME_SECONDS, new_id, new_token
from hedgerow.protocol.errors import HedgerowError


def test_ids_and_tokens_are_their_own() -> None:
    assert len({new_token() for _ in range(1000)}) == len({new_id("o") for _ in range(1000)}) == 1000
    assert all(one[0] == "s" and one.isalnum() and one == one.lower() and len(one) == 10 for one in [new_id("s")])


async def planned(ground: Ground) -> tuple[Path, str]:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    return worktree, (await ground.plan("cleanUp", checkouts=["work"])).token


@pytest.mark.parametrize("verb", ["restore", "undo", "repair", "create"])
async def test_a_token_of_another_command(ground: Ground, verb: str) -> None:
    worktree, token = await planned(ground)
    params = {"snapshot": "work"} if verb == "restore" else {}
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call(verb, token=token, **params)
    assert worktree.is_dir()


async def test_a_day_old_plan(ground: Ground) -> None:
    worktree, token = await planned(ground)
    database = ground.hedgerow.app._tools.journal.database
    database.run("UPDATE plans SET created = ?", time.time() - LIFETIME_SECONDS - 1)
    with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
        await ground.call("cleanUp", checkouts=["work"], token=token)
    assert refusal.value.code.value == "unknownToken"
    assert worktree.is_dir()


async def test_a_token_is_used_once(ground: Ground) -> None:
    worktree, token = await planned(ground)
    await ground.call("cleanUp", checkouts=["work"], token=token)
    assert not worktree.exists()
    with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
        await ground.call("cleanUp", checkouts=["work"], token=token)
    assert refusal.value.code.value == "unknownToken"


async def test_a_plan_of_one_process_is_carried_out_by_another(ground: Ground) -> None:
    worktree, token = await planned(ground)
    done = agreed_on_shell(ground.home, ground.repository, "clean-up", "work", "--token", token)
    assert done["operation"] is not None and not worktree.exists()


async def test_a_refused_plan_can_be_agreed_to_again_once_the_reason_is_gone(ground: Ground) -> None:
    worktree, token = await planned(ground)
    ground.git("worktree", "lock", worktree)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("cleanUp", checkouts=["work"], token=token)
    ground.git("worktree", "unlock", worktree)
    async with Hedgerow.opened(ground.home) as anew:
        await anew.call("cleanUp", ground.repository, checkouts=["work"], token=token)
    assert not worktree.exists()
