"""Hand-off: there and back is identity, the undo of each is identity, and on the way every byte is where it belongs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import Except, of_area, of_ref
from tests.support.states import CHANGES, change

from hedgerow.protocol.errors import HedgerowError

COMBINATIONS = 16
MADE = of_ref("refs/heads/session")


def ignored(ground: Ground, checkout: Path) -> set[bytes]:
    out = ground.git("ls-files", "-o", "-i", "--exclude-standard", "-z", cwd=checkout)
    return {path for path in out.split(b"\0") if path}


def work(ground: Ground, checkout: Path, *, besides: Iterable[bytes] = ()) -> dict[bytes, str]:
    """Every file and link that travels, with bytes and modes; directories only where they are empty."""
    left_out = {b".git", *besides, *ignored(ground, checkout)}
    files = ground.observe().files(checkout)
    return {
        path: value
        for path, value in files.items()
        if path not in left_out and (not value.startswith("directory") or _is_empty(checkout, path))
    }


def _is_empty(checkout: Path, path: bytes) -> bool:
    return not any((checkout / path.decode(errors="surrogateescape")).iterdir())


def status(ground: Ground, checkout: Path) -> bytes:
    return ground.git("-c", "status.showUntrackedFiles=all", "status", "--porcelain=v2", "-z", cwd=checkout)


async def test_the_work_appears_in_local_and_the_worktree_waits(ground: Ground) -> None:
    worktree = await ground.create("session", branch="feature/login")
    ground.playground.dirty(worktree)
    ground.playground.write(ground.repository, {"a.txt": "Local's own\n", "note.txt": "untracked\n"})
    before = ground.observe()
    travelling, index, dirty = work(ground, worktree), before.index(worktree), status(ground, worktree)
    plan = await ground.plan("handOff", checkout="session")
    assert {path for loss in plan.losses for path in loss.paths} == {"a.txt", "note.txt"}
    assert ground.difference(before) == []
    result = await ground.call("handOff", checkout="session", token=plan.token)
    assert result.operation is not None
    assert ground.git("symbolic-ref", "--short", "HEAD").decode().strip() == "feature/login"
    assert work(ground, ground.repository) == travelling
    assert ground.observe().index(ground.repository) == index
    assert status(ground, ground.repository) == dirty
    assert status(ground, worktree) == b""
    assert ground.playground.run("symbolic-ref", "HEAD", cwd=worktree).returncode != 0, "detached"
    for ignored_file in ignored(ground, worktree):
        assert (worktree / ignored_file.decode()).exists()


async def there_and_back(ground: Ground, worktree: Path) -> str | None:
    """The refusal, if there is one; all else is asserted."""
    before = ground.observe()
    made = () if ground.playground.run("symbolic-ref", "HEAD", cwd=worktree).returncode == 0 else (MADE,)
    aside: tuple[Except, ...] = (of_area("reflog"), *made)
    travelling, index = work(ground, worktree), before.index(worktree)
    try:
        await ground.agree("handOff", checkout=str(worktree))
    except HedgerowError as error:
        assert ground.difference(before) == []
        return error.message
    seen = ground.observe()
    in_local = {path: value for path, value in work(ground, ground.repository).items() if path in travelling}
    assert in_local == travelling
    assert seen.index(ground.repository) == index
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == [], "undo of the way there"
    await ground.agree("handOff", checkout=str(worktree))
    hosted = ground.observe()
    await ground.agree("handOff", checkout=str(worktree))
    assert ground.difference(before, except_for=aside) == [], "there and back"
    await ground.agree("undo")
    assert ground.difference(hosted, except_for=[of_area("reflog")]) == [], "undo of the way back"
    await ground.agree("handOff", checkout="Local")
    assert ground.difference(before, except_for=aside) == [], "back once more"
    return None


@pytest.mark.parametrize("name", CHANGES)
async def test_each_kind_of_work_in_the_worktree(ground: Ground, name: str) -> None:
    worktree = await ground.create("session", branch="work")
    for seed in (1, 4):
        change(ground.playground, worktree, name, seed)
    assert await there_and_back(ground, worktree) is None


@pytest.mark.parametrize("name", CHANGES)
async def test_each_kind_of_work_in_local(ground: Ground, name: str) -> None:
    worktree = await ground.create("session")
    for seed in (1, 4):
        change(ground.playground, ground.repository, name, seed)
    ground.playground.write(worktree, {"theirs.txt": "x\n"})
    assert await there_and_back(ground, worktree) is None


@pytest.mark.parametrize("seed", range(COMBINATIONS))
async def test_combinations(ground: Ground, seed: int, record_property: pytest.RecordProperty) -> None:
    chance = random.Random(7000 + seed)
    worktree = await ground.create("session", **({"branch": "work"} if seed % 2 else {}))
    if seed % 5 == 0:
        ground.git("switch", "--quiet", "--detach")
    done = []
    for checkout in (worktree, ground.repository):
        for _ in range(chance.randint(1, 6)):
            name, number = chance.choice(list(CHANGES)), chance.randint(0, 99)
            done.append((checkout.name, name, number))
            change(ground.playground, checkout, name, number)
    print(done)
    refusal = await there_and_back(ground, worktree)
    record_property("refused", refusal or "")
    print(f"refused: {refusal}")
    if refusal is not None:
        assert "in the way" in refusal, refusal
