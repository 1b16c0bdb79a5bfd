"""A read-only repository, a full disk, a damaged state: each has its sentence, and nothing has changed."""

# ruff: noqa: PLC0415 - what a test patches, it imports itself; every lambda of a table has the same shape

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.ground import Ground, assert_sentence
from tests.support.hedgerow import Hedgerow, shell
from tests.support.home import Home, living_in
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground

from hedgerow.protocol.errors import HedgerowError

# -- the machine under it ------------------------------------------------------------------------


AS_SOMEBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def _as_somebody(
    home: Home, cwd: Path, *args: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The product as a user who may write only what the test gave away."""
    program = Path(sys.executable).parent / "hedgerow"
    return subprocess.run(
        [*AS_SOMEBODY, program, *args], cwd=cwd, env=home.environment(env), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def _can_be_somebody() -> bool:
    """Root can become nobody, and nobody can run the product's Python."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    probe = subprocess.run([*AS_SOMEBODY, sys.executable, "-c", "import hedgerow"], capture_output=True, check=False)
    return probe.returncode == 0


async def test_a_read_only_repository() -> None:
    if not _can_be_somebody():
        pytest.skip("needs root and setpriv, and a Python that others may run")
    # Not below pytest's own directory, which it closes to others again and again.
    with tempfile.TemporaryDirectory(dir="/tmp") as directory, living_in(Home(Path(directory)).make()) as home:
        Path(directory).chmod(0o755)
        playground = Playground(home)
        repository = playground.repository()
        async with Hedgerow.opened(home) as hedgerow:
            made = await hedgerow.agree("create", repository, name="session")
        worktree = made.paths[0]
        home.configure("[safe]\n\tdirectory = *\n")
        subprocess.run(["chown", "-R", "65534:65534", home.home, home.root / "tmp", home.root / "run"], check=True)
        oracle = Oracle(home)
        before = oracle.observe(repository)
        for args in (
            ("create", "x"), ("clean-up", worktree), ("branch-here", worktree, "b"), ("create", "y", "--carry", "move"),
        ):  # fmt: skip
            answer = _as_somebody(home, repository, *args, "--json", "--yes")
            said = answer.stdout + answer.stderr
            assert answer.returncode != 0, (args, said)
            assert "Traceback" not in said
            assert "cannot be written" in said or "readOnly" in said, (args, said)
            assert difference(before, oracle.observe(repository)) == [], args
        listed = _as_somebody(home, repository, "list", "--json")
        assert listed.returncode == 0, listed.stdout + listed.stderr
        assert difference(before, oracle.observe(repository), except_for=()) == []


async def test_a_full_disk(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    from hedgerow.journal import files

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    worktree = await ground.create("session")
    ground.playground.dirty(worktree)
    ground.playground.dirty(ground.repository)
    for name in ("write_atomic", "write_new", "copy_file", "make_directory", "rename"):
        with monkeypatch.context() as patch:
            patch.setattr(files, name, full)
            before = ground.observe()
            for verb, params in (
                ("cleanUp", {"checkouts": ["session"]}),
                ("create", {"name": "x", "carry": "move"}),
            ):
                try:
                    await ground.agree(verb, **params)
                except HedgerowError as error:
                    assert error.code.value == "diskFull", f"{name}: {error.code} {error.message}"
                    assert_sentence(error.message)
                    assert ground.difference(before) == []
                else:
                    assert (name, verb) != ("rename", "cleanUp"), "it did not notice"
                    patch.undo()
                    await ground.agree("undo")
                    patch.setattr(files, name, full)


async def test_a_full_disk_for_real(ground: Ground) -> None:
    """A file system of 2 MiB, where the platform lets the test mount one."""
    small = ground.playground.directory / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small file system here")
    try:
        playground = Playground(ground.home)
        playground.directory = small
        repository = playground.repository(files={"a.txt": "one\n", "big.bin": os.urandom(400_000)})
        oracle = Oracle(ground.home)
        filler = small / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass
        os.truncate(filler, filler.stat().st_size - 100 * 1024)
        before = oracle.observe(repository)
        answer = shell(ground.home, repository, "create", "x", "--json", "--yes")
        assert answer.exit_code != 0
        assert "Traceback" not in answer.errors
        assert "diskFull" in answer.output + answer.errors or "space" in answer.output + answer.errors
        assert difference(before, oracle.observe(repository)) == []
        assert not (small / "project.worktrees" / "x").exists()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _garble(path: Path) -> None:
    path.write_bytes(b"this is no database" * 400)


def _newer(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9999")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(_cut_short, "stateDamaged"), (_garble, "stateDamaged"), (_newer, "stateNewer")],
    ids=["cut short", "garbled", "of a newer version"],
)
async def test_the_state_database(home: Home, playground: Playground, spoil: Callable[[Path], None], code: str) -> None:
    repository = playground.repository()
    async with Hedgerow.opened(home) as hedgerow:
        await hedgerow.agree("create", repository, name="session")
    database = home.hedgerow_state / "state.sqlite3"
    for sidecar in database.parent.glob("state.sqlite3-*"):
        sidecar.unlink()
    spoil(database)
    spoilt = database.read_bytes()
    oracle = Oracle(home)
    before = oracle.observe(repository)
    with pytest.raises(HedgerowError) as refusal:
        async with Hedgerow.opened(home):
            pass
    assert refusal.value.code.value == code
    assert_sentence(refusal.value.message)
    assert "state.sqlite3" in refusal.value.message or str(home.hedgerow_state) in refusal.value.message
    answer = shell(home, repository, "clean-up", "session", "--json", "--yes")
    assert answer.exit_code != 0
    assert code in answer.output + answer.errors
    assert difference(before, oracle.observe(repository)) == []
    assert database.read_bytes() == spoilt, "what is damaged is left for a repair, not made anew"
