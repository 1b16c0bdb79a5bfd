"""Steps that move HEAD or a ref, by compare-and-swap."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hedgerow.git.refs import HeadRef, read_head, resolve, set_head, update_ref
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..bench import Bench
from .step import Step


class HeadState(BaseModel):
    """HEAD as data: on a branch, or detached."""

    model_config = ConfigDict(frozen=True)
    ref: str | None = None
    oid: str | None = None

    @classmethod
    def of(cls, head: HeadRef) -> HeadState:
        return cls(ref=head.ref, oid=head.oid)

    def same(self, other: HeadRef) -> bool:
        return self.ref == other.ref and (self.ref is not None or self.oid == other.oid)

    @property
    def value(self) -> HeadRef:
        return HeadRef(self.ref, self.oid)


class SetHead(Step):
    """Point HEAD of a checkout elsewhere; files and index stay."""

    kind: Literal["setHead"] = "setHead"
    path: str
    before: HeadState
    after: HeadState
    message: str

    async def apply(self, bench: Bench) -> None:
        await self._go(bench, self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        if Path(self.path).is_dir():
            await self._go(bench, self.after, self.before)

    def inverse(self) -> SetHead:
        return SetHead(path=self.path, before=self.after, after=self.before, message=f"undo: {self.message}")

    async def _go(self, bench: Bench, source: HeadState, target: HeadState) -> None:
        current = await read_head(bench.git, Path(self.path))
        if target.same(current):
            return
        if not source.same(current):
            raise HedgerowError(ErrorCode.STALE_PLAN, f"HEAD of {self.path} has moved since; nothing was changed there")
        await set_head(bench.git, Path(self.path), target.value, message=f"hedgerow: {self.message}")


class MoveRef(Step):
    """Create, move or delete a ref, by compare-and-swap."""

    kind: Literal["moveRef"] = "moveRef"
    ref: str
    before: str | None
    after: str | None
    message: str

    async def apply(self, bench: Bench) -> None:
        await self._go(bench, self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        await self._go(bench, self.after, self.before)

    def inverse(self) -> MoveRef:
        return MoveRef(ref=self.ref, before=self.after, after=self.before, message=f"undo: {self.message}")

    async def _go(self, bench: Bench, source: str | None, target: str | None) -> None:
        current = await resolve(bench.git, self.ref, cwd=bench.repository.common_dir, kind="object")
        if current == target:
            return
        if current != source:
            raise HedgerowError(
                ErrorCode.STALE_PLAN, f"{_short(self.ref)} has moved since (it is at {(current or 'nothing')[:12]})"
            )
        await update_ref(bench.git, bench.repository, self.ref, target, source, message=f"hedgerow: {self.message}")


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")
