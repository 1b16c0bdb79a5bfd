"""One followed checkout, where what was touched is not known: events that were lost, and polling."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.repositories import Playground

from hedgerow.flows.serving.followed import Followed
from hedgerow.git.runner import Git
from hedgerow.protocol.follow import Edited, EditKind
from hedgerow.watch.changes import Edits, Touch
from hedgerow.watch.seen import Seen

LIMIT = 20.0


class Told:
    def __init__(self, playground: Playground, repository: Path) -> None:
        self.repository = repository
        self.news: asyncio.Queue[Edited] = asyncio.Queue()
        self.git = Git()
        self.followed = Followed(self.git, "here", repository, Seen(), self.news.put_nowait)

    def touch(self, *paths: str, touch: Touch = Touch.CLOSED) -> None:
        self.followed.touched(Edits("here", {path.encode(): touch for path in paths}))

    async def next(self) -> Edited:
        return await asyncio.wait_for(self.news.get(), LIMIT)


@pytest.fixture
async def told(playground: Playground) -> AsyncIterator[Told]:
    made = Told(playground, playground.repository(files={"a.txt": "1\n2\n3\n", "b.txt": "1\n2\n"}))
    await made.followed.begun()
    yield made
    await made.followed.close()


async def test_after_lost_events_what_was_written_since_is_told(told: Told) -> None:
    (told.repository / "a.txt").write_text("1\n2\nlost\n")
    (told.repository / "new.txt").write_text("lost\n")
    (told.repository / "b.txt").unlink()

    told.followed.touched(Edits("here", None))

    news = sorted([await told.next(), await told.next(), await told.next()], key=lambda one: one.uri)
    assert [(Path(one.uri).name, one.kind) for one in news] == [
        ("a.txt", EditKind.CHANGED),
        ("b.txt", EditKind.DELETED),
        ("new.txt", EditKind.CHANGED),
    ]
    assert news[0].range is not None
    assert (news[0].range.start.line, news[0].range.end.line) == (2, 3)


async def test_what_was_told_is_not_told_again(told: Told) -> None:
    (told.repository / "a.txt").write_text("edited\n")
    told.touch("a.txt")
    await told.next()

    told.followed.touched(Edits("here", None))
    told.touch("a.txt")
    (told.repository / "b.txt").write_text("the next\n")
    told.touch("b.txt")

    assert (await told.next()).uri == (told.repository / "b.txt").as_uri()


async def test_git_is_asked_once_for_each_file(told: Told) -> None:
    (told.repository / "a.txt").write_text("1\n")
    told.touch("a.txt")
    await told.next()
    started = told.git.started

    for number in range(5):
        (told.repository / "a.txt").write_text(f"{number}\n")
        told.touch("a.txt")
        await told.next()

    assert told.git.started == started


async def test_a_whole_directory_that_is_gone_is_counted(told: Told, playground: Playground) -> None:
    playground.commit(told.repository, "many", {f"many/{number}": "x\n" for number in range(300)})
    os.rename(told.repository / "many", told.repository.parent / "away")

    told.touch("many", touch=Touch.GONE | Touch.DIRECTORY)

    news = await told.next()
    assert (news.kind, news.count) == (EditKind.MANY, 300)


async def test_names_of_any_bytes(told: Told, playground: Playground) -> None:
    names = playground.awkward(told.repository)
    told.followed.touched(Edits("here", dict.fromkeys(names, Touch.MADE | Touch.NEW)))

    news = [await told.next() for _ in names]

    assert {one.kind for one in news} <= {EditKind.CREATED, EditKind.BINARY}
    assert {one.uri for one in news} == {(told.repository / os.fsdecode(name)).as_uri() for name in names}


async def test_a_repository_without_commits(playground: Playground) -> None:
    repository = playground.directory / "empty"
    repository.mkdir()
    playground.git("init", "--quiet", cwd=repository)
    told = Told(playground, repository)
    await told.followed.begun()

    (repository / "first.txt").write_text("x\n")
    told.touch("first.txt", touch=Touch.MADE | Touch.NEW)

    assert (await told.next()).kind is EditKind.CREATED
    await told.followed.close()
