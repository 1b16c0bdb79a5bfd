"""What gits after 2.39 do differently: reftable, relative worktree paths. Run with such a git, unpacked beside."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.checkouts.room import Room, row_at
from tests.support.home import Home
from tests.support.repositories import Playground, newer_git

from hedgerow.checkouts.identity import prove_identity
from hedgerow.checkouts.operation import busy_branches
from hedgerow.protocol.checkouts import CheckoutState, HeadKind
from hedgerow.protocol.errors import ErrorCode, HedgerowError

_TESTBED = Path(__file__).parents[1] / "testbed"


@pytest.fixture
def newer(home: Home) -> str:
    found = newer_git()
    if found is not None:
        return found
    script = subprocess.run([_TESTBED / "git.sh", "forky"], capture_output=True, text=True, check=False)
    if script.returncode != 0:
        pytest.skip(f"no newer git: {script.stderr.strip()[-200:]}")
    return script.stdout.strip()


@pytest.fixture
def playground(home: Home, newer: str) -> Playground:
    return Playground(home, git=newer)


@pytest.fixture
def room(home: Home, playground: Playground, newer: str) -> Room:
    return Room(home, playground, executable=newer)


@pytest.fixture
def project(playground: Playground) -> Path:
    return playground.repository(ref_format="reftable")


async def test_heads_and_branches(room: Room, playground: Playground, project: Path) -> None:
    room.identify(project)
    one = playground.worktree(project, "one", "-b", "feature")
    two = room.manage(project, "two")
    head = playground.commit(one, "work", {"n.txt": "n"})
    playground.write(two, {"a.txt": "edited\n"})
    assert "invalid" in (project / ".git/HEAD").read_text(), "control: HEAD as a file says nothing"
    result = await room.list(two)
    assert result.repositories[0].ref_format == "reftable"
    assert result.repositories[0].default_branch == "main"
    assert result.repositories[0].problems == []
    feature, managed = row_at(result, one), row_at(result, two)
    assert (feature.head.branch, feature.head.oid, feature.head.subject) == ("feature", head, "work")
    assert (managed.head.kind, managed.kind.value) == (HeadKind.DETACHED, "managed")
    assert managed.counts is not None
    assert managed.counts.unstaged == 1
    for checkout in (await room.checkouts(project))[1:]:
        assert prove_identity(checkout) is None


async def test_an_unborn_repository(room: Room, playground: Playground) -> None:
    project = playground.repository("unborn", ref_format="reftable", commit=False)
    row = await room.row(project)
    assert (row.head.kind, row.head.branch, row.problem) == (HeadKind.UNBORN, "main", None)


@pytest.mark.parametrize("operation", ["merge", "rebase", "cherry-pick", "revert", "bisect"])
async def test_operations(room: Room, playground: Playground, project: Path, operation: str) -> None:
    worktree = playground.worktree(project, "one", "-b", "feature")
    theirs = playground.commit(worktree, "theirs", {"a.txt": "theirs\n"})
    playground.commit(worktree, "more", {"a.txt": "more\n"})
    match operation:
        case "merge":
            playground.merge_in_progress(worktree)
        case "rebase":
            playground.rebase_paused(worktree)
        case "cherry-pick":
            playground.git("reset", "--quiet", "--hard", "HEAD~2", cwd=worktree)
            playground.commit(worktree, "ours", {"a.txt": "ours\n"})
            assert playground.run("cherry-pick", theirs, cwd=worktree).returncode == 1
        case "revert":
            assert playground.run("revert", "--no-edit", theirs, cwd=worktree).returncode == 1
        case _:
            playground.git("bisect", "start", "HEAD", "HEAD~2", cwd=worktree)
    result = await room.list(project)
    assert row_at(result, worktree).operation == operation
    assert row_at(result, project).operation is None
    if operation in {"rebase", "bisect"}:
        assert busy_branches(await room.checkouts(project))["refs/heads/feature"].path == worktree


async def test_the_remotes_default_branch(room: Room, playground: Playground) -> None:
    project = playground.repository("other", branch="trunk", ref_format="reftable")
    playground.remote(project)
    assert (await room.list(project)).repositories[0].default_branch == "origin/trunk"


async def test_work_that_has_landed(room: Room, playground: Playground, project: Path) -> None:
    worktree = playground.worktree(project, "one", "-b", "feature")
    playground.commit(worktree, "one", {"n.txt": "1"})
    playground.commit(worktree, "two", {"n.txt": "2"})
    playground.git("merge", "--quiet", "--squash", "feature", cwd=project)
    playground.git("commit", "--quiet", "-m", "squashed", cwd=project)
    row = await room.row(worktree)
    assert row.landed is not None
    assert (row.landed.state, row.landed.how) == ("landed", "squashed")


async def test_relative_paths_between_a_worktree_and_its_entry(room: Room, playground: Playground) -> None:
    project = playground.repository("other")
    worktree = playground.directory / "relative"
    playground.git("worktree", "add", "--quiet", "--relative-paths", "--detach", worktree, cwd=project)
    assert not (playground.admin(worktree) / "gitdir").read_text().startswith("/"), "control"
    row = await room.row(worktree)
    assert (row.state, row.problem) == (CheckoutState.OK, None)
    assert [prove_identity(each) for each in await room.checkouts(project)][1:] == [None]
    assert (await room.open(worktree)).local == project


async def test_what_an_older_git_cannot_read_is_refused_with_a_sentence(
    home: Home, playground: Playground, project: Path
) -> None:
    if "2.39" not in subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("the git on PATH reads reftable")
    with pytest.raises(HedgerowError) as refused:
        await Room(home, playground).open(project)
    assert refused.value.code is ErrorCode.UNSUPPORTED
    assert "extension" in refused.value.message
