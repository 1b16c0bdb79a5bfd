"""Bad input: each has its sentence, and nothing has changed."""

# ruff: noqa: PLC0415, ARG005 - what a test patches, it imports itself; every lambda of a table has the same shape

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

BAD_NAMES = {
    "a slash": "a/b",
    "dots": "..",
    "a dot": ".",
    "a path out": "../x",
    "absolute": "/x",
    "a control character": "a\x07b",
    "an escape": "a\x1b[31mb",
    "a NUL": "a\0b",
    "a dash in front": "-x",
    "two dashes in front": "--force",
    "a newline": "a\nb",
    "too long": "n" * 300,
    "nothing": "",
    "a blank": " ",
    "git's own": ".git",
    "ours": ".trash",
    "a lone surrogate": "a\udcffb",
}


@pytest.mark.parametrize("name", BAD_NAMES)
async def test_names(ground: Ground, name: str) -> None:
    await ground.refused("create", "badName", "badParams", name=BAD_NAMES[name])


BAD_BRANCHES = {
    "dots": "a..b",
    "a lock": "a.lock",
    "a dash in front": "-b",
    "a newline": "a\nb",
    "a blank": "a b",
    "too long": "b" * 300,
    "HEAD": "HEAD",
    "a colon": "a:b",
    "a caret": "a^b",
    "nothing": "",
    "reflog syntax": "@{-1}",
    "an at": "@",
    "a slash at the end": "a/",
    "ours": "refs/hedgerow/x",
}


@pytest.mark.parametrize("name", [name for name in BAD_BRANCHES if name != "ours"])
async def test_branch_names(ground: Ground, name: str) -> None:
    await ground.create("session")
    for verb, params in (("create", {"name": "x"}), ("branchHere", {"checkout": "session"})):
        await ground.refused(verb, "badName", "badParams", branch=BAD_BRANCHES[name], **params)


async def test_labels(ground: Ground) -> None:
    await ground.create("session")
    for label in ("a\nb", "a\x1b[2Jb", "", "l" * 2000, "a\0b"):
        await ground.refused("rename", "badName", "badParams", checkout="session", label=label)


async def test_a_name_that_is_taken(ground: Ground) -> None:
    await ground.create("Taken", branch="Taken")
    for name in ("Taken", "taken", "TAKEN"):
        error = await ground.refused("create", "nameTaken", name=name)
        assert "Taken" in error.message
    # Also by something that is no worktree at all.
    (ground.repository.parent / "project.worktrees" / "a-directory").mkdir()
    await ground.refused("create", "nameTaken", name="a-directory")
    await ground.refused("create", "branchExists", "branchBusy", name="other", branch="main")
    await ground.refused("create", "branchExists", "badName", "nameTaken", name="other", branch="Taken/below")


def _starts(ground: Ground) -> dict[str, str]:
    blob = ground.git("rev-parse", "HEAD:a.txt").decode().strip()
    tree = ground.git("rev-parse", "HEAD^{tree}").decode().strip()
    return {
        "an option": "--help", "a short option": "-b", "a blob": blob, "a tree": tree, "missing": "no-such-branch",
        "a missing object": "1" * 40, "ambiguous": ground.playground.head(ground.repository)[:1], "nothing": "",
        "a range": "main..main", "a path": "HEAD:a.txt", "a newline": "main\nmain", "a NUL": "main\0",
        "an unknown pull request": "#123", "no number": "#", "a pull request of nobody": "https://example.org/x/y/pull/1",
        "a snapshot that is not there": "s00000000", "a search": ":/first", "a negation": "^main", "a star": "*",
    }  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "an option", "a short option", "a blob", "a tree", "missing", "a missing object", "ambiguous", "nothing",
        "a range", "a path", "a newline", "a NUL", "an unknown pull request", "no number", "a pull request of nobody",
        "a snapshot that is not there", "a negation", "a star",
    ],
)  # fmt: skip
async def test_start_points(ground: Ground, name: str) -> None:
    await ground.refused(
        "create", "badStart", "badParams", "noSuchSnapshot", name="x", **{"from": _starts(ground)[name]}
    )


