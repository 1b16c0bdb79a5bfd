"""How soon something that was touched is read again. Pure: the clock is handed in."""

from __future__ import annotations

import math

SOON = 0.15
"""Seconds; what is touched within them is read once."""
LONGEST = 5.0
SHARE = 4
"""Reading something that is touched without end may take one part in so many of the time, and one more."""


class Pace:
    """Of one thing. While it is touched all the time, the pause between two readings doubles up to `LONGEST`."""

    def __init__(self) -> None:
        self._ended = -math.inf
        self._pause = SOON

    def due(self, now: float) -> float:
        """When to read what was touched just now."""
        return max(now + SOON, self._ended + self._pause)

    def read(self, began: float, took: float) -> None:
        """It was read."""
        at_once = began - self._ended < 2 * self._pause + SOON
        self._pause = max(min(LONGEST, 2 * self._pause) if at_once else SOON, SHARE * took)
        self._ended = began + took
