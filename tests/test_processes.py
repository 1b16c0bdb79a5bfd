"""Child processes end whole, also when their caller is cancelled while they start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from pathlib import Path

import psutil
import pytest

from hedgerow import processes

LIMIT = 30.0
PARENT = 'sleep 600 & echo $! > "$1.part" && mv "$1.part" "$1" && wait'


def runs(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


async def gone(pid: int) -> None:
    async with asyncio.timeout(LIMIT):
        while runs(pid):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("deaf", [False, True], ids=["polite", "deaf"])
async def test_ending_a_program_ends_what_it_started(
    tmp_path: Path, deaf: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_GRACE_SECONDS", 0.2)
    noted = tmp_path / "grandchild"
    script = ("trap '' TERM; " if deaf else "") + PARENT
    process = await processes.start(["sh", "-c", script, "sh", str(noted)], cwd=tmp_path, env=os.environ)
    while not noted.exists():
        await asyncio.sleep(0.01)
    grandchild = int(noted.read_text())

    await processes.end(process)

    assert process.returncode is not None
    await gone(grandchild)


async def test_a_program_that_runs_already_when_its_start_is_cancelled_ends_whole(tmp_path: Path) -> None:
    noted = tmp_path / "grandchild"
    argv = ["sh", "-c", PARENT, "sh", str(noted)]
    starting = asyncio.ensure_future(processes.start(argv, cwd=tmp_path, env=os.environ))
    started = time.monotonic()
    while not noted.exists() and not starting.done() and time.monotonic() - started < LIMIT:
        await asyncio.sleep(0)
        if list(psutil.Process().children()):  # it runs, and our side of the start has not heard of it yet
            while not noted.exists() and time.monotonic() - started < LIMIT:
                time.sleep(0.01)
    assert not starting.done()
    grandchild = int(noted.read_text())

    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    await gone(grandchild)


async def test_a_start_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await processes.start([str(tmp_path / "none")], cwd=tmp_path, env=os.environ)
