"""The trash: what was retired, until it has lain there long enough. Its snapshots stay when it is emptied."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from pathlib import Path

from hedgerow.git.refs import resolve
from hedgerow.journal.bench import Journal
from hedgerow.journal.operations import Operations
from hedgerow.journal.steps import Move


async def empty_trash(journal: Journal, operations: Operations, hours: float) -> int:
    """Delete what operations retired more than `hours` ago; answers how many were emptied.

    Only for operations that are done, and only when the snapshot that was held before the move is still there:
    else the trash is the last place of that work, and stays.
    """
    before = time.time() - hours * 3600
    emptied = 0
    rows = journal.database.rows("SELECT * FROM operations WHERE state = 'done' AND ended < ?", before)
    for row in rows:
        moves = [step for step in operations.steps(row["id"]) if isinstance(step, Move) and "trash" in step.target]
        present = [step for step in moves if os.path.lexists(step.target)]
        if not present or not await _snapshots_hold(journal, row["id"]):
            continue
        for step in present:
            await asyncio.to_thread(delete_tree, Path(step.target))
            for parent in (Path(step.target).parent, Path(step.target).parent.parent):
                with contextlib.suppress(OSError):
                    parent.rmdir()
        emptied += 1
    return emptied


def delete_tree(path: Path) -> None:
    """Delete a directory in the trash: links are not followed, and another filesystem inside is not entered."""
    device = os.lstat(path).st_dev
    for directory, names, _files in os.walk(path):
        for name in names:
            inside = os.path.join(directory, name)
            if not os.path.islink(inside) and os.lstat(inside).st_dev != device:
                return
    shutil.rmtree(path, ignore_errors=True)


async def _snapshots_hold(journal: Journal, operation: str) -> bool:
    rows = journal.database.rows("SELECT * FROM snapshots WHERE operation = ?", operation)
    if not rows:
        return False
    for row in rows:
        common_dir = Path(row["common_dir"])
        if not common_dir.is_dir() or await resolve(journal.git, row["ref"], cwd=common_dir) != row["oid"]:
            return False
    return True
