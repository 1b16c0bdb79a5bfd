"""Steps that hold a snapshot, and lay one down."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from hedgerow.git.worktree_list import points_back
from hedgerow.journal import snapshots
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..bench import Bench
from .heads import HeadState
from .step import Step


class Hold(Step):
    """Keep a snapshot that was taken: its files outside git, its ref, its row."""

    kind: Literal["hold"] = "hold"
    row: dict[str, Any]
    checkout: str

    async def apply(self, bench: Bench) -> None:
        await snapshots.hold(
            bench.git,
            bench.repository,
            snapshot=self.row["oid"],
            snapshot_id=self.row["id"],
            checkout=Path(self.checkout),
            kept_dir=bench.kept(self.row["id"]),
        )
        bench.database.put("snapshots", self.row)

    async def revert(self, bench: Bench) -> None:
        bench.database.run("DELETE FROM snapshots WHERE id = ?", self.row["id"])
        await snapshots.release(
            bench.git,
            bench.repository,
            snapshot=self.row["oid"],
            snapshot_id=self.row["id"],
            kept_dir=bench.kept(self.row["id"]),
        )

    def inverse(self) -> None:
        return None


class LayDown(Step):
    """Fill a new, empty worktree with what a snapshot holds."""

    kind: Literal["layDown"] = "layDown"
    path: str
    snapshot: str
    oid: str
    head: HeadState

    async def apply(self, bench: Bench) -> None:
        admin = points_back(Path(self.path))
        if admin is None:
            raise HedgerowError(
                ErrorCode.PROTECTED, f"{self.path} is not the worktree that was made; it was left alone"
            )
        kept = bench.kept(self.snapshot)
        await snapshots.lay_down(
            bench.git,
            bench.repository,
            self.oid,
            Path(self.path),
            admin,
            kept_dir=kept,
            head=self.head.value,
        )

    async def revert(self, bench: Bench) -> None:
        """The worktree goes as a whole with the step that made it."""

    def inverse(self) -> None:
        return None


class Transition(Step):
    """Bring a checkout from one held state to another."""

    kind: Literal["transition"] = "transition"
    path: str
    source: str
    target: str

    async def apply(self, bench: Bench) -> None:
        raise NotImplementedError

    async def revert(self, bench: Bench) -> None:
        raise NotImplementedError

    def inverse(self) -> Transition:
        return Transition(path=self.path, source=self.target, target=self.source)
