"""What git ignores in one checkout: directories not worth watching, and files not worth telling of."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path

from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git
from hedgerow.protocol.settings import REBUILDABLE

logger = logging.getLogger(__name__)

LIKELY = frozenset(name.encode() for name in REBUILDABLE)
"""Names of directories that are nearly always ignored: a new one is not entered before git was asked, since it may get
thousands of directories in the next second."""

_REMEMBERED = 8192
_ASKED_AT_ONCE = 20_000


class Ignored:
    """Answers for one checkout; remembers until `forget`."""

    def __init__(self, git: Git, root: Path) -> None:
        self._git = git
        self._root = root
        self._verdicts: dict[bytes, bool] = {}

    async def directories(self) -> frozenset[bytes] | None:
        """Directories in which git ignores everything, now and later, as paths from the root. None: git cannot say."""
        try:
            out = await self._git.read(
                "ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z", cwd=self._root
            )
        except GitError as error:
            logger.info("what is ignored in %s cannot be told: %s", self._root, error.last_line)
            return None
        # One that merely holds nothing else so far is among them too; a rule must say so of the directory itself.
        candidates = [path[:-1] for path in out.split(b"\0") if path.endswith(b"/")]
        found: set[bytes] = set()
        for start in range(0, len(candidates), _ASKED_AT_ONCE):
            answers = await self._ask(candidates[start : start + _ASKED_AT_ONCE])
            found |= {path for path, ignored in answers.items() if ignored}
        return frozenset(found)

    async def among(self, paths: Collection[bytes]) -> set[bytes]:
        """Those of these files and directories that git ignores; when git cannot say, none of them."""
        unknown = [path for path in paths if path not in self._verdicts]
        if unknown and len(unknown) <= _ASKED_AT_ONCE:
            for path, ignored in (await self._ask(unknown)).items():
                self._verdicts[path] = ignored
        found = {path for path in paths if self._verdicts.get(path)}
        while len(self._verdicts) > _REMEMBERED:
            del self._verdicts[next(iter(self._verdicts))]
        return found

    async def _ask(self, paths: list[bytes]) -> dict[bytes, bool]:
        try:
            # Tracked files are never reported. `./`: a leading colon or slash would mean something to git, and this
            # command refuses to be told that paths are literal.
            out = await self._git.read(
                "check-ignore", "-z", "--stdin", cwd=self._root, ok=(0, 1), env={"GIT_LITERAL_PATHSPECS": "0"},
                input=b"".join(b"./" + path + b"\0" for path in paths),
            )  # fmt: skip
        except GitError as error:
            logger.info("what is ignored in %s cannot be told: %s", self._root, error.last_line)
            return {}
        ignored = {path.removeprefix(b"./") for path in out.split(b"\0")}
        return {path: path in ignored for path in paths}

    def forget(self) -> None:
        """The rules, or what is tracked, may have changed."""
        self._verdicts.clear()
