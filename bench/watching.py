"""Watching and following: how soon an edit is told, what the list costs after one, and what it costs to sit and watch.

One write is seen by both sides at once where latency is measured: by the server, and by a bare watchdog handler in this
process.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

import psutil
from tools.client import Client
from watchdog.events import FileClosedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from hedgerow.git.runner import Git
from hedgerow.protocol.follow import FollowResult
from hedgerow.watch.changes import WatchedCheckout, WatchedRepository
from hedgerow.watch.watcher import Watcher

from .ground import Ground, paths
from .measure import Line, line
from .product import Product
from .serving import HEDGEROW

WORKTREES = 20
IGNORED_DIRECTORIES = 5_000
IDLE_SECONDS = 10.0
MEMORY_MIB = 100.0
_EDITS = 60
_LIMIT = 120.0
_SETTLED_SECONDS = 4.0
"""After an edit: longer than any pause the server makes between two readings here."""


async def measure(ground: Ground, product: Product, files: int, rounds: int) -> list[Line]:
    repository = ground.repository(files, "watched")
    with (repository / ".git" / "info" / "exclude").open("a") as file:
        file.write("ignored/\n")
    made = [await product.call("create", repository, name=f"watched-{number:02}") for number in range(WORKTREES)]
    worktrees = [Path(each.paths[0]) for each in made]
    for worktree in worktrees:
        for number in range(IGNORED_DIRECTORIES):
            (worktree / "ignored" / f"{number // 100:02}" / f"{number:04}").mkdir(parents=True)
    log = ground.folder / "git-started-by-watching"
    # Writing down that git was started costs time, so the server that is timed is another one.
    client = await _server(repository, _counting(ground, log), ground)
    await client.list(wait=True)
    await _quiet(log)
    at_rest = await _at_rest(client, log)
    await client.stop()
    client = await _server(repository, ground.env, ground)
    await client.list(wait=True)
    await client.call("follow", FollowResult, checkout=str(worktrees[0]))
    await asyncio.sleep(_SETTLED_SECONDS * 3)
    after_edit = await _list_after_edit(ground, client, worktrees, files, rounds)
    told = await _told(client, worktrees[0], files)
    await client.stop()
    return [*told, *after_edit, *await _start(repository, worktrees, rounds), *at_rest]


async def _server(repository: Path, env: Mapping[str, str], ground: Ground) -> Client:
    return await Client.start(HEDGEROW, repository, env, ground.folder / "server.log")


async def _told(client: Client, worktree: Path, files: int) -> list[Line]:
    """From the write to `hedgerow/edited` here, and to a bare handler."""
    place = worktree / paths(files)[7]
    loop = asyncio.get_running_loop()
    seen: dict[str, asyncio.Future[float]] = {}

    def now(who: str) -> None:
        at = time.perf_counter()

        def settle() -> None:
            if who in seen and not seen[who].done():
                seen[who].set_result(at)

        loop.call_soon_threadsafe(settle)

    class Handler(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.src_path == str(place):
                now("theirs")

    client.edited = lambda news: now("ours") if news.uri == place.as_uri() else None
    observer = Observer()
    observer.schedule(Handler(), str(place.parent), event_filter=[FileClosedEvent])
    observer.start()
    ours: list[float] = []
    theirs: list[float] = []
    try:
        for number in range(_EDITS + 1):
            seen.update(ours=loop.create_future(), theirs=loop.create_future())
            began = time.perf_counter()
            place.write_text(f"edit {number}\n")
            ended = await asyncio.wait_for(asyncio.gather(seen["ours"], seen["theirs"]), _LIMIT)
            if number:  # the first asks git what it has of the file
                ours.append(ended[0] - began)
                theirs.append(ended[1] - began)
            await asyncio.sleep(0.05)
    finally:
        observer.stop()
        observer.join()
    return [
        line("write to hedgerow/edited, median", "a bare watchdog handler", ours, theirs),
        Line("write to hedgerow/edited, p95", "a bare watchdog handler", _p95(ours), _p95(theirs)),
    ]


async def _list_after_edit(
    ground: Ground, client: Client, worktrees: list[Path], files: int, rounds: int
) -> list[Line]:
    ours: list[float] = []
    one: list[float] = []
    twenty: list[float] = []
    for number in range(rounds + 1):
        edited = worktrees[number % len(worktrees)] / paths(files)[number]
        await asyncio.sleep(_SETTLED_SECONDS)
        edited.write_text(f"ours {number}\n")
        began = time.perf_counter()
        await client.list(wait=True)
        ours.append(time.perf_counter() - began)
        await asyncio.sleep(_SETTLED_SECONDS)
        edited.write_text(f"theirs {number}\n")
        began = time.perf_counter()
        ground.git(worktrees[number % len(worktrees)], "status")
        one.append(time.perf_counter() - began)
        began = time.perf_counter()
        for worktree in worktrees:
            ground.git(worktree, "status")
        twenty.append(time.perf_counter() - began)
    name = f"list of {WORKTREES} worktrees after one edit"
    return [
        line(name, "one git status", ours[1:], one[1:], aim=1.0),
        line(name, f"{WORKTREES} git status in turn", ours[1:], twenty[1:]),
    ]


async def _start(repository: Path, worktrees: list[Path], rounds: int) -> list[Line]:
    """A watcher by itself, against walking the same directories."""
    common_dir = repository / ".git"
    places = [(repository, common_dir), *((each, common_dir / "worktrees" / each.name) for each in worktrees)]
    checkouts = [WatchedCheckout(str(path), path, admin, files=True) for path, admin in places]
    ours: list[float] = []
    theirs: list[float] = []
    watches = 0
    for _ in range(rounds):
        watcher = Watcher(Git())
        began = time.perf_counter()
        await watcher.watch([WatchedRepository(common_dir, checkouts)])
        ours.append(time.perf_counter() - began)
        watches = len(watcher)
        await watcher.close()
        began = time.perf_counter()
        directories = sum(1 for path, _ in places for _ in os.walk(path))
        theirs.append(time.perf_counter() - began)
    against = f"walking their {directories} directories"
    return [
        line(f"watching {len(places)} checkouts, start", against, ours, theirs),
        Line("directories watched", against, watches, directories, unit=""),
    ]


async def _at_rest(client: Client, log: Path) -> list[Line]:
    process = psutil.Process(client.pid)
    before, processor = _started(log), sum(process.cpu_times()[:2])
    await asyncio.sleep(IDLE_SECONDS)
    started, worked = _started(log) - before, sum(process.cpu_times()[:2]) - processor
    memory = process.memory_info().rss / 2**20
    what = f"watching {WORKTREES} worktrees of {IGNORED_DIRECTORIES} ignored directories"
    return [
        line(f"{what}: memory, RSS", f"{MEMORY_MIB:.0f} MiB", [memory], [MEMORY_MIB], aim=1.0, unit="MiB"),
        line(f"{what}: git in {IDLE_SECONDS:.0f} s", "none", [started], [0.0], aim=0.0, unit=""),
        line(f"{what}: processor", f"{IDLE_SECONDS:.0f} s", [worked], [IDLE_SECONDS], aim=0.002),
    ]


def _counting(ground: Ground, log: Path) -> dict[str, str]:
    """An environment whose git writes down that it was started."""
    log.touch()
    folder = ground.folder / "bin-of-watching"
    folder.mkdir()
    program = shutil.which("git", path=ground.env["PATH"])
    (folder / "git").write_text(f'#!/bin/sh\necho "$*" >>"{log}"\nexec "{program}" "$@"\n')
    (folder / "git").chmod(0o755)
    return {**ground.env, "PATH": f"{folder}{os.pathsep}{ground.env['PATH']}"}


def _started(log: Path) -> int:
    return len(log.read_text(errors="replace").splitlines())


async def _quiet(log: Path) -> None:
    """Until no git was started for two seconds: longer than any pause the server makes between two readings here."""
    while True:
        before = _started(log)
        await asyncio.sleep(2)
        if _started(log) == before:
            return


def _p95(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=20)[-1]
