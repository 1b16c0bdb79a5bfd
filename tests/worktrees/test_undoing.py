"""Undoing, after other operations and other people have touched the same things."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow
from tests.support.oracle import of_area, of_ref

from hedgerow.protocol.errors import HedgerowError


def branch_of(ground: Ground, checkout: Path) -> str:
    return ground.playground.run("symbolic-ref", "--short", "HEAD", cwd=checkout).stdout.decode().strip()


async def undone(ground: Ground, result: object) -> object:
    return await ground.agree("undo", operation=result.operation.id)  # type: ignore[attr-defined]


# -- notes


async def test_one_note_is_undone_although_another_came_after_it(ground: Ground) -> None:
    worktree = await ground.create("work")
    kept = await ground.call("keep", checkout="work")
    await ground.call("rename", checkout="work", label="another")
    await undone(ground, kept)
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert (row.kind.value, row.label) == ("managed", "another")


async def test_a_note_of_what_was_cleaned_up_is_not_undone(ground: Ground) -> None:
    worktree = await ground.create("work")
    kept = await ground.call("keep", checkout="work")
    await ground.clean_up(worktree)
    await ground.refused("undo", operation=kept.operation.id)


@pytest.mark.parametrize("between", ["rename", "keep"])
async def test_a_create_is_undone_after_a_note(ground: Ground, between: str) -> None:
    before = ground.observe()
    made = await ground.call("create", name="work", branch="topic")
    params = {"label": "another"} if between == "rename" else {}
    await ground.call(between, checkout="work", **params)
    there = ground.observe()
    back = await undone(ground, made)
    assert ground.difference(before) == []
    await undone(ground, back)
    assert ground.difference(there, except_for=[of_area("reflog")]) == []
    row = await ground.hedgerow.row(ground.repository, Path(made.paths[0]))
    assert row.label == ("another" if between == "rename" else "work")


async def test_a_create_is_undone_after_work_on_its_branch(ground: Ground) -> None:
    """The branch has moved, so it stays; the worktree goes, and comes back on it."""
    made = await ground.call("create", name="work", branch="topic")
    worktree = Path(made.paths[0])
    tip = ground.playground.commit(worktree, "work", {"new.txt": "new\n"})
    (worktree / "untracked.txt").write_text("untracked\n")
    back = await undone(ground, made)
    assert not worktree.exists()
    assert ground.playground.text("rev-parse", "topic", cwd=ground.repository) == tip
    await undone(ground, back)
    assert branch_of(ground, worktree) == "topic"
    assert (worktree / "untracked.txt").read_text() == "untracked\n"


async def test_a_branch_that_is_checked_out_elsewhere_by_now_stays(ground: Ground) -> None:
    """Deleting it would leave Local on a branch without a commit."""
    made = await ground.call("create", name="work", branch="topic")
    ground.git("checkout", "-q", "--detach", cwd=Path(made.paths[0]))
    ground.git("checkout", "-q", "topic")
    back = await undone(ground, made)
    assert any("topic" in kept.reason and "Local" in kept.reason for kept in back.kept)  # type: ignore[attr-defined]
    assert branch_of(ground, ground.repository) == "topic"
    ground.git("rev-parse", "--verify", "HEAD")


# -- adopted


async def test_an_adopted_one_comes_back_as_ours(ground: Ground) -> None:
    worktree = ground.playground.worktree(ground.repository, "theirs")
    await ground.call("adopt", checkout=str(worktree))
    there = ground.observe()
    row = await ground.hedgerow.row(ground.repository, worktree)
    gone = await ground.clean_up(worktree)
    await undone(ground, gone)
    assert ground.difference(there) == []
    again = await ground.hedgerow.row(ground.repository, worktree)
    assert (again.id, again.kind.value, again.owner) == (row.id, "kept", "hedgerow")


# -- retirements


@pytest.mark.parametrize("elsewhere", ["moved", "checked out"])
async def test_a_deleted_branch_that_somebody_made_again_is_theirs(ground: Ground, elsewhere: str) -> None:
    """The worktree comes back detached at its commit, and says so; the branch is left alone."""
    worktree = await ground.create("work", branch="topic")
    tip = ground.playground.commit(worktree, "work", {"new.txt": "new\n"})
    (worktree / "untracked.txt").write_text("untracked\n")
    gone = await ground.clean_up(worktree, deleteBranch=True)
    if elsewhere == "moved":
        ground.git("branch", "topic", "main")
    else:
        ground.git("worktree", "add", "-q", "-b", "topic", ground.repository.parent / "other", tip)
    topic = ground.playground.text("rev-parse", "topic", cwd=ground.repository)

    back = await undone(ground, gone)

    assert "detached" in " ".join(back.warnings)  # type: ignore[attr-defined]
    assert branch_of(ground, worktree) == ""
    assert ground.playground.head(worktree) == tip
    assert ground.playground.text("rev-parse", "topic", cwd=ground.repository) == topic
    assert (worktree / "untracked.txt").read_text() == "untracked\n"


async def test_a_deleted_branch_that_came_back_the_same_is_used(ground: Ground) -> None:
    worktree = await ground.create("work", branch="topic")
    tip = ground.playground.commit(worktree, "work", {"new.txt": "new\n"})
    gone = await ground.clean_up(worktree, deleteBranch=True)
    ground.git("branch", "topic", tip)
    await undone(ground, gone)
    assert branch_of(ground, worktree) == "topic"


async def test_a_branch_that_moves_before_a_plan_is_agreed_to(ground: Ground) -> None:
    worktree = await ground.create("work", branch="topic")
    gone = await ground.clean_up(worktree)
    planned = await ground.call("undo", operation=gone.operation.id, dryRun=True)
    ground.playground.commit(ground.repository, "more", {"c.txt": "c\n"})
    ground.git("branch", "-f", "topic", "main")
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("undo", operation=gone.operation.id, token=planned.plan.token)


async def test_one_of_several_restored_leaves_the_others_to_be_undone(ground: Ground) -> None:
    one, two = await ground.create("one"), await ground.create("two")
    for worktree in (one, two):
        ground.playground.dirty(worktree)
    there = ground.observe()
    gone = await ground.agree("cleanUp", checkouts=["one", "two"])
    restored = await ground.agree("restore", snapshot=gone.operation.snapshots[0], place="old")
    history = await ground.call("history")
    states = {each.id: (each.state, each.undoable) for each in history.operations}
    assert states[gone.operation.id] == ("done", True), "only one of the two is back"
    assert one.exists() and not two.exists()

    await undone(ground, gone)

    assert ground.difference(there) == []
    await undone(ground, restored)
    assert not one.exists() and two.exists()


async def test_several_are_undone_and_done_again(ground: Ground) -> None:
    worktrees = [await ground.create(name) for name in ("one", "two", "three")]
    for worktree in worktrees:
        ground.playground.dirty(worktree)
    there = ground.observe()
    gone = await ground.agree("cleanUp", checkouts=["one", "two", "three"])
    back = await undone(ground, gone)
    assert ground.difference(there) == []
    away = await undone(ground, back)
    assert not any(worktree.exists() for worktree in worktrees)
    await undone(ground, away)
    assert ground.difference(there) == []


async def test_a_branch_made_here_is_undone_only_while_it_stands(ground: Ground) -> None:
    worktree = await ground.create("work")
    there = ground.observe()
    named = await ground.call("branchHere", checkout="work", branch="topic")
    await undone(ground, named)
    assert ground.difference(there, except_for=[of_area("reflog")]) == []
    named = await ground.call("branchHere", checkout="work", branch="topic")
    ground.playground.commit(worktree, "more", {"new.txt": "new\n"})
    tip = ground.playground.head(worktree)
    with pytest.raises(HedgerowError, match="moved"):
        await ground.agree("undo", operation=named.operation.id)
    assert (branch_of(ground, worktree), ground.playground.head(worktree)) == ("topic", tip)


async def test_no_branch_is_made_in_the_middle_of_a_rebase(ground: Ground) -> None:
    worktree = await ground.create("work")
    ground.playground.rebase_paused(worktree)
    error = await ground.refused("branchHere", "protected", checkout="work", branch="topic")
    assert "rebase" in error.message


# -- repositories that moved


async def test_what_was_done_before_the_repository_moved_is_undone(ground: Ground) -> None:
    worktree = await ground.create("work", branch="topic")
    (worktree / "untracked.txt").write_text("untracked\n")
    gone = await ground.clean_up(worktree)
    moved = ground.repository.with_name("elsewhere")
    ground.repository.rename(moved)
    async with Hedgerow.opened(ground.home) as anew:
        await anew.agree("undo", moved, operation=gone.operation.id)
    assert (worktree / "untracked.txt").read_text() == "untracked\n"
    assert branch_of(ground, worktree) == "topic"


async def test_a_snapshot_is_found_after_the_repository_moved(ground: Ground) -> None:
    worktree = await ground.create("work")
    (worktree / "untracked.txt").write_text("untracked\n")
    gone = await ground.clean_up(worktree)
    moved = ground.repository.with_name("elsewhere")
    ground.repository.rename(moved)
    async with Hedgerow.opened(ground.home) as anew:
        shown = await anew.call("show", moved, id=gone.operation.snapshots[0])
        assert [file.path for file in shown.files] == ["untracked.txt"]
        restored = await anew.agree("restore", moved, snapshot=gone.operation.snapshots[0])
    assert (Path(restored.paths[0]) / "untracked.txt").read_text() == "untracked\n"


async def test_an_operation_of_a_repository_that_was_replaced_is_not_undone_in_the_new_one(ground: Ground) -> None:
    await ground.create("work")
    renamed = await ground.call("rename", checkout="work", label="another")
    ground.repository.rename(ground.repository.with_name("aside"))
    ground.playground.repository()
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.agree("undo", operation=renamed.operation.id)


async def test_the_undo_of_a_clean_up_with_its_branch(ground: Ground) -> None:
    worktree = await ground.create("work", branch="topic")
    ground.playground.commit(worktree, "work", {"new.txt": "new\n"})
    there = ground.observe()
    gone = await ground.clean_up(worktree, deleteBranch=True)
    away = ground.observe()
    back = await undone(ground, gone)
    assert ground.difference(there, except_for=[of_area("reflog")]) == []
    await undone(ground, back)
    assert ground.difference(away, except_for=[of_ref("refs/heads/topic")]) == []


# -- things that are not what they were


async def test_a_create_whose_worktree_went_since_says_so(ground: Ground) -> None:
    made = await ground.call("create", name="work")
    await ground.clean_up(Path(made.paths[0]))
    error = await ground.refused("undo", "notUndoable", operation=made.operation.id)
    assert "Created work" in error.message


@pytest.mark.parametrize("theirs", [False, True])
async def test_another_worktree_in_the_place_of_a_restored_one_is_not_retired(ground: Ground, theirs: bool) -> None:
    worktree = await ground.create("work")
    gone = await ground.clean_up(worktree)
    assert gone.operation is not None
    restored = await ground.agree("restore", snapshot=gone.operation.snapshots[0], place="old")
    ground.git("worktree", "remove", worktree)
    if theirs:
        ground.git("worktree", "add", "-q", "--detach", worktree)
    else:
        await ground.agree("repair")
        assert await ground.create("work") == worktree
    await ground.refused("undo", "notUndoable", operation=restored.operation.id)  # type: ignore[union-attr]
    assert worktree.is_dir()


@pytest.mark.parametrize("kind", ["ours", "theirs"])
async def test_a_bringing_back_is_undone_when_its_entry_got_another_name(ground: Ground, kind: str) -> None:
    worktree = await ground.create("work") if kind == "ours" else ground.playground.worktree(ground.repository, "work")
    admin = ground.playground.admin(worktree)
    gone = await ground.clean_up(worktree)
    other = ground.repository.parent / "other" / worktree.name
    ground.git("worktree", "add", "-q", "--detach", other)
    assert ground.playground.admin(other) == admin
    back = await undone(ground, gone)
    assert worktree.is_dir()
    assert ground.git("status", "--porcelain", cwd=worktree) == b""
    await undone(ground, back)
    assert not worktree.exists() and other.is_dir()


# -- branches that are checked out by now


@pytest.mark.parametrize("place", ["old", "new"])
async def test_a_branch_that_is_checked_out_since_the_plan_does_not_come_back_twice(ground: Ground, place: str) -> None:
    worktree = await ground.create("work", branch="topic")
    gone = await ground.clean_up(worktree)
    assert gone.operation is not None
    snapshot = gone.operation.snapshots[0]
    planned = await ground.call("restore", snapshot=snapshot, place=place, dryRun=True)
    ground.git("switch", "--quiet", "topic")
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="checked out"):
        await ground.call("restore", snapshot=snapshot, place=place, token=planned.plan.token)
    await ground.call("restore", snapshot=snapshot, place=place)
    assert branch_of(ground, worktree) == "", "detached, as the plan says now"


async def test_local_does_not_go_back_to_a_branch_that_is_checked_out_since_the_plan(ground: Ground) -> None:
    await ground.create("work")
    other = await ground.create("other")
    await ground.agree("handOff", checkout="work")
    planned = await ground.call("undo", dryRun=True)
    ground.git("switch", "--quiet", "main", cwd=other)
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="checked out"):
        await ground.call("undo", token=planned.plan.token)
    ground.git("switch", "--quiet", "--detach", cwd=other)
    await ground.agree("undo")
    assert branch_of(ground, ground.repository) == "main"
