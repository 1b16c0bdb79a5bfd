"""Where two states of a checkout differ, what lies there now, and what of that is nobody's. Touches no file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import NoReturn

from hedgerow.git.errors import readable
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .index_change import Staged
from .sides import OnDisk, Side, lstat_within


@dataclass
class Difference:
    """What a transition is about.

    Attributes:
        root: the checkout's directory.
        half_way: an earlier try may have been cut short: a path may have either state already, or none.
        paths: where source and target differ, sorted; ``on_disk`` what lies there.
    """

    root: bytes
    source: Side
    target: Side
    half_way: bool
    paths: list[bytes]
    on_disk: dict[bytes, OnDisk] = field(default_factory=dict)

    def leave_ignored(self) -> None:
        """Files that one side ignores and the other tracks are touched in neither direction.

        Where both have the same bytes nothing has to be done; where not, nothing can be (and nothing was begun).
        """
        blocked: list[bytes] = []
        for side, other in ((self.source, self.target), (self.target, self.source)):
            for path, oid, executable in side.ignored():
                wanted = other.wanted.get(path)
                if wanted is None:
                    continue
                if not self.half_way and (
                    wanted.link or wanted.oid != oid or bool((wanted.mode or 0) & 0o100) != executable
                ):
                    blocked.append(path)
                side.wanted.pop(path, None)
                del other.wanted[path]
                self.paths.remove(path)
        refuse_in_the_way(blocked)

    def was_begun(self, staged: Staged) -> bool:
        """Whether an earlier try, of which no lock tells, changed anything.

        If it was refused, what stood in its way stands there still, and is not ours to move aside.
        """
        if not self.paths:
            return staged.now == staged.source
        for path in self.paths:
            on, old, new = self.on_disk.get(path), self.source.wanted.get(path), self.target.wanted.get(path)
            if on is None:
                if old is None and new is not None:
                    return True
            elif on.matches(old) and (not on.matches(new) or (on.is_exactly(old) and not on.is_exactly(new))):
                return True
        return False

    def strange(self) -> list[bytes]:
        """Paths whose content on disk is nobody's, and what blocks a path that has to be made."""
        differ = set(self.paths)
        strange: set[bytes] = set()
        looked: set[bytes] = set()
        for path in self.paths:
            on, old, new = self.on_disk.get(path), self.source.wanted.get(path), self.target.wanted.get(path)
            if on is None:
                if old is not None and not self.half_way:
                    strange.add(path)
            elif on.directory:
                if new is not None:
                    strange |= self._foreign_below(path, differ)
                elif not self.half_way and old is not None:
                    strange.add(path)
            elif not on.matches(old) and not on.matches(new):
                strange.add(path)
            if new is not None:
                strange |= self._blocking_parents(path, differ, looked)
        return sorted(strange)

    def _foreign_below(self, directory: bytes, differ: set[bytes]) -> set[bytes]:
        """What lies in a directory that has to become a file, and is not ours to remove."""
        foreign: set[bytes] = set()
        for parent, names, others in os.walk(self.root + b"/" + directory):
            below = parent[len(self.root) + 1 :]
            for name in (*others, *(name for name in names if os.path.islink(os.path.join(parent, name)))):
                if below + b"/" + name not in differ:
                    foreign.add(below + b"/" + name)
            if b".git" in names:
                foreign.add(below + b"/.git")
        return foreign

    def _blocking_parents(self, path: bytes, differ: set[bytes], looked: set[bytes]) -> set[bytes]:
        blocking: set[bytes] = set()
        parent = path.rpartition(b"/")[0]
        while parent and parent not in looked:
            looked.add(parent)
            status = lstat_within(self.root, parent)
            if status is not None:
                if not os.path.isdir(self.root + b"/" + parent) or os.path.islink(self.root + b"/" + parent):
                    if parent not in differ:
                        blocking.add(parent)
                elif os.path.lexists(self.root + b"/" + parent + b"/.git"):
                    blocking.add(parent)
            parent = parent.rpartition(b"/")[0]
        return blocking

    def wrong(self, now: dict[bytes, OnDisk]) -> list[bytes]:
        """The paths that did not come out as the target has them."""
        return [
            path for path in self.paths
            if (path in self.target.wanted and (path not in now or not now[path].matches(self.target.wanted[path])))
            or (path not in self.target.wanted and path in now and not now[path].directory)
        ]  # fmt: skip


def refuse_in_the_way(paths: list[bytes]) -> None:
    """Raises:
    HedgerowError: (`conflict`) there are any, named.
    """
    if paths:
        shown = ", ".join(f"'{readable(path)}'" for path in paths[:5])
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"in the way, or changed meanwhile: {shown}; move or commit these first",
            paths=[readable(path) for path in paths],
        )


def refuse_changed_under_us(path: bytes, *others: bytes) -> NoReturn:
    """Raises:
    HedgerowError: (`conflict`) always.
    """
    raise HedgerowError(
        ErrorCode.CONFLICT,
        f"'{readable(path)}' changed while files were being put in place; what was done is taken back",
        paths=[readable(one) for one in (path, *others)],
    )
