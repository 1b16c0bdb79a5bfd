"""The step that replaces one file of a checkout by another version of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from hedgerow.git.objects import read_blob, read_blobs
from hedgerow.git.worktree_list import points_back
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .. import file_state
from ..bench import Bench
from ..file_state import FileState, Parents
from .step import OvertakenError, Step

_AT_ONCE = 64 << 20
_SHORT = 1 << 20


class Rewrite(Step):
    """Put other bytes, a link, or nothing in the place of one file, if it still is exactly what it was.

    Both versions are blobs of a commit that a ref holds from an earlier step of the operation on.

    Attributes:
        top: of the checkout.
        path: below it, as `file_state.stored` writes it.
        before, after: None for no file.
        parents: its directories when the plan was made.
        holder: that commit. Its tree has the blobs of all files of the operation, each named by its id.
    """

    kind: Literal["rewrite"] = "rewrite"
    top: str
    path: str
    before: FileState | None
    after: FileState | None
    parents: Parents
    holder: str

    @property
    def name(self) -> str:
        """The path, for a person."""
        return file_state.spoken(self.path)

    @property
    def place(self) -> Path:
        return self._top / self._path

    @property
    def _top(self) -> Path:
        return Path(self.top)

    @property
    def _path(self) -> str:
        return file_state.loaded(self.path)

    async def apply(self, bench: Bench) -> None:
        self._rescue(bench, self.before, self.after)
        current = self._current(bench)
        if current == self.after:
            self._settle(bench, self.after)
            return
        if current != self.before:
            raise OvertakenError(f"{self.name} has changed since it was looked at; nothing was written over it")
        await self._put(bench, self.before, self.after)

    async def revert(self, bench: Bench) -> None:
        if not self._top.is_dir():
            return
        self._rescue(bench, self.before, self.after)
        current = self._current(bench)
        if current == self.before:
            self._settle(bench, self.before)
            return
        if current != self.after:
            raise HedgerowError(
                ErrorCode.STALE_PLAN,
                f"{self.name} has been changed by somebody else meanwhile; it was left alone",
            )
        await self._put(bench, self.after, self.before)

    def inverse(self) -> Rewrite:
        return self.model_copy(update={"before": self.after, "after": self.before})

    def _current(self, bench: Bench) -> FileState | None:
        found = file_state.read_state(bench.repository, self._top, self._path)
        return None if found is None else found[0]

    async def _put(self, bench: Bench, before: FileState | None, after: FileState | None) -> None:
        self._prove(bench)
        content = b"" if after is None else await self._content(bench, after.oid)
        if self._current(bench) != before:  # the bytes are at hand by now: as late as it can be asked
            raise OvertakenError(f"{self.name} has changed since it was looked at; nothing was written over it")
        given = (self._top, self._path, after, content, _temporary(bench), self.parents)
        if len(content) < _SHORT:  # changing to a thread and back takes longer than this
            file_state.replace(*given)
        else:
            await asyncio.to_thread(file_state.replace, *given)
        self._rescue(bench, before)
        self._settle(bench, after)

    def _rescue(self, bench: Bench, *known: FileState | None) -> None:
        """What a program wrote into the file in the very moment in which it was replaced is not lost."""
        theirs = file_state.replaced(bench.repository, self._top, self._path, _temporary(bench))
        if theirs is not None and theirs not in known:
            file_state.give_back(self._top, self._path, _temporary(bench))
            raise OvertakenError(f"{self.name} was written just now; it is as its writer left it")

    async def _content(self, bench: Bench, oid: str) -> bytes:
        """Read with those of the other files, unless that is too much at once: a process for each takes its time."""
        cwd = bench.repository.common_dir
        if self.holder not in bench.contents:
            bench.contents[self.holder] = b""
            out = await bench.git.read("ls-tree", "-l", self.holder, cwd=cwd)
            sizes = {line.split()[2].decode(): int(line.split()[3]) for line in out.splitlines()}
            if sum(sizes.values()) <= _AT_ONCE:
                bench.contents.update(await read_blobs(bench.git, list(sizes), cwd=cwd))
        found = bench.contents.get(oid)
        return await read_blob(bench.git, oid, cwd=cwd) if found is None else found

    def _settle(self, bench: Bench, state: FileState | None) -> None:
        file_state.settle(self._top, self._path, state, _temporary(bench), self.parents)

    def _prove(self, bench: Bench) -> None:
        """The directory still is a checkout of this repository: a path alone proves nothing."""
        place = points_back(self._top) or self._top / ".git"
        common = place.parent.parent if (place / "commondir").is_file() else place
        if not _same(common, bench.repository.common_dir):
            raise HedgerowError(ErrorCode.PROTECTED, f"{self.top} is not the checkout it was; it was left alone")


def _temporary(bench: Bench) -> str:
    return f".hedgerow-{bench.operation}"


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
