"""`hedgerow history`: operations and snapshots, newest first."""

from __future__ import annotations

import time

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import age, plural, size
from hedgerow.protocol.plans import Operation
from hedgerow.protocol.worktrees import HistoryResult

from .table import plain, table

_STATES = {"rolledBack": "rolled back"}


def show_history(result: HistoryResult, out: Console, *, now: float | None = None) -> None:
    now = time.time() if now is None else now
    if not result.operations and not result.snapshots:
        out.print("Nothing has happened here yet.")
    if result.operations:
        _operations(result, out, now)
    if result.snapshots:
        if result.operations:
            out.print()
        _snapshots(result, out, now)


def _operations(result: HistoryResult, out: Console, now: float) -> None:
    grid = table()
    grid.add_column("operation", no_wrap=True)
    grid.add_column("age", justify="right", no_wrap=True)
    grid.add_column("what", min_width=12)
    grid.add_column("state", no_wrap=True)
    for operation in result.operations:
        grid.add_row(
            plain(operation.id), plain(age(now - operation.started)), plain(operation.title), plain(state(operation))
        )
    out.print(grid)


def state(operation: Operation) -> str:
    words = _STATES.get(operation.state, operation.state)
    return f"{words}, can be undone" if operation.undoable and operation.state == "done" else words


def _snapshots(result: HistoryResult, out: Console, now: float) -> None:
    grid = table()
    grid.add_column("snapshot", no_wrap=True)
    grid.add_column("age", justify="right", no_wrap=True)
    grid.add_column("of", min_width=8)
    grid.add_column("head", min_width=8)
    grid.add_column("files", justify="right", no_wrap=True)
    grid.add_column("size", justify="right", no_wrap=True)
    for snapshot in result.snapshots:
        grid.add_row(
            plain(snapshot.id),
            plain(age(now - snapshot.created)),
            plain(snapshot.name),
            plain(snapshot.head or ""),
            str(snapshot.files),
            size(snapshot.size_bytes),
        )
    out.print(grid)
    total = sum(snapshot.size_bytes for snapshot in result.snapshots)
    out.print(Text(f"{plural(len(result.snapshots), 'snapshot')}, about {size(total)}.", style="dim"))
