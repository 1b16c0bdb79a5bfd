"""Laying a snapshot down in an empty worktree, and proving that every file came out as it was.

Never writes over anything: the worktree must hold nothing but its `.git` file.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.errors import GitError, readable
from hedgerow.git.refs import HeadRef
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .admin_laying import lay_admin, lay_index
from .admin_state import is_linked
from .contents import write_out
from .held import Held, hash_walk, load
from .holding import damaged_copies, described
from .index import GITLINK, TemporaryIndex
from .walk import Walk, walk_laid_down


async def lay_down(
    git: Git, repository: Repository, snapshot: str, checkout: Path, admin: Path, *,
    kept_dir: Path | None, head: HeadRef | None = None,
) -> None:  # fmt: skip
    """Fill a worktree just made with `worktree add --no-checkout --detach` with what a snapshot holds.

    Args:
        kept_dir: where its files outside git are; None lays them not down (they stayed where they were).
        head: what HEAD becomes; by default what it was, which the caller must know to be free.

    Raises:
        HedgerowError: the worktree is not empty, a kept copy is damaged, or something did not come out exactly
            (the paths are named). The worktree is then half-filled; the caller removes it.
    """
    held = await load(git, repository, snapshot)
    if sorted(os.listdir(checkout)) != [".git"]:
        raise HedgerowError(ErrorCode.CONFLICT, f"{checkout} is not empty", path=str(checkout))
    if kept_dir is not None:
        damaged = await damaged_copies(git, repository, held, kept_dir)
        if damaged:
            paths = [readable(file.path) for file in held.manifest.kept if file.oid in damaged]
            raise HedgerowError(
                ErrorCode.NO_SUCH_SNAPSHOT, f"files kept for this snapshot are gone or damaged: {', '.join(paths[:5])}",
                paths=paths,
            )  # fmt: skip
    try:
        with files.scratch_directory() as scratch:
            await _Laying(git, held, checkout, admin, kept_dir, scratch).run(head or held.head)
    except GitError as error:
        raise HedgerowError(
            ErrorCode.GIT_FAILED, f"the snapshot could not be laid down: {error.last_line}", git=error.stderr
        ) from error


@dataclass
class _Laying:
    git: Git
    held: Held
    checkout: Path
    admin: Path
    kept_dir: Path | None
    scratch: Path

    async def run(self, head: HeadRef) -> None:
        if is_linked(self.held.repository, self.admin):
            # Git copies both from the checkout `worktree add` was called in.
            for name in ("config.worktree", "info/sparse-checkout"):
                with contextlib.suppress(FileNotFoundError):
                    files.remove_file(self.admin / name)
        await asyncio.to_thread(self._lay_kept)
        await self._lay_trees()
        await asyncio.to_thread(self._lay_directories)
        await self._settle()
        await lay_admin(self.git, self.held, self.checkout, self.admin, head)
        await lay_index(self.git, self.held, self.checkout, self.admin)

    def _lay_kept(self) -> None:
        if self.kept_dir is None:
            return
        for kept in self.held.manifest.kept:
            target = self._place(kept.path)
            files.copy_file(self.kept_dir / kept.oid, target, kept.mode)
        for path, link in self.held.manifest.kept_links.items():
            files.make_link(self._place(path), link)

    def _place(self, path: bytes) -> Path:
        """Where a path of the checkout is, its directory made."""
        place = Path(os.fsdecode(os.fsencode(self.checkout) + b"/" + path))
        files.make_directory(place.parent, parents=True)
        return place

    async def _lay_trees(self) -> None:
        """What filters decide about comes last: attributes, also untracked ones, have to lie there first."""
        raw, absent = self.held.manifest.raw, set(self.held.manifest.absent)
        work = TemporaryIndex(self.git, self.checkout, self.scratch / "work-index")
        untracked = TemporaryIndex(self.git, self.checkout, self.scratch / "untracked-index")
        await work.write("read-tree", self.held.work_tree)
        await untracked.write("read-tree", self.held.untracked_tree)
        sources = (
            (work, [path for path, entry in self.held.tracked.items() if entry.mode != GITLINK and path not in absent]),
            (untracked, list(self.held.untracked)),
        )
        for attributes in (True, False):
            for index, paths in sources:
                wanted = [path for path in paths if _is_attributes(path) is attributes]
                await self._check_out(index, [path for path in wanted if path not in raw])
                await self._write_raw(path for path in wanted if path in raw)
            if attributes:
                exact = [path for _, paths in sources for path in paths if _is_attributes(path)]
                await self._mend(exact)

    async def _check_out(self, index: TemporaryIndex, paths: Sequence[bytes]) -> None:
        if paths:
            # What a failing filter leaves out is mended afterwards, and proved.
            await index.write(
                "checkout-index", "-q", "-f", "-z", "--stdin", input=b"\0".join(paths) + b"\0", ok=(0, 1, 128),
                config=self.held.manifest.options,
            )  # fmt: skip

    async def _mend(self, paths: Iterable[bytes]) -> None:
        """Write the exact bytes of those of the paths that did not come out exactly."""
        wanted = [path for path in paths if not self.held.files[path].link]
        found = await asyncio.to_thread(walk_laid_down, os.fsencode(self.checkout))
        hashes = await hash_walk(self.git, self.checkout, wanted, found)
        await self._write_raw(
            path for path in wanted
            if hashes.get(path) != self.held.files[path].oid and path not in self.held.manifest.smudged
        )  # fmt: skip

    async def _write_raw(self, paths: Iterable[bytes]) -> None:
        wanted = {path: self.held.files[path] for path in paths}
        if not wanted:
            return
        folder = self.scratch / "raw"
        files.make_directory(folder)
        await write_out(self.git, self.checkout, (expected.oid for expected in wanted.values()), folder)
        for path, expected in wanted.items():
            place = self._place(path)
            with contextlib.suppress(FileNotFoundError):
                files.remove_file(place)
            files.copy_file(folder / expected.oid, place, expected.mode or 0o644)

    def _lay_directories(self) -> None:
        for path in self.held.manifest.childless:
            files.make_directory(self._place(path))
        for path, entry in self.held.tracked.items():
            if entry.mode == GITLINK and path not in self.held.manifest.absent:
                files.make_directory(self._place(path))

    async def _settle(self) -> None:
        """Compare everything, mend bytes once, set permissions, and compare what was touched again."""
        root = os.fsencode(self.checkout)
        left_out = set() if self.kept_dir is not None else {
            *(kept.path for kept in self.held.manifest.kept), *self.held.manifest.kept_links
        }  # fmt: skip
        found = await asyncio.to_thread(walk_laid_down, root)
        hashes = await hash_walk(self.git, self.checkout, found.files, found)
        wrong = self._wrong(found, hashes, left_out)
        if not wrong:
            return
        bytes_wrong = [path for path, why in wrong if why in {"bytes", "missing", "kind"}]
        smudged = [path for path in bytes_wrong if path in self.held.manifest.smudged]
        if smudged:
            await self._check_out_again(smudged)
        await self._write_raw(
            path for path in bytes_wrong
            if path not in self.held.manifest.smudged and not self.held.files[path].link
        )  # fmt: skip
        await asyncio.to_thread(self._set_modes, wrong)
        found = await asyncio.to_thread(walk_laid_down, root)
        hashes |= await hash_walk(self.git, self.checkout, bytes_wrong, found)
        wrong = self._wrong(found, hashes, left_out)
        if wrong:
            raise HedgerowError(
                ErrorCode.FAILED,
                f"the snapshot did not come out exactly: {described(wrong)}",
                paths=[readable(path) for path, _ in wrong],
            )

    def _wrong(self, found: Walk, hashes: dict[bytes, str], left_out: set[bytes]) -> list[tuple[bytes, str]]:
        wrong = self.held.differences(found, hashes, self.checkout)
        return [(path, why) for path, why in wrong if path not in left_out]

    async def _check_out_again(self, paths: Sequence[bytes]) -> None:
        """One by one through the filters: one that failed may have kept the others from being written."""
        for name, entries in (("work-index", self.held.tracked), ("untracked-index", self.held.untracked)):
            index = TemporaryIndex(self.git, self.checkout, self.scratch / name)
            for path in paths:
                if path in entries:
                    await self._check_out(index, [path])

    def _set_modes(self, wrong: list[tuple[bytes, str]]) -> None:
        """Files first, then directories from the deepest up: one may become unwritable by it."""
        root = os.fsencode(self.checkout)
        for path, why in wrong:
            if why == "mode":
                files.change_mode(Path(os.fsdecode(root + b"/" + path)), self.held.files[path].mode or 0)
        for path, why in sorted(wrong, key=lambda one: -one[0].count(b"/")):
            if why == "directory mode":
                place = root + b"/" + path if path else root
                files.change_mode(Path(os.fsdecode(place)), self.held.directories[path])


def _is_attributes(path: bytes) -> bool:
    return path.rpartition(b"/")[2] == b".gitattributes"
