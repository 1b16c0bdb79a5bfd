"""`start`: a worktree where one is wanted, its set-up, and an agent at work in it."""

from __future__ import annotations

from tests.support.scripted import Sessions


async def test_a_prompt_is_enough(sessions: Sessions) -> None:
    row = await sessions.start("fix the login test, please; write fruit.txt apple; say It is fixed")
    done = await sessions.until(row.id, "done")
    print(sessions.phases, done)
    (started,) = sessions.started(row.id)
    print(started["argv"], started["cwd"])
    worktree = sessions.ground.repository.with_name("project.worktrees") / "fix-the-login-test"
    assert (worktree / "fruit.txt").read_text() == "apple\n"
