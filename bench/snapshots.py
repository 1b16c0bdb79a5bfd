"""Taking and keeping a snapshot against `git stash push -u`."""

from __future__ import annotations

import time
from pathlib import Path

from hedgerow.git.repository import discover
from hedgerow.git.runner import Git
from hedgerow.journal import snapshots
from hedgerow.protocol.settings import REBUILDABLE

from .ground import Ground
from .measure import Line, interleaved, line
from .worktrees import CHANGED_FILES, change


async def measure(ground: Ground, repository: Path, files: int, rounds: int) -> list[Line]:
    git = Git()
    known = await discover(git, repository)
    spent: list[float] = []

    async def ours(number: int) -> float:
        change(repository, files, 2 * number)
        began = time.perf_counter()
        taken = await snapshots.take(
            git,
            known,
            repository,
            known.common_dir,
            rebuildable=REBUILDABLE,
            large_file_bytes=50 * 2**20,
            label="Local",
            reason="bench",
        )
        kept = ground.folder / "kept" / str(number)
        await snapshots.hold(
            git, known, snapshot=taken.oid, snapshot_id=f"bench{number}", checkout=repository, kept_dir=kept
        )
        seconds = time.perf_counter() - began
        assert taken.files >= CHANGED_FILES
        spent.append(seconds)
        return seconds

    async def theirs(number: int) -> float:
        change(repository, files, 2 * number + 1)  # other bytes: neither side finds its blobs there already
        began = time.perf_counter()
        ground.git(repository, "stash", "push", "--include-untracked", "--quiet")
        seconds = time.perf_counter() - began
        ground.git(repository, "stash", "pop", "--quiet")
        return seconds

    measured = await interleaved(rounds, ours, theirs, writes=True)
    return [line(f"snapshot of {CHANGED_FILES} changed files", "git stash push -u", *measured)]
