"""The hand that puts files in place, one path at a time. Never overwrites what it did not expect to find there."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.journal import files

from .difference import Difference, refuse_changed_under_us
from .sides import Wanted, lstat_within, stamp

_AT_A_TIME = 100
"""Files between two chances to be cancelled."""


@dataclass
class Placing:
    """Attributes:
    quarantine: where what is nobody's is moved.
    begun: something may have changed.
    changed: paths written or removed; ``quarantined`` moved aside.
    """

    difference: Difference
    quarantine: Path | None
    begun: bool = False
    changed: list[bytes] = field(default_factory=list)
    quarantined: list[bytes] = field(default_factory=list)

    async def carry_out(self, strange: list[bytes], only_staged: Sequence[tuple[bytes, Path]] = ()) -> None:
        """Removals first, deepest first, so that a file can take a directory's place and the other way round.

        Args:
            strange: paths that are nobody's, moved aside; ``only_staged`` what is copied beside them.
        """
        self.begun = True
        for path, content in only_staged:
            files.copy_file(content, self._aside(path), 0o600)
            self.quarantined.append(path)
        for path in strange:
            self._set_aside(path)
        removals = [path for path in reversed(self.difference.paths) if self._must_go(path)]
        writes = [path for path in self.difference.paths if path in self.difference.target.wanted]
        for start in range(0, len(removals), _AT_A_TIME):
            for path in removals[start : start + _AT_A_TIME]:
                self._unlink(path)
            await asyncio.sleep(0)
        self._remove_emptied([path for path in self.difference.paths if path not in self.difference.target.wanted])
        self._remove_childless()
        for start in range(0, len(writes), _AT_A_TIME):
            for path in writes[start : start + _AT_A_TIME]:
                self._write(path, self.difference.target.wanted[path])
            await asyncio.sleep(0)
        if self.difference.target.held is not None:
            for directory in self.difference.target.held.manifest.childless:
                self._make_directories(directory)
        self._set_directory_modes()

    def _must_go(self, path: bytes) -> bool:
        on = self.difference.on_disk.get(path)
        if on is None or on.directory:
            return False
        return path not in self.difference.target.wanted

    def _unlink(self, path: bytes) -> None:
        self._still(path)
        files.remove_file(self._place(path))
        self.changed.append(path)

    def _still(self, path: bytes) -> None:
        """The last look: the file is the one whose bytes were compared."""
        status = lstat_within(self.difference.root, path)
        on = self.difference.on_disk.get(path)
        if (None if status is None else stamp(status)) != (None if on is None else on.seen):
            refuse_changed_under_us(path)

    def _write(self, path: bytes, wanted: Wanted) -> None:
        on = self.difference.on_disk.get(path)
        place = self._place(path)
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
            files.place_link(self.difference.target.sources[path].read_bytes(), place, self._temporary(path))
        else:
            files.place_file(self.difference.target.sources[path], place, wanted.mode or 0o644, self._temporary(path))
        self.changed.append(path)

    def _below_removed(self, path: bytes) -> bool:
        """Whether a parent was a file or link until a moment ago: nothing can be there yet."""
        parent = path.rpartition(b"/")[0]
        while parent:
            if parent in self.difference.on_disk and not self.difference.on_disk[parent].directory:
                return True
            parent = parent.rpartition(b"/")[0]
        return False

    def _remove_directories(self, path: bytes) -> None:
        """A directory that has to become a file holds nothing but empty directories by now."""
        for parent, _, _ in os.walk(self.difference.root + b"/" + path, topdown=False):
            files.remove_empty_directory(Path(os.fsdecode(parent)))

    def _remove_emptied(self, removed: list[bytes]) -> None:
        """Directories that held only what was removed, unless the target has them."""
        stay = self.difference.target.held.directories.keys() if self.difference.target.held is not None else ()
        parents = {path.rpartition(b"/")[0] for path in removed}
        for parent in sorted(parents, key=lambda one: -one.count(b"/")):
            directory = parent
            while directory and directory not in stay:
                try:
                    files.remove_empty_directory(self._place(directory))
                except FileNotFoundError:
                    pass
                except OSError as error:
                    if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                        raise
                    break
                directory = directory.rpartition(b"/")[0]

    def _remove_childless(self) -> None:
        """Empty directories are work too: they go with it. One that is not empty any more stays."""
        if self.difference.source.held is not None:
            self._remove_emptied([directory + b"/" for directory in self.difference.source.held.manifest.childless])

    def _set_directory_modes(self) -> None:
        """Of directories that either side says something unusual of, from the deepest up."""
        target = self.difference.target.held
        if target is None:
            return
        named = set(target.manifest.other_modes)
        if self.difference.source.held is not None:
            named |= self.difference.source.held.manifest.other_modes.keys()
        unusual = (named & target.directories.keys()) - {b""}  # the checkout's own top is nobody's work
        for directory in sorted(unusual, key=lambda one: -one.count(b"/")):
            status = lstat_within(self.difference.root, directory)
            wanted = target.directories[directory]
            if status is not None and stat.S_ISDIR(status.st_mode) and status.st_mode & 0o7777 != wanted:
                files.change_mode(self._place(directory), wanted)

    def _make_directories(self, directory: bytes) -> None:
        if not directory or lstat_within(self.difference.root, directory) is not None:
            return
        self._make_directories(directory.rpartition(b"/")[0])
        files.make_directory(self._place(directory))
        if self.difference.target.held is not None and directory in self.difference.target.held.directories:
            files.change_mode(self._place(directory), self.difference.target.held.directories[directory])

    def _temporary(self, path: bytes) -> Path:
        name = hashlib.sha256(path).hexdigest()[:16]
        return self._place(path).parent / f".hedgerow-{name}"

    def remove_temporaries(self) -> None:
        for path in self.difference.paths:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                files.remove_file(self._temporary(path))

    def _aside(self, path: bytes) -> Path:
        """A free name in the quarantine."""
        assert self.quarantine is not None
        files.make_directory(self.quarantine, 0o700, parents=True)
        taken = len(os.listdir(self.quarantine))
        return self.quarantine / f"{taken:04d}-{os.fsdecode(path.rpartition(b'/')[2])}"

    def _set_aside(self, path: bytes) -> None:
        aside = self._aside(path)
        place = self._place(path)
        try:
            files.rename(place, aside)
        except OSError as error:
            if error.errno != errno.EXDEV or not place.is_file() or place.is_symlink():
                raise
            files.copy_file(place, aside, 0o600)
            files.remove_file(place)
        self.difference.on_disk.pop(path, None)
        self.quarantined.append(path)

    def _place(self, path: bytes) -> Path:
        return Path(os.fsdecode(self.difference.root + b"/" + path))
