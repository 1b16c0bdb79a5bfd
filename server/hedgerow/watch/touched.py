"""Gathers what is touched in one checkout into bursts: one edit is one burst, however many system calls it took.

Filled from any thread, emptied on the loop. Knows no git.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

from .changes import Touch
from .recent import Recent

_SETTLED_SECONDS = 0.01
"""After everything was let go of: what else belongs to the same edit comes within this time."""
_UNSETTLED_SECONDS = 0.05
"""While a file is still open, or was only removed: it may be about to be put back."""
_LONGEST_SECONDS = 0.15
"""From the first touch: who writes without end is told of all the same."""


class Touched:
    """What was touched since it was last taken.

    Args:
        burst: called on the loop when a burst has ended, or has lasted long enough; it is to `take`.
    """

    def __init__(self, burst: Callable[[], None]) -> None:
        self.recent = Recent()
        """Whatever was touched, told or not."""
        self._burst = burst
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._paths: dict[bytes, Touch] = {}
        self._renames: dict[bytes, bytes] = {}
        self._lost = False
        self.first = 0.0
        """When the first touch since the last `take` was seen, on the monotonic clock."""
        self.last = 0.0
        """When the last touch was seen, on the monotonic clock."""
        self._woken = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def any(self) -> bool:
        return bool(self._paths) or self._lost

    def touch(self, path: bytes, touch: Touch, *, old: bytes | None = None) -> None:
        """Called from any thread.

        Args:
            old: what it was called before, when it was moved here.
        """
        self.recent.touch(path, touch)
        with self._lock:
            before = self._paths.get(path)
            if before is None:
                before = Touch(0)
            else:
                touch &= ~Touch.NEW
                if touch & (Touch.MADE | Touch.WRITTEN | Touch.GONE):
                    before &= ~Touch.CLOSED
            self._paths[path] = before | touch
            if old is not None:
                self._renames[path] = old
            wake = self._mark()
        if wake:
            tell(self._loop, self._wake)

    def lose(self) -> None:
        """Events were lost: anything may have been touched. Called from any thread."""
        self.recent.lose()
        with self._lock:
            self._lost = True
            wake = self._mark()
        if wake:
            tell(self._loop, self._wake)

    def take(self) -> tuple[dict[bytes, Touch], dict[bytes, bytes], bool]:
        """Paths, renames (new -> old), and whether events were lost; nothing is left behind."""
        with self._lock:
            taken = self._paths, self._renames, self._lost
            self._paths, self._renames, self._lost = {}, {}, False
            self._woken = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return taken

    def _mark(self) -> bool:
        self.last = time.monotonic()
        if self._woken:
            return False
        self._woken, self.first = True, self.last
        return True

    def _wake(self) -> None:
        if self._timer is None and self.any:
            self._timer = self._loop.call_later(_SETTLED_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        with self._lock:
            if not self._woken:
                return
            settled = self._lost or all(touch & (Touch.CLOSED | Touch.META) for touch in self._paths.values())
            last, first = self.last, self.first
        due = min(last + (_SETTLED_SECONDS if settled else _UNSETTLED_SECONDS), first + _LONGEST_SECONDS)
        wait = due - time.monotonic()
        if wait > 0.001:
            self._timer = self._loop.call_later(wait, self._look)
        else:
            self._burst()

    def close(self) -> None:
        self.take()


def tell(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Call back on a loop from another thread. A loop that has just been closed has nobody left to tell."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(callback)
