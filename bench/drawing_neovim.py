"""Neovim: how long it is busy with a file of 10,000 lines whose hunks are drawn, beside the same without the plugin."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tools.demo.neovim import neovim

from .ground import Ground
from .measure import Line, interleaved, line

_ROOT = Path(__file__).parents[1]
_SCRIPT = Path(__file__).with_suffix(".lua")
_LINES = 10_000
_HUNKS = 1_000
_SECONDS = 180
_AGAINST = "the same without the plugin"


async def measure(ground: Ground, rounds: int) -> list[Line]:
    """Nothing where there is no Neovim."""
    program = neovim()
    if program is None:
        return []
    file = _long_file(ground)
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []

    async def with_plugin(number: int) -> float:
        found = _run(program, ground, file, plugin=True)
        if number:
            ours.append(found)
        return found["open"]

    async def without(number: int) -> float:
        found = _run(program, ground, file, plugin=False)
        if number:
            theirs.append(found)
        return found["open"]

    await interleaved(rounds, with_plugin, without)
    of = f"{_HUNKS} hunks in {_LINES} lines"
    return [
        line(f"Neovim, {of}: {what}", _AGAINST, [one[name] for one in ours], [one[name] for one in theirs])
        for name, what in (
            ("open", "busy while the file opens"),
            ("shown", "from opening it to its hunks"),
            ("scroll", "drawing a screen, scrolling through"),
            ("edit", "drawing after a line is typed"),
        )
    ]


def _long_file(ground: Ground) -> Path:
    """In a checkout, every tenth line edited."""
    place = ground.folder / "long-file"
    place.mkdir()
    file = place / "long.txt"
    lines = [f"line {number} of a long file\n" for number in range(_LINES)]
    file.write_text("".join(lines))
    ground.git(place, "init", "--quiet")
    ground.git(place, "add", "long.txt")
    ground.git(place, "commit", "--quiet", "-m", "A long file")
    step = _LINES // _HUNKS
    edited = [text.replace("line", "row") if number % step == 0 else text for number, text in enumerate(lines)]
    file.write_text("".join(edited))
    return file


def _run(program: Path, ground: Ground, file: Path, *, plugin: bool) -> dict[str, float]:
    """What the script measured, in seconds."""
    told = ground.folder / "drawing-neovim.json"
    told.unlink(missing_ok=True)
    added = ["--cmd", f"set runtimepath+={_ROOT / 'editors/neovim'}"] if plugin else []
    subprocess.run(
        [str(program), "--headless", "-i", "NONE", "-n", "-u", "NORC", *added, "-S", str(_SCRIPT)],
        cwd=file.parent,
        env={
            **ground.env,
            "PATH": f"{Path(sys.executable).parent}:{ground.env.get('PATH', '')}",
            "BENCH_FILE": str(file),
            "BENCH_TOLD": str(told),
            "BENCH_HUNKS": str(_HUNKS),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=_SECONDS,
    )
    found: dict[str, float] = json.loads(told.read_text())
    if "problem" in found:
        raise RuntimeError(f"Neovim could not be measured: {found['problem']}")
    return found
