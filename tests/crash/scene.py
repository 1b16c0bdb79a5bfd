"""What is interrupted: a repository with one managed worktree full of work, dirty itself, and a bystander."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.interruption import Gate, Outcome, Stop, in_a_process
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import Except, Fact, Observation, Oracle, difference, hedgerows_own
from tests.support.repositories import Playground


@dataclass
class Scene:
    """The places of it."""

    home: Home
    playground: Playground
    repository: Path
    worktree: Path
    bystander: Path
    oracle: Oracle

    def observe(self) -> Observation:
        return self.oracle.observe(self.repository, besides=[self.worktree.parent])

    def run(self, work: Any, stop: Stop | None = None) -> Outcome:
        return in_a_process(self.home, work, stop)


def make_scene(home: Home, *, branch: str | None = "session") -> Scene:
    playground = Playground(home)
    repository = playground.repository()
    bystander = playground.worktree(repository, "bystander")
    playground.dirty(bystander)

    async def make(hedgerow: Hedgerow, _: Gate) -> str:
        params = {"branch": branch} if branch else {}
        return str((await hedgerow.agree("create", repository, name="session", **params)).paths[0])

    made = in_a_process(home, make)
    assert made.crash is None, made.crash
    assert made.error is None, made.error
    worktree = Path(made.value)
    playground.commit(worktree, "only here", {"c.txt": "c"})
    playground.dirty(worktree)
    playground.write(repository, {"a.txt": "edited in Local\n", "local-untracked.txt": "x"})
    return Scene(home, playground, repository, worktree, bystander, Oracle(home))


def changed(before: Observation, after: Observation, *except_for: Except) -> list[str]:
    """How the world differs, but for what Hedgerow may add."""
    return difference(before, after, except_for=(hedgerows_own, _twice, *except_for))


def _twice(fact: Fact) -> bool:
    """Files of worktrees are facts of the worktrees already; here only the entries of the directory itself count."""
    return fact.area == "file" and fact.where.endswith(".worktrees") and b"/" in fact.name
