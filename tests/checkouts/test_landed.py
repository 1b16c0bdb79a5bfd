"""Landed or not, proved by content; and what proves nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.checkouts.room import Room
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground

from hedgerow.checkouts.landed import how_landed
from hedgerow.protocol.checkouts import Landed


@pytest.fixture
def project(playground: Playground) -> Path:
    return playground.repository("project", {"a.txt": "".join(f"line {n}\n" for n in range(40)), "b.txt": "b\n"})


@pytest.fixture
def worktree(playground: Playground, project: Path) -> Path:
    """A branch with two commits of its own."""
    path = playground.worktree(project, "one", "-b", "feature")
    playground.commit(path, "first half", {"new.txt": "1\n"})
    playground.commit(path, "second half", {"new.txt": "1\n2\n", "b.txt": "better\n"})
    return path


async def landed(room: Room, path: Path) -> tuple[str, str | None, str | None]:
    found = (await room.row(path)).landed
    assert found is not None
    return found.state, found.how, found.onto


def squash(playground: Playground, project: Path) -> None:
    playground.git("merge", "--quiet", "--squash", "feature", cwd=project)
    playground.git("commit", "--quiet", "-m", "squashed", cwd=project)


async def test_open(room: Room, worktree: Path) -> None:
    assert await landed(room, worktree) == ("open", None, "main")


@pytest.mark.parametrize("how", ["--no-ff", "--ff-only"])
async def test_merged(room: Room, playground: Playground, project: Path, worktree: Path, how: str) -> None:
    playground.git("merge", "--quiet", "--no-edit", how, "feature", cwd=project)
    playground.commit(project, "later", {"later.txt": "l"})
    assert await landed(room, worktree) == ("landed", "merged", "main")


async def test_squashed(room: Room, playground: Playground, project: Path, worktree: Path) -> None:
    squash(playground, project)
    assert playground.run("branch", "-d", "feature", cwd=project).returncode == 1, "control: git cannot tell"
    assert await landed(room, worktree) == ("landed", "squashed", "main")
    playground.commit(project, "elsewhere", {"later.txt": "l"})
    assert await landed(room, worktree) == ("landed", "squashed", "main")


async def test_squashed_and_the_same_lines_edited_since(
    room: Room, playground: Playground, project: Path, worktree: Path
) -> None:
    squash(playground, project)
    playground.commit(project, "on top", {"new.txt": "something else\n", "b.txt": "best\n"})
    assert playground.run("merge-tree", "--write-tree", "main", "feature", cwd=project).returncode == 1, "control"
    assert await landed(room, worktree) == ("landed", "squashed", "main")


async def test_squashed_and_reverted_is_open(room: Room, playground: Playground, project: Path, worktree: Path) -> None:
    squash(playground, project)
    playground.commit(project, "on top", {"later.txt": "l"})
    squashed = playground.text("rev-parse", "HEAD~1", cwd=project)
    playground.git("revert", "--no-edit", squashed, cwd=project)
    # By patch it is there, by content it no longer is.
    assert await landed(room, worktree) == ("open", None, "main")


async def test_rebased(room: Room, playground: Playground, project: Path, worktree: Path) -> None:
    playground.commit(project, "before", {"before.txt": "b"})
    playground.git("cherry-pick", "feature~1", "feature", cwd=project)
    playground.commit(project, "on top", {"new.txt": "something else\n"})
    assert await landed(room, worktree) == ("landed", "rebased", "main")


async def test_rebased_and_one_of_them_reverted_is_open(
    room: Room, playground: Playground, project: Path, worktree: Path
) -> None:
    playground.commit(project, "before", {"before.txt": "b"})
    playground.git("cherry-pick", "feature~1", "feature", cwd=project)
    playground.git("revert", "--no-edit", "HEAD", cwd=project)
    playground.commit(project, "on top", {"a.txt": "something else\n"})
    assert await landed(room, worktree) == ("open", None, "main")


async def test_half_of_it_is_open(room: Room, playground: Playground, project: Path, worktree: Path) -> None:
    playground.git("cherry-pick", "feature~1", cwd=project)
    assert await landed(room, worktree) == ("open", None, "main")
    playground.commit(project, "on top", {"new.txt": "something else\n"})
    assert await landed(room, worktree) == ("open", None, "main")


async def test_a_merge_with_content_of_its_own_is_not_proved_by_patches(
    room: Room, playground: Playground, project: Path, worktree: Path
) -> None:
    playground.git("switch", "--quiet", "-c", "side", "feature~1", cwd=project)
    playground.commit(project, "side", {"side.txt": "s"})
    playground.git("switch", "--quiet", "main", cwd=project)
    playground.git("merge", "--quiet", "--no-commit", "--no-ff", "side", cwd=worktree)
    playground.commit(worktree, "evil merge", {"only-here.txt": "precious\n"})
    playground.commit(worktree, "after it", {"after.txt": "a\n"})
    playground.commit(project, "before", {"before.txt": "b"})
    for commit in ("feature~3", "feature~2", "side", "feature"):
        playground.git("cherry-pick", commit, cwd=project)
    playground.commit(project, "on top", {"new.txt": "something else\n"})
    lines = playground.git("cherry", "main", "feature", cwd=project).splitlines()
    assert all(line.startswith(b"-") for line in lines), "control: patch by patch everything is there"
    assert await landed(room, worktree) == ("open", None, "main")


async def test_commits_that_cancel_out_are_open(room: Room, playground: Playground, project: Path) -> None:
    path = playground.worktree(project, "one", "-b", "feature")
    playground.commit(path, "tried", {"experiment.txt": "precious\n"})
    playground.git("revert", "--no-edit", "HEAD", cwd=path)
    playground.commit(project, "later", {"later.txt": "l"})
    assert await landed(room, path) == ("open", None, "main")


class TestNothing:
    async def test_a_new_worktree(self, room: Room, playground: Playground, project: Path) -> None:
        room.identify(project)
        path = room.manage(project, "fresh")
        assert await landed(room, path) == ("open", "nothing", "main")
        playground.commit(project, "main goes on", {"later.txt": "l"})
        assert await landed(room, path) == ("open", "nothing", "main")

    async def test_one_that_was_merged_is_not_nothing(self, room: Room, playground: Playground, project: Path) -> None:
        room.identify(project)
        path = room.manage(project, "done")
        head = playground.commit(path, "work", {"n.txt": "n"})
        playground.git("merge", "--quiet", "--ff-only", head, cwd=project)
        assert await landed(room, path) == ("landed", "merged", "main")

    async def test_one_that_went_back_to_before_its_base(
        self, room: Room, playground: Playground, project: Path
    ) -> None:
        room.identify(project)
        playground.commit(project, "second", {"n.txt": "n"})
        path = room.manage(project, "back")
        playground.git("reset", "--quiet", "--hard", "HEAD~1", cwd=path)
        assert await landed(room, path) == ("open", "nothing", "main")


class TestOnto:
    async def test_the_remotes_branch_counts_not_a_stale_local_one(
        self, room: Room, playground: Playground, project: Path, worktree: Path
    ) -> None:
        remote = playground.remote(project)
        clone = playground.directory / "colleague"
        playground.git("clone", "--quiet", remote, clone, cwd=playground.directory)
        playground.git("fetch", "--quiet", project, "feature:feature", cwd=clone)
        squash(playground, clone)
        playground.git("push", "--quiet", "origin", "main", cwd=clone)
        playground.git("fetch", "--quiet", "origin", cwd=project)
        assert await landed(room, worktree) == ("landed", "squashed", "origin/main")

    async def test_what_is_only_on_the_local_branch_says_so(
        self, room: Room, playground: Playground, project: Path, worktree: Path
    ) -> None:
        playground.remote(project)
        squash(playground, project)
        assert await landed(room, worktree) == ("landed", "squashed", "main")

    async def test_pushing_a_branch_is_not_landing_it(
        self, room: Room, playground: Playground, project: Path, worktree: Path
    ) -> None:
        playground.remote(project)
        playground.git("push", "--quiet", "--set-upstream", "origin", "feature", cwd=worktree)
        playground.git("switch", "--quiet", "--detach", cwd=worktree)
        assert playground.run("branch", "-d", "feature", cwd=project).returncode == 0, (
            "control: git takes it for merged"
        )
        assert await landed(room, worktree) == ("open", None, "origin/main")

    async def test_the_default_branch_has_not_landed_by_being_on_itself(
        self, room: Room, playground: Playground, project: Path
    ) -> None:
        assert (await room.row(project)).landed is None
        playground.remote(project)
        ahead = playground.commit(project, "unpushed", {"n.txt": "n"})
        row = await room.row(project)
        assert row.landed == Landed(state="open", onto="origin/main")
        assert row.head.oid == ahead

    async def test_unrelated_histories(self, room: Room, playground: Playground, project: Path) -> None:
        path = playground.worktree(project, "one")
        playground.git("switch", "--quiet", "--orphan", "alone", cwd=path)
        playground.commit(path, "alone", {"alone.txt": "a"})
        row = await room.row(path)
        assert row.landed == Landed(state="open", onto="main")
        assert (row.base, row.problem) == (None, None)


async def test_a_proof_is_remembered_by_content(
    room: Room, playground: Playground, project: Path, worktree: Path
) -> None:
    squash(playground, project)
    await room.list(project)
    key = (playground.head(worktree), playground.head(project))
    assert room.records.verdicts == {key: "squashed"}
    before = room.git.started
    again = Room(room.home, playground)
    again.records.verdicts[key] = "merged"
    assert await landed(again, worktree) == ("landed", "merged", "main")
    assert room.git.started == before


async def test_proving_writes_nothing_into_the_repository(
    room: Room, playground: Playground, home: Home, project: Path, worktree: Path
) -> None:
    playground.commit(project, "elsewhere", {"later.txt": "l", "a.txt": "changed\n"})
    before, files = Oracle(home).observe(project), set((project / ".git").rglob("*"))
    assert await landed(room, worktree) == ("open", None, "main")
    assert set((project / ".git").rglob("*")) == files
    assert difference(before, Oracle(home).observe(project), except_for=()) == []
    assert list((home.root / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["evil", "a=b.c"])
async def test_no_merge_driver_runs_and_none_decides(
    room: Room, playground: Playground, home: Home, project: Path, worktree: Path, name: str
) -> None:
    """A driver that keeps our side makes any merge look as if it had nothing to add."""
    canary = home.root / "canary"
    driver = f"touch '{canary}'"
    default = name if name == "evil" else "text"
    with (project / ".git/config").open("a") as config:
        config.write(f'[merge "{name}"]\n\tdriver = "{driver}"\n[merge]\n\tdefault = {default}\n')
    (project / ".git/info").mkdir()
    (project / ".git/info/attributes").write_text(f"*.txt merge={name}\n")
    playground.commit(worktree, "more", {"a.txt": "theirs\n"})
    playground.commit(project, "other", {"a.txt": "".join(f"line {n}\n" for n in range(41))})
    playground.run("merge-tree", "--write-tree", "main", "feature", cwd=project)
    assert canary.exists(), "control: the driver runs when git merges"
    canary.unlink()
    assert await landed(room, worktree) == ("open", None, "main")
    assert not canary.exists()


async def test_no_filter_runs_when_merging_renormalizes(
    room: Room, playground: Playground, home: Home, project: Path, worktree: Path
) -> None:
    canary = home.root / "canary"
    playground.git("config", "filter.canary.clean", f"touch '{canary}'; cat", cwd=project)
    playground.git("config", "merge.renormalize", "true", cwd=project)
    (project / ".git/info").mkdir()
    (project / ".git/info/attributes").write_text("*.txt filter=canary\n")
    playground.commit(worktree, "more", {"a.txt": "theirs\n"})
    playground.commit(project, "other", {"a.txt": "ours\n"})
    canary.unlink(missing_ok=True)
    playground.run("merge-tree", "--write-tree", "main", "feature", cwd=project)
    assert canary.exists(), "control: renormalizing runs the filter"
    canary.unlink()
    head, onto = playground.head(worktree), playground.head(project)
    assert await how_landed(room.git, room.records, await room.open(project), head, onto) == "open"
    assert not canary.exists()


@pytest.mark.parametrize("name", ["a:b", '"quoted', "new\nline", "back\\slash:", b"not-\xff"])
async def test_proofs_in_awkward_places(room: Room, playground: Playground, name: str | bytes) -> None:
    """The objects are found through a variable that separates paths by colons."""
    project = playground.repository(os.fsdecode(name), {"a.txt": "a\n"})
    path = playground.worktree(project, "one", "-b", "feature")
    playground.commit(path, "one", {"n.txt": "1\n"})
    playground.commit(path, "two", {"n.txt": "2\n"})
    squash(playground, project)
    row = next(row for row in (await room.list(project)).checkouts if row.head.branch == "feature")
    assert row.landed == Landed(state="landed", onto="main", how="squashed")
