"""Sync: changes arrive as a three-way merge would bring them, conflicts are foretold, and each undo is identity."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_area
from tests.support.states import CHANGES, change

from hedgerow.protocol.errors import HedgerowError

COMBINATIONS = 12
LINES = "".join(f"line {number}\n" for number in range(30))


def status(ground: Ground, checkout: Path) -> list[str]:
    return ground.git("status", "--porcelain", "-uall", cwd=checkout).decode().splitlines()


async def test_changes_arrive_uncommitted_and_the_destination_keeps_its_own(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "lines", {"lines.txt": LINES})
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "committed there", {"committed.txt": "c\n"})
    ground.playground.write(worktree, {"lines.txt": LINES.replace("line 2\n", "theirs 2\n"), "loose.txt": "l\n"})
    (worktree / "sub" / "b.txt").unlink()
    ground.playground.write(ground.repository, {"lines.txt": LINES.replace("line 20\n", "mine 20\n"), "own.txt": "o\n"})
    ground.git("add", "own.txt")
    before = ground.observe()
    index = before.index(ground.repository)
    done = await ground.agree("sync", **{"from": "session"})
    assert done.operation is not None
    after = ground.observe()
    assert after.index(ground.repository) == index, "the real index is not touched"
    text = (ground.repository / "lines.txt").read_text()
    assert text == LINES.replace("line 2\n", "theirs 2\n").replace("line 20\n", "mine 20\n")
    assert status(ground, ground.repository) == [
        " M lines.txt", "A  own.txt", " D sub/b.txt", "?? committed.txt", "?? loose.txt",
    ]  # fmt: skip
    assert [line for line in ground.difference(before) if str(worktree) in line] == []
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    await ground.agree("undo", operation=(await newest(ground)))
    assert ground.difference(after, except_for=[of_area("reflog")]) == []


async def newest(ground: Ground) -> str:
    history = await ground.call("history")
    return next(str(one.id) for one in history.operations if one.command == "undo")


async def test_a_second_sync_brings_only_what_is_new(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.write(worktree, {"a.txt": "first\n"})
    await ground.agree("sync", **{"from": "session"})
    ground.playground.write(ground.repository, {"a.txt": "taken up and edited here\n"})
    ground.playground.write(worktree, {"more.txt": "second\n"})
    await ground.agree("sync", **{"from": "session"})
    assert (ground.repository / "a.txt").read_text() == "taken up and edited here\n"
    assert (ground.repository / "more.txt").read_text() == "second\n"


async def test_several_worktrees_onto_one_branch(ground: Ground) -> None:
    for name in ("one", "two"):
        worktree = await ground.create(name)
        ground.playground.write(worktree, {f"{name}.txt": "x\n"})
    await ground.agree("sync", **{"from": "one"}, branch="together")
    await ground.agree("sync", **{"from": "two"}, branch="together")
    assert ground.git("symbolic-ref", "--short", "HEAD") == b"together\n"
    assert status(ground, ground.repository) == ["?? one.txt", "?? two.txt"]


async def test_onto_another_existing_branch(ground: Ground) -> None:
    other = ground.playground.worktree(ground.repository, "other")
    ground.playground.commit(other, "elsewhere", {"elsewhere.txt": "e\n"})
    ground.git("branch", "target", ground.playground.head(other))
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"a.txt": "changed\n"})
    before = ground.observe()
    await ground.agree("sync", **{"from": "session"}, branch="target")
    assert ground.git("symbolic-ref", "--short", "HEAD") == b"target\n"
    assert status(ground, ground.repository) == [" M a.txt"]
    assert (ground.repository / "elsewhere.txt").exists()
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_conflicts_are_foretold_and_can_be_taken_as_markers(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"a.txt": "theirs\n", "new.txt": "n\n"})
    ground.playground.write(ground.repository, {"a.txt": "mine\n"})
    with ground.nothing_changes():
        plan = await ground.plan("sync", **{"from": "session"})
        assert [line for line in plan.conflicts if "'a.txt'" in line] == plan.conflicts != []
        with pytest.raises(HedgerowError):
            await ground.call("sync", **{"from": "session"}, token=plan.token)
    before = ground.observe()
    await ground.agree("sync", **{"from": "session"}, markers=True)
    assert (ground.repository / "a.txt").read_text() == ("<<<<<<< Local\nmine\n=======\ntheirs\n>>>>>>> session\n")
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_a_file_in_the_way_of_a_directory_is_named_as_it_is(ground: Ground) -> None:
    """Git calls it `note~<id>`, which nobody has ever seen."""
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"note/inside.txt": "theirs\n"})
    ground.playground.write(ground.repository, {"note": "mine\n"})
    for markers in (False, True):
        with ground.nothing_changes():
            plan = await ground.plan("sync", **{"from": "session"}, markers=markers)
        assert plan.conflicts
        assert all("'note'" in line and "~" not in line for line in plan.conflicts), plan.conflicts


async def test_a_merge_driver_of_the_repository_does_not_run(ground: Ground) -> None:
    canary = ground.home.root / "ran"
    ground.git("config", "merge.evil.driver", f"touch '{canary}'")
    ground.playground.commit(ground.repository, "attributes", {".gitattributes": "*.txt merge=evil\n"})
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"a.txt": "theirs\n"})
    ground.playground.write(ground.repository, {"a.txt": "mine\n"})
    plan = await ground.plan("sync", **{"from": "session"})
    assert plan.conflicts
    assert not canary.exists()


async def test_overwrite_names_what_moves_and_what_leaves(ground: Ground) -> None:
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "theirs", {"theirs.txt": "t\n"})
    ground.playground.dirty(worktree)
    ground.playground.commit(ground.repository, "mine alone", {"mine.txt": "m\n"})
    ground.playground.write(ground.repository, {"a.txt": "mine\n", "note.txt": "n\n"})
    before = ground.observe()
    plan = await ground.plan("sync", **{"from": "session"}, method="overwrite")
    assert any("main" in effect.text and effect.ref == "refs/heads/main" for effect in plan.effects)
    assert {loss.kind for loss in plan.losses} >= {"commits", "modified", "untracked"}
    assert ground.difference(before) == []
    await ground.call("sync", **{"from": "session"}, method="overwrite", token=plan.token)
    after = ground.observe()
    assert after.index(ground.repository) == after.index(worktree)
    assert status(ground, ground.repository) == status(ground, worktree)
    assert ground.playground.head(ground.repository) == ground.playground.head(worktree)
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


@pytest.mark.parametrize("seed", range(COMBINATIONS))
@pytest.mark.parametrize("method", ["apply", "overwrite"])
async def test_combinations(ground: Ground, method: str, seed: int, record_property: pytest.RecordProperty) -> None:
    chance = random.Random(9000 + seed)
    worktree = await ground.create("session", **({"branch": "work"} if seed % 2 else {}))
    done = []
    for checkout in (worktree, ground.repository):
        for _ in range(chance.randint(1, 5)):
            name, number = chance.choice(list(CHANGES)), chance.randint(0, 99)
            done.append((checkout.name, name, number))
            change(ground.playground, checkout, name, number)
    print(done)
    before = ground.observe()
    try:
        result = await ground.call("sync", **{"from": "session"}, method=method)
        if result.plan is not None and not result.plan.conflicts:
            result = await ground.call("sync", **{"from": "session"}, method=method, token=result.plan.token)
    except HedgerowError as error:
        assert ground.difference(before) == []
        assert error.code.value in {"conflict"}, error.message
        record_property("move", (f"sync, {method}", error.message))
        return
    if result.plan is not None:
        assert ground.difference(before) == []
        record_property("move", (f"sync, {method}", "; ".join(result.plan.conflicts)))
        return
    record_property("move", (f"sync, {method}", None))
    if method == "apply":
        assert ground.observe().index(ground.repository) == before.index(ground.repository)
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


def _tracked_there(ground: Ground, worktree: Path) -> None:
    """A file that the source tracks and the destination ignores."""
    ground.playground.write(worktree, {"seen.ignored": "tracked there\n"})
    ground.git("add", "--force", "seen.ignored", cwd=worktree)


def _ignored_by_what_comes(ground: Ground, worktree: Path) -> None:
    """The destination's untracked file is ignored once the rules have come."""
    ground.playground.write(worktree, {".gitignore": "*.ignored\n.env\nnode_modules/\nnotes/\n"})
    ground.playground.write(ground.repository, {"notes/mine.txt": "untracked\n"})


