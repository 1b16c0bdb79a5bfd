"""One checkout, watched or polled: from what was touched to what is told. Asks git only what is ignored."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable, Collection

from hedgerow.git.runner import Git

from .bus import Topic
from .changes import Edits, NoWatchesLeftError, Passing, Touch, WatchedCheckout
from .ignored import Ignored
from .mounts import is_shared
from .polling import Polling
from .systems.backend import MakeTree, Tree
from .touched import Touched, tell

logger = logging.getLogger(__name__)

_RULES_SECONDS = 2.0
"""At most so often is git asked again which directories it ignores because an index was written."""


class CheckoutWatch:
    """Watches one checkout until it is closed, and polls it where it cannot be watched.

    Args:
        make: what watches it.
        apart: paths below it that are checkouts of their own.
        moved: called when its directory is not there any more.
        degraded: called when it is polled from now on.
    """

    def __init__(
        self,
        git: Git,
        checkout: WatchedCheckout,
        make: MakeTree,
        edits: Topic[Edits],
        passing: Topic[Passing],
        *,
        apart: Collection[bytes],
        poll_seconds: float,
        moved: Callable[[], None],
        degraded: Callable[[], None],
    ) -> None:
        self.checkout = checkout
        self.apart = frozenset(apart)
        self.shared = False
        """It is on a disk that others write to unseen, so it is polled."""
        self._git = git
        self._edits = edits
        self._passing = passing
        self._degraded = degraded
        self._poll_seconds = poll_seconds
        self._loop = asyncio.get_running_loop()
        self._ignored = Ignored(git, checkout.path)
        self._excluded: frozenset[bytes] = frozenset()
        self._touched = Touched(self._burst)
        self._watch: Tree | None = make(checkout, self._touched, self.apart, self._soon(self._full), self._soon(moved))
        self._polling: Polling | None = None
        self._telling: asyncio.Task[None] | None = None
        self._rules: asyncio.Task[None] | None = None
        self._again = False
        self._rules_known = True
        self._changing = asyncio.Lock()
        self._closed = False
        self._started = math.inf

    @property
    def certain_since(self) -> float:
        """Since when nothing in it changes unseen; infinity where it is polled, or a repository is inside (which has
        a HEAD of its own)."""
        certain = self._watch is not None and self._watch.certain and not self._watch.nested
        return self._started if certain else math.inf

    def touched_since(self, moment: float) -> tuple[frozenset[bytes], float] | None:
        """See `Recent.since`; also None where it is not certain that all is seen, and while git has yet to be asked
        which directories it ignores: what is in one that it no longer does is not seen until then."""
        if self.certain_since >= moment or not self._rules_known:
            return None
        return self._touched.recent.since(moment)

    @property
    def polled(self) -> bool:
        return self._polling is not None

    @property
    def touched(self) -> bool:
        """Something was touched that has not been told yet."""
        return self._touched.any or (self._telling is not None and not self._telling.done())

    @property
    def last_touch(self) -> float:
        return self._touched.last

    @property
    def at_work(self) -> bool:
        return self.touched or (self._rules is not None and not self._rules.done())

    def __len__(self) -> int:
        """How many directories are watched."""
        return len(self._watch) if self._watch is not None else 0

    async def start(self) -> None:
        async with self._changing:
            self.shared = await asyncio.to_thread(is_shared, self.checkout.path)
            if self.shared:
                self._full()
            self._excluded = await self._ignored.directories() or frozenset()
            await self._guarded(lambda watch: watch.start(self._excluded))
        if self._polling is not None:
            await self._polling.looked()
        self._started = time.monotonic()

    def rules_may_have_changed(self) -> None:
        """What is tracked, or the rules, may have changed: look soon."""
        self._ignored.forget()
        self._rules_known = False
        if self._rules is None or self._rules.done():
            self._rules = self._loop.create_task(self._ask_rules())
        else:
            self._again = True

    async def close(self) -> None:
        self._closed = True
        self._touched.close()
        tasks = [task for task in (self._telling, self._rules) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._polling is not None:
            await self._polling.close()
        if self._watch is not None:
            await asyncio.to_thread(self._watch.close)

    def _soon(self, callback: Callable[[], None]) -> Callable[[], None]:
        return lambda: tell(self._loop, callback)

    def _full(self) -> None:
        """There is no watch left for all of it, or none would tell: poll instead."""
        if self._closed or self._polling is not None:
            return
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        self._polling = Polling(self._git, self.checkout.path, self._poll_seconds, self._polled)
        self._degraded()

    def _polled(self, paths: dict[bytes, Touch] | None) -> None:
        """What was touched between the end of the watch and the first look is in nobody's sight: it may be anything.
        Before all that was opened, nothing had been told that it could differ from."""
        if paths is not None or self._started != math.inf:
            self._edits.publish(Edits(self.checkout.id, paths))

    # From touches to what is told

    def _burst(self) -> None:
        if not self._closed and (self._telling is None or self._telling.done()):
            self._telling = self._loop.create_task(self._tell_all())

    async def _tell_all(self) -> None:
        try:
            while self._touched.any:
                first, at = self._touched.first, self._touched.last
                if not await self._tell(*self._touched.take(), at):
                    self._passing.publish(Passing(self.checkout.id, first))
        except Exception:
            logger.exception("edits in %s could not be told", self.checkout.path)
            self._edits.publish(Edits(self.checkout.id, None))

    async def _tell(self, paths: dict[bytes, Touch], renames: dict[bytes, bytes], lost: bool, at: float) -> bool:
        """False when all there is to tell is that files came and went."""
        root = os.fsencode(self.checkout.path)
        if lost or any(path.rsplit(b"/", 1)[-1] == b".gitignore" for path in paths):
            self._ignored.forget()
            await self._prune()
        if lost:
            self._edits.publish(Edits(self.checkout.id, None))
            return True
        there = await asyncio.to_thread(lambda: {path: os.path.lexists(os.path.join(root, path)) for path in paths})
        nested = self._watch.nested if self._watch is not None else ()
        inside = {path for path in paths if any(path.startswith(each + b"/") for each in nested)}
        left = {
            path: touch
            for path, touch in paths.items()
            if path not in inside and (there[path] or not touch & Touch.NEW)
        }
        ignored = await self._ignored.among(left)
        directories = [path for path, touch in left.items() if touch & Touch.DIRECTORY and there[path]]
        if directories:
            await self._judge(directories, ignored)
        # A directory says nothing by itself: what is in it does. One that is gone may have had files.
        told = {
            path: touch
            for path, touch in left.items()
            if path not in ignored and not (touch & Touch.DIRECTORY and there[path])
        }
        if told or inside:
            self._edits.publish(Edits(self.checkout.id, told, renames, at))
        return bool(told or inside) or len(left) == len(paths)

    async def _judge(self, directories: list[bytes], ignored: set[bytes]) -> None:
        async with self._changing:
            self._excluded |= {path for path in directories if path in ignored}

            def judge(watch: Tree) -> None:
                for path in directories:
                    watch.judge(path, ignored=path in ignored)

            await self._guarded(judge)

    async def _ask_rules(self) -> None:
        while True:
            self._again = False
            if await self._prune():
                self._edits.publish(Edits(self.checkout.id, None))
            self._rules_known = not self._again
            await asyncio.sleep(_RULES_SECONDS)
            if not self._again:
                return

    async def _prune(self) -> bool:
        """Bring the watched directories in line with what git ignores now; whether that changed anything."""
        async with self._changing:
            excluded = await self._ignored.directories()
            if excluded is None or excluded == self._excluded:
                return False
            before, self._excluded = self._excluded, excluded
            await self._guarded(lambda watch: watch.exclude(excluded))
            return bool(before - excluded)

    async def _guarded(self, work: Callable[[Tree], None]) -> None:
        watch = self._watch
        if watch is None:
            return
        try:
            await asyncio.to_thread(work, watch)
        except NoWatchesLeftError:
            self._full()
