"""`hedgerow diff`, `hunks` and `base-content`: files by line, a patch with its review, a document."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from hedgerow.cli.terminal import Terminal
from hedgerow.cli.text import plural, visible
from hedgerow.protocol.review import (
    BaseContentResult,
    DiffResult,
    FileChange,
    FileKind,
    Hunk,
    HunksResult,
    HunkState,
)

from .table import plain, table

_STYLES = {"+": "green", "-": "red", "\\": "dim"}


def show_diff(result: DiffResult, out: Console) -> None:
    if not result.files:
        out.print("Nothing is pending." if result.between == "reviewed" else "Nothing differs.")
        return
    grid = table()
    grid.add_column("status", no_wrap=True)
    grid.add_column("file", min_width=16)
    grid.add_column("lines", no_wrap=True)
    grid.add_column("review", no_wrap=True)
    for file in result.files:
        name = file.path if file.old_path is None else f"{file.old_path} -> {file.path}"
        grid.add_row(plain(file.status.value), plain(name), plain(_lines(file)), plain(_review(file)))
    out.print(grid)
    totals = result.totals
    count = plural(totals.files, "file")
    if len(result.files) < totals.files:
        count = f"{len(result.files)} of {count}"
    out.print(Text(f"{count}, +{totals.added} -{totals.removed}; {totals.pending} pending.", style="dim"))
    if result.cursor is not None:
        out.print(Text(f"The next ones: --cursor {visible(result.cursor)}", style="dim"))


def _lines(file: FileChange) -> str:
    if file.added is None and file.removed is None:
        return "" if file.kind is FileKind.TEXT else file.kind.value
    return f"+{file.added or 0} -{file.removed or 0}"


def _review(file: FileChange) -> str:
    """Nothing where all of the file is pending: that is how work begins."""
    if file.queued:
        return "a rejection waits"
    if not file.pending:
        return "accepted"
    if (file.pending_added, file.pending_removed) == (file.added, file.removed):
        return ""
    if file.pending_added is None and file.pending_removed is None:
        return ""
    return f"+{file.pending_added or 0} -{file.pending_removed or 0} pending"


def show_hunks(result: HunksResult, out: Console) -> None:
    if result.status is None:
        out.print(Text(visible(f"{result.path} does not differ.")), soft_wrap=True)
        return
    name = result.path if result.old_path is None else f"{result.old_path} -> {result.path}"
    out.print(Text(visible(f"{name}: {_what(result)}"), style="bold"), soft_wrap=True)
    for hunk in result.hunks:
        out.print(Text(_heading(hunk), style="dim" if hunk.state is HunkState.ACCEPTED else "cyan"), soft_wrap=True)
        for line in hunk.text.removesuffix("\n").split("\n"):
            out.print(Text(visible(line), style=_STYLES.get(line[:1], "")), soft_wrap=True)


def _what(result: HunksResult) -> str:
    assert result.status is not None
    words = result.status.value if result.kind is FileKind.TEXT else f"{result.status.value} {result.kind.value}"
    if result.old_mode and result.new_mode and result.old_mode != result.new_mode:
        words += f", mode {result.old_mode} -> {result.new_mode}"
    return words if result.pending or result.hunks else f"{words}, accepted"


def _heading(hunk: Hunk) -> str:
    state = "its rejection waits" if hunk.state is HunkState.QUEUED else hunk.state.value
    return f"@@ -{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count} @@ {hunk.id}, {state}"


def show_document(result: BaseContentResult, terminal: Terminal) -> None:
    """Harmless on a terminal; elsewhere the very text, in its own encoding."""
    if terminal.prints_to_person():
        text = visible(result.text, lines=True)
        terminal.write_bytes(text.encode("utf-8", "backslashreplace"))
        return
    encoding = result.encoding
    mark = "\ufeff".encode(encoding) if result.bom else b""
    terminal.write_bytes(mark + result.text.encode(encoding))
