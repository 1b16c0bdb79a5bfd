"""DL14 to DL28: what was carried, reused, linked, locked or lay inside, and was lost with it."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_checkout


async def test_DL14_carrying_is_a_copy(ground: Ground) -> None:
    ground.playground.dirty(ground.repository)
    before = ground.observe()
    worktree = await ground.create("carried", carry="copy")
    assert ground.difference(before, except_for=[of_checkout(worktree)]) == []
    # A move happens only when it was asked for by name, and what it takes away is held by a ref.
    moved = await ground.agree("create", name="moved", carry="move")
    assert ground.git("status", "--porcelain") == b""
    assert moved.operation is not None
    assert moved.operation.snapshots
    await ground.agree("undo")
    ground.git("update-index", "-q", "--refresh", "--", ".gitignore")
    assert ground.difference(before, except_for=[of_checkout(worktree)]) == []


async def test_DL15_failed_carry(ground: Ground) -> None:
    ground.playground.dirty(ground.repository)
    # What cannot be held makes the carry fail, and the create with it.
    os.mkfifo(ground.repository / "fifo")
    for carry in ("copy", "move"):
        await ground.refused("create", "cannotSnapshot", name="half", carry=carry)
    assert not (ground.repository.parent / "project.worktrees" / "half").exists()


async def test_DL18_path_reused(ground: Ground) -> None:
    worktree = await ground.create("reused")
    trash = ground.playground.directory / "gone"
    worktree.rename(trash)
    ground.playground.git("clone", "--quiet", ground.repository, worktree, cwd=ground.playground.directory)
    (worktree / "precious.txt").write_text("of another repository")
    # Control: git itself tells them apart.
    assert ground.playground.run("worktree", "remove", "--force", worktree, cwd=ground.repository).returncode == 128
    besides = [worktree]
    before = ground.observe(besides=besides)
    for params in ({"checkouts": [str(worktree)]}, {"checkouts": ["reused"]}, {"landed": True}, {"retention": True}):
        try:
            await ground.agree("cleanUp", **params)
        except Exception as error:  # noqa: BLE001
            assert error.__class__.__name__ == "HedgerowError", error
    assert (worktree / "precious.txt").read_text() == "of another repository"
    assert (worktree / ".git").is_dir()
    after = ground.observe(besides=besides)
    assert {f: v for f, v in after.facts.items() if f.area == "file"} == {
        f: v for f, v in before.facts.items() if f.area == "file"
    }

    # A sibling that moved to the registered path is not the one that was meant either.
    sibling = await ground.create("sibling")
    elsewhere = await ground.create("elsewhere")
    (sibling / "precious.txt").write_text("of the sibling")
    elsewhere.rename(ground.playground.directory / "gone-too")
    sibling.rename(elsewhere)
    await ground.refused("cleanUp", checkouts=["elsewhere"])
    assert (elsewhere / "precious.txt").read_text() == "of the sibling"


async def test_DL19_bystanders_of_a_prune(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    away = ground.playground.directory / "away"
    control.rename(away)
    ground.git("worktree", "prune")
    away.rename(control)
    assert ground.playground.run("worktree", "repair", control, cwd=ground.repository).returncode != 0
    assert ground.playground.run("status", cwd=control).returncode == 128

    bystander = ground.playground.worktree(ground.repository, "bystander")
    managed = await ground.create("managed-bystander")
    ground.playground.rebase_paused(bystander)
    ground.playground.dirty(managed)
    worktree = await ground.create("removed")
    before = ground.observe()
    for path in (bystander, managed):
        path.rename(path.with_name(path.name + "-away"))
    removed = await ground.clean_up(worktree)
    other = await ground.create("made-meanwhile")
    await ground.clean_up(other)
    await ground.call("list", wait=True)
    await ground.agree("cleanUp", landed=True)
    await ground.agree("cleanUp", retention=True)
    assert removed.operation is not None
    await ground.agree("undo", operation=removed.operation.id)
    for path in (bystander, managed):
        path.with_name(path.name + "-away").rename(path)
    assert ground.difference(before) == []


async def test_DL20_wrong_vantage(ground: Ground) -> None:
    worktrees = [ground.playground.worktree(ground.repository, f"host-{number}") for number in range(5)]
    worktrees += [await ground.create(f"ours-{number}") for number in range(5)]
    before = ground.observe()
    away = ground.playground.directory / "unmounted"
    away.mkdir()
    for worktree in worktrees:
        worktree.rename(away / worktree.name)
    with ground.nothing_changes():
        rows = {row.path: row.state.value for row in await ground.hedgerow.rows(ground.repository)}
        assert [rows[str(worktree)] for worktree in worktrees] == ["missing"] * len(worktrees)
        # What is gone needs a person to say that it is gone for good.
        result = await ground.call("repair")
        assert result.plan is None or result.plan.needs_agreement
        assert result.operation is None
        await ground.agree("cleanUp", landed=True)
        await ground.agree("cleanUp", retention=True)
    for worktree in worktrees:
        (away / worktree.name).rename(worktree)
    assert ground.difference(before) == []


async def test_DL22_locked(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    ground.git("worktree", "lock", control)
    ground.git("worktree", "remove", "--force", "--force", control)
    assert not control.exists()

    worktree = await ground.create("locked")
    ground.git("worktree", "lock", "--reason", "on a stick", worktree)
    error = await ground.refused("cleanUp", "protected", checkouts=["locked"])
    assert "on a stick" in error.message
    with ground.nothing_changes():
        await ground.agree("cleanUp", landed=True)
    plan_before_lock = await _plan_then(ground, worktree)
    await ground.refused("cleanUp", "protected", "stalePlan", checkouts=["locked"], token=plan_before_lock)


async def _plan_then(ground: Ground, worktree: Path) -> str:
    ground.git("worktree", "unlock", worktree)
    (worktree / "untracked.txt").write_text("x")
    plan = await ground.plan("cleanUp", checkouts=["locked"])
    ground.git("worktree", "lock", worktree)
    return plan.token


async def test_DL23_one_stash_for_all(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    (ground.repository / "a.txt").write_text("Local's\n")
    ground.git("stash")
    (control / "theirs.txt").write_text("the other's\n")
    ground.git("stash", "--include-untracked", cwd=control)
    ground.git("stash", "pop")
    assert (ground.repository / "theirs.txt").exists(), "pop gave the other worktree's entry"

    (ground.repository / "a.txt").write_text("stashed by the person\n")
    ground.git("stash", "push", "--quiet")
    ground.playground.dirty(ground.repository)
    stash = {fact: value for fact, value in ground.observe().facts.items() if fact.name == b"refs/stash"}
    assert len(stash) == 2
    worktree = await ground.create("carried", carry="move")
    await ground.agree("undo")
    worktree = await ground.create("again", carry="copy")
    await ground.clean_up(worktree)
    await ground.agree("undo")
    assert {fact: value for fact, value in ground.observe().facts.items() if fact.name == b"refs/stash"} == stash
    assert ground.observe().of(ground.repository / ".git", area="reflog").keys() >= {
        f for f in stash if f.area == "reflog"
    }


@pytest.mark.parametrize("how", ["managed", "undone"])
async def test_DL25_links_are_not_followed(ground: Ground, how: str) -> None:
    shared = ground.playground.directory / "shared"
    ground.playground.write(ground.playground.directory, {"shared/package/index.js": "precious"})
    control = ground.playground.directory / "control"
    control.mkdir()
    (control / "node_modules").symlink_to(shared)
    # Control: a deleter that follows links empties what they point to (`find -L`, Windows junctions).
    copy = ground.playground.directory / "copy"
    subprocess.run(["cp", "-r", shared, copy], check=True)
    (control / "copied").symlink_to(copy)
    subprocess.run(["find", "-L", control / "copied", "-type", "f", "-delete"], check=True)
    assert not (copy / "package" / "index.js").exists()

    async with type(ground.hedgerow).opened(ground.home, trash_hours=0) as impatient:
        ground.hedgerow = impatient
        worktree = await ground.create("linked")
        (worktree / "node_modules").symlink_to(shared)
        (worktree / "data.ignored").symlink_to(shared / "package")
        await ground.clean_up(worktree)
        if how == "undone":
            await ground.agree("undo")
            await ground.clean_up(worktree)
    async with type(ground.hedgerow).opened(ground.home, trash_hours=0) as again:
        await again.call("list", ground.repository, wait=True)
    assert (shared / "package" / "index.js").read_text() == "precious"


async def test_DL26_our_links_do_not_block(ground: Ground) -> None:
    ground.playground.write(ground.repository, {"node_modules/package/index.js": "shared"})
    control = ground.playground.worktree(ground.repository, "control")
    (control / "node_modules").symlink_to(ground.repository / "node_modules")
    assert ground.playground.run("worktree", "remove", control, cwd=ground.repository).returncode == 128

    async with type(ground.hedgerow).opened(ground.home, symlink_directories=["node_modules"]) as linking:
        ground.hedgerow = linking
        worktree = await ground.create("linked")
        assert (worktree / "node_modules").is_symlink()
        assert (worktree / "node_modules" / "package" / "index.js").read_text() == "shared"
        result = await ground.call("cleanUp", checkouts=["linked"])
        assert result.plan is None, f"a link that Hedgerow made is no loss: {result.plan}"
        assert not worktree.exists()
    assert (ground.repository / "node_modules" / "package" / "index.js").read_text() == "shared"


@pytest.mark.parametrize("ignored", [False, True], ids=["untracked", "ignored"])
async def test_DL27_repository_inside(ground: Ground, ignored: bool) -> None:
    where = "vendored.ignored/frontend" if ignored else "frontend"

    def scaffold(checkout: Path) -> None:
        (checkout / where).mkdir(parents=True)
        ground.git("init", "--quiet", cwd=checkout / where)
        ground.playground.commit(checkout / where, "scaffolded", {"index.html": "<p>"})

    control = ground.playground.worktree(ground.repository, "control")
    scaffold(control)
    ground.git("worktree", "remove", "--force", control)
    assert not control.exists(), "--force destroyed the only object store"

    worktree = await ground.create("scaffolded")
    scaffold(worktree)
    error = await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["scaffolded"])
    assert "frontend" in error.message
    with ground.nothing_changes():
        await ground.agree("cleanUp", landed=True)


async def test_DL28_submodules(ground: Ground) -> None:
    module = ground.playground.submodule(ground.repository)
    control = ground.playground.worktree(ground.repository, "control")
    ground.git("submodule", "--quiet", "update", "--init", cwd=control)
    assert ground.playground.run("worktree", "remove", control, cwd=ground.repository).returncode == 128
    lost = ground.playground.commit(control / "module", "only in this submodule", {"inside.txt": "edited"})
    ground.git("worktree", "remove", "--force", control)
    assert not ground.playground.exists(lost, module)

    worktree = await ground.create("with-module")
    ground.git("submodule", "--quiet", "update", "--init", cwd=worktree)
    kept = ground.playground.commit(worktree / "module", "only in this submodule", {"inside.txt": "edited"})
    error = await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["with-module"])
    assert "module" in error.message
    ground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=worktree / "module")
    (worktree / "module" / "untracked.txt").write_text("untracked in the submodule")
    await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["with-module"])
    assert ground.playground.exists(kept, worktree / "module")
