"""SX01-SX12: programs that a repository names, paths that lead out, secrets, and ownership."""

# ruff: noqa: N802 - named by the ids of the table; what a test patches, it imports itself

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.ground import Ground, assert_sentence
from tests.support.oracle import of_checkout
from tests.support.repositories import Program

from hedgerow.protocol.errors import HedgerowError


def _canary(ground: Ground, name: str, answer: str = "cat") -> tuple[Path, Path]:
    """A program that leaves a mark when it runs; the program and the mark."""
    mark = ground.playground.directory / f"{name}-ran"
    ground.playground.write(ground.playground.directory, {name: Program(f"#!/bin/sh\ntouch '{mark}'\n{answer}\n")})
    return ground.playground.directory / name, mark


async def test_SX01_fsmonitor(ground: Ground) -> None:
    program, mark = _canary(ground, "fsmonitor", "printf '/\\0'")
    worktree = await ground.create("one")
    ground.git("config", "core.fsmonitor", str(program))
    ground.git("status")
    assert mark.exists()
    mark.unlink()
    ground.git("-c", "core.fsmonitor=false", "status")
    assert not mark.exists()

    (worktree / "a.txt").write_text("edited\n")
    for trusted in (None, (), (ground.playground.directory,)):
        caller = ground.hedgerow.caller(ground.repository, trusted_folders=trusted)
        await ground.hedgerow.call("list", ground.repository, caller=caller, wait=True, sizes=True)
    await ground.clean_up(worktree)
    await ground.agree("restore", snapshot="one", name="two", repository=str(ground.repository))
    await ground.agree("undo")
    assert not mark.exists()


async def test_SX02_the_other_programs(ground: Ground) -> None:
    worktree = await ground.create("one")
    program, mark = _canary(ground, "filter")
    ground.playground.write(ground.repository, {".git/info/attributes": "*.txt filter=evil diff=evil merge=evil\n"})
    for key in ("filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv", "diff.external", "core.editor",
                "core.pager", "core.sshCommand", "credential.helper", "merge.evil.driver", "core.askPass"):  # fmt: skip
        ground.git("config", key, str(program))
    (worktree / "a.txt").write_text("edit\n")
    ground.git("status", cwd=worktree)
    assert mark.exists(), "a filter runs at status, with fsmonitor off"
    mark.unlink()

    caller = ground.hedgerow.caller(ground.repository, trusted_folders=())
    result = await ground.hedgerow.call("list", ground.repository, caller=caller, wait=True, sizes=True)
    assert not result.repositories[0].trusted
    assert {row.path for row in result.checkouts} == {str(ground.repository), str(worktree)}
    for verb, params in _CHANGES:
        with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
            await ground.hedgerow.agree(verb, ground.repository, caller=caller, **params)
        assert refusal.value.code.value == "untrusted", verb
        assert not mark.exists(), verb


_CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("create", {"name": "x"}), ("create", {"name": "x", "carry": "copy"}), ("keep", {"checkout": "one"}),
    ("adopt", {"checkout": "one"}), ("setBase", {"checkout": "one", "base": "HEAD"}), ("undo", {}), ("repair", {}),
    ("branchHere", {"checkout": "one", "branch": "b"}), ("rename", {"checkout": "one", "label": "l"}),
    ("cleanUp", {"checkouts": ["one"]}), ("cleanUp", {"landed": True}), ("cleanUp", {"retention": True}),
]  # fmt: skip


