"""A list runs nothing of an untrusted repository; of a trusted one only what git needs to compare files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.checkouts.room import Room, row_at
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground, Program


@dataclass(frozen=True)
class Trap:
    """A repository with a canary in everything that a configuration or attribute can start.

    Attributes:
        canaries: where each leaves its mark.
    """

    project: Path
    worktree: Path
    canaries: Path

    def sung(self) -> set[str]:
        return {path.name for path in self.canaries.iterdir()}

    def silence(self) -> None:
        for path in self.canaries.iterdir():
            path.unlink()


HOOKS = ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout", "fsmonitor-watchman")


@pytest.fixture
def trap(playground: Playground, home: Home) -> Trap:
    canaries = home.root / "canaries"
    canaries.mkdir()
    project = playground.repository()
    worktree = playground.worktree(project, "one", "-b", "feature")

    def sing(name: str, then: str = "") -> str:
        return f"touch '{canaries}/{name}'; {then}"

    for key, name, then in (
        ("filter.canary.clean", "clean", "cat"),
        ("filter.canary.smudge", "smudge", "cat"),
        ("diff.canary.textconv", "textconv", "cat"),
        ("diff.canary.command", "diff-driver", "true"),
        ("merge.canary.driver", "merge", "false"),
        ("diff.external", "diff-external", "true"),
        ("core.sshCommand", "ssh", "false"),
        ("alias.lst", "alias", "true"),
    ):
        value = sing(name, then)
        playground.git("config", key, f"!{value}" if key == "alias.lst" else value, cwd=project)
    program = home.root / "fsmonitor"
    playground.write(home.root, {"fsmonitor": Program(f"#!/bin/sh\n{sing('fsmonitor', 'exit 1')}\n")})
    playground.git("config", "core.fsmonitor", program, cwd=project)
    hooks = {f"hooks/{hook}": Program(f"#!/bin/sh\n{sing('hook-' + hook)}\n") for hook in HOOKS}
    playground.write(project / ".git", hooks)
    playground.write(project, {".git/info/attributes": "* filter=canary diff=canary merge=canary\n"})
    playground.git("remote", "add", "origin", "ssh://nowhere.invalid/x", cwd=project)
    playground.write(project, {"a.txt": "one edited\n"})
    playground.write(worktree, {"a.txt": "two edited\n"})
    trap = Trap(project, worktree, canaries)
    trap.silence()
    return trap


def test_the_canaries_are_alive(trap: Trap, playground: Playground) -> None:
    """The control of what follows: plain git in this repository wakes them."""
    for command, expected in (
        (("status",), {"fsmonitor", "clean"}),
        (("diff",), {"diff-driver", "clean"}),
        (("diff", "--no-ext-diff"), {"textconv"}),
        (("checkout", "--", "a.txt"), {"smudge"}),
        (("switch", "--quiet", "-c", "new"), {"hook-post-checkout", "hook-reference-transaction"}),
        (("update-index", "--refresh"), {"hook-post-index-change"}),
        (("fetch", "origin"), {"ssh"}),
        (("lst",), {"alias"}),
    ):
        trap.silence()
        playground.run(*command, cwd=trap.project)
        assert expected <= trap.sung(), command
    trap.silence()
    theirs = playground.commit(trap.worktree, "theirs", {"a.txt": "theirs\n"})
    playground.commit(trap.project, "ours", {"a.txt": "ours\n"})
    playground.run("merge-tree", "--write-tree", "HEAD", theirs, cwd=trap.project)
    assert "merge" in trap.sung()


async def test_nothing_runs_in_an_untrusted_repository(
    trap: Trap, room: Room, playground: Playground, home: Home
) -> None:
    playground.merge_in_progress(playground.worktree(trap.project, "merging"))
    trap.silence()
    before = Oracle(home).observe(trap.project)
    trap.silence()
    result = await room.list(trap.project, trusted=(), sizes=True)
    await room.listing.complete()
    await room.listing.refresh()
    assert trap.sung() == set()
    assert difference(before, Oracle(home).observe(trap.project), except_for=()) == []
    assert [row.pending for row in result.checkouts] == [False, False, False]
    assert [row.counts for row in result.checkouts] == [None, None, None]
    assert {row.operation for row in result.checkouts} == {None, "merge"}
    assert row_at(result, trap.worktree).head.subject == "first"
    assert not result.repositories[0].trusted
    assert "not trusted" in result.repositories[0].problems[0]


async def test_in_a_trusted_one_only_what_git_needs_to_compare(trap: Trap, room: Room, home: Home) -> None:
    before = Oracle(home).observe(trap.project)
    trap.silence()
    result = await room.list(trap.project, trusted=(trap.project,))
    await room.listing.refresh()
    assert trap.sung() <= {"clean"}
    assert difference(before, Oracle(home).observe(trap.project), except_for=()) == []
    row = row_at(result, trap.worktree)
    assert row.counts is not None
    assert row.counts.unstaged == 1


async def test_a_worktree_below_a_trusted_folder_does_not_trust_its_repository(
    trap: Trap, room: Room, playground: Playground
) -> None:
    result = await room.list(trap.worktree, trusted=(trap.worktree,))
    assert trap.sung() == set()
    assert [row.counts for row in result.checkouts] == [None, None]


async def test_trust_that_is_given_later_counts_at_once(trap: Trap, room: Room) -> None:
    await room.list(trap.project, trusted=())
    result = await room.list(trap.project, trusted=(trap.project,))
    assert row_at(result, trap.project).counts is not None


async def test_reading_takes_no_lock_and_leaves_the_index_alone(room: Room, playground: Playground) -> None:
    project = playground.repository()
    index = project / ".git/index"
    (project / "a.txt").touch()  # stale in the index: a plain `git status` would rewrite it
    before = index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino
    await room.list(project)
    await room.listing.refresh()
    assert (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino) == before
    playground.git("status", cwd=project)
    assert index.stat().st_ino != before[2], "control"