async def test_a_start_point_that_is_a_tag_and_a_branch(ground: Ground) -> None:
    ground.git("branch", "both")
    ground.playground.commit(ground.repository, "second", {"c.txt": "c"})
    ground.git("tag", "both")
    await ground.refused("create", "badStart", "ambiguous", name="x", **{"from": "both"})
    worktree = await ground.create("x", **{"from": "refs/heads/both"})
    assert not (worktree / "c.txt").exists()


@pytest.mark.parametrize("base", ["no-such", "--help", "HEAD:a.txt", "", "#1", "a\nb"])
async def test_bases(ground: Ground, base: str) -> None:
    await ground.create("session")
    await ground.refused("setBase", "badStart", "badParams", checkout="session", base=base)


@pytest.mark.parametrize("token", ["invented", "", "p" * 500, "../../x", "a\0b"])
async def test_invented_tokens(ground: Ground, token: str) -> None:
    worktree = await ground.create("session")
    (worktree / "untracked.txt").write_text("x")
    for verb, params in (
        ("cleanUp", {"checkouts": ["session"]}),
        ("create", {"name": "x"}),
        ("undo", {}),
        ("repair", {}),
        ("restore", {"snapshot": "session"}),
    ):
        await ground.refused(verb, "unknownToken", "badParams", "noSuchSnapshot", token=token, **params)


async def test_tokens_are_for_one_plan_once(ground: Ground) -> None:
    first, second = await ground.create("first"), await ground.create("second")
    for worktree in (first, second):
        (worktree / "untracked.txt").write_text("x")
    plan = await ground.plan("cleanUp", checkouts=["first"])
    # Not for another command; and with other params it does what was agreed to, or nothing.
    await ground.refused("create", "unknownToken", name="x", token=plan.token)
    plan = await ground.plan("cleanUp", checkouts=["first"])
    with contextlib.suppress(HedgerowError):
        await ground.call("cleanUp", checkouts=["second"], token=plan.token)
    assert second.exists()
    if first.exists():
        plan = await ground.plan("cleanUp", checkouts=["first"])
        await ground.call("cleanUp", checkouts=["first"], token=plan.token)
    assert not first.exists()
    await ground.refused("cleanUp", "unknownToken", "noSuchCheckout", checkouts=["first"], token=plan.token)
    assert second.exists()


STALE: dict[str, Callable[[Ground, Path], object]] = {
    "an edit": lambda ground, path: (path / "a.txt").write_text("later\n"),
    "an untracked file": lambda ground, path: (path / "later.txt").write_text("later\n"),
    "an ignored file": lambda ground, path: (path / ".env").write_text("later\n"),
    "a mode": lambda ground, path: (path / "a.txt").chmod(0o755),
    "a commit": lambda ground, path: ground.playground.commit(path, "later", {"later.txt": "x"}),
    "a staged file": lambda ground, path: ground.git("rm", "--quiet", "--cached", "a.txt", cwd=path),
    "a lock": lambda ground, path: ground.git("worktree", "lock", path),
    "another branch": lambda ground, path: ground.git("switch", "--quiet", "--create", "later", cwd=path),
    "an operation": lambda ground, path: ground.git("bisect", "start", cwd=path),
    "same size and time": lambda ground, path: _rewrite_in_place(path / "a.txt"),
}


def _rewrite_in_place(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes().swapcase())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("name", STALE)
async def test_stale_tokens(ground: Ground, name: str) -> None:
    worktree = await ground.create("session")
    (worktree / "untracked.txt").write_text("x")
    plan = await ground.plan("cleanUp", checkouts=["session"])
    STALE[name](ground, worktree)
    await ground.refused("cleanUp", "stalePlan", "protected", checkouts=["session"], token=plan.token)


async def test_a_look_by_git_does_not_make_a_plan_stale(ground: Ground) -> None:
    worktree = await ground.create("session")
    (worktree / "untracked.txt").write_text("x")
    (worktree / "a.txt").write_text("one\n")
    plan = await ground.plan("cleanUp", checkouts=["session"])
    ground.git("status", cwd=worktree)
    ground.git("update-index", "--refresh", cwd=worktree)
    await ground.call("cleanUp", checkouts=["session"], token=plan.token)
    assert not worktree.exists()


