"""`hedgerow doctor`: one line a check, and what to do where something is not well."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import visible
from hedgerow.protocol.worktrees import DoctorResult


def show_doctor(result: DoctorResult, out: Console) -> None:
    out.print(Text(f"Hedgerow {visible(result.version)}", style="bold"))
    for check in result.checks:
        line = Text("ok  " if check.ok else "!!  ", style="green" if check.ok else "bold red")
        line.append(f"{visible(check.name)}: ", style="bold")
        line.append(visible(check.text), style="default")
        out.print(line)
