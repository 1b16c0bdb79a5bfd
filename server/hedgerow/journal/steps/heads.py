"""Steps that move HEAD or a ref, by compare-and-swap."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hedgerow.git.refs import HeadRef, read_head, read_ref, set_head, update_ref
from hedgerow.journal import files
from hedgerow.journal.bench import Bench

from .step import OvertakenError, Step


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
            raise OvertakenError(f"HEAD of {self.path} has moved since; nothing was changed there")
        await set_head(bench.git, Path(self.path), target.value, message=f"hedgerow: {self.message}")


class MoveRef(Step):
    """Create, move or delete a ref, by compare-and-swap.

    Attributes:
        log: base64 of the reflog that a deletion takes away, put back when the ref is.
    """

    kind: Literal["moveRef"] = "moveRef"
    ref: str
    before: str | None
    after: str | None
    message: str
    log: str | None = None

    async def apply(self, bench: Bench) -> None:
        await self._go(bench, self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        await self._go(bench, self.after, self.before)

    def inverse(self) -> MoveRef:
        message = f"undo: {self.message}"
        return MoveRef(ref=self.ref, before=self.after, after=self.before, message=message, log=self.log)

    async def _go(self, bench: Bench, source: str | None, target: str | None) -> None:
        current = await read_ref(bench.git, self.ref, cwd=bench.repository.common_dir)
        if current == target:
            return
        if current != source:
            if self.ref.startswith("refs/hedgerow/reviewed/"):
                raise OvertakenError("more was accepted since, or that was undone; undo what came later first")
            raise OvertakenError(f"{_short(self.ref)} has moved since (it is at {(current or 'nothing')[:12]})")
        await update_ref(bench.git, bench.repository, self.ref, target, source, message=f"hedgerow: {self.message}")
        if source is None and self.log is not None:
            place = _log_file(bench.repository.common_dir, self.ref)
            made = place.read_bytes() if place.is_file() else b""
            files.make_directory(place.parent, parents=True)
            files.write_atomic(place, base64.b64decode(self.log) + made)


def reflog(common_dir: Path, ref: str) -> str | None:
    """Base64 of a ref's reflog; None when there is none, or it is no file (reftable)."""
    place = _log_file(common_dir, ref)
    return base64.b64encode(place.read_bytes()).decode() if place.is_file() else None


def _log_file(common_dir: Path, ref: str) -> Path:
    return common_dir / "logs" / ref


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")
