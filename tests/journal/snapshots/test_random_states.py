"""Random states come back identical, after everything that nothing holds is gone, from a second process.

`HEDGEROW_SNAPSHOT_STATES` asks for more of them.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from tests.journal.snapshots.bed import Bed, difference_of, moved
from tests.journal.snapshots.states import make_repository, make_state

from hedgerow.journal.snapshots import Taken
from hedgerow.protocol.errors import HedgerowError

PER_REPOSITORY = 8
REPOSITORIES = -(-int(os.environ.get("HEDGEROW_SNAPSHOT_STATES", "160")) // PER_REPOSITORY)
FIRST = int(os.environ.get("HEDGEROW_SNAPSHOT_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + REPOSITORIES))
async def test_comes_back_identical(bed: Bed, seed: int) -> None:
    rng = random.Random(seed)
    repository, configuration = make_repository(bed.playground, rng, "project")
    worktrees: dict[str, Path] = {}
    logs: dict[str, str] = {}
    for number in range(PER_REPOSITORY):
        name = f"state-{number}"
        worktrees[name] = bed.playground.worktree(repository, name)
        state = make_state(bed.playground, worktrees[name], random.Random(f"{seed}/{number}"))
        logs[name] = f"seed {seed}/{number}, {configuration}: {', '.join(state.log)}"
    before = bed.oracle.observe(repository)
    taken: dict[str, Taken] = {}
    for name, worktree in worktrees.items():
        try:
            taken[name] = await bed.take_and_hold(worktree, name)
        except HedgerowError as error:
            raise AssertionError(f"{logs[name]}: refused: {error} {error.data}") from error
    assert difference_of(before, bed.oracle.observe(repository)) == [], f"taking changed something: {logs}"
    bed.remove(repository, *worktrees.values())
    again = {name: worktree.with_name(worktree.name + "-again") for name, worktree in worktrees.items()}
    bed.lay_down(repository, *again.items())
    after = bed.oracle.observe(repository)
    wrong = {
        logs[name]: lines
        for name, worktree in worktrees.items()
        if (lines := moved(before, worktree, after, again[name]))
    }
    assert not wrong, "\n".join(line for log, lines in wrong.items() for line in (log, *lines))
