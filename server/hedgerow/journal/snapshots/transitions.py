"""From one state to another in a checkout where a person may be: only what differs, each path checked just before.

Everything it needs is data, so that it can be repeated after being killed at any point, and undone by the same call
with source and target swapped. Never overwrites anything that is not exactly what it expects to find.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.git.errors import GitError, readable
from hedgerow.git.refs import HeadRef, read_head, set_head
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .index_change import IndexLock, install_index
from .reading import read_conversions
from .sides import OnDisk, Side, State, Wanted, differing, look, lstat_within, read_side, stage, stamp

_AT_A_TIME = 100
"""Files between two chances to be cancelled."""


@dataclass(frozen=True)
class Transitioned:
    """What a transition did.

    Attributes:
        changed: paths written or removed.
        quarantined: paths that were neither what the source nor what the target holds, and were moved aside.
    """

    changed: tuple[bytes, ...]
    quarantined: tuple[bytes, ...]


async def transition(
    git: Git, repository: Repository, checkout: Path, admin: Path, *,
    source: State, target: State, head: HeadRef | None = None, message: str = "", half_way: bool = False,
    quarantine: Path | None = None,
) -> Transitioned:  # fmt: skip
    """Bring a checkout from ``source`` to ``target``: files, permissions, HEAD and index. Ignored files stay.

    Args:
        head: what HEAD becomes, with ``message`` for its reflog; None leaves it.
        half_way: an earlier try may have been cut short: a path may have either state already, or none.
        quarantine: where to move what is neither, when half way; None refuses instead.

    Raises:
        HedgerowError: (`conflict`) something is in the way or is not what the source holds, all named; nothing has
            changed unless the message says so. (`busy`) another program holds the index.
    """
    lock = IndexLock(admin, half_way=half_way)
    lock.take()
    work = _Transition(git, repository, checkout, admin, half_way, quarantine)
    try:
        with files.scratch_directory() as scratch:
            await work.prepare(source, target, scratch)
            if not half_way or lock.begun or work.was_begun():
                work.refuse_strange(may_set_aside=half_way and not lock.untouched)
                lock.mark_begun()
                await work.carry_out()
                await work.settle(head, message, scratch)
    except BaseException as error:
        # Before the first change nothing needs the lock; after it, it keeps git out until the way back is done.
        if not work.begun:
            lock.release()
        if isinstance(error, GitError):
            raise HedgerowError(
                ErrorCode.GIT_FAILED, f"git failed: {error.last_line}", git=error.stderr, begun=work.begun
            ) from error
        raise
    lock.release()
    return Transitioned(tuple(work.changed), tuple(work.quarantined))


async def foresee(
    git: Git, repository: Repository, checkout: Path, admin: Path, *, source: State, target: State
) -> str | None:
    """Why a transition would be refused as things are now; None when it would not. Changes nothing.

    Raises:
        HedgerowError: anything but something in the way.
    """
    try:
        with files.scratch_directory() as scratch:
            await _Transition(git, repository, checkout, admin, False, None).prepare(source, target, scratch)
    except HedgerowError as error:
        if error.code is not ErrorCode.CONFLICT:
            raise
        return error.message
    except GitError as error:
        raise HedgerowError(ErrorCode.GIT_FAILED, f"git failed: {error.last_line}", git=error.stderr) from error
    return None


@dataclass
class _Transition:
    git: Git
    repository: Repository
    checkout: Path
    admin: Path
    half_way: bool
    quarantine: Path | None
    begun: bool = False
    changed: list[bytes] = field(default_factory=list)
    quarantined: list[bytes] = field(default_factory=list)
    paths: list[bytes] = field(default_factory=list)
    on_disk: dict[bytes, OnDisk] = field(default_factory=dict)

    @property
    def root(self) -> bytes:
        return os.fsencode(self.checkout)

    def place(self, path: bytes) -> Path:
        return Path(os.fsdecode(self.root + b"/" + path))

    async def prepare(self, source: State, target: State, scratch: Path) -> None:
        """Work everything out, and refuse here if it cannot be done."""
        conversions = await read_conversions(self.git, self.checkout)
        self.source = await read_side(self.git, self.repository, source)
        self.target = await read_side(self.git, self.repository, target)
        self.paths = differing(self.source, self.target, file_mode=conversions.file_mode)
        await self._stage(self.source, scratch / "source", contents=False)
        await self._stage(self.target, scratch / "target", contents=True)
        self._leave_ignored()
        if self.half_way:
            self._remove_temporaries()
        self.on_disk = await look(self.git, self.repository, self.checkout, self.paths)
        self.strange = self._find_strange()
        if not self.half_way:
            self._refuse(self.strange)

    def _leave_ignored(self) -> None:
        """Files that one side ignores and the other tracks are touched in neither direction.

        Where both have the same bytes nothing has to be done; where not, nothing can be (and nothing was begun).
        """
        blocked: list[bytes] = []
        for side, other in ((self.source, self.target), (self.target, self.source)):
            for path, oid, executable in side.ignored():
                wanted = other.wanted.get(path)
                if wanted is None:
                    continue
                if not self.half_way and (
                    wanted.link or wanted.oid != oid or bool((wanted.mode or 0) & 0o100) != executable
                ):
                    blocked.append(path)
                side.wanted.pop(path, None)
                del other.wanted[path]
                self.paths.remove(path)
        self._refuse(blocked)

    def refuse_strange(self, *, may_set_aside: bool) -> None:
        """What is neither side's can only be moved aside where an earlier try got as far as changing something."""
        if not (may_set_aside and self.quarantine is not None):
            self._refuse(self.strange)

    def _refuse(self, paths: list[bytes]) -> None:
        if paths:
            shown = ", ".join(f"'{readable(path)}'" for path in paths[:5])
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"in the way, or changed meanwhile: {shown}; move or commit these first",
                paths=[readable(path) for path in paths],
            )

    async def _stage(self, side: Side, scratch: Path, *, contents: bool) -> None:
        await stage(self.git, self.repository, self.admin, side, self.paths, scratch, contents=contents)

    def was_begun(self) -> bool:
        """Whether an earlier try, of which no lock tells, changed anything.

        If it was refused, what stood in its way stands there still, and is not ours to move aside.
        """
        if not self.paths:
            return True
        for path in self.paths:
            on, old, new = self.on_disk.get(path), self.source.wanted.get(path), self.target.wanted.get(path)
            if on is None:
                if old is None and new is not None:
                    return True
            elif on.matches(old) and (not on.matches(new) or (on.is_exactly(old) and not on.is_exactly(new))):
                return True
        return False

    def _find_strange(self) -> list[bytes]:
        """Paths whose content on disk is nobody's, and what blocks a path that has to be made."""
        differ = set(self.paths)
        strange: set[bytes] = set()
        looked: set[bytes] = set()
        for path in self.paths:
            on, old, new = self.on_disk.get(path), self.source.wanted.get(path), self.target.wanted.get(path)
            if on is None:
                if old is not None and not self.half_way:
                    strange.add(path)
            elif on.directory:
                if new is not None:
                    strange |= self._foreign_below(path, differ)
                elif not self.half_way and old is not None:
                    strange.add(path)
            elif not on.matches(old) and not on.matches(new):
                strange.add(path)
            if new is not None:
                strange |= self._blocking_parents(path, differ, looked)
        return sorted(strange)

    def _foreign_below(self, directory: bytes, differ: set[bytes]) -> set[bytes]:
        """What lies in a directory that has to become a file, and is not ours to remove."""
        foreign: set[bytes] = set()
        for parent, names, others in os.walk(self.root + b"/" + directory):
            below = parent[len(self.root) + 1 :]
            for name in (*others, *(name for name in names if os.path.islink(os.path.join(parent, name)))):
                if below + b"/" + name not in differ:
                    foreign.add(below + b"/" + name)
            if b".git" in names:
                foreign.add(below + b"/.git")
        return foreign

    def _blocking_parents(self, path: bytes, differ: set[bytes], looked: set[bytes]) -> set[bytes]:
        blocking: set[bytes] = set()
        parent = path.rpartition(b"/")[0]
        while parent and parent not in looked:
            looked.add(parent)
            status = lstat_within(self.root, parent)
            if status is not None:
                if not os.path.isdir(self.root + b"/" + parent) or os.path.islink(self.root + b"/" + parent):
                    if parent not in differ:
                        blocking.add(parent)
                elif os.path.lexists(self.root + b"/" + parent + b"/.git"):
                    blocking.add(parent)
            parent = parent.rpartition(b"/")[0]
        return blocking

    async def carry_out(self) -> None:
        """Removals first, deepest first, so that a file can take a directory's place and the other way round."""
        self.begun = True
        for path in self.strange:
            self._set_aside(path)
        removals = [path for path in reversed(self.paths) if self._must_go(path)]
        writes = [path for path in self.paths if path in self.target.wanted]
        for start in range(0, len(removals), _AT_A_TIME):
            for path in removals[start : start + _AT_A_TIME]:
                self._unlink(path)
            await asyncio.sleep(0)
        self._remove_emptied([path for path in self.paths if path not in self.target.wanted])
        self._remove_childless()
        for start in range(0, len(writes), _AT_A_TIME):
            for path in writes[start : start + _AT_A_TIME]:
                self._write(path, self.target.wanted[path])
            await asyncio.sleep(0)
        if self.target.held is not None:
            for directory in self.target.held.manifest.childless:
                self._make_directories(directory)
        self._set_directory_modes()

    def _must_go(self, path: bytes) -> bool:
        on = self.on_disk.get(path)
        if on is None or on.directory:
            return False
        return path not in self.target.wanted

    def _unlink(self, path: bytes) -> None:
        self._still(path)
        files.remove_file(self.place(path))
        self.changed.append(path)

    def _still(self, path: bytes) -> None:
        """The last look: the file is the one whose bytes were compared."""
        status = lstat_within(self.root, path)
        on = self.on_disk.get(path)
        if (None if status is None else stamp(status)) != (None if on is None else on.seen):
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"'{readable(path)}' changed while files were being put in place; what was done is taken back",
                paths=[readable(path)],
            )

    def _write(self, path: bytes, wanted: Wanted) -> None:
        on = self.on_disk.get(path)
        place = self.place(path)
        if on is not None and on.matches(wanted):
            if wanted.mode is not None and on.seen[0] & 0o7777 != wanted.mode:
                files.change_mode(place, wanted.mode)
            return
        if on is not None and on.directory:
            self._remove_directories(path)
        elif not self._below_removed(path):
            self._still(path)
        self._make_directories(path.rpartition(b"/")[0])
        if wanted.link:
            files.place_link(self.target.sources[path].read_bytes(), place, self._temporary(path))
        else:
            files.place_file(self.target.sources[path], place, wanted.mode or 0o644, self._temporary(path))
        self.changed.append(path)

    def _below_removed(self, path: bytes) -> bool:
        """Whether a parent was a file or link until a moment ago: nothing can be there yet."""
        parent = path.rpartition(b"/")[0]
        while parent:
            if parent in self.on_disk and not self.on_disk[parent].directory:
                return True
            parent = parent.rpartition(b"/")[0]
        return False

    def _remove_directories(self, path: bytes) -> None:
        """A directory that has to become a file holds nothing but empty directories by now."""
        for parent, _, _ in os.walk(self.root + b"/" + path, topdown=False):
            files.remove_empty_directory(Path(os.fsdecode(parent)))

    def _remove_emptied(self, removed: list[bytes]) -> None:
        """Directories that held only what was removed, unless the target has them."""
        stay = self.target.held.directories.keys() if self.target.held is not None else ()
        parents = {path.rpartition(b"/")[0] for path in removed}
        for parent in sorted(parents, key=lambda one: -one.count(b"/")):
            directory = parent
            while directory and directory not in stay:
                try:
                    files.remove_empty_directory(self.place(directory))
                except FileNotFoundError:
                    pass
                except OSError as error:
                    if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                        raise
                    break
                directory = directory.rpartition(b"/")[0]

    def _remove_childless(self) -> None:
        """Empty directories are work too: they go with it. One that is not empty any more stays."""
        if self.source.held is not None:
            self._remove_emptied([directory + b"/" for directory in self.source.held.manifest.childless])

    def _set_directory_modes(self) -> None:
        """Of directories that either side says something unusual of, from the deepest up."""
        target = self.target.held
        if target is None:
            return
        named = set(target.manifest.other_modes)
        if self.source.held is not None:
            named |= self.source.held.manifest.other_modes.keys()
        unusual = (named & target.directories.keys()) - {b""}  # the checkout's own top is nobody's work
        for directory in sorted(unusual, key=lambda one: -one.count(b"/")):
            status = lstat_within(self.root, directory)
            wanted = target.directories[directory]
            if status is not None and stat.S_ISDIR(status.st_mode) and status.st_mode & 0o7777 != wanted:
                files.change_mode(self.place(directory), wanted)

    def _make_directories(self, directory: bytes) -> None:
        if not directory or lstat_within(self.root, directory) is not None:
            return
        self._make_directories(directory.rpartition(b"/")[0])
        files.make_directory(self.place(directory))
        if self.target.held is not None and directory in self.target.held.directories:
            files.change_mode(self.place(directory), self.target.held.directories[directory])

    def _temporary(self, path: bytes) -> Path:
        name = hashlib.sha256(path).hexdigest()[:16]
        return self.place(path).parent / f".hedgerow-{name}"

    def _remove_temporaries(self) -> None:
        for path in self.paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                files.remove_file(self._temporary(path))

    def _set_aside(self, path: bytes) -> None:
        assert self.quarantine is not None
        files.make_directory(self.quarantine, 0o700, parents=True)
        taken = len(os.listdir(self.quarantine))
        aside = self.quarantine / f"{taken:04d}-{os.fsdecode(path.rpartition(b'/')[2])}"
        place = self.place(path)
        try:
            files.rename(place, aside)
        except OSError as error:
            if error.errno != errno.EXDEV or not place.is_file() or place.is_symlink():
                raise
            files.copy_file(place, aside, 0o600)
            files.remove_file(place)
        self.on_disk.pop(path, None)
        self.quarantined.append(path)

    async def settle(self, head: HeadRef | None, message: str, scratch: Path) -> None:
        """HEAD and index, and the proof that every path came out as the target has it."""
        if head is not None and await read_head(self.git, self.checkout) != head:
            await set_head(self.git, self.checkout, head, message=f"hedgerow: {message}")
        await install_index(self.git, self.repository, self.checkout, self.admin, self.target, scratch)
        now = await look(self.git, self.repository, self.checkout, self.paths)
        wrong = [
            path for path in self.paths
            if (path in self.target.wanted and (path not in now or not now[path].matches(self.target.wanted[path])))
            or (path not in self.target.wanted and path in now and not now[path].directory)
        ]  # fmt: skip
        if wrong:
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"'{readable(wrong[0])}' changed while files were being put in place; what was done is taken back",
                paths=[readable(path) for path in wrong],
            )
