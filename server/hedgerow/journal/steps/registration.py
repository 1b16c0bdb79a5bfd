"""Steps that change which worktrees there are: add, fill, move."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from hedgerow.git.worktree_list import gitdir_target, points_back
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .. import files
from ..bench import Bench
from .step import Step, into_trash


class AddWorktree(Step):
    """Register a new worktree at `path`, detached at `oid`, with no files yet.

    Attributes:
        known: administrative directories that were there before, by name and inode: git gives a name again.
        from_directory: where git is run: it copies that checkout's sparse patterns.
    """

    kind: Literal["addWorktree"] = "addWorktree"
    path: str
    oid: str
    known: tuple[tuple[str, int], ...]
    from_directory: str

    @property
    def registry(self) -> bool:
        return True

    async def apply(self, bench: Bench) -> None:
        path = Path(self.path)
        files.make_directory(path.parent, parents=True)
        await bench.git.write(
            "worktree",
            "add",
            "--quiet",
            "--no-checkout",
            "--detach",
            self.path,
            self.oid,
            cwd=Path(self.from_directory),
            config=("worktree.useRelativePaths=false", "worktree.guessRemote=false"),
        )

    async def revert(self, bench: Bench) -> None:
        path = Path(self.path)
        # The administrative directory first: from then on git no longer knows the place.
        for number, admin in enumerate(self._new_admins(bench)):
            into_trash(admin, bench.trash_of_admin / f"{admin.name}-{number}")
        if self._is_ours(bench, path):
            into_trash(path, bench.trash_beside(path) / path.name)
        else:
            # A git killed at its first steps leaves an empty directory; anything else there is somebody's.
            with contextlib.suppress(OSError):
                files.remove_empty_directory(path)

    def _is_ours(self, bench: Bench, path: Path) -> bool:
        """Whether the directory names an administrative directory that this step made."""
        try:
            admin = points_back(path)
        except OSError:
            return False
        if admin is None or self._is_known(admin):
            return False
        return _same_place(admin.parent, bench.repository.common_dir / "worktrees") or (
            admin.parent == bench.repository.common_dir / "worktrees"
        )

    def _is_known(self, admin: Path) -> bool:
        try:
            return (admin.name, os.lstat(admin).st_ino) in self.known
        except FileNotFoundError:
            return False

    def _new_admins(self, bench: Bench) -> Iterator[Path]:
        root = bench.repository.common_dir / "worktrees"
        try:
            names = sorted(os.listdir(root))
        except FileNotFoundError:
            return
        for name in names:
            if self._is_known(root / name):
                continue
            target = gitdir_target(root / name)
            # A git killed at its first steps leaves a directory that points nowhere yet.
            half_made = target is None and re.fullmatch(re.escape(Path(self.path).name) + r"\d*", name)
            if half_made or target == Path(self.path):
                yield root / name


class Populate(Step):
    """Check out the files of HEAD in a worktree that has none yet."""

    kind: Literal["populate"] = "populate"
    path: str

    async def apply(self, bench: Bench) -> None:
        await bench.git.write(
            "reset",
            "--hard",
            "--quiet",
            "--no-recurse-submodules",
            cwd=Path(self.path),
            config=("checkout.workers=0",),
            network=bench.repository.partial,
        )

    async def revert(self, bench: Bench) -> None:
        """The worktree goes as a whole with the step that made it."""

    def inverse(self) -> None:
        return None


class Move(Step):
    """Rename a directory, proved to be the one that was meant.

    Attributes:
        device, inode: identity of what is moved.
        partner: for a working directory its administrative directory and the other way round; when given, the
            two must point at each other at the moment of the move (a path or a name proves nothing).
    """

    kind: Literal["move"] = "move"
    source: str
    target: str
    device: int
    inode: int
    partner: str | None = None

    @classmethod
    def of(cls, source: Path, target: Path, partner: Path | None = None) -> Move:
        found = os.lstat(source)
        return cls(
            source=str(source),
            target=str(target),
            device=found.st_dev,
            inode=found.st_ino,
            partner=None if partner is None else str(partner),
        )

    @property
    def registry(self) -> bool:
        return True

    async def apply(self, bench: Bench) -> None:
        if self._is(self.target) and not os.path.lexists(self.source):
            return
        if not self._is(self.source):
            raise HedgerowError(ErrorCode.PROTECTED, f"{self.source} is not the directory it was; it was left alone")
        if self.partner is not None:
            _prove_pair(Path(self.source), Path(self.partner))
        self._rename(self.source, self.target)

    async def revert(self, bench: Bench) -> None:
        if not self._is(self.target):
            return
        if os.path.lexists(self.source):
            raise HedgerowError(ErrorCode.NAME_TAKEN, f"{self.source} is taken by now; what was there is {self.target}")
        self._rename(self.target, self.source)

    def inverse(self) -> Move:
        return Move(source=self.target, target=self.source, device=self.device, inode=self.inode)

    def _is(self, path: str) -> bool:
        try:
            found = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        return (found.st_dev, found.st_ino) == (self.device, self.inode) and stat.S_ISDIR(found.st_mode)

    @staticmethod
    def _rename(source: str, target: str) -> None:
        files.make_directory(Path(target).parent, parents=True)
        files.rename(Path(source), Path(target))


def _prove_pair(one: Path, other: Path) -> None:
    """One is a working directory, the other its administrative directory: both must say so."""
    worktree, admin = (one, other) if (one / ".git").exists() else (other, one)
    back = points_back(worktree)
    target = gitdir_target(admin)
    if back is None or target is None or not _same_place(back, admin) or not _same_place(target, worktree):
        raise HedgerowError(
            ErrorCode.PROTECTED,
            f"{worktree} and {admin} do not point at each other; nothing was moved (see `hedgerow repair`)",
        )


def _same_place(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False
