"""Making and retiring worktrees against `git worktree add` and `git worktree remove --force`."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

from .ground import Ground, paths
from .measure import Line, interleaved, line
from .product import Product, phases

CHANGED_FILES = 300
NEW_FILES = 30


async def measure(ground: Ground, product: Product, large: Path, small: Path, files: int, rounds: int) -> list[Line]:
    found = [await _create(ground, product, large, 2 * rounds + 1)]
    for number in range(rounds + 1):
        await product.call("create", small, name=f"ours-{number}")
    clean = range(rounds + 1)
    dirty = range(rounds + 1, 2 * rounds + 2)
    found += await _clean_up(ground, product, large, "clean", list(clean))
    for number in dirty:
        for side in ("ours", "theirs"):
            change(_place(large, f"{side}-{number}"), files, number)
    found += await _clean_up(ground, product, large, "dirty", list(dirty), small=small)
    return found


async def _create(ground: Ground, product: Product, large: Path, rounds: int) -> Line:
    async def ours(number: int) -> float:
        began = time.perf_counter()
        await product.call("create", large, name=f"ours-{number}")
        return time.perf_counter() - began

    async def theirs(number: int) -> float:
        began = time.perf_counter()
        ground.git(large, "worktree", "add", "--quiet", "--detach", str(_place(large, f"theirs-{number}")))
        return time.perf_counter() - began

    return line("create", "git worktree add", *await interleaved(rounds, ours, theirs, writes=True), aim=1.15)


async def _clean_up(
    ground: Ground, product: Product, large: Path, state: str, numbers: list[int], small: Path | None = None
) -> list[Line]:
    spent: dict[str, list[float]] = defaultdict(list)

    async def ours(number: int) -> float:
        name = f"ours-{numbers[number]}"
        began = time.perf_counter()
        plan = (await product.call("cleanUp", large, checkouts=[name], dryRun=True)).plan
        planned = time.perf_counter()
        assert plan is not None
        with phases() as phase:
            await product.call("cleanUp", large, checkouts=[name], token=plan.token)
        ended = time.perf_counter()
        if number:  # the first round warms up
            spent["planning"].append(planned - began)
            spent["re-check and renames"].append(phase["recheck"] + phase["renames"])
            spent["of that, the renames"].append(phase["renames"])
            spent["keeping the snapshot"].append(phase["hold"])
            spent["carrying it out, in all"].append(ended - planned)
            if small is not None:
                spent["small"].append(await _small_renames(product, small, number))
        return ended - began

    async def theirs(number: int) -> float:
        place = _place(large, f"theirs-{numbers[number]}")
        began = time.perf_counter()
        ground.git(large, "worktree", "remove", "--force", str(place))
        return time.perf_counter() - began

    _, removal = await interleaved(len(numbers) - 1, ours, theirs, writes=True)
    aims = {"re-check and renames": 0.5}
    found = [
        line(f"clean-up, {state}: {what}", "git worktree remove --force", spent[what], removal, aims.get(what))
        for what in (
            "planning",
            "re-check and renames",
            "of that, the renames",
            "keeping the snapshot",
            "carrying it out, in all",
        )
    ]
    if small is not None:
        found.append(
            line(
                "renames, all files",
                "renames, a tenth of the files",
                spent["of that, the renames"],
                spent["small"],
                2.0,
            )
        )
    return found


async def _small_renames(product: Product, small: Path, number: int) -> float:
    plan = (await product.call("cleanUp", small, checkouts=[f"ours-{number}"], dryRun=True)).plan
    assert plan is not None
    with phases() as phase:
        await product.call("cleanUp", small, checkouts=[f"ours-{number}"], token=plan.token)
    return phase["renames"]


def change(place: Path, files: int, version: int, changed: int = CHANGED_FILES) -> None:
    """Change a fixed number of tracked files, and add some new ones; other content for each version."""
    step = max(1, files // changed)
    for name in paths(files)[::step][:changed]:
        (place / name).write_text(f"changed = {version}  # {place.name} {name}\n" * 20)
    (place / "new").mkdir(exist_ok=True)
    for number in range(NEW_FILES):
        (place / "new" / f"{number}.py").write_text(f"new = {version}  # {place.name}\n" * 20)


def _place(repository: Path, name: str) -> Path:
    return repository.parent / f"{repository.name}.worktrees" / name
