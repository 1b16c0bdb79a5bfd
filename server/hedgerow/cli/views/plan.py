"""A plan for reading: what will be done, what leaves its place, what is left alone, what would run."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from hedgerow.cli.text import visible
from hedgerow.protocol.plans import Kept, Loss, Plan, SetupScript

PATHS_AT_MOST = 8
SCRIPT_WIDTH = 100
_ROADS = {"snapshot": "stays restorable", "no": "is not kept"}


def show_plan(plan: Plan, console: Console) -> None:
    console.print(Text(visible(plan.title), style="bold"))
    _block(console, "What will be done", [Text(visible(effect.text)) for effect in plan.effects])
    _losses(console, plan.losses)
    _block(console, "In the way", [Text(visible(text), style="red") for text in plan.conflicts])
    show_kept(console, plan.kept)
    if plan.setup is not None:
        _script(console, plan.setup)


def show_kept(console: Console, kept: list[Kept]) -> None:
    lines = [Text.assemble((visible(item.name), "bold"), f": {visible(item.reason)}") for item in kept]
    _block(console, "Left alone", lines)


def _losses(console: Console, losses: list[Loss]) -> None:
    if not losses:
        return
    console.print(Text("What leaves its place", style="dim"))
    for loss in losses:
        gone = loss.kept == "no"
        line = Text(visible(loss.text))
        line.append(f" ({_ROADS.get(loss.kept, visible(loss.kept))})", style="red" if gone else "green")
        console.print(Padding(line, (0, 0, 0, 2), expand=False))
        for path in loss.paths[:PATHS_AT_MOST]:
            console.print(
                Padding(Text(visible(path), style="dim", no_wrap=True, overflow="ellipsis"), (0, 0, 0, 4), expand=False)
            )
        more = loss.count - min(len(loss.paths), PATHS_AT_MOST)
        if loss.paths and more > 0:
            console.print(Padding(Text(f"and {more} more", style="dim"), (0, 0, 0, 4), expand=False))
    if any(loss.kept != "no" for loss in losses):
        text = "What is restorable comes back with `hedgerow undo` or `hedgerow restore`."
        console.print(Padding(Text(text, style="dim"), (0, 0, 0, 2), expand=False))


def _script(console: Console, script: SetupScript) -> None:
    allowed = "you allowed these bytes before" if script.allowed else "not allowed yet"
    console.print(Text(f"Set-up script ({allowed})", style="dim" if script.allowed else "yellow"))
    body = Text(visible(script.text, lines=True).rstrip("\n"))
    title = Text(visible(script.path))
    width = min(console.width, SCRIPT_WIDTH)
    console.print(Panel(body, title=title, title_align="left", border_style="dim", width=width))
    console.print(Padding(Text(f"sha256 {script.sha256}", style="dim"), (0, 0, 0, 2), expand=False))


def _block(console: Console, heading: str, lines: list[Text]) -> None:
    if lines:
        console.print(Text(heading, style="dim"))
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
