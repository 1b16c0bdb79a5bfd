"""States at the ends of a move that break tools, one by one: each is exact, or refused with a sentence of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_area, of_ref
from tests.support.repositories import Link
from tests.transfer.test_hand_off import work

from hedgerow.protocol.errors import HedgerowError

State = Callable[[Ground, Path], None]
ASIDE = (of_area("reflog"), of_ref("refs/heads/session"))


def submodule(ground: Ground, checkout: Path) -> Path:
    """A populated submodule at the same commit in Local and in a worktree."""
    inside = ground.playground.submodule(ground.repository)
    if checkout != ground.repository:
        ground.git("reset", "--quiet", "--hard", "main", cwd=checkout)
        ground.git("submodule", "--quiet", "update", "--init", cwd=checkout)
    return checkout / inside.name


def clean_submodule(ground: Ground, worktree: Path) -> None:
    submodule(ground, worktree)
    ground.playground.write(worktree, {"a.txt": "beside a submodule\n"})


def dirty_submodule(ground: Ground, worktree: Path) -> None:
    ground.playground.write(submodule(ground, worktree), {"inside.txt": "edited\n"})


def submodule_with_commits(ground: Ground, worktree: Path) -> None:
    ground.playground.commit(submodule(ground, worktree), "inside", {"inside.txt": "committed\n"})


def submodule_that_differs(ground: Ground, worktree: Path) -> None:
    ground.playground.commit(submodule(ground, worktree), "inside", {"inside.txt": "committed\n"})
    ground.git("commit", "--quiet", "-a", "-m", "another commit of the submodule", cwd=worktree)


def same_sparse(ground: Ground, worktree: Path) -> None:
    for checkout in (ground.repository, worktree):
        ground.playground.sparse(checkout, "sub")
    ground.playground.write(worktree, {"sub/b.txt": "edited\n", "sub/new.txt": "new\n"})


def other_sparse(ground: Ground, worktree: Path) -> None:
    ground.playground.sparse(worktree, "sub")


def intended(ground: Ground, worktree: Path) -> None:
    for checkout in (ground.repository, worktree):
        ground.playground.write(checkout, {f"{checkout.name}.txt": "intended\n", "empty.txt": ""})
        ground.git("add", "--intent-to-add", f"{checkout.name}.txt", "empty.txt", cwd=checkout)


def assumed_unchanged(ground: Ground, worktree: Path) -> None:
    for checkout in (ground.repository, worktree):
        ground.git("update-index", "--assume-unchanged", "a.txt", cwd=checkout)
        ground.git("update-index", "--skip-worktree", "sub/b.txt", cwd=checkout)
        ground.playground.write(checkout, {"a.txt": f"hidden in {checkout.name}\n", "sub/b.txt": "hidden too\n"})


def ignored_in_the_way(ground: Ground, worktree: Path) -> None:
    ground.playground.write(ground.repository, {"seen.ignored": "precious\n"})
    ground.playground.write(worktree, {"seen.ignored": "tracked there\n"})
    ground.git("add", "--force", "seen.ignored", cwd=worktree)


def ignored_directory_in_the_way(ground: Ground, worktree: Path) -> None:
    ground.playground.write(ground.repository, {"node_modules/pkg/index.js": "built\n"})
    ground.playground.write(worktree, {"node_modules": "a file\n"})
    ground.git("add", "--force", "node_modules", cwd=worktree)


def file_for_directory(ground: Ground, worktree: Path) -> None:
    (worktree / "a.txt").unlink()
    ground.playground.write(worktree, {"a.txt/inside/deep.txt": "now below\n"})
    ground.playground.write(ground.repository, {"sub/untracked.txt": "Local's\n"})


def directory_for_file(ground: Ground, worktree: Path) -> None:
    (worktree / "sub" / "b.txt").unlink()
    (worktree / "sub").rmdir()
    ground.playground.write(worktree, {"sub": Link("a.txt")})
    ground.playground.write(ground.repository, {"note.txt": "Local's\n"})


def repository_inside(ground: Ground, worktree: Path) -> None:
    ground.git("init", "--quiet", worktree / "inner")
    ground.playground.write(worktree, {"inner/file.txt": "of another repository\n"})


def branch_elsewhere(ground: Ground, worktree: Path) -> None:
    """The worktree's branch is checked out in a third place as well, as `--force` allows."""
    third = ground.playground.worktree(ground.repository, "third", "--force", start="work")
    ground.git("symbolic-ref", "HEAD", "refs/heads/work", cwd=third)


