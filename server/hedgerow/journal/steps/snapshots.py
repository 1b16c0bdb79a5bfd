"""Steps that hold a snapshot, and lay one down."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from hedgerow.git.refs import read_ref, update_ref
from hedgerow.git.worktree_list import points_back
from hedgerow.journal import files, snapshots
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..bench import Bench
from .heads import HeadState
from .step import OvertakenError, Step


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


class Drop(Step):
    """Let a snapshot go, as a person agreed to: its ref, its row's place in the history, its files outside git.

    The files are only set aside here and deleted with the trash, so that a failure can take all of it back.
    """

    kind: Literal["drop"] = "drop"
    snapshot: str
    oid: str

    async def apply(self, bench: Bench) -> None:
        if bench.database.row("SELECT 1 FROM hosting WHERE shelf = ?", self.snapshot) is not None:
            raise OvertakenError(
                f"the snapshot {self.snapshot} is what Local gets back by now; it stays", ErrorCode.PROTECTED
            )
        await self._move_ref(bench, None)
        if os.path.lexists(bench.kept(self.snapshot)):
            files.rename(bench.kept(self.snapshot), self._aside(bench))
            os.utime(self._aside(bench))  # from now on it lies there
        bench.database.change("snapshots", {"id": self.snapshot}, {"dropped": time.time()})

    async def revert(self, bench: Bench) -> None:
        bench.database.change("snapshots", {"id": self.snapshot}, {"dropped": None})
        if os.path.lexists(self._aside(bench)) and not os.path.lexists(bench.kept(self.snapshot)):
            files.rename(self._aside(bench), bench.kept(self.snapshot))
        await self._move_ref(bench, self.oid)

    def inverse(self) -> None:
        return None

    async def _move_ref(self, bench: Bench, target: str | None) -> None:
        ref = snapshots.ref_of(self.snapshot)
        current = await read_ref(bench.git, ref, cwd=bench.repository.common_dir)
        if current == target:
            return
        if current not in (None, self.oid):
            raise HedgerowError(ErrorCode.STALE_PLAN, f"the snapshot {self.snapshot} is not what it was; it stays")
        await update_ref(bench.git, bench.repository, ref, target, current, message="hedgerow: drop")

    def _aside(self, bench: Bench) -> Path:
        return bench.kept(f"{DROPPED}{self.snapshot}")


DROPPED = ".dropped-"
"""Before the name of the kept files of a snapshot that was let go."""


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


class StateData(BaseModel):
    """What a checkout holds, as data: a snapshot's content, or the clean state of a commit.

    Attributes:
        oid: of the snapshot, with `snapshot` its id where it is held; or `commit`.
    """

    model_config = ConfigDict(frozen=True)
    oid: str | None = None
    snapshot: str | None = None
    commit: str | None = None

    def value(self, bench: Bench) -> snapshots.State:
        kept = bench.kept(self.snapshot) if self.snapshot is not None else None
        return snapshots.State(snapshot=self.oid, commit=self.commit, kept_dir=kept)


class BranchState(BaseModel):
    """A branch that moves, as data."""

    model_config = ConfigDict(frozen=True)
    ref: str
    before: str | None
    after: str | None

    @property
    def back(self) -> BranchState:
        return BranchState(ref=self.ref, before=self.after, after=self.before)

    @property
    def value(self) -> snapshots.BranchMove:
        return snapshots.BranchMove(self.ref, self.before, self.after)


class Transition(Step):
    """Bring a checkout from one state to another: files, permissions, index. Ignored files stay.

    Attributes:
        head: what HEAD is before and after, where it moves with them: under the same lock on the index.
        branch: the branch that HEAD is on, where that moves with them: under the same lock, too.
        fresh: the checkout is a worktree made in the same operation: it goes as a whole with the step that made it.
    """

    kind: Literal["transition"] = "transition"
    path: str
    source: StateData
    target: StateData
    fresh: bool = False
    head: tuple[HeadState, HeadState] | None = None
    branch: BranchState | None = None
    message: str = ""

    async def apply(self, bench: Bench) -> None:
        try:
            await self._go(bench, self, half_way=False)
        except snapshots.NotBegunError as error:
            raise OvertakenError(error.message, error.code, **error.data) from error

    async def revert(self, bench: Bench) -> None:
        back = self.inverse()
        if back is not None:
            await self._go(bench, back, half_way=True)

    def inverse(self) -> Transition | None:
        if self.fresh:
            return None
        return Transition(
            path=self.path, source=self.target, target=self.source, message=f"undo: {self.message}",
            head=None if self.head is None else (self.head[1], self.head[0]),
            branch=None if self.branch is None else self.branch.back,
        )  # fmt: skip

    @staticmethod
    async def _go(bench: Bench, step: Transition, *, half_way: bool) -> None:
        path = Path(step.path)
        await snapshots.transition(
            bench.git,
            bench.repository,
            path,
            points_back(path) or bench.repository.common_dir,
            source=step.source.value(bench),
            target=step.target.value(bench),
            heads=None if step.head is None else (step.head[0].value, step.head[1].value),
            branch=None if step.branch is None else step.branch.value,
            message=step.message,
            half_way=half_way,
            quarantine=bench.aside if half_way else None,
        )
