"""`python -m bench`: measures and prints a table or JSON. With `--strict`, a missed aim is exit code 1."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from . import (
    attending,
    drawing_neovim,
    listing,
    reviewing,
    serving,
    snapshots,
    starting_neovim,
    starting_vscode,
    transfer,
    watching,
    worktrees,
)
from .ground import Ground, ground
from .measure import Line
from .product import product

PARTS = (
    "worktrees",
    "snapshots",
    "transfer",
    "reviewing",
    "listing",
    "watching",
    "attending",
    "serving",
    "neovim",
    "vscode",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What Hedgerow costs, beside plain git.")
    parser.add_argument("--quick", action="store_true", help="5,000 files instead of 50,000, and fewer rounds")
    parser.add_argument("--json", action="store_true", help="everything measured, as JSON on standard output")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when an aim is missed")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure these parts (may be repeated)")
    given = parser.parse_args()
    files = 5_000 if given.quick else 50_000
    progress = Console(stderr=True, highlight=False)
    load = os.getloadavg()
    with ground() as place:
        lines = asyncio.run(
            _measure(place, files, given.only or PARTS, lambda what: progress.print(f"… {what}", style="dim"))
        )
        about = _about(files, load)
        if given.json:
            print(json.dumps({**about, "lines": [_facts(one) for one in lines]}))
        else:
            _show(lines, about)
        sys.stdout.flush()  # what is left, deleting some million files, can take longer than a reader waits
    return int(given.strict and any(one.holds is False for one in lines))


async def _measure(place: Ground, files: int, parts: Collection[str], tell: Callable[[str], None]) -> list[Line]:
    rounds = 5
    lines: list[Line] = []
    async with product(place) as app:
        tell(f"a repository of {files} files")
        large, small = place.repository(files, "large"), place.repository(files // 10, "small")
        if "worktrees" in parts:
            tell("create and clean-up")
            lines += await worktrees.measure(place, app, large, small, files, rounds)
        if "snapshots" in parts:
            tell("snapshots")
            lines += await snapshots.measure(place, place.repository(files, "stashed"), files, rounds)
        if "transfer" in parts:
            tell("hand-off and sync")
            moved, fifth = place.repository(files, "moved"), place.repository(files // 5, "moved-fifth")
            lines += await transfer.measure(place, app, moved, fifth, files, rounds)
        if "reviewing" in parts:
            tell("reviews")
            lines += await reviewing.measure(place, app, place.repository(files, "reviewing"), files, rounds)
        if "listing" in parts:
            tell(f"the list of {listing.WORKTREES} worktrees")
            lines += await listing.measure(place, app, large, files, rounds)
        if "watching" in parts:
            tell(f"watching {watching.WORKTREES} worktrees")
            lines += await watching.measure(place, app, files, rounds)
        if "attending" in parts:
            tell("sessions of real agents")
            lines += await attending.measure(rounds)
        if "serving" in parts:
            tell("starting")
            lines += await serving.measure(place, 15)
        if "neovim" in parts:
            tell("Neovim's start-up")
            lines += await starting_neovim.measure(place, 15)
            tell("Neovim with a long file")
            lines += await drawing_neovim.measure(place, rounds)
        if "vscode" in parts:
            tell("VS Code's start-up")
            lines += starting_vscode.measure(5)
    return lines


def _facts(one: Line) -> dict[str, object]:
    return {**asdict(one), "ratio": one.ratio, "fastest": one.ratio_of_fastest, "holds": one.holds}


def _about(files: int, load: tuple[float, float, float]) -> dict[str, object]:
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "files": files,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "load": [round(one, 1) for one in load],
        "git": git,
        "python": platform.python_version(),
    }


def _show(lines: list[Line], about: dict[str, object]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("what", "against"):
        table.add_column(heading, no_wrap=True)
    for heading in ("ours", "theirs", "ratio", "fastest", "aim"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in lines:
        aim = "" if one.aim is None else f"≤ {one.aim:g}"
        verdict = {None: "", True: "holds", False: "missed"}[one.holds]
        ratio = "-" if one.ratio == float("inf") else _times(one.ratio)
        fastest = "" if one.ratio_of_fastest is None else _times(one.ratio_of_fastest)
        amounts = (_amount(one.ours, one.unit), _amount(one.theirs, one.unit))
        style = "bold red" if one.holds is False else ""
        table.add_row(one.name, one.against, *amounts, ratio, fastest, aim, verdict, style=style)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table)
    console.print(
        f"{about['date']} · {about['files']} files · {about['machine']} · load {about['load']} at the start ·"
        f" git {about['git']} · Python {about['python']}",
        style="dim",
    )


def _times(ratio: float) -> str:
    return f"{ratio:.4f}\u00d7" if ratio < 0.01 else f"{ratio:.2f}\u00d7"


def _amount(value: float, unit: str) -> str:
    if unit != "s":
        return f"{value:.0f} {unit}".strip()
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
