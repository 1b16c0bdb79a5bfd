"""Neovim: what sourcing the plugin adds to its start-up, beside a plugin with nothing in it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tools.demo.neovim import neovim

from .ground import Ground
from .measure import Line, interleaved, line

_PLUGIN = Path(__file__).parents[1] / "editors/neovim"
_AIM_SECONDS = 0.001


async def measure(ground: Ground, rounds: int) -> list[Line]:
    """Nothing where there is no Neovim."""
    program = neovim()
    if program is None:
        return []
    empty = ground.folder / "empty-plugin"
    (empty / "plugin").mkdir(parents=True)
    (empty / "plugin/hedgerow.lua").write_text("-- nothing\n")

    async def ours(_number: int) -> float:
        return _sourcing(program, ground, "full", _PLUGIN)

    async def theirs(_number: int) -> float:
        return _sourcing(program, ground, "empty", empty)

    full, bare = await interleaved(rounds, ours, theirs)
    more = [one - other for one, other in zip(full, bare, strict=True)]
    name = "Neovim's start-up: the plugin beside an empty one, more by"
    return [line(name, "1 ms", more, [_AIM_SECONDS] * len(more), aim=1.0)]


def _sourcing(program: Path, ground: Ground, name: str, plugin: Path) -> float:
    """Seconds that Neovim itself says its start took for the plugin's file, with all that this loads."""
    site = ground.folder / f"data-{name}/nvim/site/pack/bench/start/hedgerow"
    if not site.is_symlink():
        site.parent.mkdir(parents=True)
        site.symlink_to(plugin)
    told = ground.folder / f"startuptime-{name}"
    told.unlink(missing_ok=True)
    subprocess.run(
        [str(program), "--headless", "-i", "NONE", "-n", "--startuptime", str(told), "+qall"],
        cwd=ground.folder,
        env={**ground.env, "XDG_DATA_HOME": str(site.parents[5])},
        stdin=subprocess.DEVNULL,
        check=True,
        capture_output=True,
    )
    found = re.findall(r"^\S+ +(\d+\.\d+) .*sourcing .*hedgerow/plugin/hedgerow\.lua", told.read_text(), re.MULTILINE)
    return float(found[-1]) / 1000
