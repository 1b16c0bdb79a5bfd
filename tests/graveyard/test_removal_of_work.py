"""DL01-DL16: work that removals of worktrees have destroyed."""

# ruff: noqa: N802, PLC0415 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside
from tests.support.oracle import of_area, of_checkout
from tests.support.repositories import Program

from hedgerow.protocol.errors import ErrorCode


async def test_DL01_commits_not_counted(ground: Ground) -> None:
    # Control: a clean tree says nothing about commits; branch -D and gc finish them.
    control = ground.playground.worktree(ground.repository, "control", "-b", "control")
    lost = ground.playground.commit(control, "only here", {"c.txt": "c"})
    assert ground.git("status", "--porcelain", cwd=control) == b""
    ground.git("worktree", "remove", control)
    ground.git("branch", "-D", "control")
    ground.forget()
    assert not ground.playground.exists(lost, ground.repository)

    worktree = await ground.create("session", branch="session")
    kept = ground.playground.commit(worktree, "only here", {"c.txt": "c"})
    plan = await ground.plan("cleanUp", checkouts=["session"], deleteBranch=True)
    assert any(loss.kind == "commits" and loss.count == 1 for loss in plan.losses), plan.losses
    await ground.survives(worktree)
    assert ground.git("rev-parse", "refs/heads/session").decode().strip() == kept


async def test_DL02_stale_verdict(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"untracked.txt": "x"})
    plan = await ground.plan("cleanUp", checkouts=["session"])
    for number in range(5):
        ground.playground.commit(worktree, f"after the plan {number}", {"a.txt": f"{number}\n"})
    error = await ground.refused("cleanUp", "stalePlan", checkouts=["session"], token=plan.token)
    assert "session" in error.message
    # Nor does a verdict outlive its worktree: the next one of this name is judged by itself.
    await ground.clean_up(worktree)
    again = await ground.create("session")
    ground.playground.commit(again, "in the second one", {"a.txt": "second\n"})
    assert any(loss.kind == "commits" for loss in (await ground.plan("cleanUp", checkouts=["session"])).losses)


async def test_DL03_removed_while_in_use(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    with program_inside(control):
        ground.git("worktree", "remove", control)
        assert not control.exists()

    worktree = await ground.create("busy")
    (worktree / "deeper").mkdir()
    with program_inside(worktree / "deeper") as program:
        error = await ground.refused("cleanUp", "protected", checkouts=["busy"])
        assert str(program.pid) in error.message or "sleep" in error.message, error.message
        with ground.nothing_changes():
            result = await ground.agree("cleanUp", landed=True)
        assert [kept.name for kept in result.kept] == ["busy"]
    await ground.clean_up(worktree)


_WRITER = """
import os, sys
number = 0
while True:
    number += 1
    try:
        with open(os.path.join(sys.argv[1], f"job-{number}.txt"), "x") as file:
            file.write(str(number))
    except OSError:
        break
    print(number, flush=True)
"""


async def test_DL04_no_fallback_when_a_job_still_writes(ground: Ground) -> None:
    # Control: what tools fall back to takes untracked files along, whoever is still writing them.
    control = ground.playground.worktree(ground.repository, "control")
    (control / "job-0.txt").write_text("0")
    assert ground.playground.run("worktree", "remove", control, cwd=ground.repository).returncode == 128
    ground.git("worktree", "remove", "--force", control)
    assert not control.exists()

    worktree = await ground.create("job")
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, worktree], stdout=subprocess.PIPE, cwd="/")
    assert writer.stdout is not None
    try:
        assert writer.stdout.readline() == b"1\n"
        try:
            result = await ground.agree("cleanUp", checkouts=["job"])
        except Exception as error:  # noqa: BLE001 - any refusal will do, as long as nothing is lost
            assert getattr(error, "code", None) in {
                ErrorCode.CANNOT_SNAPSHOT, ErrorCode.STALE_PLAN, ErrorCode.PROTECTED, ErrorCode.BUSY,
            }, error  # fmt: skip
            assert worktree.exists()
        else:
            assert result.operation is not None
            await ground.agree("undo", operation=result.operation.id)
    finally:
        writer.kill()
        numbers = writer.stdout.read().split()
        writer.wait()
    last = int(numbers[-1]) if numbers else 1
    written = {int(path.stem.removeprefix("job-")) for path in worktree.glob("job-*.txt")}
    assert set(range(1, last + 1)) <= written


