"""Watches checkouts and git directories, as many as the system allows, and says in words what it cannot watch.

Loaded when the first list has been answered: watchdog is no part of the start of a server.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from hedgerow.git.runner import Git

from .bus import Topic
from .changes import Edits, GitChange, Passing, WatchedCheckout, WatchedRepository
from .checkout_watch import CheckoutWatch
from .repository_watch import RepositoryWatch
from .systems.backend import Backend

logger = logging.getLogger(__name__)

POLL_SECONDS = 10.0


class Watcher:
    """What is open, watched. Everything but the reading of events happens on the loop.

    Attributes:
        edits: told once for each burst of touches in a checkout.
        passing: told in its place when all that happened is that files came and went.
        repositories: told when something in the git directories of a repository changed.
        problems: told a sentence when something has to be polled, None when all of it is watched again.

    Args:
        limit: how many directories may be watched; by default half of what the system allows.
        poll_seconds: how often what does not fit is looked at, at most; by default `POLL_SECONDS`.
    """

    def __init__(self, git: Git, *, limit: int | None = None, poll_seconds: float | None = None) -> None:
        self.edits: Topic[Edits] = Topic("edits")
        self.passing: Topic[Passing] = Topic("passing")
        self.repositories: Topic[GitChange] = Topic("repositories")
        self.problems: Topic[str | None] = Topic("problems")
        self._git = git
        self._poll_seconds = POLL_SECONDS if poll_seconds is None else poll_seconds
        self._backend = _backend(limit)
        self._checkouts: dict[str, CheckoutWatch] = {}
        self._repositories: dict[Path, RepositoryWatch] = {}
        self._watching = asyncio.Lock()
        self._problem: str | None = None
        self.repositories.subscribe(self._git_changed)

    async def watch(self, repositories: Sequence[WatchedRepository]) -> list[str]:
        """Watch these and nothing else; what is watched already goes on. Answers the ids that are new in it."""
        async with self._watching:
            wanted = {checkout.id: checkout for each in repositories for checkout in each.checkouts if checkout.files}
            places = [os.fsencode(checkout.path) for each in repositories for checkout in each.checkouts]
            places += [os.fsencode(each.common_dir) for each in repositories]
            apart = {identifier: _below(checkout.path, places) for identifier, checkout in wanted.items()}
            gone = [
                identifier
                for identifier, watch in self._checkouts.items()
                if wanted.get(identifier) != watch.checkout or apart[identifier] != watch.apart
            ]
            for identifier in gone:
                await self._checkouts.pop(identifier).close()
            if gone:  # what did not fit may fit now
                gone += [identifier for identifier, watch in self._checkouts.items() if watch.polled]
                for identifier in gone:
                    if identifier in self._checkouts:
                        await self._checkouts.pop(identifier).close()
            await self._watch_repositories(repositories)
            new = [identifier for identifier in wanted if identifier not in self._checkouts]
            for identifier in new:
                await self._watch_checkout(wanted[identifier], apart[identifier])
            self._tell_problem()
            return new

    async def caught_up(self) -> bool:
        """Wait until everything that happened before this call has been seen. False: that cannot be told."""
        return await self._backend.caught_up()

    def certain_since(self, checkout: str) -> float:
        """Since when nothing can have changed in its files unseen, once `caught_up`, on the monotonic clock."""
        watch = self._checkouts.get(checkout)
        return math.inf if watch is None else watch.certain_since

    def touched_since(self, checkout: str, moment: float) -> tuple[frozenset[bytes], float] | None:
        """Every file of a checkout that was seen to be touched since a moment of the monotonic clock, ignored or not,
        and until when; None when that is not known. What was before the moment is forgotten."""
        watch = self._checkouts.get(checkout)
        return None if watch is None else watch.touched_since(moment)

    def certain_of(self, common_dir: Path) -> float:
        """The same of the git directories of a repository."""
        watch = self._repositories.get(common_dir)
        return math.inf if watch is None else watch.certain_since

    def watches(self, common_dir: Path) -> bool:
        """Whether the git directories of a repository are watched, or polled, already."""
        return common_dir in self._repositories

    def untold(self) -> tuple[dict[str, float], list[GitChange]]:
        """What was seen and has not been told yet: checkouts with the time of their last touch, and git directories."""
        touched = {identifier: watch.last_touch for identifier, watch in self._checkouts.items() if watch.touched}
        return touched, [change for watch in self._repositories.values() for change in watch.untold()]

    @property
    def at_work(self) -> bool:
        """Something is being told, or git is about to be asked what it ignores."""
        return any(watch.at_work for watch in self._checkouts.values()) or bool(self.untold()[1])

    def __len__(self) -> int:
        """How many directories are watched."""
        return sum(map(len, self._checkouts.values())) + sum(map(len, self._repositories.values()))

    async def close(self) -> None:
        async with self._watching:
            for watch in self._checkouts.values():
                await watch.close()
            for repository in self._repositories.values():
                await repository.close()
            self._checkouts.clear()
            self._repositories.clear()
            await asyncio.to_thread(self._backend.close)

    async def _watch_repositories(self, repositories: Sequence[WatchedRepository]) -> None:
        wanted = {each.common_dir: each for each in repositories}
        for common_dir in [each for each in self._repositories if each not in wanted]:
            await self._repositories.pop(common_dir).close()
        for common_dir in wanted:
            if common_dir not in self._repositories:
                watch = RepositoryWatch(
                    common_dir, self._backend.git_directories, self.repositories, poll_seconds=self._poll_seconds,
                    degraded=self._tell_problem,
                )  # fmt: skip
                self._repositories[common_dir] = watch
                await watch.start()

    async def _watch_checkout(self, checkout: WatchedCheckout, apart: Collection[bytes]) -> None:
        def moved() -> None:
            repository = next((each for each in self._repositories if _of(checkout, each)), None)
            if repository is not None:
                self.repositories.publish(GitChange(repository, refs=True))

        watch = CheckoutWatch(
            self._git, checkout, self._backend.tree, self.edits, self.passing, apart=apart,
            poll_seconds=self._poll_seconds, moved=moved, degraded=self._tell_problem,
        )  # fmt: skip
        self._checkouts[checkout.id] = watch
        await watch.start()

    def _git_changed(self, change: GitChange) -> None:
        for watch in self._checkouts.values():
            if change.rules and (watch.checkout.admin in change.administered or not change.administered):
                watch.rules_may_have_changed()

    def _tell_problem(self) -> None:
        polled = [(watch.checkout.path.name, watch.shared) for watch in self._checkouts.values() if watch.polled]
        polled += [(common_dir.name, watch.shared) for common_dir, watch in self._repositories.items() if watch.polled]
        full = [name for name, shared in polled if not shared]
        shared = [name for name, shared in polled if shared]
        sentences = []
        if full:
            sentences.append(
                f"There are not enough file watches left for {_names(full)}: looked at every "
                f"{self._poll_seconds:g} seconds instead. Raise fs.inotify.max_user_watches to have them watched."
            )
        if shared:
            sentences.append(
                f"Nothing tells when others change a network's or another system's disk, so {_names(shared)} "
                f"{'is' if len(shared) == 1 else 'are'} looked at every {self._poll_seconds:g} seconds."
            )
        problem = " ".join(sentences) or None
        if problem != self._problem:
            self._problem = problem
            if problem is not None:
                logger.warning("%s", problem)
            self.problems.publish(problem)


def _backend(limit: int | None) -> Backend:
    if sys.platform == "linux":
        from .systems.on_linux import OnLinux  # noqa: PLC0415 - as the other: it loads what only that system has

        return OnLinux(limit)
    from .systems.elsewhere import Elsewhere  # noqa: PLC0415

    return Elsewhere()


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _of(checkout: WatchedCheckout, common_dir: Path) -> bool:
    return checkout.admin == common_dir or checkout.admin.is_relative_to(common_dir)


def _below(root: Path, places: Sequence[bytes]) -> frozenset[bytes]:
    prefix = os.fsencode(root) + b"/"
    return frozenset(place[len(prefix) :] for place in places if place.startswith(prefix))