async def test_SX05_paths_that_lead_out(ground: Ground) -> None:
    other = ground.playground.repository("other")
    worktree = ground.playground.worktree(other, "of-another")
    before = ground.oracle.observe(other)
    inside = ground.repository / "sub"
    for name in (
        f"{ground.repository}/../other", f"{inside}/../../by-hand-of-another", str(worktree), str(other), "/", "..",
        ".", f"{ground.repository}-sibling", "../by-hand-of-another",
        f"{ground.repository}/../project.worktrees/../other",
    ):  # fmt: skip
        await ground.refused("cleanUp", checkouts=[name])
    for name in ("../x", "a/../../x", "/tmp/x", "..", ".", ".git", "x/..", ".trash"):
        await ground.refused("create", "badName", "nameTaken", "badParams", name=name)
    assert ground.oracle.observe(other).facts == before.facts
    # A neighbour whose path begins with the same letters is a neighbour, not inside.
    neighbour = ground.playground.repository("project-2")
    caller = ground.hedgerow.caller(neighbour, trusted_folders=(ground.repository,))
    with pytest.raises(HedgerowError) as refusal:
        await ground.hedgerow.call("create", neighbour, caller=caller, name="x")
    assert refusal.value.code.value == "untrusted"


async def test_SX06_paths_in_sentences(ground: Ground) -> None:
    path = ground.playground.directory / "x\nrun: rm -rf\x1b[31m"
    ground.git("worktree", "add", "--quiet", "--detach", path)
    (path / "new\nline.txt").write_text("x")
    ground.git("worktree", "lock", "--reason", "two\nlines\x1b[2J", path)
    error = await ground.refused("cleanUp", "protected", checkouts=[str(path)])
    assert_sentence(error.message)
    ground.git("worktree", "unlock", path)
    plan = await ground.plan("cleanUp", checkouts=[str(path)])
    for text in [plan.title, *(effect.text for effect in plan.effects), *(loss.text for loss in plan.losses)]:
        assert_sentence(text)
    done = await ground.agree("cleanUp", checkouts=[str(path)])
    assert_sentence(done.message)


async def test_SX08_secrets_stay_where_they_are(ground: Ground) -> None:
    ground.playground.write(ground.repository, {".env": "SECRET=local\n", "other.ignored": "x"})
    (ground.repository / ".env").chmod(0o600)
    plain = await ground.create("plain")
    assert not (plain / ".env").exists(), "nothing that is ignored travels unasked"
    carried = await ground.create("carried", carry="copy")
    assert not (carried / ".env").exists()
    ground.playground.commit(ground.repository, "include", {".worktreeinclude": ".env\na.txt\n"})
    included = await ground.create("included")
    assert stat.S_IMODE((included / ".env").stat().st_mode) == 0o600
    assert not (included / "other.ignored").exists()

    (included / ".env").write_text("SECRET=much-too-secret-for-git\n")
    (included / "key.ignored").write_text("SECRET=much-too-secret-for-git\n")
    secret = ground.git("hash-object", included / ".env").decode().strip()
    await ground.clean_up(included)
    assert secret not in ground.oracle.objects(ground.repository)
    state = ground.home.hedgerow_state
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    held = [path for path in state.rglob("*") if path.is_file() and b"much-too-secret" in path.read_bytes()]
    assert held
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in held)


async def test_SX09_addresses_that_are_programs(ground: Ground) -> None:
    program, mark = _canary(ground, "remote-program", "true")
    control = ground.playground.run(
        "-c", "protocol.ext.allow=always", "ls-remote", f"ext::{program} x", cwd=ground.repository
    )
    assert mark.exists(), control.stderr
    mark.unlink()

    ground.git("config", "protocol.ext.allow", "always")
    for start in (
        f"ext::{program} x", f"--upload-pack={program}", f"-c core.sshCommand={program}", f"--exec={program}", "--help",
        f"HEAD@{{upstream}};{program}", f"$({program})", "-", "--", "-n1",
    ):  # fmt: skip
        await ground.refused("create", "badStart", name="x", **{"from": start})
    ground.git("remote", "add", "origin", f"ext::{program} x")
    await ground.refused("create", name="x", **{"from": "#1"})
    for name in ("--detach", "-b", "--lock", "--force"):
        await ground.refused("create", "badName", name=name)
        await ground.refused("create", "badName", "badParams", name="x", branch=name)
    assert not mark.exists()


