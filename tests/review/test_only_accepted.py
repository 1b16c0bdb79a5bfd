"""`only: accepted`: what a person has accepted goes elsewhere, and nothing else."""

from __future__ import annotations

import pytest
from tests.review.conftest import TEN, Agents, Review
from tests.review.test_exactness import SEEDS, bytes_of, edit, scene
from tests.support.ground import Ground

EDITED = TEN.replace("line 2\n", "LINE 2\n").replace("line 8\n", "")


async def test_sync_brings_what_was_accepted(review: Review) -> None:
    ground, local = review.ground, review.ground.repository
    review.write("ten.txt", EDITED)
    review.write("new.txt", "new\n")
    ground.playground.commit(review.path, "by the agent", {"ten.txt": EDITED})
    first, _ = (await review.hunks("ten.txt")).hunks
    await ground.refused("sync", "conflict", **{"from": "session"}, only="accepted")
    await review.accept("ten.txt", hunks=[first.id])
    done = await ground.agree("sync", **{"from": "session"}, only="accepted")
    assert done.message == "Local has the accepted changes of session"
    assert (local / "ten.txt").read_text() == TEN.replace("line 2\n", "LINE 2\n")
    assert not (local / "new.txt").exists()
    # The next one brings what was accepted since, and leaves what the person made of it meanwhile.
    (local / "ten.txt").write_text(TEN.replace("line 2\n", "mine 2\n"))
    await review.accept(all=True)
    await ground.agree("sync", **{"from": "session"}, only="accepted")
    assert (local / "ten.txt").read_text() == TEN.replace("line 2\n", "mine 2\n").replace("line 8\n", "")
    assert (local / "new.txt").read_text() == "new\n"
    await ground.refused("sync", "badParams", **{"from": "session"}, only="accepted", method="overwrite")


async def test_land_makes_one_commit_of_what_was_accepted(review: Review) -> None:
    ground = review.ground
    ground.playground.commit(review.path, "by the agent", {"ten.txt": EDITED, "other.txt": "o\n"})
    first, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    await ground.refused("land", "badParams", checkout="session", only="accepted")
    before = ground.git("rev-parse", "HEAD")
    await ground.agree("land", checkout="session", only="accepted", how="squash")
    assert ground.git("rev-parse", "HEAD~1") == before
    assert ground.git("diff", "--name-only", "HEAD~1", "HEAD") == b"ten.txt\n"
    assert (ground.repository / "ten.txt").read_text() == TEN.replace("line 2\n", "LINE 2\n")
    assert ground.git("log", "-1", "--format=%s") == b"Land what was accepted in session\n"
    await ground.refused("land", "conflict", checkout="session", only="accepted", how="squash")
    # It is no longer under review against what the branch was, once the agent is rebased onto it.
    review.write("more.txt", "not committed\n")
    await review.accept("more.txt")
    await ground.agree("land", checkout="session", only="accepted", how="squash", message="More")
    assert (ground.repository / "more.txt").read_text() == "not committed\n"


async def test_a_plan_does_not_outlive_another_acceptance(review: Review) -> None:
    ground = review.ground
    review.write("ten.txt", EDITED)
    first, _ = (await review.hunks("ten.txt")).hunks
    await review.accept("ten.txt", hunks=[first.id])
    planned = await ground.call("sync", **{"from": "session"}, only="accepted", dryRun=True)
    await review.accept(all=True)
    await ground.refused("sync", "stalePlan", **{"from": "session"}, only="accepted", token=planned.plan.token)


@pytest.mark.parametrize("seed", SEEDS)
async def test_accepting_all_and_syncing_gives_the_checkouts_bytes(ground: Ground, agents: Agents, seed: int) -> None:
    review, author = await scene(ground, agents, seed)
    edit(review, author)
    differing = {name for file in (await review.diff()).files for name in (file.path, file.old_path) if name}
    await review.accept(all=True)
    await ground.agree("sync", **{"from": "session"}, only="accepted")
    theirs, ours = bytes_of(review.path), bytes_of(ground.repository)
    # Line endings in files that do not differ are each checkout's own.
    assert {name: ours.get(name) for name in differing} == {name: theirs.get(name) for name in differing}
