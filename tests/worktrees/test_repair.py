"""Repair: each kind of damage for real, mended, and the mend undone; nothing is taken off the list that is well."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow

from hedgerow.protocol.errors import HedgerowError


async def found(ground: Ground) -> dict[str, Any]:
    """What a repair would do and what it leaves alone, by name."""
    result = await ground.call("repair", dryRun=True)
    return {one.name: one.reason for one in result.kept} | {
        effect.path or effect.text: effect.text for effect in (result.plan.effects if result.plan else ())
    }


async def mended(ground: Ground, *only: str) -> Any:
    return await ground.agree("repair", only=list(only))


async def made(ground: Ground, ours: bool, name: str = "work") -> Path:
    return await ground.create(name) if ours else ground.playground.worktree(ground.repository, name)


def names(worktree: Path, ours: bool) -> list[str]:
    """Ours are mended without being named."""
    return [] if ours else [worktree.name]


both = pytest.mark.parametrize("ours", [True, False], ids=["ours", "theirs"])


async def test_nothing_is_broken(ground: Ground) -> None:
    await ground.create("work")
    ground.playground.worktree(ground.repository, "theirs")
    with ground.nothing_changes():
        assert (await ground.call("repair")).message == "nothing to mend"


@both
async def test_stale(ground: Ground, ours: bool) -> None:
    """Its commits are held, its entry is out of the way, and comes back as it was."""
    worktree = await made(ground, ours)
    tip = ground.playground.commit(worktree, "only here", {"new.txt": "new\n"})
    shutil.rmtree(worktree)
    before = ground.observe()
    if not ours:
        with ground.nothing_changes():
            assert (await ground.call("repair")).operation is None
    result = await mended(ground, *names(worktree, ours))
    assert str(worktree) not in ground.git("worktree", "list").decode()
    ground.forget()
    assert ground.playground.exists(tip, ground.repository)
    await ground.agree("undo", operation=result.operation.id)
    again = ground.observe()
    assert {fact for fact in before.facts if fact.area == "registration"} <= set(again.facts)
    assert (await ground.call("repair", dryRun=True)).message != "nothing to mend"


@both
async def test_moved(ground: Ground, ours: bool) -> None:
    worktree = await made(ground, ours)
    ground.playground.dirty(worktree)
    elsewhere = worktree.with_name("elsewhere")
    worktree.rename(elsewhere)
    before = ground.observe()
    result = await mended(ground, *names(worktree, ours))
    row = await ground.hedgerow.row(ground.repository, elsewhere)
    assert (row.state.value, row.owner) == ("ok", "hedgerow" if ours else "user")
    await ground.agree("undo", operation=result.operation.id)
    assert ground.difference(before) == []
    await mended(ground, *names(worktree, ours))
    await ground.survives(elsewhere)


@both
async def test_the_repository_moved(ground: Ground, ours: bool) -> None:
    worktree = await made(ground, ours)
    ground.playground.dirty(worktree)
    moved = ground.repository.with_name("moved")
    ground.repository.rename(moved)
    async with Hedgerow.opened(ground.home) as hedgerow:
        result = await hedgerow.agree("repair", moved, only=names(worktree, ours))
        row = await hedgerow.row(moved, worktree)
        assert (row.state.value, row.owner) == ("ok", "hedgerow" if ours else "user")
        await hedgerow.agree("undo", moved, operation=result.operation.id)  # type: ignore[union-attr]
        assert str(ground.repository) in (worktree / ".git").read_text()
        await hedgerow.agree("repair", moved, only=names(worktree, ours))
        (row,) = [row for row in await hedgerow.rows(moved) if Path(row.path) == worktree]
        assert row.state.value == "ok"


async def test_half_made(ground: Ground) -> None:
    """A `git worktree add` that was killed at its first steps."""
    await ground.create("work")
    entry = ground.repository / ".git" / "worktrees" / "half"
    entry.mkdir()
    (entry / "HEAD").write_text("0" * 40 + "\n")
    with ground.nothing_changes():
        assert (await ground.call("repair")).operation is None, "never by itself: a git may be at work"
    result = await mended(ground, "half")
    assert not entry.exists()
    await ground.agree("undo", operation=result.operation.id)
    assert (entry / "HEAD").exists()


async def test_half_made_no_longer(ground: Ground) -> None:
    """What was half-made when the plan was made was a git at work, and is whole when it is carried out."""
    worktree = ground.playground.worktree(ground.repository, "half")
    gitdir = ground.playground.admin(worktree) / "gitdir"
    content = gitdir.read_bytes()
    gitdir.unlink()
    plan = await ground.plan("repair", only=["by-hand-half"])
    gitdir.write_bytes(content)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("repair", only=["by-hand-half"], token=plan.token)


@both
async def test_what_came_back_before_the_plan_was_agreed_to(ground: Ground, ours: bool) -> None:
    """A disk that is mounted again, a directory moved back: it is no longer broken, so it is left alone."""
    worktree = await made(ground, ours)
    ground.playground.dirty(worktree)
    aside = ground.repository.parent / "aside" / "work"
    aside.parent.mkdir()
    worktree.rename(aside)
    plan = await ground.plan("repair", only=names(worktree, ours))
    aside.rename(worktree)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("repair", only=names(worktree, ours), token=plan.token)


async def test_forgotten(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.git("worktree", "remove", "--force", worktree)
    result = await mended(ground)
    assert (await ground.call("repair")).message == "nothing to mend"
    assert await ground.create("work") == worktree
    with pytest.raises(HedgerowError):
        await ground.agree("undo", operation=result.operation.id)
    assert (await ground.hedgerow.row(ground.repository, worktree)).state.value == "ok"


@pytest.mark.parametrize("how", ["remove", "prune"])
async def test_orphaned(ground: Ground, how: str) -> None:
    """Git's entry is gone and our directory is there: it is listed again, and no file of it is touched."""
    worktree = await ground.create("work")
    ground.playground.dirty(worktree)
    base = ground.playground.head(worktree)
    row = await ground.hedgerow.row(ground.repository, worktree)
    files = ground.observe().files(worktree)
    if how == "remove":
        shutil.rmtree(ground.playground.admin(worktree))
    else:
        aside = worktree.with_name("aside")
        worktree.rename(aside)
        ground.git("worktree", "prune", "--expire=now")
        aside.rename(worktree)
    await ground.refused("cleanUp", "protected", checkouts=["work"])
    result = await mended(ground)
    again = await ground.hedgerow.row(ground.repository, worktree)
    assert (again.id, again.state.value, again.kind.value) == (row.id, "ok", "managed")
    assert ground.observe().files(worktree) == files
    assert ground.playground.head(worktree) == base
    assert ground.git("diff", "--name-only", "HEAD", cwd=worktree).decode().split() == ["a.txt", "sub/b.txt"]
    back = await ground.agree("undo", operation=result.operation.id)
    assert not (ground.repository / ".git" / "worktrees" / "work").exists()
    await ground.agree("undo", operation=back.operation.id)  # type: ignore[union-attr]
    assert ground.observe().files(worktree) == files
    await ground.survives(worktree)


