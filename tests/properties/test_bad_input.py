"""Bad input: each has its sentence, and nothing has changed."""

# ruff: noqa: PLC0415, ARG005 - what a test patches, it imports itself; every lambda of a table has the same shape

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.ground import Ground, assert_sentence

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
    await ground.refused("cleanUp", "noSuchSnapshot", "badParams", snapshots=[what])
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


async def test_unknown_and_ill_typed_fields(ground: Ground) -> None:
    from pydantic import ValidationError

    for verb, params in (
        ("create", {"nme": "x"}), ("create", {"carry": "steal"}), ("cleanUp", {"checkouts": "session"}),
        ("keep", {"checkout": None}), ("undo", {"operation": 3}),
    ):  # fmt: skip
        with ground.nothing_changes(), pytest.raises(ValidationError):
            await ground.call(verb, **params)
