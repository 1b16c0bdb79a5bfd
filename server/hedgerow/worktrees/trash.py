"""The trash: what was retired, until it has lain there long enough. Its snapshots stay when it is emptied."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

from hedgerow.git.errors import GitError
from hedgerow.git.refs import read_ref
from hedgerow.journal import files
from hedgerow.journal.bench import Journal
from hedgerow.journal.occupants import occupants
from hedgerow.journal.operations import Operations
from hedgerow.journal.records import Records
from hedgerow.journal.steps import AddWorktree, Move
from hedgerow.journal.steps.snapshots import DROPPED
from hedgerow.protocol.errors import HedgerowError

logger = logging.getLogger(__name__)


async def empty_trash(journal: Journal, operations: Operations, hours: float) -> int:
    """Delete what operations retired more than `hours` ago; answers of how many operations.

    Of an operation that is done, only when the snapshots held before its moves are still there: else the trash is
    the last place of that work, and stays. Of one that was taken back, what it had half made itself.
    """
    before = time.time() - hours * 3600
    emptied = 0
    rows = journal.database.rows(
        "SELECT * FROM operations WHERE state IN ('done', 'undone', 'rolledBack') AND ended < ?"
        " AND command != 'repair'",
        before,
    )
    for row in rows:
        try:
            emptied += await _empty(journal, operations, row)
        except (HedgerowError, GitError, OSError) as error:
            logger.info("the trash of operation %s stays: %s", row["id"], error)
    for place in _inside(journal.state.kept):
        with contextlib.suppress(FileNotFoundError):  # another server may be at it
            if place.name.startswith(DROPPED) and place.stat().st_mtime < before:
                await asyncio.to_thread(delete_tree, place)
    return emptied


async def _empty(journal: Journal, operations: Operations, row: dict[str, Any]) -> bool:
    """One operation's part of the trash, unless somebody needs it; under the locks that bringing it back takes."""
    present = _present(operations, row)
    if not present:
        return False
    with journal.locks.if_free(json.loads(row["locks"])) as ours:
        if not ours or (row["state"] != "rolledBack" and not await _snapshots_hold(journal, row["id"])):
            return False
        for place in present:
            used = bool(await asyncio.to_thread(occupants, place))
            if used or await asyncio.to_thread(_holds_another_filesystem, place):
                return False
        going = [_set_apart(place) for place in _present(operations, row)]
    for place in going:
        await asyncio.to_thread(delete_tree, place)
        with contextlib.suppress(OSError):
            place.parent.rmdir()
    return bool(going)


def _present(operations: Operations, row: dict[str, Any]) -> list[Path]:
    return [place for place in _places(operations, row) if os.path.lexists(place)]


def _set_apart(place: Path) -> Path:
    """Under a name that nothing is brought back from: a directory half deleted must never pass for a whole one."""
    if place.name.startswith(_GOING):
        return place
    apart = place.with_name(f"{_GOING}{place.name}")
    files.rename(place, apart)
    return apart


_GOING = ".going-"


def _places(operations: Operations, row: dict[str, Any]) -> list[Path]:
    """The directories below this operation's own part of the trash, and nothing else."""
    places: list[Path] = []
    for step in operations.steps(row["id"]):
        if row["state"] != "rolledBack" and isinstance(step, Move):
            target = Path(step.target)
            if target.parent.name == row["id"] and target.parent.parent.name in {".trash", "trash"}:
                places += [target, target.with_name(f"{_GOING}{target.name}")]
        elif row["state"] == "rolledBack" and isinstance(step, AddWorktree):
            places += _inside(Path(step.path).parent / ".trash" / row["id"])
            places += _inside(Path(row["common_dir"]) / "hedgerow" / "trash" / row["id"])
            places += _inside(Path(row["common_dir"]) / "hedgerow" / "worktrees" / "trash" / row["id"])
    return places


def _inside(directory: Path) -> list[Path]:
    try:
        return [directory / name for name in sorted(os.listdir(directory))]
    except OSError:
        return []


def delete_tree(path: Path) -> None:
    """Delete a directory in the trash: links are not followed, and another filesystem inside is not entered."""
    if not _holds_another_filesystem(path):
        shutil.rmtree(path, ignore_errors=True)


def _holds_another_filesystem(path: Path) -> bool:
    device = os.lstat(path).st_dev
    for directory, names, _files in os.walk(path):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                if os.lstat(os.path.join(directory, name)).st_dev != device:
                    return True
    return False


async def _snapshots_hold(journal: Journal, operation: str) -> bool:
    rows = journal.database.rows("SELECT * FROM snapshots WHERE operation = ?", operation)
    if not rows:
        return False
    for row in rows:
        common_dir = Records(journal.database).place_of(row["repository"], row["common_dir"])
        if row["dropped"] is not None:
            continue  # the person agreed that nothing of it is needed
        if not common_dir.is_dir() or await read_ref(journal.git, row["ref"], cwd=common_dir) != row["oid"]:
            return False
    return True
