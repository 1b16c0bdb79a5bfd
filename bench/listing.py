"""The list, cold, against as many `git status` in turn; what the server holds afterwards, and does when idle."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

import psutil
from tools.client import Client

from hedgerow.protocol.worktrees import HistoryResult

from .ground import Ground
from .measure import Line, interleaved, line
from .product import Product
from .serving import BARE, HEDGEROW
from .worktrees import change

WORKTREES = 20
IDLE_SECONDS = 10.0
_SETTLE_SECONDS = 120.0


async def measure(ground: Ground, product: Product, repository: Path, files: int, rounds: int) -> list[Line]:
    for number in range(WORKTREES):
        made = await product.call("create", repository, name=f"listed-{number:02}")
        if number % 4 == 0:
            change(Path(made.paths[0]), files, number)
    checkouts = [repository, *sorted((repository.parent / f"{repository.name}.worktrees").glob("listed-*"))]
    first: list[float] = []

    async def ours(number: int) -> float:
        client = await Client.start(HEDGEROW, repository, ground.env, ground.folder / "server.log")
        await client.call("history", HistoryResult, limit=1)  # the application is open from here on
        began = time.perf_counter()
        await client.list()
        answered = time.perf_counter()
        await _complete(client)
        ended = time.perf_counter()
        assert len(client.rows) == len(checkouts)
        assert all(row.counts is not None for row in client.rows.values())
        await client.stop()
        if number:
            first.append(answered - began)
        return ended - began

    processor: list[float] = []

    async def theirs(number: int) -> float:
        before = os.times()
        began = time.perf_counter()
        for checkout in checkouts:
            ground.git(checkout, "status")
        ended, after = time.perf_counter(), os.times()
        if number:
            spent = after.children_user + after.children_system - before.children_user - before.children_system
            processor.append(spent / (os.cpu_count() or 1))
        return ended - began

    complete, statuses = await interleaved(rounds, ours, theirs)
    against = f"{len(checkouts)} git status in turn"
    return [
        line(f"list of {WORKTREES} worktrees, cold: first answer", against, first, statuses, aim=0.05),
        line(f"list of {WORKTREES} worktrees, cold: complete", against, complete, statuses, aim=0.7),
        line("the same", "their processor time, on all processors at once", complete, processor),
        *await _at_rest(ground, repository),
    ]


async def _complete(client: Client) -> None:
    """Until no row is pending."""
    done = asyncio.Event()

    def look() -> None:
        if client.rows and not any(row.pending for row in client.rows.values()):
            done.set()

    client.list_told = look
    look()
    await asyncio.wait_for(done.wait(), _SETTLE_SECONDS)
    client.list_told = lambda: None


async def _at_rest(ground: Ground, repository: Path) -> list[Line]:
    """Memory and processes of a server that was asked for the list and is left alone."""
    log = ground.folder / "git-started"
    counting = ground.folder / "bin"
    counting.mkdir()
    program = shutil.which("git", path=ground.env["PATH"])
    (counting / "git").write_text(f'#!/bin/sh\necho "$*" >>"{log}"\nexec "{program}" "$@"\n')
    (counting / "git").chmod(0o755)
    env = {**ground.env, "PATH": f"{counting}{os.pathsep}{ground.env['PATH']}"}
    client = await Client.start(HEDGEROW, repository, env, ground.folder / "server.log")
    bare = await Client.start([sys.executable, str(BARE)], repository, ground.env, ground.folder / "bare.log")
    await client.list()
    await _complete(client)
    await _quiet(log)
    process = psutil.Process(client.pid)
    before, processor = _started(log), sum(process.cpu_times()[:2])
    await asyncio.sleep(IDLE_SECONDS)
    started, worked = _started(log) - before, sum(process.cpu_times()[:2]) - processor
    ours, theirs = process.memory_full_info(), psutil.Process(bare.pid).memory_full_info()
    await client.stop()
    await bare.stop()
    return [
        line("memory after that list, RSS", "bare pygls server", [ours.rss / 2**20], [theirs.rss / 2**20], unit="MiB"),
        line("memory after that list, USS", "bare pygls server", [ours.uss / 2**20], [theirs.uss / 2**20], unit="MiB"),
        line(f"git processes in {IDLE_SECONDS:.0f} s at rest", "none", [started], [0.0], aim=0.0, unit=""),
        line(f"processor time in {IDLE_SECONDS:.0f} s at rest", "that time", [worked], [IDLE_SECONDS], aim=0.01),
    ]


def _started(log: Path) -> int:
    return len(log.read_text(errors="replace").splitlines())


async def _quiet(log: Path) -> None:
    """Until the start's own house-keeping has ended: no git for a second."""
    while True:
        before = _started(log)
        await asyncio.sleep(1)
        if _started(log) == before:
            return
