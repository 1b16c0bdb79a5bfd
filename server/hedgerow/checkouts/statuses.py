"""Counts what differs in a checkout's files: by a whole `git status`, or one of the files that were touched since.

Keeps the last status of each checkout that is watched. When anything is in doubt, the answer is a whole one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection

from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git
from hedgerow.git.status import Status, read_status
from hedgerow.protocol.checkouts import Counts

from .checkout import Checkout
from .freshness import Freshness
from .grounds import Grounds
from .names import mean_the_same
from .narrowing import Known, kept, may_build_on, merged


class Statuses:
    """One for a list.

    Attributes:
        narrow: how many were answered by looking at the touched files alone.
    """

    def __init__(self, git: Git, freshness: Freshness) -> None:
        self.narrow = 0
        self._git = git
        self._freshness = freshness
        self._grounds = Grounds(git, freshness)
        self._known: dict[str, Known] = {}

    async def of(self, checkout: Checkout, *, whole: bool) -> Counts:
        """The counts now. One reading of a checkout at a time.

        Args:
            whole: rely on nothing that was read before.

        Raises:
            GitError: git cannot compare its files.
        """
        known = self._known.pop(checkout.id, None)  # back once there is something to rely on
        if known is not None and not whole:
            known = await self._narrowly(checkout, known)
            if known is not None:
                self.narrow += 1
                self._known[checkout.id] = known
                return known.counts
        began = time.monotonic()
        watched = self._freshness.certain_since(checkout.id) < began
        ground = await self._grounds.of(checkout) if watched else None
        status = await read_status(self._git, checkout.path)
        if ground is not None and (known := kept(status, ground, began)) is not None:
            self._known[checkout.id] = known
        return _counts(status)

    def keep_only(self, checkouts: Collection[str]) -> None:
        """Forget all others: they are listed no longer."""
        for identifier in self._known.keys() - checkouts:
            del self._known[identifier]

    async def _narrowly(self, checkout: Checkout, known: Known) -> Known | None:
        """None: that does not tell."""
        since = self._freshness.touched_since(checkout.id, known.at)
        ground = await self._grounds.of(checkout)
        if since is None or ground is None:
            return None
        touched, until = since
        if not may_build_on(known, ground, touched, until):
            return None
        if not mean_the_same(os.fsencode(checkout.path), touched):
            return None
        try:
            narrow = await read_status(self._git, checkout.path, only=sorted(touched))
        except GitError:
            return None  # a path that leads out of the checkout, for one
        if await self._grounds.of(checkout) != ground:
            return None  # what git has just read is not what was known
        return merged(known, touched, narrow, until)


def _counts(status: Status) -> Counts:
    return Counts(
        staged=len(status.staged),
        unstaged=len(status.unstaged),
        untracked=len(status.untracked),
        conflicted=len(status.conflicted),
    )
