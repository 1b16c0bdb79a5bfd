"""SE01-SE15: set-up scripts, hooks, and what leaks in from the environment."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import shell
from tests.support.oracle import of_checkout
from tests.support.repositories import Program

SCRIPT = ".hedgerow/setup.sh"


def commit_script(ground: Ground, text: str, name: str = SCRIPT) -> str:
    """Commit a set-up script to the current branch; the sha256 of its bytes."""
    body = f"#!/bin/sh\n{text}\n"
    ground.playground.commit(ground.repository, "set-up", {name: Program(body)})
    return hashlib.sha256(body.encode()).hexdigest()


async def allowed(ground: Ground, name: str, sha256: str, **params: Any) -> Any:
    return await ground.agree("create", name=name, setup={"sha256": sha256}, **params)


async def test_SE01_only_the_bytes_that_were_allowed(ground: Ground) -> None:
    sha256 = commit_script(ground, 'touch "$HEDGEROW_LOCAL/../ran-first"')
    ran = ground.playground.directory / "ran-first"
    plan = await ground.plan("create", name="one")
    assert plan.setup is not None
    assert (plan.setup.sha256, plan.setup.allowed, plan.needs_agreement) == (sha256, False, True)
    assert "ran-first" in plan.setup.text
    assert not ran.exists()
    # Agreeing to everything on the shell is no consent to a script.
    shell(ground.home, ground.repository, "create", "by-shell", "--json", "--yes")
    assert not ran.exists()
    # Nor are other bytes than those that are there.
    await ground.refused("create", name="wrong", setup={"sha256": "0" * 64})
    assert not ran.exists()
    result = await allowed(ground, "two", sha256)
    assert result.setup.state == "done"
    assert ran.exists()
    # The branch of somebody else has a script of its own, which nobody has seen.
    ground.git("switch", "--quiet", "--create", "contributed")
    commit_script(ground, 'touch "$HEDGEROW_LOCAL/../ran-second"')
    ground.git("switch", "--quiet", "main")
    plan = await ground.plan("create", name="three", **{"from": "contributed"})
    assert plan.setup is not None
    assert not plan.setup.allowed
    assert not (ground.playground.directory / "ran-second").exists()


async def test_SE02_no_hook_runs(ground: Ground) -> None:
    ran = ground.playground.directory / "hook-ran"
    for hook in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc", "post-rewrite"):
        ground.playground.write(ground.repository, {f".git/hooks/{hook}": Program(f"#!/bin/sh\ntouch '{ran}'\n")})
    ground.playground.worktree(ground.repository, "control")
    assert ran.exists()
    ran.unlink()

    worktree = await ground.create("quiet", branch="quiet", carry="copy")
    ground.playground.write(worktree, {"untracked.txt": "x"})
    assert not ran.exists()
    for verb, params in (
        ("setBase", {"checkout": "quiet", "base": "HEAD"}), ("cleanUp", {"checkouts": ["quiet"], "deleteBranch": True}),
        ("undo", {}), ("cleanUp", {"checkouts": ["quiet"]}), ("restore", {"snapshot": "quiet"}), ("repair", {}),
    ):  # fmt: skip
        await ground.agree(verb, **params)
        assert not ran.exists(), verb


async def test_SE04_a_server_in_the_background(ground: Ground) -> None:
    pid_file = ground.playground.directory / "pid"
    sha256 = commit_script(ground, f"sleep 600 &\necho $! > '{pid_file}'\necho ready")
    started = time.monotonic()
    result = await asyncio.wait_for(allowed(ground, "served", sha256), 60)
    assert result.setup.state == "done"
    assert result.setup.exit_code == 0
    assert time.monotonic() - started < 60
    assert "ready" in Path(result.setup.log).read_text()
    _end(int(pid_file.read_text()))


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


async def test_SE05_every_way_of_making_one_sets_it_up(ground: Ground) -> None:
    sha256 = commit_script(ground, 'echo x >> "$HEDGEROW_WORKTREE/set-up.ignored"')
    remote = ground.playground.remote(ground.repository)
    ground.playground.pull_request(remote, 7, {"p.txt": "p"})
    made = [await allowed(ground, "from-head", sha256)]
    made.append(await allowed(ground, "from-branch", sha256, **{"from": "main", "branch": "b"}))
    made.append(await allowed(ground, "carried", sha256, carry="copy"))
    plan = await ground.plan("create", **{"from": "#7"})
    assert plan.setup is not None, "a pull request always asks"
    made.append(await allowed(ground, "from-pull-request", sha256, **{"from": "#7"}))
    for result in made:
        assert (Path(result.paths[0]) / "set-up.ignored").read_text() == "x\n", result.paths
        row = await ground.hedgerow.row(ground.repository, Path(result.paths[0]))
        assert row.setup.value == "done"


async def test_SE07_nothing_of_git_leaks_in(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    control = ground.playground.repository("control")
    ground.playground.commit(control, "second", {"new.txt": "x"})
    (control / "staged.txt").write_text("staged")
    ground.git("add", "staged.txt", cwd=control)
    leak = {"GIT_INDEX_FILE": str(control / ".git" / "index")}
    ground.playground.git(
        "worktree", "add", "--quiet", "--detach", ground.playground.directory / "x", "HEAD~1", cwd=control, env=leak
    )
    assert b"staged.txt" not in ground.git("ls-files", cwd=control), "the leak replaced the index of the source"

    other = ground.playground.repository("other")
    ground.playground.dirty(ground.repository)
    names = ground.git("rev-parse", "--local-env-vars").decode().split()
    for name in names:
        monkeypatch.setenv(name, str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(ground.repository / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    before, elsewhere = ground.observe(), ground.oracle.observe(other)
    worktree = await ground.create("clean", branch="clean", carry="copy")
    assert ground.observe().index(worktree) == before.index(ground.repository)
    await ground.clean_up(worktree)
    await ground.agree("undo")
    shell_made = shell(
        ground.home, ground.repository, "create", "by-shell", "--json", "--yes",
        env={name: value for name, value in os.environ.items() if name.startswith("GIT_")},
    )  # fmt: skip
    assert shell_made.exit_code == 0, shell_made.output + shell_made.errors
    made = Path(shell_made.json["paths"][0])
    changed = ground.difference(before, except_for=[of_checkout(worktree, made)])
    assert [line for line in changed if "refs/heads/clean" not in line] == []
    assert ground.oracle.observe(other).facts == elsewhere.facts


async def test_SE10_half_made(ground: Ground) -> None:
    # What a `git worktree add` that was killed leaves: a branch, a directory, and an entry without its end.
    worktrees = ground.repository.parent / "project.worktrees"
    path = worktrees / "half"
    ground.git("branch", "half")
    path.mkdir(parents=True)
    (path / "precious.txt").write_text("written meanwhile")
    admin = ground.repository / ".git" / "worktrees" / "half"
    admin.mkdir(parents=True)
    (admin / "HEAD").write_text("ref: refs/heads/half\n")
    control = ground.playground.run("worktree", "add", path, "half", cwd=ground.repository)
    assert control.returncode != 0
    assert ground.playground.run("worktree", "remove", path, cwd=ground.repository).returncode != 0

    await ground.refused("create", "nameTaken", "branchExists", name="half", branch="half")
    # It is nobody's that we know, so it is told of, and mended only by name.
    with ground.nothing_changes():
        found_by_repair = await ground.agree("repair")
    assert [kept.name for kept in found_by_repair.kept] == ["half"]
    await ground.agree("repair", only=["half"])
    ground.git("worktree", "add", "--quiet", ground.playground.directory / "elsewhere", "half")
    found = list(ground.repository.parent.rglob("precious.txt"))
    found += list(ground.home.hedgerow_state.rglob("precious.txt"))
    assert found, "repair quarantines, it never deletes"


async def test_SE11_made_is_made(ground: Ground) -> None:
    sha256 = commit_script(ground, "echo cannot go on >&2\nexit 3")
    result = await allowed(ground, "unset", sha256)
    assert result.operation.state == "done"
    assert (result.setup.state, result.setup.exit_code) == ("failed", 3)
    assert "cannot go on" in Path(result.setup.log).read_text()
    row = await ground.hedgerow.row(ground.repository, Path(result.paths[0]))
    assert (row.setup.value, row.state.value) == ("failed", "ok")


async def test_SE12_nothing_is_linked_unasked(ground: Ground) -> None:
    ground.playground.write(ground.repository, {"node_modules/package/index.js": "Local's"})
    worktree = await ground.create("own")
    assert not (worktree / "node_modules").exists()


async def test_SE13_nobody_to_ask(ground: Ground) -> None:
    sha256 = commit_script(ground, "read answer || echo nobody\n[ -t 0 ] || echo no terminal")
    result = await asyncio.wait_for(allowed(ground, "asking", sha256), 60)
    assert result.setup.state == "done"
    assert Path(result.setup.log).read_text().split("\n")[-3:] == ["nobody", "no terminal", ""]


async def test_SE14_the_environment_of_local(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    out = ground.playground.directory / "environment"
    sha256 = commit_script(ground, f"env > '{out}'\npwd >> '{out}'")
    monkeypatch.setenv("VIRTUAL_ENV", str(ground.repository / ".venv"))
    monkeypatch.setenv("GIT_DIR", str(ground.repository / ".git"))
    result = await allowed(ground, "scrubbed", sha256)
    worktree = result.paths[0]
    lines = out.read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if "=" in line)
    assert lines[-1] == worktree
    assert variables["HEDGEROW_WORKTREE"] == worktree
    assert variables["HEDGEROW_LOCAL"] == str(ground.repository)
    assert variables["HEDGEROW_NAME"] == "scrubbed"
    assert not [name for name in variables if name.startswith("GIT_")]
    pointing = [name for name, value in variables.items() if str(ground.repository) + "/" in value + "/"]
    assert [name for name in pointing if name not in ("HEDGEROW_LOCAL", "HEDGEROW_WORKTREE", "PWD")] == []


async def test_SE15_cancelled_with_all_it_started(ground: Ground) -> None:
    pids = ground.playground.directory / "pids"
    sha256 = commit_script(ground, f"sleep 600 &\necho $! $$ > '{pids}.new'\nmv '{pids}.new' '{pids}'\nsleep 600")
    before = ground.observe()
    creating = asyncio.ensure_future(allowed(ground, "cancelled", sha256))
    deadline = time.monotonic() + 60
    while not pids.exists():
        assert time.monotonic() < deadline
        assert not creating.done(), creating
        await asyncio.sleep(0.02)
    creating.cancel()
    with pytest.raises(asyncio.CancelledError):
        await creating
    for pid in pids.read_text().split():
        deadline = time.monotonic() + 30
        while psutil.pid_exists(int(pid)) and psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, f"{pid} still runs"
            await asyncio.sleep(0.02)
    # A cancelled create leaves nothing behind.
    assert ground.difference(before) == []
    assert not (ground.repository.parent / "project.worktrees" / "cancelled").exists()
