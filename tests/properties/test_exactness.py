"""P3: what is cleaned up comes back byte for byte, in a process that knew nothing of it, after garbage collection."""

# ruff: noqa: N802 - named by the properties

from __future__ import annotations

import random

import pytest
from tests.support.ground import Ground
from tests.support.states import CHANGES, change

COMBINATIONS = 12


@pytest.mark.parametrize("name", CHANGES)
async def test_P3_each_kind_of_work(ground: Ground, name: str) -> None:
    worktree = await ground.create("session")
    for seed in (1, 4):
        change(ground.playground, worktree, name, seed)
    await ground.survives(worktree)


@pytest.mark.parametrize("seed", range(COMBINATIONS))
async def test_P3_combinations(ground: Ground, seed: int) -> None:
    chance = random.Random(seed)
    worktree = await ground.create("session", **({"branch": "session"} if seed % 2 else {}))
    done = []
    for _ in range(chance.randint(3, 9)):
        name, number = chance.choice(list(CHANGES)), chance.randint(0, 99)
        done.append((name, number))
        change(ground.playground, worktree, name, number)
    print(done)
    await ground.survives(worktree)


@pytest.mark.parametrize("seed", range(COMBINATIONS))
async def test_P3_carried(ground: Ground, seed: int) -> None:
    """A copy is exact, and a move undone is exact."""
    chance = random.Random(1000 + seed)
    done = []
    for _ in range(chance.randint(2, 7)):
        name, number = chance.choice(list(CHANGES)), chance.randint(0, 99)
        done.append((name, number))
        change(ground.playground, ground.repository, name, number)
    print(done)
    before = ground.observe()
    copied = await ground.create("copied", carry="copy")
    seen = ground.observe()
    here = {k: v for k, v in seen.files(ground.repository).items() if not _stays(ground, k)}
    there = {k: v for k, v in seen.files(copied).items() if k != b".git"}
    assert here == there
    await ground.clean_up(copied)
    assert ground.difference(before) == []

    await ground.create("moved", carry="move")
    await ground.agree("undo")
    assert ground.difference(before) == []


def _stays(ground: Ground, name: bytes) -> bool:
    """Ignored files, and directories that hold nothing else, stay in Local."""
    if ground.playground.run("check-ignore", "--quiet", "--", name, cwd=ground.repository).returncode == 0:
        return True
    path = ground.repository / name.decode(errors="surrogateescape")
    return (
        path.is_dir()
        and not path.is_symlink()
        and bool(list(path.rglob("*")))
        and all(
            _stays(ground, str(inside.relative_to(ground.repository)).encode(errors="surrogateescape"))
            for inside in path.rglob("*")
        )
    )