async def test_DL05_detached_commits(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    lost = ground.playground.commit(control, "only here", {"c.txt": "c"})
    ground.git("worktree", "remove", control)
    ground.forget()
    assert not ground.playground.exists(lost, ground.repository)

    worktree = await ground.create("detached")
    abandoned = ground.playground.commit(worktree, "left behind by a reset", {"c.txt": "1"})
    ground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=worktree)
    ground.playground.commit(worktree, "only here", {"c.txt": "2"})
    plan = await ground.plan("cleanUp", checkouts=["detached"])
    assert any(loss.kind == "commits" for loss in plan.losses), plan.losses
    await ground.survives(worktree)
    assert ground.playground.exists(abandoned, ground.repository)


@pytest.mark.parametrize("operation", ["merge", "rebase"])
async def test_DL06_operation_in_progress(ground: Ground, operation: str) -> None:
    def begin(checkout: Path) -> str:
        if operation == "rebase":
            ground.playground.rebase_paused(checkout)
            return ground.git("rev-parse", "ORIG_HEAD", cwd=checkout).decode().strip()
        other = ground.playground.commit(checkout, "other parent", {"o.txt": "o"})
        ground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=checkout)
        ground.playground.commit(checkout, "this parent", {"t.txt": "t"})
        ground.git("merge", "--quiet", "--no-commit", "-s", "ours", other, cwd=checkout)
        return other

    control = ground.playground.worktree(ground.repository, "control")
    lost = begin(control)
    assert ground.git("status", "--porcelain", cwd=control) == b""
    ground.git("worktree", "remove", control)
    ground.forget()
    assert not ground.playground.exists(lost, ground.repository)

    worktree = await ground.create("paused")
    kept = begin(worktree)
    error = await ground.refused("cleanUp", "protected", checkouts=["paused"])
    assert operation in error.message
    with ground.nothing_changes():
        await ground.agree("cleanUp", landed=True)
    ground.git(operation, "--abort", cwd=worktree)
    assert ground.playground.exists(kept, ground.repository)


