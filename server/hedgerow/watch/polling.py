"""A checkout that cannot be watched, looked at now and then. Runs `git status`, takes no lock, and is told as such."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git
from hedgerow.git.status import read_status

from .changes import Touch

logger = logging.getLogger(__name__)

_SHARE = 20
"""A look may take at most one part in so many of the time."""

Stamps = dict[bytes, "tuple[int, int, int, int] | None"]


class Polling:
    """Looks at one checkout until it is closed.

    Args:
        seconds: between two looks, at least.
        found: told the paths that differ from the look before, whenever some do; None after the first look, which
            has nothing to be compared with.
    """

    def __init__(
        self, git: Git, root: Path, seconds: float, found: Callable[[dict[bytes, Touch] | None], None]
    ) -> None:
        self._git = git
        self._root = root
        self._seconds = seconds
        self._found = found
        self._looked = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def looked(self) -> None:
        """Wait for the first look; what differs from it is found."""
        await self._looked.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        before: Stamps | None = None
        while True:
            began = time.monotonic()
            try:
                now = await stamps(self._git, self._root)
            except GitError as error:
                logger.info("%s cannot be looked at: %s", self._root, error.last_line)
            else:
                changed = None if before is None else differing(before, now)
                before = now
                if changed is None or changed:
                    self._found(changed)
            self._looked.set()
            await asyncio.sleep(max(self._seconds, _SHARE * (time.monotonic() - began)))


async def stamps(git: Git, root: Path) -> Stamps:
    """Every path that differs from what git has, with what changes when its file does; None where there is none.

    Raises:
        GitError: git cannot compare them.
    """
    status = await read_status(git, root, untracked="all")
    paths = {*status.staged, *status.unstaged, *status.untracked, *status.conflicted}
    return await asyncio.to_thread(lambda: {path: _stamp(root, path) for path in paths})


def differing(before: Stamps, now: Stamps) -> dict[bytes, Touch]:
    """Paths that were written between two looks, or are as git has them again."""
    changed: dict[bytes, Touch] = {}
    for path in before.keys() | now.keys():
        if path not in before or path not in now or before[path] != now[path]:
            changed[path] = Touch.CLOSED if now.get(path, ()) is not None else Touch.GONE
    return changed


def _stamp(root: Path, path: bytes) -> tuple[int, int, int, int] | None:
    try:
        found = os.lstat(os.path.join(os.fsencode(root), path))
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode
