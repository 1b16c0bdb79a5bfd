"""Starting: the server against a bare pygls server, the shell command against importing pydantic alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tools.client import Client

from .ground import Ground
from .measure import Line, interleaved, line

_SHELL = str(Path(sys.executable).parent / "hedgerow")
HEDGEROW = [_SHELL, "serve"]
BARE = Path(__file__).with_name("bare_server.py")


async def measure(ground: Ground, rounds: int) -> list[Line]:
    repository = ground.repository(20, "tiny")

    async def ours(_number: int) -> float:
        return await _start(HEDGEROW, repository, ground)

    async def theirs(_number: int) -> float:
        return await _start([sys.executable, str(BARE)], repository, ground)

    async def shell(_number: int) -> float:
        return _whole([_SHELL, "list", "--json"], repository, ground)

    async def pydantic(_number: int) -> float:
        return _whole([sys.executable, "-c", "import pydantic"], repository, ground)

    return [
        line(
            "server, from spawn to initialize's reply", "bare pygls", *await interleaved(rounds, ours, theirs), aim=1.4
        ),
        line("hedgerow list --json, whole process", "import pydantic", *await interleaved(rounds, shell, pydantic)),
    ]


async def _start(program: list[str], repository: Path, ground: Ground) -> float:
    began = time.perf_counter()
    client = await Client.start(program, repository, ground.env, ground.folder / "server.log")
    seconds = time.perf_counter() - began
    await client.stop()
    return seconds


def _whole(program: list[str], repository: Path, ground: Ground) -> float:
    began = time.perf_counter()
    subprocess.run(program, cwd=repository, env=ground.env, check=True, capture_output=True)
    return time.perf_counter() - began
