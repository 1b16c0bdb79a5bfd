"""A worktree that is being made has one row with its final id, from the first moment on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.ground import Ground

from hedgerow.journal.steps import Populate


async def test_one_row_with_the_id_it_keeps(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, str]] = []
    populate = Populate.apply

    async def looked_at(step: Populate, bench: object) -> None:
        rows = await ground.hedgerow.rows(ground.repository)
        seen.extend((row.id, row.state.value, row.name) for row in rows if Path(row.path) == Path(step.path))
        await populate(step, bench)  # type: ignore[arg-type]

    monkeypatch.setattr(Populate, "apply", looked_at)
    worktree = await ground.create("mint")
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert seen == [(row.id, "making", "mint")]
    assert row.state.value == "ok"
