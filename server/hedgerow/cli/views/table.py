"""Tables that stay one line a row, whatever the width, and text that is only text."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from hedgerow.cli.text import visible


def plain(text: str, style: str = "") -> Text:
    """``text`` for a cell or a line: harmless, never markup, cut with an ellipsis where it does not fit."""
    return Text(visible(text), style=style, no_wrap=True, overflow="ellipsis")


def table() -> Table:
    """Without lines: columns two spaces apart, and whatever does not fit is cut."""
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
