"""DL01 to DL12: work that removals of worktrees have destroyed."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.ground import Ground, program_inside

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
