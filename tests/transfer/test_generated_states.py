"""Random states at both ends of a move, with filters, attributes and settings as they come: exact, or refused.

The share of refusals is told at the end of the test run. `HEDGEROW_TRANSFER_STATES` asks for more of them.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.journal.snapshots.states import make_repository, make_state
from tests.support.ground import Ground, assert_sentence
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import Observation, of_area, of_ref
from tests.support.repositories import Playground
from tests.transfer.test_hand_off import ignored, work

from hedgerow.protocol.errors import HedgerowError

STATES = int(os.environ.get("HEDGEROW_TRANSFER_STATES", "12"))
FIRST = int(os.environ.get("HEDGEROW_TRANSFER_SEED", "0"))
ASIDE = (of_area("reflog"), of_ref("refs/heads/session"))
"""A hand-off of detached work makes a branch, which stays; HEADs that move leave traces."""

REFUSED = ("conflict", "cannotSnapshot", "protected", "unsupported", "gitFailed")
"""What a state may be refused with; anything else would be a state that nobody has thought of."""


@dataclass
class Ends:
    """Local and a worktree, each in a random state."""

    ground: Ground
    worktree: Path
    log: str

    @property
    def local(self) -> Path:
        return self.ground.repository

    async def carried_out(self, verb: str, **params: Any) -> str | None:
        """Do it, agreed to where it asks; why it was refused, with nothing changed."""
        before = self.ground.observe()
        try:
            result = await self.ground.call(verb, **params)
            if result.plan is not None and not result.plan.conflicts:
                result = await self.ground.call(verb, **params, token=result.plan.token)
        except HedgerowError as error:
            assert self.ground.difference(before) == [], f"{self.log}: {error.message}"
            assert error.code.value in REFUSED, f"{self.log}: {error.code} {error.message}"
            assert_sentence(error.message)
            return error.message
        if result.plan is not None:
            assert self.ground.difference(before) == [], self.log
            for line in result.plan.conflicts:
                assert_sentence(line)
            return "; ".join(result.plan.conflicts)
        return None

    def same(self, before: Observation) -> None:
        assert self.ground.difference(before, except_for=ASIDE) == [], self.log


@pytest.fixture(params=range(FIRST, FIRST + STATES))
async def ends(request: pytest.FixtureRequest, home: Home, playground: Playground, hedgerow: Hedgerow) -> Ends:
    seed: int = request.param
    rng = random.Random(f"transfer {seed}")
    repository, configuration = make_repository(playground, rng, "project")
    ground = Ground(home, playground, hedgerow, repository)
    worktree = await ground.create("session", **({"branch": "work"} if seed % 2 else {}))
    logs = []
    for checkout in (worktree, repository):
        if checkout == worktree or rng.random() < 0.7:
            state = make_state(playground, checkout, rng, operations=rng.random() < 0.2)
            logs.append(f"{checkout.name}: {', '.join(state.log)}")
    return Ends(ground, worktree, f"seed {seed}, {configuration}, {'; '.join(logs)}")


async def test_hand_off_there_and_home(ends: Ends, record_property: pytest.RecordProperty) -> None:
    ground, worktree = ends.ground, ends.worktree
    before = ground.observe()
    travelling, index = work(ground, worktree), before.index(worktree)
    refusal = await ends.carried_out("handOff", checkout="session")
    record_property("move", ("handOff", refusal))
    if refusal is not None:
        return
    arrived = {path: value for path, value in work(ground, ends.local).items() if path in travelling}
    assert arrived == travelling, ends.log
    assert ground.observe().index(ends.local) == index, ends.log
    assert not ground.git("status", "--porcelain", "-uno", cwd=worktree), ends.log
    assert await ends.carried_out("handOff", checkout="session") is None, ends.log
    ends.same(before)


@pytest.mark.parametrize("method", ["apply", "overwrite"])
async def test_sync(ends: Ends, method: str, record_property: pytest.RecordProperty) -> None:
    ground, worktree = ends.ground, ends.worktree
    before, hidden = ground.observe(), ignored(ground, ends.local)
    refusal = await ends.carried_out("sync", **{"from": "session"}, method=method)
    record_property("move", (f"sync, {method}", refusal))
    if refusal is not None:
        return
    after = ground.observe()
    assert after.files(worktree) == before.files(worktree), ends.log
    if method == "overwrite":
        assert after.index(ends.local) == before.index(worktree), ends.log
        hidden |= ignored(ground, worktree) | ignored(ground, ends.local)
        assert work(ground, ends.local, besides=hidden) == work(ground, worktree, besides=hidden), ends.log
    else:
        assert after.index(ends.local) == before.index(ends.local), ends.log
    await ground.agree("undo")
    ends.same(before)


async def test_commit_and_land(ends: Ends, record_property: pytest.RecordProperty) -> None:
    ground = ends.ground
    before = ground.observe()
    refusal = await ends.carried_out("commit", checkout="session", message="all of it")
    committed = ground.observe()
    if refusal is None:
        assert committed.files(ends.worktree) == before.files(ends.worktree), ends.log
    refusal = await ends.carried_out("land", checkout="session", onto="main", how="squash")
    record_property("move", ("land", refusal))
    if refusal is not None:
        return
    head = ground.playground.head(ends.worktree)
    if ground.git("merge-base", "main~1", head) == ground.git("rev-parse", "main~1"):
        assert ground.git("rev-parse", "main^{tree}") == ground.git("rev-parse", f"{head}^{{tree}}"), ends.log
    assert ground.observe().files(ends.worktree) == committed.files(ends.worktree), ends.log
    await ground.agree("undo")
    ends.same(committed)
