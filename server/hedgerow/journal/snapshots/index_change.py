"""Putting another index in the place of a checkout's own, under git's own lock on it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.objects import read_blob
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .held import Held
from .index import EMPTY_BLOBS, GITLINK, READ_CONFIG, Index, TemporaryIndex, copy_of_index, read_index
from .sides import Side
from .trees import TreeFile, diff_trees

_TAKEN = b"hedgerow transition\n"
_BEGUN = b"hedgerow transition, begun\n"


class IndexLock:
    """Git's `index.lock`, marked as ours, so that a later try knows it and how far the first one came.

    Args:
        half_way: an earlier try may have left it.
    """

    def __init__(self, admin: Path, *, half_way: bool) -> None:
        self.path = admin / "index.lock"
        self.begun = False
        self.untouched = False
        """An earlier try took the lock and changed nothing."""
        self._temporary = admin / "hedgerow-index.lock"
        self._half_way = half_way

    def take(self) -> None:
        """Raises:
        HedgerowError: (`busy`) another program holds it.
        """
        try:
            files.claim(self.path, _TAKEN, self._temporary)
        except FileExistsError:
            content = self.path.read_bytes()
            if self._half_way and content in {_TAKEN, _BEGUN}:
                self.begun = content == _BEGUN
                self.untouched = not self.begun
                return
            raise HedgerowError(
                ErrorCode.BUSY, f"another git program is working there: {self.path} exists", path=str(self.path)
            ) from None

    def mark_begun(self) -> None:
        """From here on the checkout changes."""
        if not self.begun:
            files.write_atomic(self.path, _BEGUN)
            self.begun = True

    def release(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            files.remove_file(self.path)


@dataclass(frozen=True)
class Staged:
    """What is staged in a checkout now, and in both states of a transition: lines of `ls-files -s`.

    Somebody may have staged something after the last guard: content that, with its file edited since, only the index
    still names.
    """

    now: frozenset[bytes]
    source: frozenset[bytes]
    target: frozenset[bytes]

    @property
    def strange(self) -> list[tuple[str, bytes]]:
        """Object id and path of what neither state has."""
        found = []
        for line in sorted(self.now - self.source - self.target):
            meta, _, path = line.partition(b"\t")
            mode, oid, _stage = meta.decode().split(" ")
            if mode != GITLINK:
                found.append((oid, path))
        return found


async def read_staged(git: Git, checkout: Path, source: Side, target: Side, scratch: Path) -> Staged:
    now = await git.read("ls-files", "-s", "-z", cwd=checkout, config=READ_CONFIG)
    return Staged(
        _lines(now), await _staged_in(git, checkout, source, scratch / "source-index"),
        await _staged_in(git, checkout, target, scratch / "target-index"),
    )  # fmt: skip


async def _staged_in(git: Git, checkout: Path, side: Side, place: Path) -> frozenset[bytes]:
    if side.held is None:
        return frozenset(f"{entry.mode} {entry.oid} 0\t".encode() + path for path, entry in side.entries.items())
    oid = side.held.admin.get(b"index")
    if oid is None:
        return frozenset()
    place.write_bytes(await read_blob(git, oid, cwd=checkout))
    return _lines(await TemporaryIndex(git, checkout, place).read("ls-files", "-s", "-z"))


def _lines(listing: bytes) -> frozenset[bytes]:
    return frozenset(line for line in listing.split(b"\0") if line)


async def install_index(
    git: Git, repository: Repository, checkout: Path, admin: Path, target: Side, scratch: Path
) -> None:
    """Make the index what a state has, its stat data that of the files now there; the caller holds the lock."""
    place, made = admin / "index", scratch / "new-index"
    if target.held is not None:
        oid = target.held.admin.get(b"index")
        if oid is None:
            with contextlib.suppress(FileNotFoundError):
                files.remove_file(place)
            return
        made.write_bytes(await read_blob(git, oid, cwd=checkout))
        await _show_what_is_there(TemporaryIndex(git, checkout, made), target.held)
        await _doubt_edited(TemporaryIndex(git, checkout, made), target.held)
    else:
        await _clean_index(git, repository, checkout, place, target, copy_of_index(git, checkout, place, made))
    # As the checkout's own settings see it (not the ones for copies): what git will ask next must be settled.
    await git.write(
        "update-index", "-q", "--refresh", cwd=checkout, env={"GIT_INDEX_FILE": str(made)}, ok=(0, 1),
        config=(*READ_CONFIG, "core.splitIndex=false", "core.untrackedCache=false", "core.ignoreStat=false"),
    )  # fmt: skip
    waiting = admin / "hedgerow-index"
    files.copy_with_times(made, waiting)
    files.replace(waiting, place)


async def _show_what_is_there(index: TemporaryIndex, held: Held) -> None:
    """A sparse checkout's index in one that is not sparse would hide every later edit of the files it left out."""
    root = os.fsencode(index.checkout)
    present = [path for path in held.manifest.absent if os.path.lexists(root + b"/" + path)]
    if present:
        given = b"\0".join(present) + b"\0"
        await index.write("update-index", "--no-skip-worktree", "-z", "--stdin", input=given)


async def _doubt_edited(index: TemporaryIndex, held: Held) -> None:
    """Forget the stat data of every file that the snapshot knows to be edited.

    An edit of the same size within one tick of the clock is seen only because the index is no younger than the file;
    in an index written anew it would pass for unchanged from then on, and be lost with the next change.
    """
    edited = {change.path for change in await diff_trees(index.git, index.checkout, f"{held.oid}^2", held.oid)}
    if not edited:
        return
    entries = Index(await index.read("ls-files", "-s", "-v", "-z")).entries
    again = [
        (entry.mode, entry.oid, 0, entry.path) for entry in entries
        if entry.path in edited and entry.tag == "H" and entry.oid not in EMPTY_BLOBS
    ]  # fmt: skip
    if again:
        await index.set_entries(again)


async def _clean_index(
    git: Git, repository: Repository, checkout: Path, place: Path, target: Side, index: TemporaryIndex
) -> None:
    """Enter what the commit has where the index differs, keeping flags and stat data of all else.

    `read-tree --reset` refuses entries with skip-worktree whose file is there.
    """
    await index.make_plain()
    present = await read_index(git, checkout, place)
    wanted = target.entries
    same = {
        entry.path for entry in present.entries
        if not entry.stage and entry.path not in present.intended
        and wanted.get(entry.path) == TreeFile(entry.mode, entry.oid)
    }  # fmt: skip
    gone = [("0", repository.zero, 0, path) for path in present.tracked - same]
    entered = [(entry.mode, entry.oid, 0, path) for path, entry in wanted.items() if path not in same]
    if gone or entered:
        await index.set_entries([*gone, *entered])
