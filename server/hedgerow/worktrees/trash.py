"""The trash: what was retired, until it has lain there long enough. Its snapshots stay when it is emptied."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from pathlib import Path
from typing import Any

from hedgerow.git.refs import read_ref
from hedgerow.journal.bench import Journal
from hedgerow.journal.operations import Operations
from hedgerow.journal.steps import AddWorktree, Move
from hedgerow.journal.steps.snapshots import DROPPED


async def empty_trash(journal: Journal, operations: Operations, hours: float) -> int:
    """Delete what operations retired more than `hours` ago; answers of how many operations.

    Of an operation that is done, only when the snapshots held before its moves are still there: else the trash is
    the last place of that work, and stays. Of one that was taken back, what it had half made itself.
    """
    before = time.time() - hours * 3600
    emptied = 0
    rows = journal.database.rows(
        "SELECT * FROM operations WHERE state IN ('done', 'rolledBack') AND ended < ? AND command != 'repair'", before
    )
    for row in rows:
        present = [place for place in _places(operations, row) if os.path.lexists(place)]
        if not present or (row["state"] == "done" and not await _snapshots_hold(journal, row["id"])):
            continue
        for place in present:
            await asyncio.to_thread(delete_tree, place)
            with contextlib.suppress(OSError):
                place.parent.rmdir()
        emptied += 1
    for place in _inside(journal.state.kept):
        if place.name.startswith(DROPPED) and place.stat().st_mtime < before:
            await asyncio.to_thread(delete_tree, place)
    return emptied


def _places(operations: Operations, row: dict[str, Any]) -> list[Path]:
    """The directories below this operation's own part of the trash, and nothing else."""
    places: list[Path] = []
    for step in operations.steps(row["id"]):
        if row["state"] == "done" and isinstance(step, Move):
            target = Path(step.target)
            if target.parent.name == row["id"] and target.parent.parent.name in {".trash", "trash"}:
                places.append(target)
        elif row["state"] == "rolledBack" and isinstance(step, AddWorktree):
            places += _inside(Path(step.path).parent / ".trash" / row["id"])
            places += _inside(Path(row["common_dir"]) / "hedgerow" / "trash" / row["id"])
    return places


def _inside(directory: Path) -> list[Path]:
    try:
        return [directory / name for name in sorted(os.listdir(directory))]
    except OSError:
        return []


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
        if row["dropped"] is not None:
            continue  # the person agreed that nothing of it is needed
        if not common_dir.is_dir() or await read_ref(journal.git, row["ref"], cwd=common_dir) != row["oid"]:
            return False
    return True
