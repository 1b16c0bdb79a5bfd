"""Which paths of one checkout were touched lately, told or not: what somebody who read it all once has to read again.

Filled from any thread, asked from the loop. Only files are written down by name; what happens to a directory happens to
all that is in it, so after that nothing is known.
"""

from __future__ import annotations

import threading
import time

from .changes import Touch

_REMEMBERED = 1000


class Recent:
    """Remembers when each path was touched last, for one who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: dict[bytes, tuple[float, Touch]] = {}
        self._lost = 0.0
        self._forgotten = 0.0

    def touch(self, path: bytes, touch: Touch) -> None:
        """Something happened to a file of this name."""
        with self._lock:
            _, before = self._paths.get(path, (0.0, Touch(0)))
            self._paths[path] = time.monotonic(), before | touch
            # A file that was written and then taken away may be there under another name, by a hard link.
            taken = touch & (Touch.GONE | Touch.MADE) and before & Touch.WRITTEN and not before & Touch.NEW
            if taken or len(self._paths) > _REMEMBERED:
                self._lose()

    def lose(self) -> None:
        """Something happened that paths do not tell."""
        with self._lock:
            self._lose()

    def since(self, moment: float) -> tuple[frozenset[bytes], float] | None:
        """The paths that were seen to be touched since a moment of the monotonic clock, and the moment up to which this
        is so; None when they are not known. What was before the moment is forgotten."""
        with self._lock:
            if moment <= self._lost or moment < self._forgotten:
                return None
            self._paths = {path: seen for path, seen in self._paths.items() if seen[0] >= moment}
            self._forgotten = moment
            return frozenset(self._paths), time.monotonic()

    def _lose(self) -> None:
        self._paths.clear()
        self._lost = time.monotonic()