def _shown_by_what_comes(ground: Ground, worktree: Path) -> None:
    """What the destination ignores shows once the rules have come."""
    ground.playground.write(worktree, {".gitignore": "nothing\n"})
    ground.playground.write(
        ground.repository, {".env": "SECRET\n", "x.ignored": "x\n", "node_modules/a/index.js": "built\n"}
    )


@pytest.mark.parametrize("method", ["apply", "overwrite"])
@pytest.mark.parametrize("rules", [_tracked_there, _ignored_by_what_comes, _shown_by_what_comes])
async def test_rules_that_differ(ground: Ground, rules: Callable[[Ground, Path], None], method: str) -> None:
    worktree = await ground.create("session", branch="work")
    rules(ground, worktree)
    before = ground.observe()
    done = await ground.agree("sync", **{"from": "session"}, method=method)
    assert done.operation is not None
    hidden = rules is _tracked_there and method == "apply"
    assert any("seen.ignored" in warning for warning in done.warnings) == hidden, done.warnings
    after = ground.observe()
    undone = await ground.agree("undo", operation=done.operation.id)
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    assert undone.operation is not None
    again = await ground.agree("undo", operation=undone.operation.id)
    assert ground.difference(after, except_for=[of_area("reflog")]) == []
    assert again.operation is not None
    ground.playground.write(ground.repository, {"written-since.txt": "s\n"})
    await ground.refused("undo", "notUndoable", operation=again.operation.id)
