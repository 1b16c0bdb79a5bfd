"""Two worktrees on one commit that no branch has: cleaned up together, neither counts as holding it for the other."""

from __future__ import annotations

from tests.support.ground import Ground


async def test_both_name_the_commit(ground: Ground) -> None:
    first, second = await ground.create("first"), await ground.create("second")
    commit = ground.playground.commit(first, "on no branch", {"b.txt": "b\n"})
    ground.git("checkout", "--quiet", "--detach", commit, cwd=second)
    alone = await ground.plan("cleanUp", checkouts=["first"], dryRun=True)
    assert [loss.kind for loss in alone.losses] == [], "the other one stays and holds it"
    both = await ground.plan("cleanUp", checkouts=["first", "second"])
    assert [loss.kind for loss in both.losses] == ["commits", "commits"]


async def test_ignored_files_of_local_are_not_copied_for_a_carry(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "ignore", {".gitignore": "data/\n"})
    (ground.repository / "data").mkdir()
    (ground.repository / "data" / "large.bin").write_bytes(b"x" * 100_000)
    (ground.repository / "a.txt").write_text("changed\n")
    worktree = await ground.create("work", carry="move")
    assert (worktree / "a.txt").read_text() == "changed\n"
    assert not (worktree / "data").exists()
    assert (ground.repository / "data" / "large.bin").exists()
    assert list((ground.home.hedgerow_state / "kept").iterdir()) == []
