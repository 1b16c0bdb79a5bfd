"""What git is in the middle of, and which branches it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.checkouts.room import Room
from tests.support.repositories import Playground

from hedgerow.checkouts.operation import busy_branches
from hedgerow.protocol.checkouts import HeadKind


@pytest.fixture
def worktree(playground: Playground) -> Path:
    return playground.worktree(playground.repository(), "one", "-b", "feature")


async def test_none(room: Room, worktree: Path) -> None:
    assert (await room.row(worktree)).operation is None


async def test_a_merge(room: Room, playground: Playground, worktree: Path) -> None:
    playground.merge_in_progress(worktree)
    row = await room.row(worktree)
    assert row.operation == "merge"
    assert row.counts is not None
    assert row.counts.conflicted == 1


async def test_a_rebase_lists_as_detached_and_holds_its_branches(
    room: Room, playground: Playground, worktree: Path
) -> None:
    playground.commit(worktree, "lower", {"l.txt": "l"})
    playground.git("branch", "stacked", cwd=worktree)
    playground.commit(worktree, "upper", {"u.txt": "u"})
    playground.git(
        "rebase", "--quiet", "--interactive", "--update-refs", "HEAD~2", cwd=worktree,
        env={"GIT_SEQUENCE_EDITOR": "sed -i -e '1s/^pick/edit/'"},
    )  # fmt: skip
    row = await room.row(worktree)
    assert (row.operation, row.head.kind) == ("rebase", HeadKind.DETACHED)
    busy = busy_branches(await room.checkouts(worktree))
    assert busy["refs/heads/feature"].path == worktree
    assert busy["refs/heads/stacked"].path == worktree
    assert busy["refs/heads/main"].local


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
async def test_a_rebase_by_either_backend(room: Room, playground: Playground, worktree: Path, backend: str) -> None:
    playground.commit(worktree, "theirs", {"a.txt": "theirs\n"})
    playground.git("switch", "--quiet", "-c", "other", "HEAD~1", cwd=worktree)
    playground.commit(worktree, "ours", {"a.txt": "ours\n"})
    assert playground.run("rebase", backend, "feature", cwd=worktree).returncode == 1
    assert (await room.row(worktree)).operation == "rebase"
    assert "refs/heads/other" in busy_branches(await room.checkouts(worktree))


async def test_am(room: Room, playground: Playground, worktree: Path) -> None:
    playground.commit(worktree, "theirs", {"a.txt": "theirs\n"})
    patch = playground.git("format-patch", "--stdout", "-1", cwd=worktree)
    playground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=worktree)
    playground.commit(worktree, "ours", {"a.txt": "ours\n"})
    assert playground.run("am", cwd=worktree, input=patch).returncode != 0
    assert (await room.row(worktree)).operation == "am"


@pytest.mark.parametrize(("command", "operation"), [("cherry-pick", "cherry-pick"), ("revert", "revert")])
async def test_picks(room: Room, playground: Playground, worktree: Path, command: str, operation: str) -> None:
    first = playground.commit(worktree, "theirs", {"a.txt": "theirs\n"})
    second = playground.commit(worktree, "again", {"a.txt": "again\n", "more.txt": "m"})
    if command == "cherry-pick":
        playground.git("reset", "--quiet", "--hard", "HEAD~2", cwd=worktree)
        playground.commit(worktree, "ours", {"a.txt": "ours\n"})
    picked = (first, second) if command == "cherry-pick" else (first, playground.head(worktree))
    assert playground.run(command, "--no-edit", *picked, cwd=worktree).returncode == 1
    assert (await room.row(worktree)).operation == operation
    playground.git("commit", "--quiet", "--allow-empty", "-am", "resolved", cwd=worktree)
    assert (playground.admin(worktree) / "sequencer").is_dir(), "control: between two picks no pseudo-ref is left"
    assert (await room.row(worktree)).operation == operation


async def test_a_bisect_holds_the_branch_it_started_on(room: Room, playground: Playground, worktree: Path) -> None:
    for number in range(4):
        playground.commit(worktree, f"c{number}", {"n.txt": str(number)})
    playground.git("bisect", "start", "HEAD", "HEAD~4", cwd=worktree)
    row = await room.row(worktree)
    assert (row.operation, row.head.kind) == ("bisect", HeadKind.DETACHED)
    assert busy_branches(await room.checkouts(worktree))["refs/heads/feature"].path == worktree
