"""Work that moves between checkouts: nothing of the destination's is overwritten, nothing is left half-way."""

# ruff: noqa: N802 - named by the rows

from __future__ import annotations

from tests.support.ground import Ground
from tests.support.oracle import of_area


async def test_DL16_nothing_is_copied_over_uncommitted_work(ground: Ground) -> None:
    """Agent's files are copied back over what the person has not committed."""
    worktree = await ground.create("session")
    ground.playground.write(worktree, {"a.txt": "the agent's\n"})
    ground.playground.write(ground.repository, {"a.txt": "the person's, uncommitted\n"})
    with ground.nothing_changes():
        plan = await ground.plan("sync", **{"from": "session"})
        assert any("'a.txt'" in line for line in plan.conflicts)
    # Control: copying, which is what such tools do, loses it.
    twin = ground.playground.worktree(ground.repository, "twin")
    ground.playground.write(twin, {"a.txt": "the person's, uncommitted\n"})
    (twin / "a.txt").write_bytes((worktree / "a.txt").read_bytes())
    assert (twin / "a.txt").read_text() == "the agent's\n"


async def test_DL24_no_move_touches_the_stash(ground: Ground) -> None:
    """A sync that stashes for itself pops another worktree's entry."""
    bystander = ground.playground.worktree(ground.repository, "bystander")
    ground.playground.write(bystander, {"a.txt": "stashed by somebody\n"})
    ground.git("stash", "push", "--quiet", cwd=bystander)
    stash = ground.git("stash", "list", "--format=%H %gd")
    worktree = await ground.create("session", branch="work")
    ground.playground.dirty(worktree)
    ground.playground.write(ground.repository, {"a.txt": "Local's\n"})
    await ground.agree("handOff", checkout="session")
    await ground.agree("handOff", checkout="session")
    (ground.repository / "a.txt").write_text("one\n")
    await ground.agree("sync", **{"from": "session"})
    await ground.agree("commit", checkout="session", message="all")
    assert ground.git("stash", "list", "--format=%H %gd") == stash
    # Control: the stack is shared, so `pop` in one worktree takes another's entry.
    twin = ground.playground.worktree(ground.repository, "twin")
    ground.git("stash", "pop", "--quiet", cwd=twin)
    assert (twin / "a.txt").read_text() == "stashed by somebody\n"


async def test_SN17_changes_can_be_got_out_whatever_is_in_the_way(ground: Ground) -> None:
    """'Please commit or stash': uncommitted work on both sides is no reason to refuse."""
    worktree = await ground.create("session")
    ground.playground.dirty(worktree)
    ground.playground.write(ground.repository, {"sub/b.txt": "Local's\n", "note.txt": "untracked\n"})
    before = ground.observe()
    await ground.agree("handOff", checkout="session")
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []
    ground.playground.write(ground.repository, {"a.txt": "in the way of a sync\n"})
    with_markers = await ground.agree("sync", **{"from": "session"}, markers=True)
    assert with_markers.operation is not None
    # Control: git's own stash refuses this work.
    assert ground.playground.run("stash", "push", "--quiet", cwd=worktree).returncode != 0


async def test_BR08_landing_refuses_a_branch_that_is_behind(ground: Ground) -> None:
    """Landing measured against a stale local branch folds in, or leaves out, what others did."""
    remote = ground.repository.parent / "remote.git"
    ground.git("clone", "--quiet", "--bare", ground.repository, remote)
    ground.git("remote", "add", "origin", remote)
    ground.git("fetch", "--quiet", "origin")
    ground.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")
    worktree = await ground.create("session")
    ground.playground.commit(worktree, "work", {"w.txt": "w\n"})
    other = ground.playground.worktree(ground.repository, "other")
    ground.playground.commit(other, "by others", {"o.txt": "o\n"})
    ground.git("push", "--quiet", "origin", "HEAD:main", cwd=other)
    refusal = await ground.refused("land", "conflict", checkout="session")
    assert "origin/main" in refusal.message
    # Control: git itself merges onto the stale branch without a word.
    head = ground.playground.head(worktree)
    assert ground.playground.run("merge-tree", "--write-tree", "main", head, cwd=ground.repository).returncode == 0
