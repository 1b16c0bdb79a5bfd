"""A watcher on real repositories, and what it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from tests.support.repositories import Playground

from hedgerow.git.runner import Git
from hedgerow.watch.changes import Edits, GitChange, WatchedCheckout, WatchedRepository
from hedgerow.watch.watcher import Watcher

LIMIT = 20.0


class Watched:
    """One watcher, and everything it has told."""

    def __init__(self, watcher: Watcher, git: Git, playground: Playground) -> None:
        self.watcher = watcher
        self.git = git
        self.playground = playground
        self.edits: list[Edits] = []
        self.changes: list[GitChange] = []
        self.problems: list[str | None] = []
        watcher.edits.subscribe(self.edits.append)
        watcher.repositories.subscribe(self.changes.append)
        watcher.problems.subscribe(self.problems.append)

    async def watch(self, repository: Path, *worktrees: Path) -> None:
        """Watch these; each is known by its directory's name."""
        common_dir = repository / ".git"
        checkouts = [WatchedCheckout(repository.name, repository, common_dir, True, repository.stat().st_ino)]
        checkouts += [
            WatchedCheckout(each.name, each, self.playground.admin(each), True, each.stat().st_ino)
            for each in worktrees
        ]
        await self.watcher.watch([WatchedRepository(common_dir, checkouts)])

    def paths(self, checkout: str = "project") -> set[bytes]:
        """Everything told of a checkout so far; `?` where it was not known what."""
        told = [each.paths for each in self.edits if each.checkout == checkout]
        return {path for paths in told for path in (paths if paths is not None else {b"?": None})}

    async def tells(self, *paths: bytes, checkout: str = "project") -> None:
        await self.until(lambda: set(paths) <= self.paths(checkout), lambda: self.paths(checkout))

    async def until(self, wanted: Callable[[], bool], shown: Callable[[], object] = lambda: None) -> None:
        async def wait() -> None:
            while not wanted():
                await asyncio.sleep(0.005)

        try:
            await asyncio.wait_for(wait(), LIMIT)
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT} s; {shown()}") from None

    async def settled(self, checkout: Path) -> set[bytes]:
        """Everything told up to now: an edit made after all others has come through."""
        await asyncio.sleep(0.3)  # so that it is no part of their burst
        (checkout / "the-last").write_text(str(len(self.edits)))
        await self.tells(b"the-last", checkout=checkout.name)
        return self.paths(checkout.name) - {b"the-last"}


Watching = Callable[..., Awaitable[Watched]]


@pytest.fixture
async def watching(playground: Playground) -> AsyncIterator[Watching]:
    """Make a watcher; more than one may watch at once."""
    made: list[Watcher] = []

    async def make(**options: float) -> Watched:
        git = Git()
        watcher = Watcher(git, **options)  # type: ignore[arg-type]
        made.append(watcher)
        return Watched(watcher, git, playground)

    yield make
    for watcher in made:
        await watcher.close()
