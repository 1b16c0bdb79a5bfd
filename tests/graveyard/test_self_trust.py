"""DL30 to DL54: tools that trusted their own clean-ups, proofs, records and reports."""

# ruff: noqa: N802, PLC0415 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside
from tests.support.oracle import of_area, of_checkout
from tests.support.repositories import Program


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
    for worktree in (busy, free):
        ground.git("merge", "--quiet", ground.playground.commit(worktree, "landed", {f"{worktree.name}.txt": "x\n"}))
    with program_inside(busy):
        result = await ground.agree("cleanUp", landed=True)
    assert busy.exists()
    assert not free.exists(), result
    assert "busy" in [kept.name for kept in result.kept]
    assert str(busy) not in result.paths
