"""Which checkout a person means."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.checkouts.room import Remembered, Room
from tests.support.repositories import Playground

from hedgerow.protocol.errors import ErrorCode, HedgerowError


@pytest.fixture
def project(room: Room, playground: Playground) -> Path:
    project = playground.repository()
    room.identify(project)
    return project


async def test_by_every_word_for_it(room: Room, playground: Playground, project: Path) -> None:
    path = room.manage(project, "fix-login", label="Login, second try")
    playground.git("switch", "--quiet", "-c", "feature/login", cwd=path)
    for text in (
        "w-fix-login", "fix-login", "Login, second try", "feature/login", "refs/heads/feature/login", str(path),
        str(path) + "/", "../project.worktrees/fix-login", "../project.worktrees/../project.worktrees/fix-login",
    ):  # fmt: skip
        assert (await room.find(text, project)).path == path, text
    for text in ("Local", "local", ".", str(project), "main", "local-0123456789abcdef"):
        assert (await room.find(text, project)).path == project, text
    assert (await room.find(".", path)).path == path
    assert (await room.find(".", project / "sub")).path == project


async def test_by_the_label_that_a_person_gave_any_checkout(room: Room, playground: Playground, project: Path) -> None:
    path = playground.worktree(project, "by-hand")
    found = await room.find(path.name, project)
    room.records.remembered["0123456789abcdef"] = {found.id: Remembered(found.id, label="mine")}
    assert (await room.find("mine", project)).path == path
    assert (await room.row(path, of=project)).label == "mine"


async def test_a_name_wins_over_a_directory_called_the_same(room: Room, project: Path) -> None:
    path = room.manage(project, "sub")
    assert (await room.find("sub", project)).path == path


async def test_by_a_path_through_a_link(room: Room, playground: Playground, project: Path) -> None:
    path = room.manage(project, "fix-login")
    link = playground.directory / "link"
    link.symlink_to(path.parent)
    assert (await room.find(str(link / "fix-login"), project)).path == path


async def test_one_that_is_gone_is_found_by_its_path(room: Room, project: Path) -> None:
    path = room.manage(project, "fix-login")
    path.rename(path.with_name("elsewhere"))
    assert (await room.find(str(path), project)).path == path


@pytest.mark.parametrize("text", ["fix-logn", "-rf", "..", "", "\0", "no\nsuch", "/", "HEAD", "fix-login~1", "x" * 300])
async def test_what_is_none_of_them(room: Room, project: Path, text: str) -> None:
    room.manage(project, "fix-login")
    with pytest.raises(HedgerowError) as refused:
        await room.find(text, project)
    assert refused.value.code is ErrorCode.NO_SUCH_CHECKOUT
    assert "\n" not in refused.value.message
    if text == "fix-logn":
        assert "Did you mean fix-login?" in refused.value.message


async def test_two_of_one_name_in_different_places(room: Room, playground: Playground, project: Path) -> None:
    places = [playground.directory / "a" / "same", playground.directory / "b" / "same"]
    for place in places:
        playground.git("worktree", "add", "--quiet", "--detach", place, cwd=project)
    with pytest.raises(HedgerowError) as refused:
        await room.find("same", project)
    assert refused.value.code is ErrorCode.AMBIGUOUS
    for place in places:
        assert str(place) in refused.value.message
        assert (await room.find(str(place), project)).path == place
    for candidate in refused.value.data["candidates"]:
        assert (await room.find(candidate["id"], project)).id == candidate["id"]


async def test_one_name_in_two_open_repositories(room: Room, playground: Playground, project: Path) -> None:
    other = playground.repository("other")
    room.manage(project, "same")
    playground.git("worktree", "add", "--quiet", "--detach", playground.directory / "other.worktrees/same", cwd=other)
    with pytest.raises(HedgerowError) as refused:
        await room.find("same", project, other)
    assert refused.value.code is ErrorCode.AMBIGUOUS
    assert (await room.find("same", project)).id == "w-same"
