"""Moving work: a hand-off against what a person types for it, a sync against `git diff | git apply -3`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from .ground import Ground
from .measure import Line, interleaved, line
from .product import Product
from .worktrees import CHANGED_FILES, change

MANY = 10
"""How many times the changes, where it is measured how the cost grows with them."""


@dataclass(frozen=True)
class _Pair:
    """One repository with two worktrees in the same state: ours to move, and the one a person moves by hand."""

    ground: Ground
    product: Product
    local: Path
    files: int

    @property
    def worktrees(self) -> Path:
        return self.local.parent / f"{self.local.name}.worktrees"

    async def make(self) -> None:
        for name in ("ours", "theirs"):
            await self.product.call("create", self.local, name=name, branch=name)

    def change(self, version: int, changed: int = CHANGED_FILES) -> None:
        """New content in both, so that neither side finds its objects there already."""
        for number, name in enumerate(("ours", "theirs")):
            change(self.worktrees / name, self.files, 2 * version + number, changed)

    def git(self, cwd: Path, *args: str) -> None:
        self.ground.git(cwd, *args)

    async def hand_off(self) -> float:
        began = time.perf_counter()
        done = await self.product.call("handOff", self.local, checkout="ours")
        assert done.operation is not None, done.message
        return time.perf_counter() - began

    def by_hand(self, source: Path, leaves: tuple[str, ...], target: Path) -> float:
        """What a person types: put aside here, let go of the branch, take it there, and the work out again."""
        began = time.perf_counter()
        self.git(source, "stash", "push", "--include-untracked", "--quiet")
        self.git(source, "switch", "--quiet", *leaves)
        self.git(target, "switch", "--quiet", "theirs")
        self.git(target, "stash", "pop", "--quiet")
        return time.perf_counter() - began


async def measure(ground: Ground, product: Product, large: Path, small: Path, files: int, rounds: int) -> list[Line]:
    """``small`` has a fifth of the files."""
    found: list[Line] = []
    there: list[list[float]] = []
    synced: list[list[float]] = []
    pairs = [_Pair(ground, product, small, files // 5), _Pair(ground, product, large, files)]
    for pair in pairs:
        await pair.make()
        lines, ours = await _hand_off(pair, rounds)
        there.append(ours)
        found += lines
        sync = await _sync(pair, rounds)
        synced.append(sync.samples["ours"])
        found.append(sync)
    found.append(line("hand-off there, all files", "with a fifth of the files", there[1], there[0]))
    found.append(line("sync, all files", "with a fifth of the files", synced[1], synced[0]))
    many = await _many_changes(pairs[0], rounds)
    found.append(line(f"hand-off there, {MANY * CHANGED_FILES} changes", f"{CHANGED_FILES} changes", many, there[0]))
    return found


async def _hand_off(pair: _Pair, rounds: int) -> tuple[list[Line], list[float]]:
    back: tuple[list[float], list[float]] = ([], [])

    async def ours(number: int) -> float:
        pair.change(number)
        seconds = await pair.hand_off()
        again = await pair.hand_off()
        if number:
            back[0].append(again)
        return seconds

    async def theirs(number: int) -> float:
        pair.change(rounds + 1 + number)
        worktree = pair.worktrees / "theirs"
        seconds = pair.by_hand(worktree, ("--detach",), pair.local)
        again = pair.by_hand(pair.local, ("main",), worktree)
        if number:
            back[1].append(again)
        return seconds

    there = await interleaved(rounds, ours, theirs, writes=True)
    typed = "stash -u, switch, switch, stash pop"
    lines = [
        line(f"hand-off there, {pair.files} files", typed, *there),
        line(f"hand-off home, {pair.files} files", typed, *back),
    ]
    return lines, there[0]


async def _sync(pair: _Pair, rounds: int) -> Line:
    async def ours(number: int) -> float:
        pair.change(2 * rounds + 2 + number)
        began = time.perf_counter()
        done = await pair.product.call("sync", pair.local, **{"from": "ours"})
        seconds = time.perf_counter() - began
        assert done.operation is not None, done.message
        await pair.product.call("undo", pair.local, operation=done.operation.id)
        return seconds

    async def theirs(number: int) -> float:
        pair.change(3 * rounds + 3 + number)
        began = time.perf_counter()
        patch = pair.ground.git(pair.worktrees / "theirs", "diff", "--binary", "HEAD")
        pair.ground.git(pair.local, "apply", "-3", given=patch)
        seconds = time.perf_counter() - began
        pair.git(pair.local, "reset", "--hard", "--quiet")
        return seconds

    return line(
        f"sync of {CHANGED_FILES} changed files, {pair.files} files", "git diff | git apply -3",
        *await interleaved(rounds, ours, theirs, writes=True),
    )  # fmt: skip


async def _many_changes(pair: _Pair, rounds: int) -> list[float]:
    found: list[float] = []
    for number in range(rounds + 1):
        pair.change(4 * rounds + 4 + number, MANY * CHANGED_FILES)
        seconds = await pair.hand_off()
        await pair.hand_off()
        if number:
            found.append(seconds)
    return found