async def test_DL08_ignored_files(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    (control / ".env").write_text("SECRET=1\n")
    assert ground.git("status", "--porcelain", cwd=control) == b""
    ground.git("worktree", "remove", control)
    assert not control.exists()

    worktree = await ground.create("ignored")
    ground.playground.write(worktree, {".env": "SECRET=1\n", "deep/er/data.ignored": bytes(range(256))})
    (worktree / ".env").chmod(0o600)
    plan = await ground.plan("cleanUp", checkouts=["ignored"])
    (loss,) = [loss for loss in plan.losses if loss.kind == "ignored"]
    assert (loss.count, sorted(loss.paths), loss.kept) == (2, [".env", "deep/er/data.ignored"], "snapshot")
    await ground.survives(worktree)


async def test_DL09_configuration_blinds_git(ground: Ground) -> None:
    ground.home.configure("[status]\n\tshowUntrackedFiles = no\n[core]\n\tuntrackedCache = true\n")
    control = ground.playground.worktree(ground.repository, "control")
    (control / "notes.txt").write_text("notes")
    ground.git("worktree", "remove", control)
    assert not control.exists()

    worktree = await ground.create("blind")
    (worktree / "notes.txt").write_text("notes")
    assert (await ground.hedgerow.row(ground.repository, worktree)).counts.untracked == 1  # type: ignore[union-attr]
    plan = await ground.plan("cleanUp", checkouts=["blind"])
    assert [loss.paths for loss in plan.losses if loss.kind == "untracked"] == [["notes.txt"]]
    await ground.survives(worktree)


@pytest.mark.parametrize("bit", ["assume-unchanged", "skip-worktree"])
async def test_DL10_hidden_edits(ground: Ground, bit: str) -> None:
    control = ground.playground.worktree(ground.repository, "control")
    ground.git("update-index", f"--{bit}", "a.txt", cwd=control)
    (control / "a.txt").write_text("hidden edit\n")
    assert ground.git("status", "--porcelain", cwd=control) == b""
    ground.git("worktree", "remove", control)
    assert not control.exists()

    worktree = await ground.create("hidden")
    ground.git("update-index", f"--{bit}", "a.txt", cwd=worktree)
    (worktree / "a.txt").write_text("hidden edit\n")
    plan = await ground.plan("cleanUp", checkouts=["hidden"])
    assert [loss.paths for loss in plan.losses if loss.kind == "hidden"] == [["a.txt"]], plan.losses
    await ground.survives(worktree)


async def test_DL11_local_is_never_a_target(ground: Ground) -> None:
    ground.git("switch", "--quiet", "--create", "feature")
    await ground.create("other", branch="other")
    for name in (
        str(ground.repository),
        f"{ground.repository}/",
        "feature",
        "project",
        str(ground.repository / ".git"),
    ):
        await ground.refused("cleanUp", "protected", "noSuchCheckout", checkouts=[name])
    local = await ground.hedgerow.row(ground.repository, ground.repository)
    await ground.refused("cleanUp", "protected", checkouts=[local.id])
    # A registration that was made to point at Local does not make Local a worktree.
    other = ground.playground.worktree(ground.repository, "forged")
    (ground.playground.admin(other) / "gitdir").write_text(f"{ground.repository}/.git\n")
    with ground.nothing_changes():
        for params in ({"checkouts": [str(ground.repository)]}, {"landed": True}, {"retention": True}):
            try:
                result = await ground.call("cleanUp", **params)
            except Exception as error:  # noqa: BLE001
                assert error.__class__.__name__ == "HedgerowError", error
                continue
            if result.plan is not None:
                assert all(effect.path != str(ground.repository) for effect in result.plan.effects)


async def test_DL12_worktrees_of_others(ground: Ground) -> None:
    by_hand = ground.playground.worktree(ground.repository, "mine", "-b", "mine")
    with ground.nothing_changes():
        for params in ({"landed": True}, {"retention": True}):
            result = await ground.agree("cleanUp", **params)
            assert all(effect not in result.paths for effect in (str(by_hand),))
    row = await ground.hedgerow.row(ground.repository, by_hand)
    assert row.kind.value == "foreign"
    # Named, it is shown for what it is and asked about, clean as it is.
    with ground.nothing_changes():
        plan = await ground.plan("cleanUp", checkouts=[str(by_hand)])
    assert plan.needs_agreement
    assert (
        "foreign" in (text := plan.model_dump_json()) or "someone else" in text or "by hand" in text or "user" in text
    )
    await ground.survives(by_hand)


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


async def test_DL30_worktrees_are_outside(ground: Ground) -> None:
    inside = ground.repository / ".wt" / "one"
    ground.git("worktree", "add", "--quiet", "--detach", inside)
    ground.git("clean", "-ffdx", "--quiet")
    assert not inside.exists()
    ground.git("worktree", "prune")

    worktree = await ground.create("outside")
    assert ground.repository not in worktree.parents
    ground.git("clean", "-ffdx", "--quiet")
    assert (worktree / "a.txt").exists()
    # And one that lies inside another is not taken along with it.
    nested = worktree / "nested"
    ground.git("worktree", "add", "--quiet", "--detach", nested)
    (nested / "precious.txt").write_text("x")
    error = await ground.refused("cleanUp", "cannotSnapshot", "protected", checkouts=["outside"])
    assert "nested" in error.message


async def test_DL31_local_is_never_cleaned(ground: Ground) -> None:
    control = ground.playground.repository("control")
    (control / "notes.txt").write_text("untracked notes")
    ground.git("clean", "-fd", "--quiet", cwd=control)
    assert not (control / "notes.txt").exists()

    ground.playground.dirty(ground.repository)
    before = ground.observe()
    worktree = await ground.create("first")
    ground.playground.dirty(worktree)
    await ground.clean_up(worktree)
    await ground.agree("restore", snapshot="first", name="back")
    await ground.agree("undo")
    await ground.agree("undo")
    await ground.agree("setBase", checkout="first", base="HEAD")
    await ground.agree("branchHere", checkout="first", branch="first")
    await ground.agree("repair")
    local = of_area("registration", "ref", "reflog")
    assert ground.difference(before, except_for=[local, of_checkout(worktree)]) == []


async def test_DL32_local_is_never_switched(ground: Ground) -> None:
    worktree = await ground.create("feature", branch="feature")
    ground.playground.commit(worktree, "on feature", {"a.txt": "feature\n"})
    result = await ground.clean_up(worktree)
    # Local is on that branch now, with an edit; bringing the worktree back must not touch either.
    ground.git("switch", "--quiet", "feature")
    (ground.repository / "a.txt").write_text("edited in Local\n")
    before = ground.observe()
    assert result.operation is not None
    restored = await ground.agree("restore", snapshot=result.operation.snapshots[0])
    place = Path(restored.paths[0])
    assert ground.difference(before, except_for=[of_checkout(place)]) == []
    row = await ground.hedgerow.row(ground.repository, place)
    assert row.head.kind.value == "detached"
    assert "feature" in restored.message or any("feature" in warning for warning in restored.warnings)


async def test_DL33_a_start_deletes_nothing(ground: Ground) -> None:
    dirty = await ground.create("dirty")
    ground.playground.dirty(dirty)
    conflicted = await ground.create("conflicted")
    ground.playground.merge_in_progress(conflicted)
    broken = await ground.create("broken")
    (ground.playground.admin(broken) / "HEAD").write_text("ref: refs/heads/never-made\n")
    with ground.nothing_changes():
        async with type(ground.hedgerow).opened(ground.home, retention=1) as restarted:
            caller = restarted.caller(ground.repository, automatic=True)
            await restarted.call("list", ground.repository, wait=True)
            await restarted.call("cleanUp", ground.repository, caller=caller, retention=True)


async def test_DL35_two_of_one_name(ground: Ground) -> None:
    first = await ground.create("issue-12")
    # Deterministic names meet: as labels they may not, but a branch can be called like another's label.
    second = await ground.create("other", branch="issue-12")
    await ground.refused("rename", "nameTaken", "ambiguous", checkout=str(second), label="issue-12")
    (first / "precious.txt").write_text("of the first")
    (second / "precious.txt").write_text("of the second")
    error = await ground.refused("cleanUp", "ambiguous", checkouts=["issue-12"])
    assert str(first) in error.message or str(first) in str(error.data)
    rows = {row.path: row.id for row in await ground.hedgerow.rows(ground.repository)}
    assert rows[str(first)] != rows[str(second)]
    await ground.agree("cleanUp", checkouts=[rows[str(second)]])
    assert (first / "precious.txt").exists()
    assert not second.exists()


async def test_DL36_a_failed_proof_is_no_proof(ground: Ground) -> None:
    worktree = await ground.create("unproved", branch="unproved")
    ground.playground.commit(worktree, "work", {"a.txt": "work\n", "c.txt": "work\n"})
    base = ground.playground.commit(ground.repository, "main moved", {"d.txt": "main\n"})
    # A tree that the comparison needs is not readable any more.
    tree = ground.git("rev-parse", f"{base}^{{tree}}").decode().strip()
    loose = ground.repository / ".git" / "objects" / tree[:2] / tree[2:]
    loose.rename(ground.playground.directory / "tree")
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.landed is None or row.landed.state != "landed"
    with ground.nothing_changes():
        try:
            result = await ground.call("cleanUp", landed=True, deleteBranch=True)
        except Exception as error:  # noqa: BLE001
            assert error.__class__.__name__ == "HedgerowError", error
        else:
            assert result.plan is None
    assert (worktree / "c.txt").exists()


async def test_DL38_proof_before_the_branch_goes(ground: Ground) -> None:
    worktree = await ground.create("unlanded", branch="unlanded")
    oid = ground.playground.commit(worktree, "only here", {"c.txt": "c"})
    result = await ground.clean_up(worktree, deleteBranch=True)
    assert ground.playground.run("rev-parse", "--verify", "unlanded", cwd=ground.repository).returncode != 0
    ground.forget()
    assert ground.playground.exists(oid, ground.repository)
    assert result.operation is not None
    await ground.agree("undo", operation=result.operation.id)
    assert ground.git("rev-parse", "unlanded").decode().strip() == oid
    assert ground.git("symbolic-ref", "HEAD", cwd=worktree).decode().strip() == "refs/heads/unlanded"


async def test_DL39_nobody_inside_forces(ground: Ground) -> None:
    clean = await ground.create("clean", branch="clean")
    unpushed = ground.playground.commit(clean, "unpushed", {"c.txt": "c"})
    dirty = await ground.create("dirty")
    (dirty / "untracked.txt").write_text("x")
    await ground.create("newest")
    async with type(ground.hedgerow).opened(ground.home, retention=1) as automatic:
        caller = automatic.caller(ground.repository, automatic=True)
        for params in ({"retention": True}, {"landed": True}, {"checkouts": ["dirty"]}, {"checkouts": ["clean"]}):
            try:
                await automatic.call("cleanUp", ground.repository, caller=caller, deleteBranch=True, **params)
            except Exception as error:  # noqa: BLE001
                assert error.__class__.__name__ == "HedgerowError", error
    # The clean one may have gone, since its branch holds its commits; the branch itself may not.
    assert (dirty / "untracked.txt").exists()
    assert ground.git("rev-parse", "refs/heads/clean").decode().strip() == unpushed


async def test_DL40_a_rebase_of_somebody_is_left_alone(ground: Ground) -> None:
    ground.playground.rebase_paused(ground.repository)
    os.mkfifo(ground.repository / "fifo")
    await ground.refused("create", name="one", carry="copy")
    await ground.refused("create", name="two", carry="move")
    (ground.repository / "fifo").unlink()
    worktree = ground.playground.worktree(ground.repository, "paused")
    ground.playground.rebase_paused(worktree)
    await ground.refused("cleanUp", "protected", checkouts=[str(worktree)])
    before = ground.observe()
    other = await ground.create("three")
    await ground.clean_up(other)
    assert ground.difference(before) == []
    ground.git("rebase", "--continue")


async def test_DL42_objects_stay_whole(ground: Ground) -> None:
    before = ground.oracle.objects(ground.repository)
    alive = await ground.create("alive")
    ground.playground.dirty(alive)
    for number in range(3):
        worktree = await ground.create(f"session-{number}", branch=f"session-{number}", carry="none")
        ground.playground.commit(worktree, "work", {"c.txt": f"{number}"})
        await ground.clean_up(worktree, deleteBranch=True)
    async with type(ground.hedgerow).opened(ground.home, trash_hours=0) as impatient:
        await impatient.call("list", ground.repository, wait=True)
    assert ground.oracle.fsck(ground.repository) == []
    assert before <= ground.oracle.objects(ground.repository)
    ground.forget()
    assert ground.oracle.fsck(ground.repository) == []
    assert ground.git("status", "--porcelain", cwd=alive) != b""


@pytest.mark.parametrize("failing", [1, 2])
async def test_DL45_half_deleted(ground: Ground, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from hedgerow.journal import files

    worktree = await ground.create("half")
    ground.playground.dirty(worktree)
    ground.playground.write(worktree, {"build.sh": Program("#!/bin/sh\n")})
    plan = await ground.plan("cleanUp", checkouts=["half"])
    real, renames = files.rename, 0

    def rename(source: Path, target: Path) -> None:
        nonlocal renames
        if str(worktree) == str(source) or str(source).startswith(str(ground.repository / ".git" / "worktrees")):
            renames += 1
            if renames == failing:
                raise OSError(39, "Directory not empty", str(source))
        real(source, target)

    monkeypatch.setattr(files, "rename", rename)
    await ground.refused("cleanUp", checkouts=["half"], token=plan.token)
    assert renames >= failing
    monkeypatch.undo()
    await ground.survives(worktree)


async def test_DL47_records_outlive_an_unmounted_repository(ground: Ground) -> None:
    worktree = await ground.create("remembered")
    ground.playground.dirty(worktree)
    before = ground.observe().files(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    away = ground.playground.directory / "unmounted"
    ground.repository.rename(away)
    other = ground.playground.repository("other")
    async with type(ground.hedgerow).opened(ground.home, trash_hours=0) as meanwhile:
        await meanwhile.call("list", other, all=True, wait=True)
        await meanwhile.call("history", other, all=True)
        await meanwhile.agree("cleanUp", other, retention=True)
    away.rename(ground.repository)
    restored = await ground.agree("restore", snapshot=result.operation.snapshots[0], place="old")
    assert restored.paths == [str(worktree)]
    after = ground.observe().files(worktree)
    assert {k: v for k, v in after.items() if k != b".git"} == {k: v for k, v in before.items() if k != b".git"}


async def test_DL49_provisioned_files(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "include", {".worktreeinclude": ".env\n"})
    ground.playground.write(ground.repository, {".env": "SECRET=1\n"})
    worktree = await ground.create("provisioned")
    assert (worktree / ".env").read_text() == "SECRET=1\n"
    (worktree / ".env").write_text("SECRET=2\nEDITED=1\n")
    plan = await ground.plan("cleanUp", checkouts=["provisioned"])
    assert [loss.paths for loss in plan.losses if loss.kind == "ignored"] == [[".env"]]
    place = await ground.survives(worktree)
    assert (place / ".env").read_text() == "SECRET=2\nEDITED=1\n"
    assert (ground.repository / ".env").read_text() == "SECRET=1\n"


def test_DL50_a_crash_leaves_no_empty_file(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    from hedgerow.journal import files

    control = ground.repository / "a.txt"
    with control.open("wb"):
        assert control.read_bytes() == b"", "a rewrite in place is empty meanwhile"
    path = ground.repository / "precious.txt"
    path.write_bytes(b"precious")
    seen: list[bytes] = []
    for step in ("fsync", "fchmod", "replace"):

        def crash(*_: object) -> None:
            seen.append(path.read_bytes())
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as patch:
            patch.setattr(files.os, step, crash)
            with pytest.raises(OSError, match="Input/output"):
                files.write_atomic(path, b"new")
    assert seen == [b"precious"] * 3
    assert path.read_bytes() == b"precious"
    assert sorted(entry.name for entry in ground.repository.iterdir()) == [
        ".git", ".gitignore", "a.txt", "precious.txt", "sub",
    ]  # fmt: skip


async def test_DL51_across_file_systems(ground: Ground, tmp_path: Path) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    import tempfile

    with tempfile.TemporaryDirectory(dir=elsewhere) as directory:
        async with type(ground.hedgerow).opened(ground.home, worktrees_directory=f"{directory}/trees") as across:
            ground.hedgerow = across
            worktree = await ground.create("across")
            assert worktree.is_relative_to(directory)
            ground.playground.dirty(worktree)
            (worktree / "socket").unlink(missing_ok=True)
            os.mkfifo(worktree / "fifo")
            error = await ground.refused("cleanUp", "cannotSnapshot", checkouts=["across"])
            assert "fifo" in error.message
            (worktree / "fifo").unlink()
            await ground.survives(worktree)


async def test_DL54_says_what_was_done(ground: Ground) -> None:
    control = ground.playground.worktree(ground.repository, "control", "-b", "control")
    (control / "untracked.txt").write_text("x")
    assert ground.playground.run("worktree", "remove", control, cwd=ground.repository).returncode != 0

    shared = await ground.create("shared", branch="shared")
    # The branch is also checked out by somebody else by now, so it must stay; the answer says so.
    ground.git("worktree", "add", "--quiet", "--force", ground.playground.directory / "second", "shared")
    result = await ground.agree("cleanUp", checkouts=[str(shared)], deleteBranch=True)
    assert not shared.exists()
    assert ground.git("rev-parse", "--verify", "refs/heads/shared")
    assert any("shared" in text for text in [*result.warnings, *(kept.reason + kept.name for kept in result.kept)])
    busy = await ground.create("busy")
    free = await ground.create("free")
    with program_inside(busy):
        result = await ground.agree("cleanUp", landed=True)
    assert busy.exists()
    assert not free.exists()
    assert "busy" in [kept.name for kept in result.kept]
    assert str(busy) not in result.paths
