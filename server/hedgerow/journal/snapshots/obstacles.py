"""What a snapshot cannot hold, each kind with its sentence. Never decides by itself that something may be skipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hedgerow.git.errors import readable
from hedgerow.protocol.errors import ErrorCode, HedgerowError


class ObstacleKind(StrEnum):
    REPOSITORY = "repository"
    """Another repository inside (also ignored, unborn or bare): removing its directory would remove its history."""
    WORKTREE = "worktree"
    """A worktree of this same repository inside: passed over by a snapshot, in the way of a removal."""
    SPECIAL = "special"
    UNREADABLE = "unreadable"
    MOUNT = "mount"
    SUBMODULE = "submodule"
    """A submodule with changes or commits of its own."""
    SPARSE_SPLIT = "index"


@dataclass(frozen=True)
class Obstacle:
    kind: ObstacleKind
    path: bytes
    detail: str = ""

    @property
    def blocks_snapshot(self) -> bool:
        return self.kind is not ObstacleKind.WORKTREE

    def sentence(self) -> str:
        name = f"'{readable(self.path)}'"
        return {
            ObstacleKind.REPOSITORY: f"{name} is a repository of its own; move it out of the way first",
            ObstacleKind.WORKTREE: f"{name} is a worktree of this repository; it has to go or move first",
            ObstacleKind.SPECIAL: f"{name} is {self.detail or 'a special file'}, which cannot be held",
            ObstacleKind.UNREADABLE: f"{name} cannot be read; give yourself permission or delete it",
            ObstacleKind.MOUNT: f"{name} is on another filesystem mounted inside; unmount it first",
            ObstacleKind.SUBMODULE: f"the submodule {name} {self.detail}; commit and push there first",
            ObstacleKind.SPARSE_SPLIT: f"the index cannot be read: {self.detail}",
        }[self.kind]


def refuse(obstacles: Iterable[Obstacle]) -> None:
    """Raises:
    HedgerowError: (`cannotSnapshot`) when one of them cannot be held, each named.
    """
    blocking = [obstacle for obstacle in obstacles if obstacle.blocks_snapshot]
    if not blocking:
        return
    shown = "; ".join(obstacle.sentence() for obstacle in blocking[:5])
    more = f"; and {len(blocking) - 5} more" if len(blocking) > 5 else ""
    raise HedgerowError(
        ErrorCode.CANNOT_SNAPSHOT,
        f"cannot hold everything in this checkout: {shown}{more}",
        paths=[readable(obstacle.path) for obstacle in blocking],
        kinds=[obstacle.kind.value for obstacle in blocking],
    )
