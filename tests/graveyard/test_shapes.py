"""BR11 to BR27: kinds of repositories, formats and paths that tools took for something else."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground, assert_sentence
from tests.support.hedgerow import Hedgerow
from tests.support.home import Home
from tests.support.oracle import Oracle, hedgerows_own
from tests.support.repositories import Playground, newer_git

from hedgerow.protocol.errors import HedgerowError


async def test_BR11_bare_with_worktrees(ground: Ground) -> None:
    bare = ground.playground.bare(ground.repository)
    tree = ground.playground.directory / "trees" / "main"
    ground.git("worktree", "add", "--quiet", tree, "main", cwd=bare)
    assert ground.playground.run("rev-parse", "--show-toplevel", cwd=bare).returncode == 128
    for place in (bare, tree):
        rows = await ground.hedgerow.rows(place)
        assert [row.path for row in rows if row.kind.value != "local"] == [str(tree)]
        assert all(row.kind.value != "local" for row in rows), "a bare repository has no Local"
    ground.repository = bare
    made = await ground.create("made")
    assert ground.playground.head(made) == ground.playground.head(tree)
    ground.playground.dirty(made)
    await ground.survives(made)
    await ground.refused("create", "unsupported", "badParams", "noSuchCheckout", name="x", carry="copy")


async def test_BR12_core_bare(ground: Ground) -> None:
    control = ground.playground.repository("control")
    ground.git("worktree", "add", "--quiet", "--detach", ground.playground.directory / "x", cwd=control)
    environment = {"GIT_DIR": str(control / ".git" / "worktrees" / "x")}
    ground.playground.git("init", "--quiet", cwd=control, env=environment)
    assert ground.git("config", "--file", control / ".git" / "config", "core.bare").strip() == b"true"
    assert ground.playground.run("status", cwd=control).returncode == 128

    config = (ground.repository / ".git" / "config").read_bytes()
    worktree = await ground.create("session", branch="session")
    ground.playground.dirty(worktree)
    for verb, params in _round_of_commands():
        await ground.agree(verb, **params)
        assert (ground.repository / ".git" / "config").read_bytes() == config, verb
    assert not (ground.repository / ".git" / "config.worktree").exists()


def _round_of_commands() -> list[tuple[str, dict[str, Any]]]:
    """Every command that changes something, on a worktree called `session`."""
    return [
        ("keep", {"checkout": "session"}),
        ("keep", {"checkout": "session", "kept": False}),
        ("rename", {"checkout": "session", "label": "Session, renamed"}),
        ("rename", {"checkout": "session", "label": "session"}),
        ("setBase", {"checkout": "session", "base": "HEAD"}),
        ("repair", {}),
        ("cleanUp", {"checkouts": ["session"], "deleteBranch": True}),
        ("undo", {}),
        ("cleanUp", {"checkouts": ["session"]}),
        ("restore", {"snapshot": "session", "place": "old"}),
        ("undo", {}),
        ("restore", {"snapshot": "session", "name": "restored"}),
        ("create", {"name": "detached", "carry": "copy"}),
        ("branchHere", {"checkout": "detached", "branch": "named-here"}),
        ("undo", {}),
    ]


async def _with(git: str, home: Home, **repository: Any) -> tuple[Ground, Any]:
    """A ground on a newer git, which the product finds first on PATH."""
    os.environ["PATH"] = f"{Path(git).parent}:{os.environ['PATH']}"
    playground = Playground(home, git=git)
    opening = Hedgerow.opened(home)
    hedgerow = await opening.__aenter__()
    return Ground(home, playground, hedgerow, playground.repository("newer", **repository)), opening


@pytest.fixture
def newer() -> str:
    found = newer_git()
    if found is None:
        pytest.skip("needs git 2.45 or newer (HEDGEROW_NEWER_GIT, or what tests/testbed/git.sh puts here)")
    return found


async def test_BR14_no_extension_is_switched_on(home: Home, newer: str) -> None:
    home.configure("[worktree]\n\tuseRelativePaths = true\n")
    ground, opening = await _with(newer, home)
    try:
        control = ground.playground.repository("control")
        ground.git("worktree", "add", "--quiet", ground.playground.directory / "x", cwd=control)
        assert b"relativeworktrees" in (control / ".git" / "config").read_bytes().lower()

        config = (ground.repository / ".git" / "config").read_bytes()
        worktree = await ground.create("session")
        await ground.survives(worktree)
        assert (ground.repository / ".git" / "config").read_bytes() == config
    finally:
        await opening.__aexit__(None, None, None)


async def test_BR15_reftable(home: Home, newer: str) -> None:
    ground, opening = await _with(newer, home, ref_format="reftable")
    try:
        assert (ground.repository / ".git" / "HEAD").read_bytes() == b"ref: refs/heads/.invalid\n"
        worktree = await ground.create("session", branch="session")
        listed = await ground.call("list", wait=True)
        assert listed.repositories[0].ref_format == "reftable"
        assert {row.head.branch for row in listed.checkouts} == {"main", "session"}
        ground.playground.commit(worktree, "only here", {"c.txt": "c"})
        abandoned = ground.playground.commit(worktree, "abandoned", {"c.txt": "d"})
        ground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=worktree)
        ground.playground.dirty(worktree)
        await ground.survives(worktree)
        assert ground.playground.exists(abandoned, ground.repository)
    finally:
        await opening.__aexit__(None, None, None)


async def test_BR16_the_repository_moved(ground: Ground) -> None:
    worktree = await ground.create("left-behind")
    ground.playground.dirty(worktree)
    moved = ground.playground.directory / "moved"
    files = ground.observe().files(worktree)
    ground.repository.rename(moved)
    assert ground.playground.run("status", cwd=worktree).returncode == 128
    ground.repository = moved
    before = ground.observe()
    await ground.call("list", wait=True)
    assert ground.difference(before) == []
    await ground.agree("repair")
    assert ground.git("status", "--porcelain", cwd=worktree)
    assert {k: v for k, v in ground.observe().files(worktree).items() if k != b".git"} == {
        k: v for k, v in files.items() if k != b".git"
    }


async def test_BR18_shallow_proves_nothing(ground: Ground) -> None:
    for number in range(3):
        ground.playground.commit(ground.repository, f"{number}", {"a.txt": f"{number}\n"})
    ground.repository = ground.playground.shallow(ground.repository)
    worktree = await ground.create("session", branch="session")
    ground.playground.commit(worktree, "work", {"c.txt": "c"})
    row = await ground.hedgerow.row(ground.repository, worktree)
    assert row.landed is None or row.landed.state == "unknown"
    with ground.nothing_changes():
        await ground.agree("cleanUp", landed=True, deleteBranch=True)
    await ground.survives(worktree)


async def test_BR20_a_filter_that_is_not_there(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "lfs", {".gitattributes": "*.big filter=lfs\n"})
    ground.git("config", "filter.lfs.required", "true")
    ground.git("config", "filter.lfs.clean", "cat")
    ground.git("config", "filter.lfs.smudge", "cat")
    ground.playground.commit(ground.repository, "data", {"data.big": "pointer\n"})
    worktree = await ground.create("before")
    ground.git("config", "filter.lfs.clean", "git-lfs-is-not-here clean")
    ground.git("config", "filter.lfs.smudge", "git-lfs-is-not-here smudge")
    control = ground.playground.run("worktree", "add", ground.playground.directory / "x", cwd=ground.repository)
    assert control.returncode != 0
    ground.git("worktree", "prune")
    before = ground.observe()
    try:
        made = await ground.create("after")
    except Exception as error:  # noqa: BLE001
        assert error.__class__.__name__ == "HedgerowError", error
        assert "lfs" in str(error)
        assert ground.difference(before) == []
    else:
        assert (made / "data.big").read_text() == "pointer\n"
    # What is edited where the filter has gone missing is still taken whole.
    (worktree / "data.big").write_bytes(b"edited without the filter\n")
    (worktree / "new.big").write_bytes(b"new\0")
    contents = ground.observe().files(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    await ground.agree("undo", operation=result.operation.id)
    assert ground.observe().files(worktree) == contents
    await ground.survives(worktree)


async def test_BR21_sparse(ground: Ground) -> None:
    ground.playground.commit(ground.repository, "big", {"other/c.txt": "c", "sub/d.txt": "d"})
    ground.playground.sparse(ground.repository, "sub")
    config = (ground.repository / ".git" / "config").read_bytes()
    worktree = await ground.create("inherits")
    assert (worktree / "sub" / "d.txt").exists()
    assert not (worktree / "other").exists()
    assert (ground.repository / ".git" / "config").read_bytes() == config
    assert ground.git("status", "--porcelain", cwd=worktree) == b""
    (worktree / "sub" / "d.txt").write_text("edited\n")
    await ground.survives(worktree)
    assert (ground.repository / ".git" / "config").read_bytes() == config


@pytest.mark.parametrize("name", ["line\nbreak", "two  spaces", "ünïcødé-木", 'quo"te', "-dash"])
async def test_BR25_paths_that_are_hard_to_read(ground: Ground, name: str) -> None:
    path = ground.playground.directory / f"x{name}" if not name.startswith("-") else ground.playground.directory / name
    ground.git("worktree", "add", "--quiet", "--detach", path)
    if "\n" in name:
        listed = ground.git("worktree", "list", "--porcelain").decode().splitlines()
        assert f"worktree {path}" not in listed, "without -z the path is torn in two"
    row = await ground.hedgerow.row(ground.repository, path)
    assert row.state.value == "ok"
    ground.playground.dirty(path)
    await ground.survives(path)


async def test_BR25_a_repository_at_a_path_that_is_no_text(ground: Ground) -> None:
    parent = ground.playground.directory / os.fsdecode(b"not-utf8-\xff\nand a newline")
    parent.mkdir()
    moved = parent / "project"
    ground.repository.rename(moved)
    ground.repository = moved
    before = ground.observe()
    try:
        worktree = await ground.create("session")
    except HedgerowError as error:
        # It may be more than the wire can name; then it is refused with a sentence, not with an accident.
        assert error.code.value == "unsupported", f"{error.code}: {error.message}"
        assert_sentence(error.message)
        assert ground.difference(before) == []
        return
    ground.playground.dirty(worktree)
    contents = ground.observe().files(worktree)
    result = await ground.clean_up(worktree)
    assert result.operation is not None
    await ground.agree("undo", operation=result.operation.id)
    assert ground.observe().files(worktree) == contents


async def test_BR27_jujutsu(ground: Ground) -> None:
    worktree = await ground.create("before-jj")
    ground.playground.jujutsu(ground.repository)
    listed = await ground.call("list", wait=True)
    assert any("jj" in problem or "Jujutsu" in problem for problem in listed.repositories[0].problems)
    for verb, params in (
        ("create", {"name": "x"}),
        ("cleanUp", {"checkouts": [str(worktree)]}),
        ("branchHere", {"checkout": str(worktree), "branch": "b"}),
        ("undo", {}),
        ("repair", {}),
    ):
        await ground.refused(verb, "unsupported", **params)
    shutil.rmtree(ground.repository / ".jj")
    await ground.clean_up(worktree)


def test_BR27_is_seen_by_the_witness(ground: Ground) -> None:
    before = Oracle(ground.home).observe(ground.repository)
    ground.playground.jujutsu(ground.repository)
    assert ground.difference(before) != []
    assert not any(hedgerows_own(fact) for fact in before.facts)
