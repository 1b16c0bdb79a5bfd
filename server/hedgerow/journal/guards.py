"""What a plan saw, checked again under the locks, as late as it can be."""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.git.refs import read_ref
from hedgerow.git.worktree_list import gitdir_target, list_worktrees, points_back
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from . import snapshots
from .bench import Bench
from .file_state import FileState, loaded, read_state, spoken
from .occupants import named, occupants


class Guard(BaseModel):
    """One fact that must still hold when the plan is carried out."""

    model_config = ConfigDict(frozen=True)

    @abstractmethod
    async def check(self, bench: Bench) -> None:
        """Raises HedgerowError when the fact no longer holds."""


class Unchanged(Guard):
    """The checkout is exactly as the plan saw it: HEAD, index entries, every file."""

    kind: Literal["unchanged"] = "unchanged"
    path: str
    admin: str
    name: str
    fingerprint: str
    rebuildable: tuple[str, ...]

    async def check(self, bench: Bench) -> None:
        now = await snapshots.fingerprint(
            bench.git, bench.repository, Path(self.path), Path(self.admin), rebuildable=self.rebuildable
        )
        if now != self.fingerprint:
            raise HedgerowError(ErrorCode.STALE_PLAN, f"{self.name} has changed since the plan was made; plan again")


class RefIs(Guard):
    """A ref still has the value that the plan saw (None: it does not exist)."""

    kind: Literal["refIs"] = "refIs"
    ref: str
    oid: str | None

    async def check(self, bench: Bench) -> None:
        if await read_ref(bench.git, self.ref, cwd=bench.repository.common_dir) != self.oid:
            name = self.ref.removeprefix("refs/heads/")
            raise HedgerowError(ErrorCode.STALE_PLAN, f"{name} has moved since the plan was made; plan again")


class Absent(Guard):
    """Nothing is at a path."""

    kind: Literal["absent"] = "absent"
    path: str

    async def check(self, bench: Bench) -> None:
        if os.path.lexists(self.path):
            raise HedgerowError(ErrorCode.NAME_TAKEN, f"{self.path} exists already; pick another name")


class NotLocked(Guard):
    """`git worktree lock` was not set meanwhile."""

    kind: Literal["notLocked"] = "notLocked"
    admin: str
    name: str

    async def check(self, bench: Bench) -> None:
        if os.path.lexists(Path(self.admin) / "locked"):
            raise HedgerowError(ErrorCode.PROTECTED, f"{self.name} is locked (git worktree lock); unlock it first")


class NotCheckedOut(Guard):
    """A branch is in no checkout."""

    kind: Literal["notCheckedOut"] = "notCheckedOut"
    ref: str

    async def check(self, bench: Bench) -> None:
        for listed in await list_worktrees(bench.git, bench.repository):
            if listed.branch == self.ref:
                name = self.ref.removeprefix("refs/heads/")
                raise HedgerowError(
                    ErrorCode.BRANCH_BUSY, f"{name} is checked out in {listed.path} since the plan was made; plan again"
                )


class NotHosted(Guard):
    """The work of a worktree was not handed off to Local meanwhile: nothing of that may show in the worktree itself."""

    kind: Literal["notHosted"] = "notHosted"
    home: str
    name: str

    async def check(self, bench: Bench) -> None:
        if bench.database.row("SELECT 1 FROM hosting WHERE home = ?", self.home) is not None:
            raise HedgerowError(
                ErrorCode.PROTECTED, f"{self.name} is the home of the work that is in Local now; hand it home first"
            )


class NotInUse(Guard):
    """No process works inside a directory."""

    kind: Literal["notInUse"] = "notInUse"
    path: str
    name: str

    async def check(self, bench: Bench) -> None:
        found = await asyncio.to_thread(occupants, Path(self.path))
        if found:
            raise HedgerowError(
                ErrorCode.PROTECTED,
                f"{self.name} is in use by {named(found)}; end it, or leave the directory, first",
                processes=[one.pid for one in found],
            )


class Broken(Guard):
    """Git's entry of a worktree and a directory still do not point at each other: no disk was mounted again, no
    directory moved back, and no git was only in the middle of making it."""

    kind: Literal["broken"] = "broken"
    admin: str
    name: str

    async def check(self, bench: Bench) -> None:
        target = gitdir_target(Path(self.admin))
        back = None if target is None else points_back(target)
        if back is not None and os.path.lexists(back) and back.samefile(self.admin):
            raise HedgerowError(ErrorCode.STALE_PLAN, f"{self.name} is well by now; it was left alone")


class FileIs(Guard):
    """One file of a checkout is exactly what the plan saw (None: it is not there)."""

    kind: Literal["fileIs"] = "fileIs"
    top: str
    path: str
    state: FileState | None

    async def check(self, bench: Bench) -> None:
        found = read_state(bench.repository, Path(self.top), loaded(self.path))
        if (None if found is None else found[0]) != self.state:
            raise HedgerowError(
                ErrorCode.STALE_PLAN, f"{spoken(self.path)} has changed since it was looked at; look again"
            )


class StillWaits(Guard):
    """A rejection that waited for an agent's turn was neither carried out nor withdrawn by somebody else."""

    kind: Literal["stillWaits"] = "stillWaits"
    id: str

    async def check(self, bench: Bench) -> None:
        if bench.database.row("SELECT 1 FROM rejections WHERE id = ?", self.id) is None:
            raise HedgerowError(ErrorCode.STALE_PLAN, "this rejection was carried out or withdrawn meanwhile")


AnyGuard = Annotated[
    Unchanged | RefIs | Absent | NotLocked | NotCheckedOut | NotHosted | NotInUse | Broken | FileIs | StillWaits,
    Field(discriminator="kind"),
]
