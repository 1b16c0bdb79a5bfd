"""What a snapshot cannot hold is named and refused; nothing is changed, and no half of it stays."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.journal.snapshots.bed import Bed, difference_of
from tests.support.ground import assert_sentence
from tests.support.oracle import Observation

from hedgerow.journal.snapshots import ObstacleKind
from hedgerow.protocol.errors import ErrorCode, HedgerowError


async def refused(bed: Bed, checkout: Path, before: Observation, repository: Path) -> HedgerowError:
    with pytest.raises(HedgerowError) as raised:
        await bed.take_and_hold(checkout)
    assert raised.value.code is ErrorCode.CANNOT_SNAPSHOT
    assert_sentence(raised.value.message)
    after = bed.oracle.observe(repository)
    assert difference_of(before, after) == []
    assert not [ref for ref in after.refs() if ref.startswith("refs/hedgerow/")]
    return raised.value


def unborn(bed: Bed, worktree: Path) -> None:
    bed.playground.git("init", "--quiet", "inner", cwd=worktree)


def with_history(bed: Bed, worktree: Path) -> None:
    unborn(bed, worktree)
    bed.playground.commit(worktree / "inner", "only here", {"x": "x\n"})


def ignored(bed: Bed, worktree: Path) -> None:
    with_history(bed, worktree)
    bed.playground.write(worktree, {".gitignore": "inner/\n"})


def in_place_of_a_file(bed: Bed, worktree: Path) -> None:
    """`add -u` would make a gitlink of it, or drop the path, with exit code 0."""
    bed.playground.write(worktree, {"inner": "tracked\n"})
    bed.playground.git("add", "inner", cwd=worktree)
    (worktree / "inner").unlink()
    unborn(bed, worktree)


def bare(bed: Bed, worktree: Path) -> None:
    bed.playground.git("init", "--quiet", "--bare", "inner", cwd=worktree)


def recorded_as_gitlink(bed: Bed, worktree: Path) -> None:
    """DL27: a generator made a repository, and a commit recorded its commit: the only object store is inside."""
    with_history(bed, worktree)
    bed.playground.git("-c", "advice.addEmbeddedRepo=false", "add", "inner", cwd=worktree)
    bed.playground.git("commit", "--quiet", "-m", "gitlink", cwd=worktree)


@pytest.mark.parametrize("make", [unborn, with_history, ignored, in_place_of_a_file, bare, recorded_as_gitlink])
async def test_another_repository_inside(bed: Bed, make: Callable[[Bed, Path], None]) -> None:
    """SN01, DL27"""
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    make(bed, worktree)
    error = await refused(bed, worktree, bed.oracle.observe(repository), repository)
    assert error.data["paths"] == ["inner"]


async def test_a_worktree_of_the_same_repository_inside_is_passed_over(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    inner = worktree / "agents" / "inner"
    bed.playground.git("worktree", "add", "--quiet", "--detach", inner, cwd=repository)
    bed.playground.write(inner, {"untracked.txt": "of the inner one\n"})
    taken = await bed.take_and_hold(worktree)
    assert taken.worktrees_inside == (b"agents/inner",)
    assert taken.facts == ()


async def test_what_looks_like_a_worktree_of_ours_is_a_repository_of_its_own(bed: Bed) -> None:
    """A `.git` file proves nothing: the administrative directory has to name it back."""
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {"inner/.git": (worktree / ".git").read_bytes()})
    error = await refused(bed, worktree, bed.oracle.observe(repository), repository)
    assert error.data["kinds"] == [ObstacleKind.REPOSITORY.value]


@pytest.mark.parametrize("kind", ["socket", "pipe", "ignored pipe"])
async def test_special_files(bed: Bed, kind: str) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    name = "special.ignored" if kind == "ignored pipe" else "special"
    if kind == "socket":
        directory = os.getcwd()
        os.chdir(worktree)
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(name)
        finally:
            os.chdir(directory)
    else:
        os.mkfifo(worktree / name)
    error = await refused(bed, worktree, bed.oracle.observe(repository), repository)
    assert error.data["paths"] == [name]


@pytest.mark.parametrize("change", ["edited", "other commit", "own commit", "own branch", "untracked", "stash"])
async def test_a_submodule_with_something_of_its_own(bed: Bed, change: str) -> None:
    """DL28"""
    repository = bed.playground.repository()
    bed.playground.submodule(repository)
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.git("submodule", "--quiet", "update", "--init", cwd=worktree)
    module = worktree / "module"
    if change in {"other commit", "own branch"}:
        bed.playground.commit(module, "own", {"inside.txt": "own\n"})
    if change == "own branch":
        bed.playground.git("branch", "mine", cwd=module)
        bed.playground.git("checkout", "--quiet", "HEAD~1", cwd=module)
    if change == "own commit":
        bed.playground.commit(module, "own", {"inside.txt": "own\n"})
        bed.playground.git("add", "module", cwd=worktree)
    if change in {"edited", "stash"}:
        bed.playground.write(module, {"inside.txt": "edited\n"})
    if change == "stash":
        bed.playground.git("stash", cwd=module)
    if change == "untracked":
        bed.playground.write(module, {"new.txt": "new\n"})
    error = await refused(bed, worktree, bed.oracle.observe(repository), repository)
    assert error.data["paths"] == ["module"]


async def test_an_index_lock(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    (bed.playground.admin(worktree) / "index.lock").write_bytes(b"")
    error = await refused(bed, worktree, bed.oracle.observe(repository), repository)
    assert "index.lock" in error.message


async def test_a_damaged_index(bed: Bed) -> None:
    """A failed read is never "nothing there"."""
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    (bed.playground.admin(worktree) / "index").write_bytes(b"DIRC garbage")
    with pytest.raises(HedgerowError) as raised:
        await bed.take(worktree)
    assert raised.value.code is ErrorCode.CANNOT_SNAPSHOT


async def test_a_failing_ignore_rule_is_no_answer(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """SN05: nothing may count as "not ignored" because git could not say."""
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.write(worktree, {".env": "SECRET=1\n"})
    program = bed.home.root / "git-that-cannot-ignore"
    program.write_text('#!/bin/sh\nfor word; do [ "$word" = check-ignore ] && exit 128; done\nexec git "$@"\n')
    program.chmod(0o755)
    bed.git.executable = str(program)
    with pytest.raises(HedgerowError) as raised:
        await bed.take(worktree)
    assert raised.value.code is ErrorCode.CANNOT_SNAPSHOT


async def test_files_that_change_while_they_are_read(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    target = worktree / "busy.txt"
    target.write_text("0")
    program = bed.home.root / "git-while-somebody-writes"
    program.write_text(f'#!/bin/sh\necho x >> "{target}"\nexec git "$@"\n')
    program.chmod(0o755)
    bed.git.executable = str(program)
    with pytest.raises(HedgerowError) as raised:
        await bed.take(worktree)
    assert raised.value.code is ErrorCode.CANNOT_SNAPSHOT
    assert raised.value.data["paths"] == ["busy.txt"]


async def test_a_file_that_changes_once_is_read_again(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    target = worktree / "busy.txt"
    target.write_text("before\n")
    program = bed.home.root / "git-while-somebody-writes-once"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = hash-object ] && ! [ -e "{target}.done.ignored" ] '
        f'&& echo after >> "{target}" && : > "{target}.done.ignored"; done\nexec git "$@"\n'
    )
    program.chmod(0o755)
    bed.git.executable = str(program)
    taken = await bed.take(worktree)
    assert bed.playground.git("show", f"{taken.oid}^3:busy.txt", cwd=repository) == b"before\nafter\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another person")
@pytest.mark.parametrize("what", ["file", "directory", "ignored directory"])
def test_unreadable(bed: Bed, what: str) -> None:
    """Git lists an unreadable directory as empty, with a warning and exit code 0. Root could read it: not as root."""
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    name = {"file": "closed.txt", "directory": "closed", "ignored directory": "closed.ignored"}[what]
    bed.playground.write(worktree, {"closed.txt" if what == "file" else f"{name}/inside": "x\n"})
    os.chmod(worktree / name, 0)
    admin = bed.playground.admin(worktree)
    for directory in (bed.home.root, *bed.home.root.parents):
        if directory.stat().st_uid == 0 and directory not in {Path("/"), Path("/tmp")}:
            directory.chmod(0o755)
    subprocess.run(["chown", "-R", "nobody", bed.home.root], check=True)
    finished = subprocess.run(
        ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups",
         sys.executable, "-c", _AS_SOMEBODY, str(repository), str(worktree), str(admin)],
        env={**bed.home.environment(), "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert finished.stdout.split() == ["cannotSnapshot", name], finished.stderr


_AS_SOMEBODY = """
import asyncio, sys
from pathlib import Path
from hedgerow.git.repository import discover
from hedgerow.git.runner import Git
from hedgerow.journal import snapshots
from hedgerow.protocol.errors import HedgerowError

async def main():
    git = Git()
    repository = await discover(git, Path(sys.argv[1]))
    try:
        await snapshots.take(git, repository, Path(sys.argv[2]), Path(sys.argv[3]), rebuildable=(),
                             large_file_bytes=1 << 20, label="one", reason="test")
    except HedgerowError as error:
        print(error.code.value, *error.data["paths"])

asyncio.run(main())
"""


async def test_cancelled_it_leaves_nothing_running(bed: Bed) -> None:
    repository = bed.playground.repository()
    worktree = bed.playground.worktree(repository, "one")
    bed.playground.dirty(worktree)
    started = bed.home.root / "started"
    program = bed.home.root / "git-that-takes-its-time"
    program.write_text(
        f'#!/bin/sh\nfor word; do [ "$word" = hash-object ] && : > "{started}" && sleep 60; done\nexec git "$@"\n'
    )
    program.chmod(0o755)
    bed.git.executable = str(program)
    taking = asyncio.ensure_future(bed.take(worktree))
    while not started.exists():
        assert not taking.done()
        await asyncio.sleep(0.01)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert list((bed.home.root / "tmp").iterdir()) == [], "its scratch directory is gone"
