"""What was done and what is held, for people: operations and snapshots as rows, and how plain git recovers one."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hedgerow.git.refs import resolve
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Operation, Snapshot
from hedgerow.protocol.worktrees import HistoryResult, ShownFile, ShowResult

from .bench import Journal
from .operations import as_operation
from .records import Records


def history(journal: Journal, repository: str | None, limit: int) -> HistoryResult:
    """Newest first; of every repository when none is given."""
    condition, values = ("", ()) if repository is None else ("WHERE repository = ?", (repository,))
    operations = journal.database.rows(
        f"SELECT * FROM operations {condition} ORDER BY started DESC, rowid DESC LIMIT ?",
        *values,
        limit,
    )
    held = f"{condition} AND dropped IS NULL" if condition else "WHERE dropped IS NULL"
    stored = journal.database.rows(
        f"SELECT * FROM snapshots {held} ORDER BY created DESC, rowid DESC LIMIT ?",
        *values,
        limit,
    )
    return HistoryResult(
        operations=[as_operation(row) for row in operations], snapshots=[as_snapshot(row) for row in stored]
    )


def checkouts_changed_since(journal: Journal, moment: float) -> tuple[set[str], float]:
    """Ids of checkouts that operations have changed since a moment (seconds since the epoch), and the moment to ask
    from next time."""
    rows = journal.database.rows("SELECT repository, checkouts, ended FROM operations WHERE ended >= ?", moment)
    touched = {one for row in rows for one in json.loads(row["checkouts"])}
    touched |= {f"local-{row['repository']}" for row in rows}
    return touched, max((row["ended"] for row in rows), default=moment)


async def show_operation(journal: Journal, identity: str) -> ShowResult | None:
    row = journal.database.row("SELECT * FROM operations WHERE id = ?", identity)
    if row is None:
        return None
    operation = as_operation(row)
    recover = [line for snapshot in operation.snapshots for line in _recover(journal, snapshot)]
    return ShowResult(operation=operation, recover=recover, text=_operation_text(operation))


async def show_snapshot(journal: Journal, identity: str, places: Mapping[str, Path]) -> ShowResult | None:
    """One snapshot and what it holds.

    Args:
        places: common directories of open repositories, by id.

    Raises:
        HedgerowError: NO_SUCH_SNAPSHOT when its objects are gone from the repository.
    """
    row = journal.database.row("SELECT * FROM snapshots WHERE id = ? AND dropped IS NULL", identity)
    if row is None:
        return None
    return await show_stored(journal, row, places)


async def show_stored(journal: Journal, row: dict[str, Any], places: Mapping[str, Path]) -> ShowResult:
    """The same for a row that may not be in the database (its state was lost)."""
    identity, snapshot = row["id"], as_snapshot(row)
    common_dir = places.get(row["repository"]) or Records(journal.database).place_of(
        row["repository"], row["common_dir"]
    )
    if await resolve(journal.git, row["oid"], cwd=common_dir) is None:
        raise HedgerowError(ErrorCode.NO_SUCH_SNAPSHOT, f"the snapshot {identity} is no longer in {common_dir}")
    out = await journal.git.read(
        "diff-tree", "-r", "-z", "--no-renames", "--name-status", f"{row['oid']}^1", row["oid"], cwd=common_dir
    )
    words = [word for word in out.split(b"\0") if word]
    kinds = {b"A": "added", b"M": "modified", b"D": "deleted", b"T": "modified"}
    files = [
        ShownFile(path=_shown(words[i + 1]), status=kinds.get(words[i][:1], "modified"))
        for i in range(0, len(words) - 1, 2)
    ]
    untracked = await journal.git.read("ls-tree", "-r", "-z", "--name-only", f"{row['oid']}^3", cwd=common_dir)
    files += [ShownFile(path=_shown(path), status="untracked") for path in untracked.split(b"\0") if path]
    return ShowResult(
        snapshot=snapshot,
        files=files,
        recover=_lines(journal, row, common_dir),
        text=f"{snapshot.name}, {snapshot.reason}",
    )


def as_snapshot(row: dict[str, Any]) -> Snapshot:
    head = json.loads(row["head"]) if row["head"] else {}
    label = (head.get("ref") or "").removeprefix("refs/heads/") or (head.get("oid") or "")[:12] or None
    return Snapshot(
        id=row["id"],
        repository=row["repository"],
        checkout=row["checkout"],
        name=row["name"],
        path=row["path"],
        ref=row["ref"],
        oid=row["oid"],
        created=row["created"],
        reason=row["reason"],
        head=label,
        size_bytes=row["size_bytes"],
        files=row["files"],
        operation=row["operation"],
    )


def _recover(journal: Journal, identity: str) -> list[str]:
    row = journal.database.row("SELECT * FROM snapshots WHERE id = ? AND dropped IS NULL", identity)
    if row is None:
        return []
    return _lines(journal, row, Records(journal.database).place_of(row["repository"], row["common_dir"]))


def _lines(journal: Journal, row: dict[str, Any], common_dir: Path) -> list[str]:
    identity, place = row["id"], shlex.quote(str(common_dir))
    lines = [
        f"hedgerow restore {identity}",
        f"git -C {place} worktree add --detach <new directory> {row['ref']}^1",
        f"git -C <new directory> stash apply --index {row['ref']}",
    ]
    kept = journal.state.kept / identity
    if kept.is_dir():
        lines.append(f"ls -la {shlex.quote(str(kept))}    # ignored and very large files, kept outside git")
    return lines


def _operation_text(operation: Operation) -> str:
    undone = f"; undone by {operation.undone_by}" if operation.undone_by else ""
    error = f"; {operation.error}" if operation.error else ""
    return f"{operation.title} ({operation.state}{undone}{error})"


def _shown(path: bytes) -> str:
    return os.fsdecode(path).encode("utf-8", "replace").decode()
