"""The git directories of one repository, watched or polled: what changed in them, told once for what comes together."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path

from .bus import Topic
from .changes import GitChange, NoWatchesLeftError
from .mounts import is_shared
from .systems.backend import GitDirectories, MakeGitDirectories
from .touched import tell

_GATHER_SECONDS = 0.02


class RepositoryWatch:
    """Watches until it is closed.

    Args:
        degraded: called when it is polled from now on.
    """

    def __init__(
        self,
        common_dir: Path,
        make: MakeGitDirectories,
        changes: Topic[GitChange],
        *,
        poll_seconds: float,
        degraded: Callable[[], None],
    ) -> None:
        self._common_dir = common_dir
        self._changes = changes
        self._poll_seconds = poll_seconds
        self._degraded = degraded
        self._loop = asyncio.get_running_loop()
        self._watch: GitDirectories | None = make(
            common_dir,
            lambda refs, admin, rules: tell(self._loop, lambda: self._seen(refs, admin, rules)),
            lambda: tell(self._loop, self._full),
        )
        self.shared = False
        """It is on a disk that others write to unseen, so it is polled."""
        self._polling: asyncio.Task[None] | None = None
        self._refs = self._everywhere = False
        self._administered: set[Path] = set()
        self._rules = False
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._started = math.inf

    @property
    def certain_since(self) -> float:
        """Since when nothing in it changes unseen; infinity where it is polled."""
        return self._started if self._watch is not None and self._watch.certain else math.inf

    @property
    def polled(self) -> bool:
        return self._polling is not None

    def untold(self) -> list[GitChange]:
        """What changed and has not been told yet."""
        return self._gathered() if self._timer is not None else []

    def __len__(self) -> int:
        return len(self._watch) if self._watch is not None else 0

    async def start(self) -> None:
        assert self._watch is not None
        self.shared = await asyncio.to_thread(is_shared, self._common_dir)
        if self.shared:
            self._full()
            return
        try:
            await asyncio.to_thread(self._watch.start)
            self._started = time.monotonic()
        except NoWatchesLeftError:
            self._full()

    async def close(self) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)
        if self._watch is not None:
            await asyncio.to_thread(self._watch.close)

    def _full(self) -> None:
        if self._closed or self._polling is not None:
            return
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        self._polling = self._loop.create_task(self._poll())
        self._degraded()

    async def _poll(self) -> None:
        """Without a watch nothing says what changed: now and then, it is all looked at."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            self._changes.publish(GitChange(self._common_dir, refs=True))

    def _seen(self, refs: bool, admin: Path | None, rules: bool) -> None:
        if self._closed:
            return
        self._last = time.monotonic()
        self._refs |= refs
        if admin is not None:
            self._administered.add(admin)
            self._rules |= rules
        elif rules:
            self._everywhere = True
        if self._timer is None:
            self._timer = self._loop.call_later(_GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        changes = self._gathered()
        self._timer = None
        self._refs = self._everywhere = False
        self._administered, self._rules = set(), False
        for change in changes:
            self._changes.publish(change)

    def _gathered(self) -> list[GitChange]:
        found = []
        if self._everywhere:
            found.append(GitChange(self._common_dir, refs=False, rules=True, at=self._last))
        if self._refs or self._administered:
            administered = frozenset(self._administered)
            found.append(GitChange(self._common_dir, self._refs, administered, self._rules, self._last))
        return found
