"""What was touched lately is known by path, or it is said that it is not known."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.support.repositories import Playground
from tests.watch.conftest import Watched, Watching

from hedgerow.watch.changes import Touch
from hedgerow.watch.recent import Recent


def test_paths_are_told_since_a_moment() -> None:
    recent = Recent()
    recent.touch(b"before", Touch.CLOSED)
    moment = time.monotonic()
    recent.touch(b"one", Touch.CLOSED)
    recent.touch(b"two", Touch.CLOSED)

    paths, until = recent.since(moment) or (None, 0.0)

    assert paths == {b"one", b"two"}
    recent.touch(b"one", Touch.CLOSED)
    assert (recent.since(until) or (None,))[0] == {b"one"}
    assert recent.since(moment) is None  # forgotten: what was between is no longer known


def test_the_same_moment_may_be_asked_for_again() -> None:
    recent = Recent()
    moment = time.monotonic()
    recent.touch(b"one", Touch.CLOSED)

    for _ in range(2):
        assert (recent.since(moment) or (None,))[0] == {b"one"}


def test_after_a_loss_nothing_of_before_is_known() -> None:
    recent = Recent()
    moment = time.monotonic()
    recent.touch(b"one", Touch.CLOSED)
    recent.lose()
    recent.touch(b"two", Touch.CLOSED)

    assert recent.since(moment) is None
    assert recent.since(time.monotonic()) is not None


def test_only_so_much_is_remembered() -> None:
    recent = Recent()
    moment = time.monotonic()
    for number in range(5000):
        recent.touch(b"%d" % number, Touch.CLOSED)

    assert recent.since(moment) is None


async def test_a_file_written_through_a_hard_link_that_is_gone_is_no_silence(
    watching: Watching, playground: Playground
) -> None:
    repository = playground.repository()
    os.link(repository / "a.txt", repository / "second")
    watched = await watching()
    await watched.watch(repository)
    moment = time.monotonic()
    (repository / "second").write_text("both\n")
    assert await since(watched, moment) == {b"second"}

    (repository / "second").unlink()

    assert await since(watched, moment) is None


async def since(watched: Watched, moment: float) -> set[bytes] | None:
    assert await watched.watcher.caught_up()
    found = watched.watcher.touched_since("project", moment)
    return None if found is None else set(found[0])


async def test_a_watcher_knows_of_every_file_also_of_those_it_does_not_tell(
    watching: Watching, playground: Playground
) -> None:
    repository = playground.repository()
    watched = await watching()
    before = time.monotonic()
    await watched.watch(repository)
    assert await since(watched, before) is None  # it was not watched yet

    moment = time.monotonic()
    (repository / "a.txt").write_text("edited\n")
    (repository / "x.ignored").write_text("x\n")
    (repository / "passing").write_text("x\n")
    (repository / "passing").unlink()
    (repository / "sub" / "b.txt").rename(repository / "sub" / "c.txt")

    assert await since(watched, moment) == {b"a.txt", b"x.ignored", b"passing", b"sub/b.txt", b"sub/c.txt"}


async def test_what_happens_to_a_directory_happens_to_all_in_it(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={"sub/b.txt": "b\n", "other/c.txt": "c\n"})
    watched = await watching()
    await watched.watch(repository)
    elsewhere = repository.parent / "elsewhere"

    for deed in (
        (repository / "new").mkdir,
        (repository / "new").rmdir,
        lambda: (repository / "sub").rename(elsewhere),
        lambda: elsewhere.rename(repository / "sub"),
        lambda: (repository / "sub").chmod(0o700),
        lambda: repository.chmod(0o700),
        (repository / "node_modules").mkdir,
        lambda: playground.git("init", "--quiet", cwd=repository / "other"),
    ):
        await watched.settled(repository)
        moment = time.monotonic()
        assert await since(watched, moment) is not None
        deed()
        assert await since(watched, moment) is None


async def test_lost_events_are_no_silence(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)
    moment = time.monotonic()
    watch = watched.watcher._checkouts["project"]
    assert watch._watch is not None

    watch._watch.on_queue_overflow()  # type: ignore[attr-defined]

    assert await since(watched, moment) is None


async def test_what_is_polled_is_not_known_by_path(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    watched = await watching(limit=0)
    await watched.watch(repository)

    assert watched.watcher.touched_since("project", time.monotonic()) is None


async def test_rules_that_let_a_directory_in_are_no_silence(watching: Watching, playground: Playground) -> None:
    repository: Path = playground.repository(files={".gitignore": "out/\n", "a.txt": "a\n"})
    playground.write(repository, {"out/x": "x\n"})
    watched = await watching()
    await watched.watch(repository)
    moment = time.monotonic()
    entered = len(watched.watcher)

    (repository / ".gitignore").write_text("# nothing\n")

    await watched.until(lambda: len(watched.watcher) > entered)
    assert await since(watched, moment) is None


async def test_until_git_was_asked_what_it_ignores_nothing_is_known(watching: Watching, playground: Playground) -> None:
    """A directory that it no longer ignores is not watched until then."""
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)
    moment = time.monotonic()
    assert await since(watched, moment) == set()
    watch = watched.watcher._checkouts["project"]

    for _ in range(2):  # the second has to wait: it is not asked for each write
        watch.rules_may_have_changed()
        assert await since(watched, moment) is None

    await watched.until(lambda: not watch.at_work)
    assert await since(watched, moment) == set()
