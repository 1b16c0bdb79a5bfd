"""Watching on Linux: one inotify for everything."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from ..changes import WatchedCheckout
from ..touched import Touched
from .backend import Changed
from .git_directories import GitDirectories
from .notices import Notices
from .tree import Tree


class OnLinux:
    def __init__(self, limit: int | None = None) -> None:
        self.notices = Notices(limit)

    def tree(
        self,
        checkout: WatchedCheckout,
        touched: Touched,
        apart: Collection[bytes],
        full: Callable[[], None],
        moved: Callable[[], None],
    ) -> Tree:
        return Tree(self.notices, checkout.path, touched, apart=apart, full=full, moved=moved)

    def git_directories(self, common_dir: Path, changed: Changed, full: Callable[[], None]) -> GitDirectories:
        return GitDirectories(self.notices, common_dir, changed=changed, full=full)

    async def caught_up(self) -> bool:
        return await self.notices.caught_up()

    def close(self) -> None:
        self.notices.close()
