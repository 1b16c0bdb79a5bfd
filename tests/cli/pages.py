"""Results to show and a page to show them on."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from hedgerow.cli.views.listing import show_list
from hedgerow.protocol.checkouts import (
    CheckoutKind,
    CheckoutRow,
    Counts,
    Head,
    HeadKind,
    ListResult,
    RepositoryRow,
)
from hedgerow.protocol.plans import (
    Operation,
    Snapshot,
)

HOSTILE = "\x1b[31mred\x07\u202etxt [bold red]x[/] :smile:\r\n" + "long " * 40
NOW = 1_800_000_000.0


class Page:
    """A terminal of ``width`` columns that remembers what was printed."""

    def __init__(self, width: int = 80) -> None:
        self._file = io.StringIO()
        self.console = Console(file=self._file, width=width, markup=False, highlight=False, emoji=False)

    @property
    def text(self) -> str:
        return self._file.getvalue()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.text.splitlines()]


def row(**fields: Any) -> CheckoutRow:
    usual = {
        "id": "w1",
        "repository": "r1",
        "path": "/code/project.worktrees/fix",
        "name": "fix",
        "label": "fix",
        "kind": CheckoutKind.MANAGED,
        "owner": "hedgerow",
        "head": Head(kind=HeadKind.BRANCH, branch="feature/fix", oid="1" * 40),
        "counts": Counts(),
        "active": NOW - 7200,
    }
    return CheckoutRow(**{**usual, **fields})


REPOSITORY = RepositoryRow(id="r1", name="project", path="/code/project", common_dir="/code/project/.git", trusted=True)


def listing(*rows: CheckoutRow, width: int = 80, **fields: Any) -> Page:
    page = Page(width)
    repository = REPOSITORY.model_copy(update=fields)
    show_list(ListResult(revision=1, repositories=[repository], checkouts=list(rows)), page.console, now=NOW)
    return page


def operation(**fields: Any) -> Operation:
    usual: dict[str, Any] = {
        "id": "o1",
        "repository": "r1",
        "command": "cleanUp",
        "title": "Cleaned up fix",
        "state": "done",
        "started": NOW - 60,
        "undoable": True,
    }
    return Operation(**{**usual, **fields})


def snapshot(**fields: Any) -> Snapshot:
    usual: dict[str, Any] = {
        "id": "s1",
        "repository": "r1",
        "checkout": "w1",
        "name": "fix",
        "path": "/code/project.worktrees/fix",
        "ref": "refs/hedgerow/snapshots/s1",
        "oid": "2" * 40,
        "created": NOW - 60,
        "reason": "clean-up",
        "head": "main",
        "size_bytes": 2048,
        "files": 3,
    }
    return Snapshot(**{**usual, **fields})
