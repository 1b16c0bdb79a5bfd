"""Push: to a real remote beside the repository; refusals are sentences; `gh` and `glab` are recorded stand-ins."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.oracle import Fact, of_area, of_ref
from tests.support.repositories import Program

from hedgerow.protocol.errors import HedgerowError
from hedgerow.transfer import pushing
from hedgerow.transfer.forge import forge_of


@pytest.fixture
def remote(ground: Ground) -> Path:
    place = ground.repository.parent / "remote.git"
    ground.git("init", "--quiet", "--bare", place)
    ground.git("remote", "add", "origin", place)
    ground.git("push", "--quiet", "origin", "main")
    ground.git("remote", "set-head", "origin", "main")
    return place


async def work(ground: Ground) -> Path:
    worktree = await ground.create("session", branch="work")
    ground.playground.commit(worktree, "the subject", {"w.txt": "w\n"})
    return worktree


def upstream(fact: Fact) -> bool:
    """What the branch `work` follows, and the file that says so."""
    return (fact.area == "config" and b"branch.work." in fact.name) or (fact.area == "admin" and fact.name == b"config")


def at(ground: Ground, remote: Path, branch: str) -> str:
    return ground.git("rev-parse", f"refs/heads/{branch}", cwd=remote).decode().strip()


async def test_the_branch_arrives_and_nothing_else_changes(ground: Ground, remote: Path) -> None:
    worktree = await work(ground)
    ground.playground.dirty(worktree)
    before = ground.observe()
    result = await ground.agree("push", checkout="session")
    assert at(ground, remote, "work") == ground.playground.head(worktree)
    tracking = of_ref("refs/remotes/origin/work")
    assert ground.difference(before, except_for=[of_area("reflog"), tracking, upstream]) == []
    assert result.operation is not None
    assert not result.operation.undoable
    await ground.refused("undo", "notUndoable", operation=result.operation.id)


async def test_a_branch_that_follows_nothing_follows_what_was_pushed(ground: Ground, remote: Path) -> None:
    """As `git push -u` has it; what a person chose to follow stays, and a push that fails leaves nothing behind."""
    worktree = await work(ground)
    hook = Program("#!/bin/sh\nexit 1\n")
    ground.playground.write(ground.repository / ".git" / "hooks", {"pre-push": hook})
    await ground.refused("push", "gitFailed", checkout="session")
    (ground.repository / ".git" / "hooks" / "pre-push").unlink()
    (ground.repository / ".git" / "config.lock").touch()
    assert "nothing was pushed" in (await ground.refused("push", "gitFailed", checkout="session")).message
    (ground.repository / ".git" / "config.lock").unlink()
    await ground.agree("push", checkout="session")
    assert ground.playground.text("rev-parse", "--abbrev-ref", "work@{upstream}", cwd=worktree) == "origin/work"

    ground.git("branch", "--quiet", "--set-upstream-to=origin/main", "work")
    ground.playground.commit(worktree, "more", {"w.txt": "more\n"})
    await ground.agree("push", checkout="session")
    assert at(ground, remote, "work") == ground.playground.head(worktree)
    assert ground.playground.text("rev-parse", "--abbrev-ref", "work@{upstream}", cwd=worktree) == "origin/main"


async def test_refused_with_a_sentence(ground: Ground) -> None:
    await work(ground)
    assert "git remote add" in (await ground.refused("push", "badParams", checkout="session")).message
    ground.git("remote", "add", "origin", ground.repository.parent / "nothing-there")
    await ground.refused("push", "gitFailed", checkout="session")
    await ground.refused("push", "badParams", checkout="session", remote="nowhere")
    await ground.create("detached")
    assert "branch-here" in (await ground.refused("push", "unsupported", checkout="detached")).message


async def test_what_others_pushed_is_not_replaced_unseen(ground: Ground, remote: Path) -> None:
    worktree = await work(ground)
    await ground.agree("push", checkout="session")
    ground.git("commit", "--quiet", "--amend", "-m", "amended", cwd=worktree)
    assert "fetch" in (await ground.refused("push", "gitFailed", checkout="session")).message
    plan = await ground.plan("push", checkout="session", force=True)
    assert plan.losses[0].kept == "no"
    await ground.call("push", checkout="session", force=True, token=plan.token)
    assert at(ground, remote, "work") == ground.playground.head(worktree)
    other = ground.git("commit-tree", "work^{tree}", "-p", "work", "-m", "by another").decode().strip()
    ground.git("push", "--quiet", remote, f"{other}:refs/heads/work")
    ground.git("commit", "--quiet", "--amend", "-m", "amended again", cwd=worktree)
    assert (
        "not what was last fetched"
        in (await ground.refused("push", "gitFailed", checkout="session", force=True)).message
    )
    assert at(ground, remote, "work") == other


async def test_another_branch_than_was_planned_is_not_spoken_of(ground: Ground, remote: Path) -> None:
    worktree = await work(ground)
    planned = await ground.call("push", checkout="session", dryRun=True)
    ground.git("switch", "--quiet", "-c", "other", cwd=worktree)
    with ground.nothing_changes(), pytest.raises(HedgerowError, match="other"):
        await ground.call("push", checkout="session", token=planned.plan.token)
    ground.git("switch", "--quiet", "work", cwd=worktree)
    await ground.call("push", checkout="session", token=planned.plan.token)
    assert at(ground, remote, "work") == ground.playground.head(worktree)


async def test_cancelled_while_the_pull_request_is_opened_it_is_pushed(
    ground: Ground, remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worktree = await work(ground)
    begun = asyncio.Event()

    async def without_end(*_args: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(pushing, "open_request", without_end)
    monkeypatch.setattr(pushing, "forge_of", lambda _address: forge_of("https://github.com/someone/project.git"))
    opening = asyncio.create_task(ground.agree("push", checkout="session", pullRequest=True))
    await begun.wait()
    opening.cancel()
    result = await opening
    assert any("pull request" in warning for warning in result.warnings)
    assert at(ground, remote, "work") == ground.playground.head(worktree)


async def test_the_persons_hook_can_refuse(ground: Ground, remote: Path) -> None:
    await work(ground)
    hook = Program("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    ground.playground.write(ground.repository / ".git" / "hooks", {"pre-push": hook})
    await ground.refused("push", "gitFailed", checkout="session")
    assert ground.git("for-each-ref", "refs/heads/work", cwd=remote) == b""


@pytest.mark.parametrize(("program", "host"), [("gh", "github.com"), ("glab", "gitlab.com")])
async def test_the_pull_request(
    ground: Ground, remote: Path, monkeypatch: pytest.MonkeyPatch, program: str, host: str
) -> None:
    await work(ground)
    ground.git("remote", "set-url", "origin", f"https://{host}/owner/name.git")
    ground.git("config", f"url.{remote}.insteadOf", f"https://{host}/owner/name.git")
    programs = ground.home.root / "programs"
    without = os.pathsep.join(
        part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / program).exists()
    )
    monkeypatch.setenv("PATH", without)
    by_hand = await ground.agree("push", checkout="session", pullRequest=True)
    assert by_hand.url is not None
    assert by_hand.url.startswith(f"https://{host}/owner/name/")
    script = f'#!/bin/sh\nprintf "%s\\n" "$@" > "{ground.home.root}/asked"\necho https://{host}/owner/name/pull/7\n'
    ground.playground.write(programs, {program: Program(script)})
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{without}")
    opened = await ground.agree("push", checkout="session", pullRequest=True)
    assert opened.url == f"https://{host}/owner/name/pull/7"
    asked = (ground.home.root / "asked").read_text().splitlines()
    assert {"create", "work", "main", "the subject"} <= set(asked)
    ground.playground.write(programs, {program: Program("#!/bin/sh\necho 'not logged in' >&2\nexit 4\n")})
    failed = await ground.agree("push", checkout="session", pullRequest=True)
    assert failed.url == by_hand.url
    assert any("not logged in" in warning for warning in failed.warnings)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://github.com/o/n.git", "https://github.com/o/n/compare/main...a/b?expand=1"),
        ("git@github.com:o/n.git", "https://github.com/o/n/compare/main...a/b?expand=1"),
        ("ssh://git@github.example.org:2222/o/n", "https://github.example.org/o/n/compare/main...a/b?expand=1"),
        (
            "git@gitlab.com:group/sub/n.git",
            "https://gitlab.com/group/sub/n/-/merge_requests/new?merge_request%5Bsource_branch%5D=a%2Fb"
            "&merge_request%5Btarget_branch%5D=main",
        ),
        ("https://user@bitbucket.org/o/n.git", "https://bitbucket.org/o/n/pull-requests/new?source=a%2Fb"),
        ("https://codeberg.org/o/n", "https://codeberg.org/o/n/compare/main...a/b"),
        ("/srv/git/n.git", None),
        ("../n.git", None),
        ("file:///srv/git/n.git", None),
    ],
)
def test_addresses(address: str, expected: str | None) -> None:
    forge = forge_of(address)
    assert (forge.address("a/b", "main") if forge else None) == expected
