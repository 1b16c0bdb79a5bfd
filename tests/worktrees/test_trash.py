"""The trash is emptied of what is ours and has lain there long enough, and of nothing that is on its way back."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside

from hedgerow.journal.locks import checkout_lock
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.settings import Settings
from hedgerow.worktrees import trash
from hedgerow.worktrees.trash import empty_trash


async def empty(ground: Ground, hours: float = 0) -> int:
    tools = ground.hedgerow.app._tools
    return await empty_trash(tools.journal, tools.agreement.operations, hours)


async def retired(ground: Ground, name: str = "work") -> tuple[Path, Path, str]:
    """A worktree that went: its place, its directory in the trash, the operation."""
    worktree = await ground.create(name)
    ground.playground.dirty(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    return worktree, worktree.parent / ".trash" / result.operation.id / name, result.operation.id


async def test_it_lies_there_for_its_hours(ground: Ground) -> None:
    _, place, _ = await retired(ground)
    stranger = place.parent.parent / "not-ours" / "file"
    stranger.parent.mkdir()
    stranger.write_text("somebody's\n")
    assert await empty(ground, hours=24) == 0
    assert place.is_dir()
    assert await empty(ground) == 1
    assert not place.exists()
    assert stranger.read_text() == "somebody's\n"


async def test_what_is_being_brought_back_is_not_emptied(ground: Ground) -> None:
    _, place, operation = await retired(ground)
    tools = ground.hedgerow.app._tools
    (row,) = tools.journal.database.rows("SELECT checkouts FROM operations WHERE id = ?", operation)
    checkout = row["checkouts"].strip('[]"')
    with tools.journal.locks.if_free([checkout_lock(checkout)]) as ours:
        assert ours
        assert await empty(ground) == 0
    assert place.is_dir()


async def test_what_is_half_emptied_is_never_brought_back_as_whole(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in the middle: an undo then lays the snapshot down instead."""
    worktree = await ground.create("work")
    ground.playground.dirty(worktree)
    before = ground.observe()
    result = await ground.clean_up(worktree)
    assert result.operation is not None

    def dies(path: Path) -> None:
        for directory, _names, files in os.walk(path):
            for name in files[:1]:
                os.unlink(os.path.join(directory, name))

    with monkeypatch.context() as patch:
        patch.setattr(trash, "delete_tree", dies)
        await empty(ground)
    await ground.agree("undo", operation=result.operation.id)
    assert ground.oracle.observe(ground.repository).files(worktree) == before.files(worktree)
    await empty(ground)
    assert not list((worktree.parent / ".trash").glob("*/*"))


async def test_nothing_goes_from_under_a_process(ground: Ground) -> None:
    _, place, _ = await retired(ground)
    with program_inside(place):
        assert await empty(ground) == 0
        assert (place / "a.txt").exists()
    assert await empty(ground) == 1


async def test_one_that_cannot_be_read_keeps_no_other_from_going(ground: Ground) -> None:
    _, place, _ = await retired(ground)
    other = ground.playground.repository("other")
    made = await ground.hedgerow.agree("create", other, name="work")
    gone = await ground.hedgerow.agree("cleanUp", other, checkouts=["work"])
    assert gone.operation is not None
    theirs = Path(made.paths[0]).parent / ".trash" / gone.operation.id
    (ground.repository / ".git" / "HEAD").write_text("broken")
    await empty(ground)
    assert place.exists(), "the snapshot could not be proved"
    assert not theirs.exists()


async def test_a_taken_back_create_is_emptied(ground: Ground) -> None:
    with pytest.raises(HedgerowError):
        await ground.call("create", name="work", branch="topic", carry="copy", **{"from": "nowhere"})
    tools = ground.hedgerow.app._tools
    planned = await ground.call("create", name="work", dryRun=True)
    draft = tools.agreement.plans.take(planned.plan.token, "create")
    repository = await tools.repository_to_change(None, ground.hedgerow.caller(ground.repository))

    async def fails(_bench: object) -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(HedgerowError):
        await tools.agreement.operations.carry_out(draft, repository.git, last=fails)
    place = Path(draft.paths[0]).parent / ".trash" / draft.operation / "work"
    assert place.is_dir()
    assert await empty(ground, hours=24) == 0
    assert await empty(ground) == 1
    assert not place.exists()
    assert not list((ground.repository / ".git" / "hedgerow" / "trash").glob("*/*"))


async def test_what_came_back_from_its_snapshot_leaves_no_trash_behind(ground: Ground) -> None:
    worktree, place, operation = await retired(ground)
    admin = ground.repository / ".git" / "hedgerow" / "trash" / operation
    admin.rename(admin.with_name("lost"))
    await ground.agree("undo", operation=operation)
    assert worktree.is_dir() and place.is_dir()
    await empty(ground)
    assert worktree.is_dir() and not place.exists()


async def test_a_server_that_is_up_for_days_empties_it(ground: Ground) -> None:
    _, place, _ = await retired(ground)
    stop = ground.hedgerow.app.on_list_changed(lambda _: None)
    ground.hedgerow.app._emptied -= 2 * 3600
    caller = ground.hedgerow.caller(ground.repository, settings=Settings(trash_hours=0))
    await ground.hedgerow.call("create", ground.repository, caller=caller, name="other")
    async with asyncio.timeout(60):
        while place.exists():
            await asyncio.sleep(0.01)
    stop()