@dataclass(frozen=True)
class Expected:
    """A piece of the sentence it is refused with, by command; None where it must be exact."""

    state: State
    hand_off: str | None = None
    sync: str | None = None


STATES = {
    "a clean submodule": Expected(clean_submodule),
    "a dirty submodule": Expected(dirty_submodule, "'module'", "'module'"),
    "a submodule with commits of its own": Expected(submodule_with_commits, "'module'", "'module'"),
    "a submodule that differs": Expected(submodule_that_differs, "submodule", "submodule"),
    "the same sparse patterns": Expected(same_sparse),
    "other sparse patterns": Expected(other_sparse, "sparse-checkout", "sparse-checkout"),
    "intent to add": Expected(intended),
    "assume-unchanged and skip-worktree": Expected(assumed_unchanged, sync="'a.txt'"),
    "an ignored file in the way": Expected(ignored_in_the_way, "seen.ignored", "seen.ignored"),
    "an ignored directory in the way": Expected(ignored_directory_in_the_way, "node_modules", "node_modules"),
    "a file where a directory was": Expected(file_for_directory),
    "a link where a directory was": Expected(directory_for_file),
    "another repository inside": Expected(repository_inside, "inner", "inner"),
    "its branch in a third place": Expected(branch_elsewhere, "third"),
}


async def moved_or_refused(ground: Ground, expected: str | None, verb: str, **params: Any) -> bool:
    """Whether it was carried out; refused, nothing has changed and the sentence has the words."""
    before = ground.observe()
    if expected is None:
        done = await ground.agree(verb, **params)
        assert done.operation is not None, done.plan
        return True
    try:
        result = await ground.call(verb, **params)
    except HedgerowError as error:
        said = error.message
    else:
        assert result.plan is not None, result.message
        said = "; ".join(result.plan.conflicts)
    assert expected in said, said
    assert ground.difference(before) == []
    return False


@pytest.mark.parametrize("name", STATES)
async def test_hand_off(ground: Ground, name: str) -> None:
    worktree = await ground.create("session", branch="work")
    STATES[name].state(ground, worktree)
    before = ground.observe()
    if await moved_or_refused(ground, STATES[name].hand_off, "handOff", checkout="session"):
        after = ground.observe()
        assert after.index(ground.repository) == before.index(worktree)
        await ground.agree("handOff", checkout="Local")
        assert ground.difference(before, except_for=ASIDE) == []


@pytest.mark.parametrize("name", STATES)
async def test_sync(ground: Ground, name: str) -> None:
    worktree = await ground.create("session", branch="work")
    STATES[name].state(ground, worktree)
    before = ground.observe()
    if await moved_or_refused(ground, STATES[name].sync, "sync", **{"from": "session"}):
        arrived, left = work(ground, ground.repository), work(ground, worktree, besides=[b"module/.git"])
        assert {path: arrived.get(path) for path in left} == left
        await ground.agree("undo")
        assert ground.difference(before, except_for=ASIDE) == []


async def test_a_branch_in_two_places_is_not_moved_under_one_of_them(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.commit(worktree, "work", {"w.txt": "w\n"})
    twice = ground.playground.worktree(ground.repository, "twice")
    ground.git("symbolic-ref", "HEAD", "refs/heads/main", cwd=twice)
    for verb, params in (("land", {"checkout": "session"}), ("sync", {"from": "session", "method": "overwrite"})):
        assert "twice" in (await ground.refused(verb, "branchBusy", **params)).message
    await ground.agree("handOff", checkout="session")
    assert "twice" in (await ground.refused("handOff", "branchBusy", checkout="session")).message


async def test_what_git_is_told_not_to_see_keeps_a_worktree_from_landing(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.commit(worktree, "work", {"w.txt": "w\n"})
    ground.git("update-index", "--assume-unchanged", "a.txt", cwd=worktree)
    ground.playground.write(worktree, {"a.txt": "hidden\n"})
    assert "not to see" in (await ground.refused("land", "conflict", checkout="session")).message
    ground.playground.write(worktree, {"seen.txt": "s\n"})
    assert "in no commit" in (await ground.refused("land", "conflict", checkout="session")).message
