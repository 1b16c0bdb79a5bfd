"""What need not be read again, because whoever watches it would have told. Bookkeeping only: watches nothing itself.

Keys are ids of checkouts (their files) and common directories (what git lists). Without a watcher nothing is fresh.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from dataclasses import dataclass


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Reading:
    """One that has begun.

    Attributes:
        marks: how often its key had been marked by then.
        began: on the monotonic clock.
    """

    marks: int
    began: float


class Freshness:
    """Counts marks; a reading that began at the present count, while all was watched already, is still true.

    Attributes:
        catch_up: waits until every change of before now has been marked.
        touched_since: the files of a checkout, by id, that were touched since a moment of the monotonic clock, and
            until when that is so; None when it is not known.
        certain_since: since when nothing can change unmarked, on the monotonic clock; infinity where that is not so.
    """

    def __init__(self) -> None:
        self.catch_up: Callable[[], Awaitable[None]] = _nothing
        self.certain_since: Callable[[Hashable], float] = lambda _key: math.inf
        self.touched_since: Callable[[str, float], tuple[Collection[bytes], float] | None] = lambda _id, _moment: None
        self._marks: dict[Hashable, int] = {}
        self._distrusted: dict[Hashable, int] = {}
        self._begun: dict[Hashable, Reading] = {}
        self._read: dict[Hashable, Reading] = {}
        self._ended: dict[Hashable, float] = {}

    def mark(self, key: Hashable, *, whole: bool = True) -> None:
        """It may have changed.

        Args:
            whole: not only in what `touched_since` tells.
        """
        self._marks[key] = self._marks.get(key, 0) + 1
        if whole:
            self.distrust(key)

    def distrust(self, key: Hashable) -> None:
        """What is known of it is nothing to build on: when it is read next, it is read whole."""
        self._distrusted[key] = self._distrusted.get(key, 0) + 1

    def distrusted(self, *keys: Hashable) -> tuple[int, ...]:
        """How often; while it is the same, only files that `touched_since` tells of have changed."""
        return tuple(self._distrusted.get(key, 0) for key in keys)

    def reading(self, key: Hashable) -> Reading:
        """A reading begins; what is answered is given back with `read` when it has succeeded."""
        self._begun[key] = Reading(self._marks.get(key, 0), time.monotonic())
        return self._begun[key]

    def read(self, key: Hashable, reading: Reading) -> None:
        self._read[key] = reading
        self._ended[key] = time.monotonic()

    def fresh(self, key: Hashable) -> bool:
        """Whether the last reading still holds, as of the last `catch_up`."""
        reading = self._read.get(key)
        return (
            reading is not None and reading.marks == self._marks.get(key, 0) and reading.began > self.certain_since(key)
        )

    def may_have_seen(self, key: Hashable, moment: float) -> bool:
        """Whether a reading was under way after a moment of the monotonic clock."""
        begun = self._begun.get(key)
        return begun is not None and (self._read.get(key) is not begun or self._ended[key] >= moment)

    def read_since(self, key: Hashable, moment: float) -> bool:
        """Whether its last reading began after a moment of the monotonic clock, and so knows of it."""
        reading = self._begun.get(key)
        return reading is not None and reading.began > moment
