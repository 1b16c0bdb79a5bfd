"""What a system has to offer for watching: inotify (`on_linux`), or whatever watchdog finds (`elsewhere`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from ..changes import WatchedCheckout
from ..touched import Touched


class Tree(Protocol):
    """The directories of one checkout. Those of its methods that change what is watched are not for the loop.

    Attributes:
        nested: other repositories inside.
        certain: what is not told has not happened.
    """

    nested: set[bytes]
    certain: bool

    def __len__(self) -> int: ...

    def start(self, excluded: frozenset[bytes]) -> None: ...

    def exclude(self, excluded: frozenset[bytes]) -> None: ...

    def judge(self, directory: bytes, *, ignored: bool) -> None: ...

    def close(self) -> None: ...


class GitDirectories(Protocol):
    """The git directories of one repository."""

    certain: bool

    def __len__(self) -> int: ...

    def start(self) -> None: ...

    def close(self) -> None: ...


MakeTree = Callable[[WatchedCheckout, Touched, Collection[bytes], Callable[[], None], Callable[[], None]], Tree]
"""Checkout, where touches go, what lies apart, told when it does not fit, told when its directory is gone."""

Changed = Callable[[bool, "Path | None", bool], None]
"""Refs; the administrative directory whose checkout's files are to be looked at again; what is ignored."""

MakeGitDirectories = Callable[[Path, Changed, Callable[[], None]], GitDirectories]


class Backend(Protocol):
    def tree(
        self,
        checkout: WatchedCheckout,
        touched: Touched,
        apart: Collection[bytes],
        full: Callable[[], None],
        moved: Callable[[], None],
        /,
    ) -> Tree: ...

    def git_directories(self, common_dir: Path, changed: Changed, full: Callable[[], None], /) -> GitDirectories: ...

    async def caught_up(self) -> bool: ...

    def close(self) -> None: ...
