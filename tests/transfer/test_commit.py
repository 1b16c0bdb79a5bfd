"""Commit: what git itself would commit, with the person's hooks and signature; a failure changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import of_area
from tests.support.repositories import Program
from tests.support.until import until

from hedgerow.protocol.errors import HedgerowError


def hook(ground: Ground, name: str, text: str) -> None:
    ground.playground.write(ground.repository / ".git" / "hooks", {name: Program(f"#!/bin/sh\n{text}\n")})


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("where", ["Local", "branch", "detached"])
async def test_what_git_would_commit(ground: Ground, where: str, staged: bool) -> None:
    checkout = ground.repository
    if where != "Local":
        checkout = await ground.create("session", **({"branch": "work"} if where == "branch" else {}))
    ground.playground.dirty(checkout)
    twin = ground.playground.worktree(ground.repository, "twin")
    ground.git("switch", "--quiet", "--detach", ground.playground.head(checkout), cwd=twin)
    ground.playground.dirty(twin)
    if not staged:
        ground.git("add", "--all", cwd=twin)
    ground.git("commit", "--quiet", "-m", "as git does it", cwd=twin)
    before = ground.observe()
    await ground.agree("commit", checkout=str(checkout), message="  as it is asked\n\nand why\n", staged=staged)
    after = ground.observe()
    assert ground.git("log", "-1", "--format=%T%n%an", cwd=checkout) == ground.git(
        "log", "-1", "--format=%T%n%an", cwd=twin
    )
    assert ground.git("log", "-1", "--format=%B", cwd=checkout).startswith(b"  as it is asked\n\nand why\n")
    assert after.index(checkout) == after.index(twin)
    assert after.files(checkout) == before.files(checkout)
    assert ground.git("status", "--porcelain", cwd=checkout) == ground.git("status", "--porcelain", cwd=twin)
    assert ground.oracle.fsck(ground.repository) == []
    await ground.agree("undo")
    assert ground.difference(before, except_for=[of_area("reflog")]) == []


async def test_hooks_run_and_can_refuse(ground: Ground) -> None:
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    hook(ground, "pre-commit", "echo 'lint: no' >&2; exit 1")
    refusal = await ground.refused("commit", "gitFailed", checkout="Local", message="x")
    assert "pre-commit" in refusal.message
    assert "lint: no" in refusal.message
    hook(ground, "pre-commit", "echo mended > a.txt; git add a.txt")
    hook(ground, "commit-msg", 'echo "Signed-by: hook" >> "$1"')
    await ground.agree("commit", checkout="Local", message="subject")
    assert ground.git("show", "HEAD:a.txt") == b"mended\n"
    assert ground.git("log", "-1", "--format=%B") == b"subject\nSigned-by: hook\n\n"
    assert ground.git("status", "--porcelain") == b""


async def test_a_plan_runs_no_hook(ground: Ground) -> None:
    hook(ground, "pre-commit", f"touch '{ground.home.root / 'ran'}'")
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    with ground.nothing_changes():
        planned = await ground.call("commit", checkout="Local", message="x", dryRun=True)
    assert not (ground.home.root / "ran").exists()
    await ground.call("commit", checkout="Local", message="x", token=planned.plan.token)
    assert (ground.home.root / "ran").exists()


async def test_signing_that_fails_changes_nothing(ground: Ground) -> None:
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    ground.git("config", "commit.gpgSign", "true")
    ground.git("config", "gpg.program", "/bin/false")
    refusal = await ground.refused("commit", "gitFailed", checkout="Local", message="x")
    assert "nothing was changed" in refusal.message


async def test_refused_with_a_sentence(ground: Ground) -> None:
    await ground.refused("commit", "conflict", checkout="Local", message="nothing")
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    await ground.refused("commit", "badParams", checkout="Local", message=" \n")
    await ground.refused("commit", "conflict", checkout="Local", message="x", staged=True)
    lock = ground.repository / ".git" / "index.lock"
    lock.touch()
    await ground.refused("commit", "cannotSnapshot", checkout="Local", message="x")
    lock.unlink()
    config = Path(ground.home.root) / "home" / ".gitconfig"
    if config.exists():
        config.unlink()
        assert "user.name" in (await ground.refused("commit", "unsupported", checkout="Local", message="x")).message


async def test_a_plan_that_is_shown_again_runs_no_hook(ground: Ground) -> None:
    for name in ("pre-commit", "post-commit"):
        hook(ground, name, f"touch '{ground.home.root / 'ran'}'")
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    planned = await ground.call("commit", checkout="Local", message="x", dryRun=True)
    with ground.nothing_changes():
        again = await ground.call("commit", checkout="Local", message="x", dryRun=True, token=planned.plan.token)
    assert again.plan.token == planned.plan.token
    assert not (ground.home.root / "ran").exists()


async def test_cancelled_while_the_last_hook_runs_it_is_committed(ground: Ground) -> None:
    begun = ground.home.root / "begun"
    hook(ground, "post-commit", f"touch '{begun}'; exec sleep 600")
    ground.playground.write(ground.repository, {"a.txt": "changed\n"})
    committing = asyncio.create_task(ground.agree("commit", checkout="Local", message="x"))
    await asyncio.to_thread(until, begun.exists, "the hook")
    committing.cancel()
    assert (await committing).operation is not None
    assert ground.git("show", "HEAD:a.txt") == b"changed\n"


@pytest.mark.parametrize("staged", [False, True])
async def test_what_is_staged_while_hooks_run_stays_staged(ground: Ground, staged: bool) -> None:
    begun, go = ground.home.root / "begun", ground.home.root / "go"
    hook(ground, "pre-commit", f"touch '{begun}'; while [ ! -e '{go}' ]; do sleep 0.02; done")
    ground.playground.write(ground.repository, {"a.txt": "first\n"})
    ground.git("add", "a.txt")
    committing = asyncio.create_task(ground.agree("commit", checkout="Local", message="x", staged=staged))
    await asyncio.to_thread(until, begun.exists, "the hook")
    ground.playground.write(ground.repository, {"a.txt": "second\n"})
    ground.git("add", "a.txt")
    ground.playground.write(ground.repository, {"a.txt": "third\n"})
    with ground.nothing_changes():
        go.touch()
        with pytest.raises(HedgerowError, match="staged"):
            await committing