async def test_an_orphan_whose_entry_is_anothers_by_now(ground: Ground) -> None:
    worktree = await ground.create("work")
    shutil.rmtree(ground.playground.admin(worktree))
    other = ground.repository.parent / "other" / "work"
    ground.git("worktree", "add", "-q", "--detach", other)
    with ground.nothing_changes():
        result = await ground.call("repair")
    assert result.operation is None
    assert (await ground.hedgerow.row(ground.repository, other)).state.value == "ok"


async def test_a_disk_that_is_not_mounted(ground: Ground) -> None:
    disk = ground.repository.parent / "disk"
    async with Hedgerow.opened(ground.home, worktrees_directory=str(disk / "trees")) as hedgerow:
        worktrees = [
            Path((await hedgerow.agree("create", ground.repository, name=name)).paths[0]) for name in ("one", "two")
        ]
        disk.rename(disk.with_name("unmounted"))
        with ground.nothing_changes():
            result = await hedgerow.call("repair", ground.repository)
        assert result.operation is None and result.plan is None
        assert all("mounted" in one.reason for one in result.kept) and len(result.kept) == 2
        with pytest.raises(HedgerowError, match="mounted"):
            await hedgerow.call("repair", ground.repository, only=["one"])
        disk.with_name("unmounted").rename(disk)
        assert all(worktree.is_dir() for worktree in worktrees)
        assert (await hedgerow.call("repair", ground.repository)).message == "nothing to mend"


async def test_a_locked_one_is_left_alone(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.git("worktree", "lock", worktree)
    shutil.rmtree(worktree)
    with ground.nothing_changes():
        assert (await ground.call("repair")).operation is None


async def test_many_at_once(ground: Ground) -> None:
    worktrees = [await ground.create(name) for name in ("gone", "moved", "well")]
    theirs = ground.playground.worktree(ground.repository, "theirs")
    shutil.rmtree(worktrees[0])
    shutil.rmtree(theirs)
    worktrees[1].rename(worktrees[1].with_name("there"))
    before = ground.observe()
    result = await mended(ground)
    assert str(theirs) in ground.git("worktree", "list").decode()
    assert [one.name for one in result.kept] == [theirs.name]
    rows = {row.name: row.state.value for row in await ground.hedgerow.rows(ground.repository)}
    assert "gone" not in rows and rows["there"] == rows["well"] == "ok"
    await ground.agree("undo", operation=result.operation.id)
    assert ground.difference(before) == []


async def test_what_a_failed_create_left(ground: Ground) -> None:
    """A record of a worktree that is not being made any more does not keep its name for ever."""
    database = ground.hedgerow.app._tools.journal.database
    worktree = await ground.create("work")
    (row,) = database.rows("SELECT * FROM worktrees")
    await ground.clean_up(worktree)
    database.run("UPDATE worktrees SET state = 'making'")
    assert row["name"] == "work"
    result = await mended(ground)
    assert result.operation is not None
    assert await ground.create("work") == worktree


async def test_two_findings_of_one_name_are_named_by_id(ground: Ground) -> None:
    one = ground.playground.worktree(ground.repository, "work")
    other = ground.repository.parent / "other" / one.name
    other.parent.mkdir()
    ground.git("worktree", "add", "-q", "--detach", other)
    for each in (one, other):
        shutil.rmtree(each)
    with ground.nothing_changes(), pytest.raises(HedgerowError, match=r"r[0-9a-f]{8}"):
        await ground.call("repair", only=[one.name])
    assert os.listdir(ground.repository / ".git" / "worktrees")
