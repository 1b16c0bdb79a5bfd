"""What was done: one sentence, what was left alone, the set-up's outcome, and how to take it back."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from hedgerow.cli.text import visible
from hedgerow.protocol.plans import ChangeResult, SetupReport

from .plan import show_kept, show_plan


def show_change(result: ChangeResult, out: Console, err: Console) -> None:
    if result.plan is not None:  # a dry run: nothing has changed
        show_plan(result.plan, out)
    if result.message:
        out.print(Text(visible(result.message)))
    if result.operation is not None and not result.message:
        out.print(Text(visible(result.operation.title)))
    for path in result.paths:
        if path not in result.message:
            out.print(Text(visible(path)), soft_wrap=True)
    show_kept(out, result.kept)
    if result.setup is not None:
        _setup(result.setup, out)
    if result.operation is not None and result.operation.undoable:
        out.print(Text(f"Undo with `hedgerow undo {visible(result.operation.id)}`.", style="dim"))
    if result.url is not None and result.url not in result.message:
        out.print(Text(f"A pull request can be opened at {visible(result.url)}", style="dim"), soft_wrap=True)
    for warning in result.warnings:
        err.print(Text(f"! {visible(warning)}", style="yellow"))


def _setup(setup: SetupReport, out: Console) -> None:
    words = {
        "done": "Set-up done.",
        "skipped": "Set-up skipped.",
        "notAllowed": "Set-up not run: its script has not been allowed.",
        "failed": f"Set-up failed (exit code {setup.exit_code})."
        if setup.exit_code is not None
        else "Set-up did not run to its end.",
    }.get(setup.state)
    if words:
        out.print(Text(words, style="red" if setup.state == "failed" else ""))
    if setup.log and setup.state == "failed":
        out.print(Text(f"Its log: {visible(setup.log)}"), soft_wrap=True)
