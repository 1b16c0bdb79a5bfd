"""`hedgerow show`: one operation or snapshot, its files, and the lines that recover it with plain git."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import size, visible
from hedgerow.protocol.plans import Operation, Snapshot
from hedgerow.protocol.worktrees import ShowResult

from .history import state
from .table import table

FILES_AT_MOST = 200
_SIGNS = {"added": "A", "modified": "M", "deleted": "D", "untracked": "?", "ignored": "I"}


def show_one(result: ShowResult, out: Console) -> None:
    if result.operation is None and result.snapshot is None:
        out.print(Text(visible(result.text, lines=True).rstrip("\n")))
    if result.operation is not None:
        _facts(out, visible(result.operation.title), _of_operation(result.operation))
    if result.snapshot is not None:
        _facts(out, f"Snapshot of {visible(result.snapshot.name)}", _of_snapshot(result.snapshot))
    for file in result.files[:FILES_AT_MOST]:
        line = Text(f"{_SIGNS.get(file.status, visible(file.status)):>3} {visible(file.path)}")
        out.print(line, soft_wrap=True)
    if len(result.files) > FILES_AT_MOST:
        out.print(Text(f"    and {len(result.files) - FILES_AT_MOST} more (--json lists all)", style="dim"))
    if result.recover:
        out.print(Text("To bring it back:", style="dim"))
        for recipe in result.recover:
            out.print(Text(f"  {visible(recipe)}"), soft_wrap=True)


def _facts(out: Console, heading: str, facts: dict[str, str | None]) -> None:
    out.print(Text(heading, style="bold"))
    grid = table()
    grid.show_header = False
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        if value:
            grid.add_row(name, Text(visible(value)))
    out.print(grid)


def _of_operation(operation: Operation) -> dict[str, str | None]:
    return {
        "id": operation.id,
        "command": operation.command,
        "when": _moment(operation.started),
        "state": state(operation),
        "undone by": operation.undone_by,
        "undoes": operation.undoes,
        "snapshots": " ".join(operation.snapshots),
        "error": operation.error,
    }


def _of_snapshot(snapshot: Snapshot) -> dict[str, str | None]:
    return {
        "id": snapshot.id,
        "when": _moment(snapshot.created),
        "of": snapshot.path,
        "head": snapshot.head,
        "taken for": snapshot.reason,
        "holds": f"{snapshot.files} changed or untracked, {size(snapshot.size_bytes)}",
        "ref": snapshot.ref,
        "operation": snapshot.operation,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
