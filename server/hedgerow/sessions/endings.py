"""Learning that a process has ended, at no cost while it runs: it need not be a child of ours.

On Linux the kernel tells (`pidfd_open`); elsewhere it is looked at every few seconds. Starts nothing, ends nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterable

LOOK_SECONDS = 2.0
"""Where the kernel does not tell."""


def watch_exit(pid: int, ended: Callable[[], None], *, look: bool = False) -> Callable[[], None]:
    """Call back once, on the running loop, when a process has ended; soon, if it has already.

    Whoever needs to be sure that a number still means the process it had in mind compares start times first.

    Args:
        look: do not ask the kernel.

    Returns:
        What stops watching.
    """
    loop = asyncio.get_running_loop()
    descriptor: int | None = None
    if not look and sys.platform == "linux":
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return loop.call_soon(ended).cancel
        except OSError:  # no such call in this kernel or sandbox, or no descriptors left
            descriptor = None
    if descriptor is None:
        return _looking(loop, pid, ended)
    watched = descriptor

    def stop() -> None:
        nonlocal descriptor
        if descriptor is not None:
            descriptor = None
            with contextlib.suppress(RuntimeError):  # a loop that was closed has forgotten it
                loop.remove_reader(watched)
            os.close(watched)

    def gone() -> None:
        stop()
        ended()

    loop.add_reader(watched, gone)
    return stop


class Endings:
    """The ends of several processes, of which any may come to count and count no more.

    Args:
        ended: called with each of them once, on the running loop.
    """

    def __init__(self, ended: Callable[[int], None]) -> None:
        self._ended = ended
        self._watched: dict[int, Callable[[], None]] = {}
        self._closed = False

    def follow(self, pids: Iterable[int]) -> None:
        """Those that count now, and no others."""
        if self._closed:
            return
        wanted = set(pids)
        for pid in self._watched.keys() - wanted:
            self._watched.pop(pid)()
        for pid in wanted - self._watched.keys():
            self._watched[pid] = watch_exit(pid, functools.partial(self._gone, pid))

    def close(self) -> None:
        """Nothing is called any more."""
        self._closed = True
        for stop in self._watched.values():
            stop()
        self._watched.clear()

    def _gone(self, pid: int) -> None:
        self._watched.pop(pid, None)
        self._ended(pid)


def _looking(loop: asyncio.AbstractEventLoop, pid: int, ended: Callable[[], None]) -> Callable[[], None]:
    import psutil  # noqa: PLC0415 - 20 ms, and not needed on Linux

    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return loop.call_soon(ended).cancel
    timer: asyncio.TimerHandle

    def runs() -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
        return False

    def look() -> None:
        nonlocal timer
        if runs():
            timer = loop.call_later(LOOK_SECONDS, look)
        else:
            ended()

    def stop() -> None:
        timer.cancel()

    timer = loop.call_later(LOOK_SECONDS, look)
    return stop
