"""When the state directory is lost, snapshots are still in the repository and can be restored by their ids."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow


async def test_a_snapshot_outlives_the_database(ground: Ground) -> None:
    worktree = await ground.create("work")
    (worktree / "note.txt").write_text("only here\n")
    ground.playground.commit(worktree, "on no branch", {"b.txt": "b\n"})
    (worktree / "c.txt").write_text("untracked\n")
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    (snapshot,) = result.operation.snapshots
    await ground.hedgerow.app.close()
    shutil.rmtree(ground.home.hedgerow_state)
    async with Hedgerow.opened(ground.home) as anew:
        shown = await anew.call("show", ground.repository, id=snapshot)
        assert {file.path for file in shown.files} == {"note.txt", "c.txt"}
        restored = await anew.agree("restore", ground.repository, snapshot=snapshot)
    place = Path(restored.paths[0])
    assert (place / "note.txt").read_text() == "only here\n"
    assert (place / "b.txt").read_text() == "b\n"
    assert (place / "c.txt").read_text() == "untracked\n"
