"""What need not be read again, because whoever watches it would have told. Bookkeeping only: watches nothing itself.

Keys are ids of checkouts (their files) and common directories (what git lists). Without a watcher nothing is fresh.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Hashable


async def _nothing() -> None:
    return None


class Freshness:
    """Counts marks; a reading that began at the present count is still true.

    Attributes:
        catch_up: waits until every change of before now has been marked.
    """

    def __init__(self) -> None:
        self.catch_up: Callable[[], Awaitable[None]] = _nothing
        self.certain: Callable[[Hashable], bool] = lambda _key: False
        self._marks: dict[Hashable, int] = {}
        self._read: dict[Hashable, int] = {}
        self._began: dict[Hashable, float] = {}

    def mark(self, key: Hashable) -> None:
        """It may have changed."""
        self._marks[key] = self._marks.get(key, 0) + 1

    def reading(self, key: Hashable) -> int:
        """A reading begins; what is answered is given back with `read` when it has succeeded."""
        self._began[key] = time.monotonic()
        return self._marks.get(key, 0)

    def read(self, key: Hashable, began: int) -> None:
        self._read[key] = began

    def fresh(self, key: Hashable) -> bool:
        """Whether the last reading still holds, as of the last `catch_up`."""
        return key in self._read and self._read[key] == self._marks.get(key, 0) and self.certain(key)

    def read_since(self, key: Hashable, moment: float) -> bool:
        """Whether its last reading began after a moment of the monotonic clock, and so knows of it."""
        return self._began.get(key, -math.inf) > moment

    def forget(self, key: Hashable) -> None:
        self._marks.pop(key, None)
        self._read.pop(key, None)
        self._began.pop(key, None)
