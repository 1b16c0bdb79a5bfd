"""One repository, the product in this process, and the witness: what most tests of commands stand on.

Owns the sentences that tests state again and again: "this was refused and nothing has changed", "this went and came
back byte for byte in a process that knew nothing of it".
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .hedgerow import Hedgerow, agreed_on_shell
from .home import Home
from .oracle import (
    Except,
    Observation,
    Oracle,
    compare,
    difference,
    hedgerows_own,
    moved_difference,
    of_checkout,
    of_garbage_collection,
)
from .repositories import Playground

if TYPE_CHECKING:
    from hedgerow.protocol.errors import HedgerowError
    from hedgerow.protocol.plans import ChangeResult, Plan


class Ground:
    """Attributes:
    repository: Local of the repository at hand.
    """

    def __init__(self, home: Home, playground: Playground, hedgerow: Hedgerow, repository: Path) -> None:
        self.home = home
        self.playground = playground
        self.hedgerow = hedgerow
        self.repository = repository
        self.oracle = Oracle(home, playground.executable)

    def git(self, *args: str | bytes | Path, cwd: Path | None = None) -> bytes:
        """Plain git, in Local unless said otherwise."""
        return self.playground.git(*args, cwd=cwd or self.repository)

    def observe(self, *, besides: Iterable[Path] = ()) -> Observation:
        return self.oracle.observe(self.repository, besides=besides)

    def difference(self, before: Observation, *, except_for: Iterable[Except] = ()) -> list[str]:
        """How everything differs now, but for what Hedgerow may add."""
        return difference(before, self.observe(), except_for=(hedgerows_own, *except_for))

    # -- commands ------------------------------------------------------------------------------

    async def create(self, name: str | None = None, **params: Any) -> Path:
        """A worktree made by the product; agreed to where it asks."""
        if name is not None:
            params["name"] = name
        result = await self.hedgerow.agree("create", self.repository, **params)
        return Path(result.paths[0])

    async def call(self, verb: str, **params: Any) -> Any:
        return await self.hedgerow.call(verb, self.repository, **params)

    async def agree(self, verb: str, **params: Any) -> ChangeResult:
        return await self.hedgerow.agree(verb, self.repository, **params)

    async def plan(self, verb: str, **params: Any) -> Plan:
        """The plan of a command, which must ask for agreement."""
        result = await self.call(verb, **params)
        assert result.plan is not None, f"{verb} {params} asked nothing and answered {result.message!r}"
        return result.plan  # type: ignore[no-any-return]

    async def clean_up(self, worktree: Path, **params: Any) -> ChangeResult:
        """Clean up one worktree, which must be gone afterwards."""
        result = await self.agree("cleanUp", checkouts=[str(worktree)], **params)
        assert not worktree.exists(), f"{worktree} is still there: {result.message} {result.kept}"
        return result

    async def refused(self, verb: str, *codes: str, **params: Any) -> HedgerowError:
        """The command is refused with one of these codes, at once or with its plan's token, and nothing changes."""
        from hedgerow.protocol.errors import HedgerowError  # noqa: PLC0415

        with self.nothing_changes(), pytest.raises(HedgerowError) as refusal:
            await self.agree(verb, **params)
        error = refusal.value
        if codes:
            assert error.code.value in codes, f"{error.code.value}: {error.message}"
        assert_sentence(error.message)
        return error

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """P1: afterwards all is as before, in every checkout and in the common directory."""
        before = self.observe()
        yield
        assert self.difference(before) == []

    # -- going and coming back -----------------------------------------------------------------

    def forget(self) -> None:
        """What only git's grace periods hold is gone afterwards."""
        self.playground.collect_garbage(self.repository)

    async def survives(self, worktree: Path, **params: Any) -> Path:
        """P3: clean up ``worktree``; after garbage collection a fresh process restores it byte for byte.

        Returns:
            where it is now.
        """
        before = self.observe()
        commits = self.oracle.commits(self.repository)
        result = await self.clean_up(worktree, **params)
        assert result.operation is not None
        (snapshot,) = result.operation.snapshots
        assert self.oracle.fsck(self.repository) == []
        self.forget()
        restored = agreed_on_shell(self.home, self.repository, "restore", snapshot)
        place = Path(restored["paths"][0])
        after = self.observe()
        assert moved_difference(before, worktree, after, place) == []
        assert self.oracle.missing_commits(self.repository, commits) == []
        others = difference(
            before, after, except_for=(hedgerows_own, of_checkout(worktree, place), of_garbage_collection)
        )
        assert others == []
        assert self.oracle.fsck(self.repository) == []
        return place


def assert_sentence(text: str) -> None:
    """Words for a person: something said, on one line, without control characters or a traceback."""
    assert text.strip(), "an empty sentence"
    assert all(char.isprintable() for char in text), f"control characters: {text!r}"
    assert "Traceback" not in text
    assert "Error(" not in text


@contextmanager
def program_inside(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of somebody's, working in ``directory``."""
    process = subprocess.Popen(["sleep", "600"], cwd=directory)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


__all__ = ["Ground", "assert_sentence", "compare", "program_inside"]
