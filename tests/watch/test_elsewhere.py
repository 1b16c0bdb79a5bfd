"""Where there is no inotify, whatever watchdog finds does the same, less exactly. Tried here on this system's own."""

from __future__ import annotations

import math
import os

import pytest
from tests.support.repositories import Playground
from tests.watch.conftest import Watching

from hedgerow.watch import watcher
from hedgerow.watch.systems.elsewhere import Elsewhere


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_backend", lambda _limit: Elsewhere())


async def test_edits_are_told_and_nothing_is_certain(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={".gitignore": "out/\n*.log\n", "a.txt": "a\n", "sub/b.txt": "b\n"})
    playground.write(repository, {"out/x": "x"})
    watched = await watching()
    await watched.watch(repository)

    (repository / "a.txt").write_text("edited\n")
    await watched.tells(b"a.txt")
    os.rename(repository / "sub" / "b.txt", repository / "c.txt")
    (repository / "out" / "x").write_text("y")
    (repository / "debug.log").write_text("y")
    await watched.tells(b"sub/b.txt", b"c.txt")

    assert any(each.renames == {b"c.txt": b"sub/b.txt"} for each in watched.edits)
    assert await watched.settled(repository) == {b"a.txt", b"sub/b.txt", b"c.txt"}
    assert watched.watcher.certain_since("project") == math.inf
    assert not await watched.watcher.caught_up()


async def test_git_directories(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    watched = await watching()
    await watched.watch(repository, worktree)

    playground.git("branch", "deep/er", cwd=repository)
    await watched.until(lambda: any(change.refs for change in watched.changes))
    (worktree / "a.txt").write_text("x\n")
    playground.git("add", "a.txt", cwd=worktree)
    await watched.until(lambda: any(playground.admin(worktree) in change.administered for change in watched.changes))
    assert watched.watcher.certain_of(repository / ".git") == math.inf
