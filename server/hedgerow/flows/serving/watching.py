"""Keeps the list true without polling: what a watcher sees outside Hedgerow is read again, and only that.

Owns when that happens: several touches make one reading, a checkout has at most one at a time, and one that is written
to all the time is read less and less often. Runs nothing while nothing changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path

from hedgerow.checkouts.listing import Listing
from hedgerow.checkouts.rows import needs_files, wire_path
from hedgerow.checkouts.skeleton import Skeleton
from hedgerow.git.runner import Git
from hedgerow.protocol.checkouts import CheckoutState, ListChanged
from hedgerow.watch.bus import Topic
from hedgerow.watch.changes import Edits, GitChange, Passing, WatchedCheckout, WatchedRepository
from hedgerow.watch.pace import Pace
from hedgerow.watch.watcher import Watcher

logger = logging.getLogger(__name__)

_AT_ONCE = 2
_LONG_SECONDS = 0.5


class Watching:
    """Watches what is listed.

    Attributes:
        edits: the watcher's: files of a checkout were touched.
        problems: sentences about what cannot be watched.

    Args:
        busy: told before and after work in the background, so that the person sees it.
        version: changes whenever another process has changed Hedgerow's own notes.
    """

    def __init__(
        self,
        listing: Listing,
        git: Git,
        *,
        busy: Callable[[int], None],
        version: Callable[[], object],
    ) -> None:
        self._listing = listing
        self._watcher = Watcher(git)
        self._busy = busy
        self._version = version
        self._known_version = version()
        self._paces: dict[Hashable, Pace] = {}
        self._due: dict[Hashable, float] = {}
        self._watched: list[WatchedRepository] = []
        self._out_of_line = False
        self._something = asyncio.Event()
        self._bringing_in_line = asyncio.Lock()
        listing.freshness.catch_up = self._catch_up
        listing.freshness.certain_since = self._certain_since
        listing.freshness.touched_since = self._watcher.touched_since
        self._stop = [
            self._watcher.edits.subscribe(self._edited),
            self._watcher.passing.subscribe(self._passed),
            self._watcher.repositories.subscribe(self._git_changed),
            listing.subscribe(self._listed),
        ]
        self._task = asyncio.get_running_loop().create_task(self._work(), name="watching")

    @property
    def edits(self) -> Topic[Edits]:
        return self._watcher.edits

    @property
    def problems(self) -> Topic[str | None]:
        return self._watcher.problems

    @property
    def watches(self) -> int:
        """How many directories are watched."""
        return len(self._watcher)

    async def bring_in_line(self) -> None:
        """Watch what is listed now, and nothing else."""
        async with self._bringing_in_line:
            self._out_of_line = False
            self._watched = [_watched(each) for each in self._listing.skeletons() if each.repository.trusted]
            known = {checkout.id for each in self._watched for checkout in each.checkouts}
            known_places = {each.common_dir for each in self._watched}
            self._paces = {key: pace for key, pace in self._paces.items() if key in known or key in known_places}
            before = {each.common_dir for each in self._watched if self._watcher.watches(each.common_dir)}
            new = await self._watcher.watch(self._watched)
            # What happened between their reading and their watch was told by nobody.
            for each in self._watched:
                if each.common_dir not in before:
                    self._mark(each.common_dir)
            for identifier in new:
                self._mark(identifier)

    async def close(self) -> None:
        for stop in self._stop:
            stop()
        self._listing.freshness.certain_since = lambda _key: math.inf
        self._listing.freshness.touched_since = lambda _id, _moment: None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._watcher.close()

    # What is fresh

    async def _catch_up(self) -> None:
        version = self._version()
        if version != self._known_version:
            self._known_version = version
            for skeleton in self._listing.skeletons():  # notes say nothing of files
                self._listing.freshness.mark(skeleton.repository.common_dir, whole=False)
        if not await self._watcher.caught_up():
            self._listing.mark(None)
            return
        freshness = self._listing.freshness
        touched, changes = self._watcher.untold()
        for key, at in touched.items():
            if not freshness.read_since(key, at):
                freshness.mark(key, whole=False)
        for change in changes:
            for concerned in self._concerned(change):
                if not freshness.read_since(concerned, change.at):
                    freshness.mark(concerned)

    def _certain_since(self, key: Hashable) -> float:
        if isinstance(key, Path):
            return self._watcher.certain_of(key)
        return self._watcher.certain_since(key) if isinstance(key, str) else math.inf

    # What is to be read again

    def _edited(self, edits: Edits) -> None:
        self._mark(edits.checkout, edits.at, whole=edits.paths is None)

    def _passed(self, passing: Passing) -> None:
        if self._listing.freshness.may_have_seen(passing.checkout, passing.since):
            self._mark(passing.checkout, whole=False)

    def _git_changed(self, change: GitChange) -> None:
        for key in self._concerned(change):
            self._mark(key, change.at)

    def _concerned(self, change: GitChange) -> list[Hashable]:
        """The repository and the checkouts that are to be read again."""
        everywhere = change.rules and not change.administered
        found: list[Hashable] = [change.common_dir] if change.refs else []
        for repository in self._watched:
            if repository.common_dir == change.common_dir:
                found += [
                    checkout.id
                    for checkout in repository.checkouts
                    if checkout.files and (everywhere or checkout.admin in change.administered)
                ]
        return found

    def _listed(self, change: ListChanged) -> None:
        """Another set of checkouts, one in another place, or one whose files may or may no longer be looked at."""
        known = {each.id: (wire_path(each.path), each.files) for one in self._watched for each in one.checkouts}
        told = {row.id: (row.path, row.state is CheckoutState.OK) for row in change.changed}
        if change.removed or any(known.get(identifier) != facts for identifier, facts in told.items()):
            self._out_of_line = True
            self._something.set()

    def _mark(self, key: Hashable, at: float = math.inf, *, whole: bool = True) -> None:
        """To be read again, unless what was seen at that moment is known by a reading that began later."""
        freshness = self._listing.freshness
        if whole:
            freshness.distrust(key)
        if freshness.read_since(key, at):
            return
        freshness.mark(key, whole=False)
        if key not in self._due:
            self._due[key] = self._paces.setdefault(key, Pace()).due(time.monotonic())
            self._something.set()

    async def _work(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait()):
                    await self._something.wait()
            self._something.clear()
            try:
                await self._read_again()
            except Exception:
                logger.exception("what was changed outside could not be read again")

    def _wait(self) -> float | None:
        """Seconds until something is due; None: nothing is."""
        return max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None

    async def _read_again(self) -> None:
        began = time.monotonic()
        due = sorted((key for key, when in self._due.items() if when <= began), key=self._due.__getitem__)
        # Whole repositories first: what they list is what there is to look at. A few checkouts at a time, so that one
        # edited now does not wait for twenty that were only just begun to be watched.
        repositories = [key for key in due if isinstance(key, Path)]
        checkouts = [key for key in due if isinstance(key, str)][:_AT_ONCE]
        if not (due or self._out_of_line):
            return
        with self._told_when_long():
            for key in (*repositories, *checkouts):
                del self._due[key]
            if due:
                await self._listing.read_again(checkouts, repositories)
                took = time.monotonic() - began
                for key in (*repositories, *checkouts):
                    self._paces.setdefault(key, Pace()).read(began, took)
            if repositories or self._out_of_line:
                await self.bring_in_line()

    @contextlib.contextmanager
    def _told_when_long(self) -> Iterator[None]:
        """The person sees that something is read only when it takes a while: an agent's every edit would flicker."""
        told = False

        def tell() -> None:
            nonlocal told
            told = True
            self._busy(1)

        timer = asyncio.get_running_loop().call_later(_LONG_SECONDS, tell)
        try:
            yield
        finally:
            timer.cancel()
            if told:
                self._busy(-1)


def _watched(skeleton: Skeleton) -> WatchedRepository:
    checkouts = [
        WatchedCheckout(
            id=checkout.id,
            path=checkout.path,
            admin=checkout.admin,
            files=needs_files(checkout),
            identity=checkout.directory,
        )
        for checkout in skeleton.checkouts.values()
    ]
    return WatchedRepository(skeleton.repository.common_dir, checkouts)
