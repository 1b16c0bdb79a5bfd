"""That a process has ended is learnt, of any process, and nothing is looked at meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from hedgerow.sessions import endings
from hedgerow.sessions.endings import watch_exit

LIMIT = 60.0


@pytest.fixture(params=["kernel", "looking"])
def look(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(endings, "LOOK_SECONDS", 0.05)
    return bool(request.param == "looking")


@pytest.fixture
def stranger() -> Iterator[psutil.Process]:
    """A process that is no child of ours."""
    started = subprocess.run(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE, check=True)
    process = psutil.Process(int(started.stdout))
    yield process
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


async def test_the_end_is_told_once(stranger: psutil.Process, look: bool) -> None:
    told = asyncio.Queue[str]()
    stop = watch_exit(stranger.pid, lambda: told.put_nowait("ended"), look=look)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(told.get(), 0.3)
    stranger.kill()
    assert await asyncio.wait_for(told.get(), LIMIT) == "ended"
    stop()
    stop()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(told.get(), 0.3)


async def test_one_that_has_ended_already_is_told(stranger: psutil.Process, look: bool) -> None:
    stranger.kill()
    stranger.wait(LIMIT)
    told = asyncio.Event()
    watch_exit(stranger.pid, told.set, look=look)
    await asyncio.wait_for(told.wait(), LIMIT)


async def test_nothing_is_told_once_it_is_stopped(stranger: psutil.Process, look: bool) -> None:
    told = asyncio.Event()
    watch_exit(stranger.pid, told.set, look=look)()
    stranger.kill()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(told.wait(), 0.5)


async def test_no_descriptor_is_left(stranger: psutil.Process) -> None:
    before = len(os.listdir("/proc/self/fd"))
    stops = [watch_exit(stranger.pid, lambda: None) for _ in range(50)]
    assert len(os.listdir("/proc/self/fd")) == before + 50
    for stop in stops:
        stop()
    assert len(os.listdir("/proc/self/fd")) == before
    stranger.kill()


async def test_a_child_of_ours_is_left_to_be_reaped(look: bool) -> None:
    child = await asyncio.create_subprocess_exec("sh", "-c", "exit 3")
    told = asyncio.Event()
    watch_exit(child.pid, told.set, look=look)
    await asyncio.wait_for(told.wait(), LIMIT)
    assert await child.wait() == 3
