"""The step that gives a new worktree its ignored files: copies and links, from Local."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Literal

from .. import files
from ..bench import Bench
from .step import Step


class Provision(Step):
    """Copy ignored files from Local and link the directories that the settings name.

    An existing file is never replaced and a link is never followed: it is copied as a link. What has left Local
    since the plan was made (a build comes and goes) is passed over.
    """

    kind: Literal["provision"] = "provision"
    source: str
    path: str
    copies: tuple[str, ...]
    links: tuple[str, ...]

    async def apply(self, bench: Bench) -> None:
        for relative in self.copies:
            with contextlib.suppress(FileNotFoundError):
                self._copy(relative)
        for relative in self.links:
            target = Path(self.path) / relative
            if not os.path.lexists(target) and self._parents(relative):
                files.make_link(target, str(Path(self.source) / relative))

    async def revert(self, bench: Bench) -> None:
        """The worktree goes as a whole with the step that made it."""

    def inverse(self) -> None:
        return None

    def _copy(self, relative: str) -> None:
        source, target = Path(self.source) / relative, Path(self.path) / relative
        if os.path.lexists(target) or not self._parents(relative):
            return
        found = os.lstat(source)
        if stat.S_ISLNK(found.st_mode):
            files.make_link(target, os.readlink(source))
        elif stat.S_ISREG(found.st_mode):
            files.copy_file(source, target, stat.S_IMODE(found.st_mode))

    def _parents(self, relative: str) -> bool:
        """Make the directories above, like the source's; False when a link or a file is in the way."""
        source, place = Path(self.source), Path(self.path)
        for part in Path(relative).parts[:-1]:
            source, place = source / part, place / part
            if os.path.lexists(place):
                if not stat.S_ISDIR(os.lstat(place).st_mode):
                    return False
                continue
            files.make_directory(place, stat.S_IMODE(os.lstat(source).st_mode))
        return True
