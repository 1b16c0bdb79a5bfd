"""A status is built on only while everything that decides how git compares is what it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.checkouts.room import Room

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.freshness import Freshness
from hedgerow.checkouts.grounds import Grounds


class Standing:
    """One worktree and what its statuses rest on."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.repository = room.playground.repository()
        self.path = room.playground.worktree(self.repository, "one")
        self.freshness = Freshness()
        self.grounds = Grounds(room.git, self.freshness)

    async def checkout(self) -> Checkout:
        return next(each for each in await self.room.checkouts(self.repository) if each.path == self.path)

    def git(self, *words: str) -> None:
        self.room.playground.git(*words, cwd=self.path)

    def write(self, place: str, text: str) -> None:
        path = self.room.home.home / place[2:] if place.startswith("~/") else self.repository / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def standing(room: Room) -> Standing:
    room.home.configure('[include]\n\tpath = ~/included\n[includeIf "gitdir:~/nowhere/"]\n\tpath = elsewhere\n')
    return Standing(room)


Deed = Callable[[Standing], object]


async def test_while_nothing_changes_it_is_the_same_and_git_is_not_asked(standing: Standing) -> None:
    checkout = await standing.checkout()
    ground = await standing.grounds.of(checkout)
    started = standing.room.git.started

    assert ground is not None
    assert await standing.grounds.of(checkout) == ground
    assert standing.room.git.started == started


@pytest.mark.parametrize(
    "deed",
    [
        lambda at: at.git("add", "--force", "--intent-to-add", "new.ignored"),
        lambda at: at.git("commit", "--quiet", "--allow-empty", "-m", "x"),
        lambda at: at.git("switch", "--quiet", "-c", "named"),
        lambda at: at.git("config", "core.fileMode", "false"),
        lambda at: at.git("config", "--global", "core.autocrlf", "input"),
        lambda at: at.write("~/included", "[core]\n\tautocrlf = input\n"),
        lambda at: at.write("~/elsewhere", "[core]\n\tautocrlf = input\n"),
        lambda at: at.write("~/.config/git/config", "[core]\n\tautocrlf = input\n"),
        lambda at: at.write("~/.config/git/ignore", "x\n"),
        lambda at: at.write("~/.config/git/attributes", "* text\n"),
        lambda at: at.write(".git/info/exclude", "x\n"),
        lambda at: at.write(".git/info/attributes", "* text\n"),
        lambda at: at.freshness.distrust(at.repository / ".git"),
    ],
)
async def test_whatever_decides_is_part_of_it(standing: Standing, deed: Deed) -> None:
    (standing.path / "new.ignored").write_text("x\n")
    ground = await standing.grounds.of(await standing.checkout())
    assert ground is not None

    deed(standing)

    assert await standing.grounds.of(await standing.checkout()) != ground


async def test_rules_that_are_configured_to_be_elsewhere_are_part_of_it(standing: Standing) -> None:
    standing.git("config", "--global", "core.excludesFile", "~/rules/ignored")
    standing.git("config", "core.attributesFile", str(standing.room.home.home / "attributes"))
    for place in ("~/rules/ignored", "~/attributes"):
        ground = await standing.grounds.of(await standing.checkout())
        assert ground is not None
        standing.write(place, "x\n")
        assert await standing.grounds.of(await standing.checkout()) != ground


@pytest.mark.parametrize(
    "deed",
    [
        lambda at: at.git("config", "core.ignoreCase", "true"),
        lambda at: at.git("sparse-checkout", "set", "sub"),
        lambda at: at.git("config", "core.sparseCheckout", "true"),
        lambda at: at.git("config", "filter.odd.clean", "date"),
        lambda at: at.git("config", "filter.odd.process", "odd"),
        lambda at: at.git("config", "core.excludesFile", "rules"),
        lambda at: at.git("config", "includeIf.onbranch:main.path", "more"),
    ],
)
async def test_where_a_part_does_not_tell_the_whole_there_is_none(standing: Standing, deed: Deed) -> None:
    assert await standing.grounds.of(await standing.checkout()) is not None

    deed(standing)

    assert await standing.grounds.of(await standing.checkout()) is None


async def test_git_lfs_looks_at_nothing_but_the_file(standing: Standing) -> None:
    standing.git("config", "--global", "filter.lfs.clean", "git-lfs clean -- %f")
    standing.git("config", "--global", "filter.lfs.process", "git-lfs filter-process")

    assert await standing.grounds.of(await standing.checkout()) is not None


async def test_a_configuration_that_cannot_be_read_is_no_ground(standing: Standing) -> None:
    checkout = await standing.checkout()
    Path(standing.repository / ".git" / "config").write_text("[broken\n")

    assert await standing.grounds.of(checkout) is None
