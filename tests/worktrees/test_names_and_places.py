"""Names that become directories, and where the directories are."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from tests.support.ground import Ground
from tests.support.hedgerow import Hedgerow

from hedgerow.planning.naming import check_label, check_name, folded, free_name, suggestion
from hedgerow.protocol.errors import HedgerowError
from hedgerow.worktrees.start_points import spoken_age

GOOD = ["fix-login", "a", "0", "v1.2", "_x", "ünïcødé", "木", "a+b", "x" * 100, "console"]
BAD = [
    "", " ", "a b", "a/b", "a\\b", "..", "a..b", ".hidden", "-x", "+x", "a\nb", "a\0b", "a.", "a.lock", "x" * 101,
    "木" * 34, "con", "NUL", "aUx", "a:b", "a*b", "~", "~root", "$HOME", "\u202etxt", "a\u200bb", "@", "HEAD~1",
    unicodedata.normalize("NFD", "é"),
]  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_names(name: str) -> None:
    assert check_name(name, []) == name


@pytest.mark.parametrize("name", BAD, ids=ascii)
def test_bad_names(name: str) -> None:
    with pytest.raises(HedgerowError) as refusal:
        check_name(name, [])
    assert refusal.value.code.value == "badName"
    assert refusal.value.message.isprintable()


@pytest.mark.parametrize(
    "text", [*BAD, *GOOD, "Fix the LOGIN page, please!", "木" * 200, "con", "ÅÄÖ/é", "...", "a" * 300]
)
def test_a_suggestion_would_do(text: str) -> None:
    """What is offered is accepted."""
    better = suggestion(text)
    assert better == "" or check_name(better, []) == better


@pytest.mark.parametrize(
    ("taken", "refused"),
    [
        (["work"], True),
        (["WORK"], True),
        (["wörk"], False),
        (["works", "wor"], False),
    ],
)
def test_taken_names(taken: list[str], refused: bool) -> None:
    if refused:
        with pytest.raises(HedgerowError):
            check_name("work", taken)
    else:
        assert check_name("work", taken) == "work"


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ("work", [], "work"),
        ("work", ["work"], "work-2"),
        ("work", ["Work", "WORK-2", "work-4"], "work-3"),
        ("é", [unicodedata.normalize("NFD", "É")], "é-2"),
    ],
)
def test_free_name(wanted: str, taken: list[str], free: str) -> None:
    assert free_name(wanted, taken) == free


@pytest.mark.parametrize(("one", "other"), [("É", unicodedata.normalize("NFD", "é")), ("STRASSE", "straße")])
def test_folded(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "x" * 201, "\x1b[31m"])
def test_bad_labels(label: str) -> None:
    with pytest.raises(HedgerowError):
        check_label(label)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just made"), (59, "just made"), (60, "1 minute old"), (7199, "1 hour old"), (7200, "2 hours old"),
        (86400, "1 day old"), (86400 * 29, "29 days old"), (86400 * 60, "2 months old"), (86400 * 800, "2 years old"),
    ],
)  # fmt: skip
def test_spoken_age(seconds: float, words: str) -> None:
    assert spoken_age(seconds) == words


@pytest.mark.parametrize("name", ["Local", "local", "another"])
async def test_a_name_that_means_another_checkout_is_taken(ground: Ground, name: str) -> None:
    await ground.create("work")
    await ground.call("rename", checkout="work", label="another")
    await ground.refused("create", "nameTaken", name=name)


@pytest.mark.parametrize(
    "place", ["{local}", "{local}/.worktrees", "{local}/sub/../inside", "{local}/.git/worktrees-of-mine"]
)
async def test_no_place_inside_the_repository(ground: Ground, place: str) -> None:
    """Editors would see everything twice, and `git clean` would take it."""
    async with Hedgerow.opened(ground.home, worktrees_directory=place) as hedgerow:
        with ground.nothing_changes(), pytest.raises(HedgerowError, match="inside"):
            await hedgerow.agree("create", ground.repository, name="work")
        checks = await hedgerow.call("doctor", ground.repository)
    assert [check.ok for check in checks.checks if check.name == "worktrees directory"] == [False]


async def test_no_place_inside_through_a_link(ground: Ground) -> None:
    link = ground.repository.parent / "link"
    link.symlink_to(ground.repository)
    async with Hedgerow.opened(ground.home, worktrees_directory=str(link / "trees")) as hedgerow:
        with ground.nothing_changes(), pytest.raises(HedgerowError, match="inside"):
            await hedgerow.agree("create", ground.repository, name="work")


@pytest.mark.parametrize(
    "place", ["{nobody}", "{parent.nobody}", "{0}", "{", "relative", "~nosuchuser/x", "{parent!z}", "/a\0b"]
)
async def test_places_that_make_no_sense(ground: Ground, place: str) -> None:
    async with Hedgerow.opened(ground.home, worktrees_directory=place) as hedgerow:
        with ground.nothing_changes(), pytest.raises(HedgerowError) as refusal:
            await hedgerow.agree("create", ground.repository, name="work")
    assert refusal.value.code.value == "badParams"


async def test_a_place_in_the_home(ground: Ground) -> None:
    async with Hedgerow.opened(ground.home, worktrees_directory="~/trees/{repo}") as hedgerow:
        made = await hedgerow.agree("create", ground.repository, name="work")
    assert Path(made.paths[0]) == ground.home.home / "trees" / "project" / "work"


async def test_a_place_behind_a_link_is_made_used_and_undone(ground: Ground) -> None:
    """Git knows it by its real path; so do we."""
    real = ground.repository.parent / "real"
    real.mkdir()
    link = ground.repository.parent / "link"
    link.symlink_to(real)
    async with Hedgerow.opened(ground.home, worktrees_directory=str(link)) as hedgerow:
        before = ground.observe()
        made = await hedgerow.agree("create", ground.repository, name="work", branch="topic")
        worktree = Path(made.paths[0])
        ground.playground.dirty(worktree)
        assert worktree == real / "work"
        row = await hedgerow.row(ground.repository, worktree)
        assert (row.state.value, row.kind.value) == ("ok", "managed")
        gone = await hedgerow.agree("cleanUp", ground.repository, checkouts=["work"])
        assert gone.operation is not None and not worktree.exists()
        await hedgerow.agree("undo", ground.repository, operation=gone.operation.id)
        assert (worktree / "untracked.txt").exists()
        assert made.operation is not None
        await hedgerow.agree("undo", ground.repository, operation=made.operation.id)
        assert ground.difference(before) == []


async def test_a_failed_create_behind_a_link_is_taken_back_whole(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ground.repository.parent / "real"
    real.mkdir()
    link = ground.repository.parent / "link"
    link.symlink_to(real)
    await ground.create("first")
    from hedgerow.journal.steps import Populate  # noqa: PLC0415

    async def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Populate, "apply", fails)
    async with Hedgerow.opened(ground.home, worktrees_directory=str(link)) as hedgerow:
        with ground.nothing_changes(), pytest.raises(HedgerowError):
            await hedgerow.agree("create", ground.repository, name="work")
    assert os.listdir(ground.repository / ".git" / "worktrees") == ["first"]
    assert [name for name in os.listdir(real) if name != ".trash"] == []


async def test_an_entry_that_came_free_since_the_plan(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git gives a new worktree the name of an entry that was there when the plan was made; it is ours all the same."""
    elsewhere = ground.repository.parent / "elsewhere" / "work"
    elsewhere.parent.mkdir()
    ground.git("worktree", "add", "-q", "--detach", elsewhere)
    planned = await ground.call("create", name="work", dryRun=True)
    ground.git("worktree", "remove", elsewhere)
    from hedgerow.journal.steps import Populate  # noqa: PLC0415

    async def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Populate, "apply", fails)
    with ground.nothing_changes(), pytest.raises(HedgerowError):
        await ground.call("create", name="work", token=planned.plan.token)
    assert not (ground.repository.parent / "project.worktrees" / "work").exists()