async def test_SX10_outside_of_local(ground: Ground) -> None:
    worktree = await ground.create("outside")
    assert not worktree.is_relative_to(ground.repository)
    assert worktree.stat().st_dev == ground.repository.stat().st_dev
    (worktree / "a.txt").write_text("edited in the worktree\n")
    assert (ground.repository / "a.txt").read_text() == "one\n"
    assert ground.git("status", "--porcelain") == b""


async def test_SX11_trust_is_for_exact_bytes(ground: Ground) -> None:
    ran = ground.playground.directory / "ran"
    ground.playground.commit(
        ground.repository, "set-up", {".hedgerow/setup.sh": Program(f"#!/bin/sh\necho x >> '{ran}'\n")}
    )
    plan = await ground.plan("create", name="one")
    assert plan.setup is not None
    await ground.agree("create", name="one", setup={"sha256": plan.setup.sha256})
    assert ran.read_text() == "x\n"
    # The same bytes are remembered; one byte more is another script.
    await ground.agree("create", name="two")
    assert ran.read_text() == "x\nx\n"
    ground.playground.commit(
        ground.repository, "set-up", {".hedgerow/setup.sh": Program(f"#!/bin/sh\necho x >> '{ran}' \n")}
    )
    plan = await ground.plan("create", name="three")
    assert plan.setup is not None
    assert not plan.setup.allowed
    assert ran.read_text() == "x\nx\n"
    # Nor does one repository's consent reach another's, be it a copy.
    copy = ground.playground.directory / "copy"
    ground.git("clone", "--quiet", ground.repository, copy, cwd=ground.playground.directory)
    ground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=copy)
    result = await ground.hedgerow.call("create", copy, name="four")
    assert result.plan is not None
    assert ran.read_text() == "x\nx\n"
    # What is remembered lies with the person, never in the repository.
    assert (
        plan.setup.sha256.encode()
        not in subprocess.run(
            ["grep", "-rl", plan.setup.sha256, ground.repository / ".git"], capture_output=True, check=False
        ).stdout
    )


async def test_SX12_a_path_proves_nothing(ground: Ground) -> None:
    ours = await ground.create("ours")
    root = ours.parent
    theirs = root / "theirs"
    ground.git("worktree", "add", "--quiet", "--detach", theirs)
    ground.playground.write(root, {"just-a-directory/precious.txt": "x", "just-a-file": "x"})
    forged = root / "forged"
    ground.git("worktree", "add", "--quiet", "--detach", forged)
    token = [path for path in ground.playground.admin(ours).iterdir() if path.name.startswith("hedgerow")]
    assert token, "a managed worktree carries a token"
    for path in token:
        if path.is_file():
            (ground.playground.admin(forged) / path.name).write_bytes(path.read_bytes())
    before = ground.observe(besides=[root])
    async with type(ground.hedgerow).opened(ground.home, retention=1, trash_hours=0) as eager:
        await eager.agree("cleanUp", ground.repository, retention=True)
        await eager.call("list", ground.repository, wait=True)
    rows = {row.path: row.kind.value for row in await ground.hedgerow.rows(ground.repository)}
    assert rows[str(theirs)] == "foreign"
    assert rows[str(forged)] == "foreign", "a copied token is nobody's"
    await ground.refused("cleanUp", checkouts=[str(root / "just-a-directory")])
    await ground.agree("cleanUp", landed=True)
    after = ground.observe(besides=[root])
    for path in (theirs, forged):
        assert after.of(path) == before.of(path)
    assert (root / "just-a-directory" / "precious.txt").exists()
    assert (root / "just-a-file").exists()
    await ground.agree("repair")
    assert ground.difference(before, except_for=[of_checkout(ours, root)]) == []
    assert (root / "just-a-directory" / "precious.txt").exists()