@pytest.mark.parametrize("checkout", ["", "no-such", "/", "/nonexistent/x", "..", "a\nb", "*", "-x", "a\0b"])
async def test_checkouts_that_are_not_there(ground: Ground, checkout: str) -> None:
    await ground.create("session")
    for verb, params in (
        ("keep", {"checkout": checkout}),
        ("adopt", {"checkout": checkout}),
        ("setBase", {"checkout": checkout, "base": "main"}),
        ("branchHere", {"checkout": checkout, "branch": "b"}),
        ("rename", {"checkout": checkout, "label": "l"}),
        ("cleanUp", {"checkouts": [checkout]}),
        ("cleanUp", {"checkouts": ["session", checkout]}),
    ):
        await ground.refused(verb, "noSuchCheckout", "badParams", "protected", **params)


@pytest.mark.parametrize("what", ["s0", "", "no-such", "../x", "a\nb", "-x"])
async def test_snapshots_and_operations_that_are_not_there(ground: Ground, what: str) -> None:
    await ground.refused("restore", "noSuchSnapshot", "badParams", snapshot=what)
    await ground.refused("undo", "noSuchOperation", "badParams", operation=what)
    with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
        await ground.call("show", id=what)
    assert_sentence(refusal.value.message)


async def test_nothing_to_undo(ground: Ground) -> None:
    await ground.refused("undo", "noSuchOperation", "notUndoable")


async def test_a_place_that_is_no_repository(ground: Ground) -> None:
    outside = ground.playground.directory / "plain"
    outside.mkdir()
    for place in (outside, ground.playground.directory / "missing", Path("/"), Path("/etc/hostname")):
        for verb, params in (("create", {"name": "x"}), ("cleanUp", {"landed": True}), ("list", {}), ("undo", {})):
            with pytest.raises(HedgerowError) as refusal:
                await ground.call(verb, repository=str(place), **params)
            assert refusal.value.code.value in ("notARepository", "untrusted"), refusal.value
            assert_sentence(refusal.value.message)


async def test_a_checkout_that_vanished(ground: Ground) -> None:
    worktree = await ground.create("session")
    (worktree / "untracked.txt").write_text("x")
    plan = await ground.plan("cleanUp", checkouts=["session"])
    shutil.rmtree(worktree)
    await ground.refused("cleanUp", checkouts=["session"], token=plan.token)
    for verb, params in (
        ("branchHere", {"checkout": "session", "branch": "b"}),
        ("setBase", {"checkout": "session", "base": "no"}),
    ):
        await ground.refused(verb, **params)


async def test_a_checkout_of_someone_else(ground: Ground) -> None:
    by_hand = ground.playground.worktree(ground.repository, "mine")
    await ground.refused("keep", "protected", "noSuchCheckout", checkout=str(by_hand))
    for verb, params in (("adopt", {}), ("keep", {})):
        await ground.refused(
            verb, "protected", "noSuchCheckout", "badParams", checkout=str(ground.repository), **params
        )


async def test_in_the_middle_of_a_merge(ground: Ground) -> None:
    worktree = await ground.create("session")
    ground.playground.merge_in_progress(worktree)
    error = await ground.refused("cleanUp", "protected", checkouts=["session"])
    assert "merge" in error.message
    ground.playground.merge_in_progress(ground.repository)
    error = await ground.refused(
        "create", "protected", "unsupported", "cannotSnapshot", "conflict", name="x", carry="move"
    )
    assert "merge" in error.message


async def test_a_repository_without_a_commit(ground: Ground) -> None:
    ground.repository = ground.playground.repository("unborn", commit=False)
    rows = await ground.hedgerow.rows(ground.repository)
    assert rows[0].head.kind.value == "unborn"
    await ground.refused("create", "badStart", "unsupported", name="x")


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


async def test_unknown_and_ill_typed_fields(ground: Ground) -> None:
    from pydantic import ValidationError

    for verb, params in (
        ("create", {"nme": "x"}), ("create", {"carry": "steal"}), ("cleanUp", {"checkouts": "session"}),
        ("keep", {"checkout": None}), ("undo", {"operation": 3}),
    ):  # fmt: skip
        with ground.nothing_changes(), pytest.raises(ValidationError):
            await ground.call(verb, **params)
