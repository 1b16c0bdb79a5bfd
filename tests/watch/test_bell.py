"""A bell is heard by every other process, never by the one that rang it, and never missed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from hedgerow.watch import bell as bell_module
from hedgerow.watch.bell import Bell

LIMIT = 20.0
"""Seconds; a second is promised."""


class Listener:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.heard = 0

    def __call__(self) -> None:
        self.heard += 1

    async def hears(self, more_than: int = 0) -> None:
        async def wait() -> None:
            while self.heard <= more_than:
                await asyncio.sleep(0.005)

        await asyncio.wait_for(wait(), LIMIT)


@pytest.fixture(params=["watched", "polled"])
async def listening(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Bell, Listener, Callable[[], None]]]:
    """A bell that listens; where the system has watches left, and where it has none."""
    if request.param == "polled":

        def no_watches(*_args: object) -> None:
            raise OSError(28, "inotify watch limit reached")

        monkeypatch.setattr(Bell, "_watch", no_watches)
    bell, listener = Bell(tmp_path / "state"), Listener()
    stop = bell.listen(listener)
    yield bell, listener, stop
    stop()
    bell.close()


def ring_elsewhere(directory: Path, times: int = 1) -> None:
    program = (
        "import sys; from pathlib import Path; from hedgerow.watch.bell import Bell; bell = Bell(Path(sys.argv[1]));"
    )
    subprocess.run([sys.executable, "-c", f"{program}[bell.ring() for _ in range({times})]", directory], check=True)


async def test_another_process_is_heard(listening: tuple[Bell, Listener, Callable[[], None]], tmp_path: Path) -> None:
    _, listener, _ = listening

    await asyncio.to_thread(ring_elsewhere, tmp_path / "state")
    await listener.hears()
    before = listener.heard
    await asyncio.to_thread(ring_elsewhere, tmp_path / "state", 3)
    await listener.hears(before)


async def test_every_ring_of_one_that_rings_often_is_heard(
    listening: tuple[Bell, Listener, Callable[[], None]], tmp_path: Path
) -> None:
    _, listener, _ = listening
    other = Bell(tmp_path / "state")

    for _ in range(3):
        before = listener.heard
        other.ring()
        await listener.hears(before)


async def test_own_rings_are_not_heard_and_hide_nobodys(
    listening: tuple[Bell, Listener, Callable[[], None]], tmp_path: Path
) -> None:
    bell, listener, _ = listening
    other = Bell(tmp_path / "state")
    for _ in range(5):
        bell.ring()
    await asyncio.sleep(3 * bell_module.POLL_SECONDS)  # For what must not come, only time can tell.
    assert listener.heard == 0

    other.ring()
    bell.ring()

    await listener.hears()


async def test_nothing_is_heard_after_the_end(
    listening: tuple[Bell, Listener, Callable[[], None]], tmp_path: Path
) -> None:
    _, listener, stop = listening
    control, control_bell = Listener(), Bell(tmp_path / "state")
    stop_control = control_bell.listen(control)
    stop()

    Bell(tmp_path / "state").ring()

    await control.hears()
    assert listener.heard == 0
    stop_control()


async def test_it_is_heard_within_a_second_of_a_quiet_machine(
    listening: tuple[Bell, Listener, Callable[[], None]], tmp_path: Path
) -> None:
    _, listener, _ = listening
    other = Bell(tmp_path / "state")
    other.ring()
    await listener.hears()

    times = []
    for _ in range(5):
        before, start = listener.heard, time.monotonic()
        other.ring()
        await listener.hears(before)
        times.append(time.monotonic() - start)

    assert min(times) < 1


async def test_rings_that_come_together_are_told_together(tmp_path: Path) -> None:
    bell, listener, other = Bell(tmp_path), Listener(), Bell(tmp_path)
    stop = bell.listen(listener)

    for _ in range(200):
        other.ring()
    await listener.hears()

    # All of them were rung before the loop could run once.
    await asyncio.sleep(0.2)
    assert listener.heard < 20
    stop()


async def test_listening_costs_nothing_while_nobody_rings(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    stop = bell.listen(Listener())
    process = psutil.Process()
    before = process.cpu_times()

    await asyncio.sleep(1)

    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 0.2
    stop()


def test_ringing_needs_no_loop_and_makes_the_directory_private(tmp_path: Path) -> None:
    bell = Bell(tmp_path / "state")

    bell.ring()
    bell.ring()

    assert os.stat(tmp_path / "state" / "bells").st_mode & 0o777 == 0o700
    assert len(os.listdir(tmp_path / "state" / "bells")) == 1
    bell.close()
    assert os.listdir(tmp_path / "state" / "bells") == []


def test_a_file_that_somebody_took_away_is_made_again(tmp_path: Path) -> None:
    bell = Bell(tmp_path)
    bell.ring()
    for path in (tmp_path / "bells").iterdir():
        path.unlink()

    bell.ring()

    assert len(os.listdir(tmp_path / "bells")) == 1


def test_files_of_the_dead_go_and_those_of_the_living_stay(tmp_path: Path) -> None:
    dead, living = Bell(tmp_path), Bell(tmp_path)
    dead.ring()
    living.ring()
    names = os.listdir(tmp_path / "bells")
    old = time.time() - 48 * 3600
    gone = next(name for name in names if name.startswith(dead._ringer))
    os.utime(tmp_path / "bells" / gone, (old, old))

    Bell(tmp_path).ring()

    assert gone not in os.listdir(tmp_path / "bells")
    assert len(os.listdir(tmp_path / "bells")) == 2


def test_a_bell_that_cannot_be_rung_is_logged_and_fails_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bells").write_text("in the way")

    Bell(tmp_path).ring()

    assert "could not be told" in caplog.text


def test_importing_the_bell_imports_no_watcher() -> None:
    program = "import sys, hedgerow.watch.bell; assert 'watchdog' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
