"""`hedgerow list`: a table for each repository, and a sentence for whatever is not well."""

from __future__ import annotations

import time
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import age, size, visible
from hedgerow.protocol.checkouts import (
    CheckoutKind,
    CheckoutRow,
    CheckoutState,
    HeadKind,
    ListResult,
    RepositoryRow,
    SetupState,
)

from .sessions import show_sessions
from .table import plain, table

_ORDER = {CheckoutKind.LOCAL: 0, CheckoutKind.KEPT: 1, CheckoutKind.MANAGED: 1, CheckoutKind.FOREIGN: 2}


def show_list(result: ListResult, out: Console, *, now: float | None = None) -> None:
    now = time.time() if now is None else now
    if not result.repositories:
        out.print("No repository here. `hedgerow list --all` shows those that Hedgerow has seen.")
    for place, repository in enumerate(result.repositories):
        if place:
            out.print()
        rows = [row for row in result.checkouts if row.repository == repository.id]
        _show_repository(repository, rows, out, now)
        labels = {row.id: row.label for row in rows}
        show_sessions([row for row in result.sessions if row.repository == repository.id], labels, out, now)
    known = {repository.id for repository in result.repositories}
    elsewhere = [row for row in result.sessions if row.repository not in known]
    if elsewhere:
        out.print(Text("\nelsewhere", style="bold"))
        show_sessions(elsewhere, {}, out, now)


def _show_repository(repository: RepositoryRow, rows: Iterable[CheckoutRow], out: Console, now: float) -> None:
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(visible(repository.name), style="bold")
    title.append(f"  {visible(repository.path)}", style="dim")
    if not repository.trusted:
        title.append("  not trusted: only listed", style="yellow")
    out.print(title)
    ordered = sorted(rows, key=lambda row: (_ORDER[row.kind], -(row.active or 0), row.label))
    sizes = any(row.size_bytes is not None for row in ordered)
    grid = table()
    grid.add_column("", width=1)
    # Their cells never wrap; but only columns that could are narrowed when the width does not do.
    grid.add_column("label", min_width=8)
    grid.add_column("head", min_width=8)
    grid.add_column("base", no_wrap=True)
    grid.add_column("changes", no_wrap=True)
    grid.add_column("landed", no_wrap=True)
    if sizes:
        grid.add_column("size", justify="right", no_wrap=True)
    grid.add_column("age", justify="right", no_wrap=True)
    for row in ordered:
        cells = [mark(row), _label(row)]
        cells += [plain(word) for word in (head(row), distance(row), changes(row), landed(row))]
        if sizes:
            cells.append(plain(size(row.size_bytes) if row.size_bytes is not None else ""))
        grid.add_row(*cells, plain(_age(row, now)))
    if ordered:
        out.print(grid)
    for problem in repository.problems:
        out.print(_sentence(problem))
    for row in ordered:
        for problem in problems(row):
            out.print(_sentence(f"{row.label}: {problem}"))


def mark(row: CheckoutRow) -> Text:
    """`!` for what needs a look, `…` for what is not known yet, `·` for Local."""
    if problems(row) or (row.counts is not None and row.counts.conflicted):
        return Text("!", style="bold red")
    if row.pending:
        return Text("…", style="dim")
    return Text("·", style="dim") if row.kind is CheckoutKind.LOCAL else Text("")


def head(row: CheckoutRow) -> str:
    """The branch, or the commit where there is none."""
    match row.head.kind:
        case HeadKind.BRANCH | HeadKind.UNBORN:
            named = row.head.branch or "?"
        case HeadKind.DETACHED:
            named = f"@{(row.head.oid or '?')[:8]}"
        case _:
            named = "?"
    if row.head.kind is HeadKind.UNBORN:
        named += " (no commit yet)"
    return f"{named} ({row.operation})" if row.operation else named


def distance(row: CheckoutRow) -> str:
    """Commits that HEAD has over its base, and the base over HEAD."""
    if row.base is None:
        return ""
    parts = [f"+{row.base.ahead}" if row.base.ahead else "", f"-{row.base.behind}" if row.base.behind else ""]
    return " ".join(filter(None, parts))


def changes(row: CheckoutRow) -> str:
    """Paths by state: `!` in conflict, `+` staged, `~` changed, `?` new."""
    if row.counts is None:
        return "…" if row.pending else ""
    counts = row.counts
    named = ((counts.conflicted, "!"), (counts.staged, "+"), (counts.unstaged, "~"), (counts.untracked, "?"))
    return " ".join(f"{sign}{count}" for count, sign in named if count)


def landed(row: CheckoutRow) -> str:
    if row.landed is None or row.landed.state == "open":
        return ""
    return (row.landed.how or "landed") if row.landed.state == "landed" else "unknown"


def problems(row: CheckoutRow) -> list[str]:
    """Sentences for what is not well with this checkout."""
    told = [row.problem] if row.problem else []
    if not told and row.state is not CheckoutState.OK:
        told.append(_STATES[row.state])
    if row.setup is SetupState.FAILED:
        told.append("its set-up failed.")
    return told


_STATES = {
    CheckoutState.MAKING: "it is being made, or was left half-made; `hedgerow repair` looks.",
    CheckoutState.MISSING: "its directory is gone; `hedgerow repair` looks.",
    CheckoutState.ORPHANED: "git no longer knows this directory; `hedgerow repair` looks.",
    CheckoutState.UNREADABLE: "its state cannot be read.",
}


def _label(row: CheckoutRow) -> Text:
    text = plain(row.label, "bold" if row.kind is CheckoutKind.LOCAL else "")
    if row.kind is CheckoutKind.KEPT:
        text.append(" kept", style="dim")
    if row.kind is CheckoutKind.FOREIGN:
        text.append(f" by {visible(row.owner)}", style="dim")
    if row.in_local:
        text.append(" in Local", style="dim")
    if row.locked is not None:
        text.append(" locked", style="dim")
    return text


def _age(row: CheckoutRow, now: float) -> str:
    moment = row.active or row.head.committed or row.created
    return "" if moment is None else age(now - moment)


def _sentence(text: str) -> Text:
    return Text(f"! {visible(text)}", style="yellow")
