"""BR01 to BR23: bases and branches that tools took for others."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_checkout


async def test_BR01_the_base_is_the_one_meant(ground: Ground) -> None:
    ground.git("switch", "--quiet", "--create", "develop")
    develop = ground.playground.commit(ground.repository, "develop is ahead", {"d.txt": "d"})
    remote = ground.playground.remote(ground.repository, head=False)
    ground.git("symbolic-ref", "HEAD", "refs/heads/develop", cwd=remote)
    ground.git("switch", "--quiet", "--create", "topic", "main")
    topic = ground.playground.commit(ground.repository, "topic", {"t.txt": "t"})

    by_default = await ground.hedgerow.agree("create", ground.repository, name="by-default")
    assert ground.playground.head(Path(by_default.paths[0])) == topic
    row = await ground.hedgerow.row(ground.repository, Path(by_default.paths[0]))
    assert row.base is not None
    assert row.base.oid == topic

    async with type(ground.hedgerow).opened(ground.home, start_from="fresh") as fresh:
        # origin/HEAD is not there: whatever it does, it never starts from a branch that nobody named.
        before = ground.observe()
        try:
            result = await fresh.agree("create", ground.repository, name="guessed")
        except Exception as error:  # noqa: BLE001
            assert error.__class__.__name__ == "HedgerowError", error
            assert ground.difference(before) == []
        else:
            assert ground.playground.head(Path(result.paths[0])) in (topic, develop)
            assert result.warnings or "origin" in result.message
        ground.git("remote", "set-head", "origin", "--auto")
        result = await fresh.agree("create", ground.repository, name="fresh")
        assert ground.playground.head(Path(result.paths[0])) == develop
        row = await fresh.row(ground.repository, Path(result.paths[0]))
        assert row.base is not None
        assert row.base.from_ == "origin/develop"
        shown = await fresh.call("create", ground.repository, name="shown", dryRun=True)
        assert "origin/develop" in shown.plan.model_dump_json()
        assert "just made" in shown.plan.model_dump_json() or " old" in shown.plan.model_dump_json()


async def test_BR02_the_default_branch_is_never_cached(ground: Ground) -> None:
    ground.git("switch", "--quiet", "--create", "next")
    following = ground.playground.commit(ground.repository, "next", {"n.txt": "n"})
    ground.git("switch", "--quiet", "main")
    ground.playground.remote(ground.repository)
    # Nobody answers at this address, and nothing asks there.
    ground.git("remote", "set-url", "origin", "ssh://198.51.100.1/nowhere.git")
    async with type(ground.hedgerow).opened(ground.home, start_from="fresh") as fresh:
        first = await fresh.agree("create", ground.repository, name="first")
        assert ground.playground.head(Path(first.paths[0])) == ground.playground.head(ground.repository)
        ground.git("remote", "set-head", "origin", "next")
        second = await fresh.agree("create", ground.repository, name="second")
        assert ground.playground.head(Path(second.paths[0])) == following
        listed = await fresh.call("list", ground.repository, wait=True)
        assert listed.repositories[0].default_branch == "origin/next"


async def test_BR03_a_branch_that_is_checked_out_elsewhere(ground: Ground) -> None:
    control = ground.playground.run("worktree", "add", ground.playground.directory / "x", "main", cwd=ground.repository)
    assert control.returncode == 128
    assert b"already" in control.stderr

    # To start from it is no problem; to have it there is, and the answer says where it is.
    started = await ground.create("from-main", **{"from": "main"})
    assert ground.playground.run("symbolic-ref", "-q", "HEAD", cwd=started).returncode == 1
    for verb, params in (
        ("create", {"name": "second", "branch": "main"}),
        ("branchHere", {"checkout": "from-main", "branch": "main"}),
    ):
        error = await ground.refused(verb, "branchBusy", "branchExists", **params)
        assert "main" in error.message
        assert "project" in error.message, error.message
    # A rebasing worktree lists as detached, yet its branch is busy.
    rebasing = await ground.create("rebasing", branch="rebasing")
    ground.playground.rebase_paused(rebasing)
    await ground.refused("branchHere", "branchBusy", "branchExists", checkout="from-main", branch="rebasing")


async def test_BR06_branch_d_is_no_proof(ground: Ground) -> None:
    ground.playground.remote(ground.repository)
    control = ground.playground.worktree(ground.repository, "control", "-b", "control")
    ground.playground.commit(control, "unmerged", {"c.txt": "c"})
    ground.git("push", "--quiet", "-u", "origin", "control", cwd=control)
    ground.git("worktree", "remove", control)
    ground.git("branch", "-d", "control")

    worktree = await ground.create("pushed", branch="pushed")
    ground.playground.commit(worktree, "unmerged", {"c.txt": "c"})
    ground.git("push", "--quiet", "-u", "origin", "pushed", cwd=worktree)
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.landed is not None
    assert row.landed.state == "open"
    with ground.nothing_changes():
        await ground.agree("cleanUp", landed=True, deleteBranch=True)


@pytest.mark.parametrize("how", ["squashed", "merged", "rebased"])
async def test_BR07_landed_by_content(ground: Ground, how: str) -> None:
    landed = await ground.create("landed", branch="landed")
    for number in range(2):
        ground.playground.commit(landed, f"work {number}", {f"c{number}.txt": "c", "a.txt": f"{number}\n"})
    still_open = await ground.create("open", branch="open")
    ground.playground.commit(still_open, "other work", {"o.txt": "o"})
    ground.playground.commit(ground.repository, "main moves on", {"m.txt": "m"})
    if how == "squashed":
        ground.git("merge", "--quiet", "--squash", "landed")
        ground.git("commit", "--quiet", "-m", "landed, squashed")
    elif how == "merged":
        ground.git("merge", "--quiet", "--no-edit", "landed")
    else:
        ground.git("cherry-pick", "main..landed")
    assert (how == "merged") == (
        ground.playground.run("branch", "-d", "landed", cwd=ground.repository).returncode == 0
    ) or (
        ground.playground.run("merge-base", "--is-ancestor", "landed", "main", cwd=ground.repository).returncode == 0
    ) == (how == "merged")
    row = await ground.hedgerow.row(ground.repository, landed)
    assert row.landed is not None
    assert (row.landed.state, row.landed.how) == ("landed", how)
    await ground.agree("cleanUp", landed=True)
    assert not landed.exists()
    assert still_open.exists()


async def test_BR09_the_default_branch_is_no_target(ground: Ground) -> None:
    bare = ground.playground.bare(ground.repository)
    trees = ground.playground.directory / "trees"
    ground.git("worktree", "add", "--quiet", trees / "main", "main", cwd=bare)
    ground.repository = bare
    await ground.agree("adopt", checkout=str(trees / "main"))
    with ground.nothing_changes():
        result = await ground.agree("cleanUp", landed=True, deleteBranch=True)
    assert (trees / "main" / "a.txt").exists()
    assert not result.paths
    await ground.agree("cleanUp", checkouts=[str(trees / "main")], deleteBranch=True)
    assert ground.git("rev-parse", "--verify", "refs/heads/main", cwd=bare)


async def test_BR17_names_that_differ_in_case(ground: Ground) -> None:
    await ground.create("EurFelux", branch="EurFelux/one")
    error = await ground.refused("create", "nameTaken", name="eurfelux")
    assert "EurFelux" in error.message
    await ground.refused("create", "branchExists", "badName", "nameTaken", name="other", branch="eurfelux/one")


async def test_BR19_an_old_branch_is_not_taken_for_a_new_one(ground: Ground) -> None:
    ground.git("branch", "session-1", "HEAD")
    ground.playground.commit(ground.repository, "main moves on", {"m.txt": "m"})
    error = await ground.refused("create", "branchExists", name="session-1", branch="session-1")
    assert "session-1" in error.message


async def test_BR23_each_checkout_has_its_own_branch(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.commit(worktree, "work", {"c.txt": "c"})
    before = ground.observe()
    # Asked from Local's directory, it acts on the worktree that was named, and on nothing else.
    await ground.agree("branchHere", checkout="session", branch="feature")
    await ground.agree("setBase", checkout="session", base="main")
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.head.branch == "feature"
    local = await ground.hedgerow.row(ground.repository, ground.repository)
    assert local.head.branch == "main"
    changed = ground.difference(before, except_for=[of_checkout(worktree)])
    assert [
        line.split(":")[1].split(" of ")[0].strip() for line in changed if not line.startswith("new:     reflog")
    ] == ["ref 'refs/heads/feature'"]
