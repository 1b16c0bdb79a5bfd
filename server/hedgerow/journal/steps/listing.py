"""The step that puts a directory on git's list of worktrees again, after its administrative directory was lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from hedgerow.git.worktree_list import gitdir_target, points_back

from .. import files
from ..bench import Bench
from .notes import TOKEN_FILE, token_text
from .step import OvertakenError, Step, into_trash


class Listing(Step):
    """Make the administrative directory that a worktree's `.git` file names, or take it away again.

    No file of the worktree is touched: HEAD is detached at a commit, the index is that commit's, and whatever
    differs shows as uncommitted work.

    Attributes:
        listed: the entry is to be there afterwards.
    """

    kind: Literal["listing"] = "listing"
    path: str
    admin: str
    oid: str
    identity: str
    token: str
    listed: bool = True

    @property
    def registry(self) -> bool:
        return True

    async def apply(self, bench: Bench) -> None:
        await self._go(bench, listed=self.listed)

    async def revert(self, bench: Bench) -> None:
        await self._go(bench, listed=not self.listed)

    def inverse(self) -> Listing:
        return self.model_copy(update={"listed": not self.listed})

    async def _go(self, bench: Bench, *, listed: bool) -> None:
        path, admin = Path(self.path), Path(self.admin)
        if points_back(path) != admin:
            raise OvertakenError(f"{path} is not the directory it was; it was left alone")
        there = os.path.lexists(admin)
        if there and gitdir_target(admin) != path:
            raise OvertakenError(f"{admin} is another worktree's by now; it was left alone")
        making = bench.repository.common_dir / "hedgerow" / f"making-{bench.operation}"
        if not listed:
            for one in (making, *((admin,) if there else ())):
                if os.path.lexists(one):
                    into_trash(one, bench.trash_of_admin / admin.name)
            return
        if not there:
            self._make(making, path, admin)
        if not (admin / "index").exists():
            await bench.git.write("read-tree", self.oid, cwd=path)

    def _make(self, making: Path, path: Path, admin: Path) -> None:
        """Elsewhere first, then into its place in one step: git never sees half an entry."""
        files.make_directory(making, parents=True)
        for name, content in {
            "HEAD": self.oid.encode() + b"\n",
            "commondir": b"../..\n",
            "gitdir": os.fsencode(path / ".git") + b"\n",
        }.items():
            files.write_atomic(making / name, content)
        files.write_atomic(making / TOKEN_FILE, token_text(self.identity, self.token), 0o600)
        files.make_directory(admin.parent)
        files.rename(making, admin)
