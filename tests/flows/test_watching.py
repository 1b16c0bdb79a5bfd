"""The list is kept true by watching: what is done outside is told, only what changed is read, at rest nothing runs."""

from __future__ import annotations

import asyncio
import shutil
import threading
from typing import Any

import pytest
from tests.flows.server import Server
from tests.support.hedgerow import Hedgerow, shell
from tests.support.home import Home
from tests.support.repositories import Playground

from hedgerow.watch.systems import notices
from hedgerow.watch.systems.tree import Tree


async def test_edits_made_outside_are_told(server: Server, playground: Playground) -> None:
    one, two = (playground.worktree(server.repository, name) for name in ("one", "two"))
    await server.begin()
    server.statuses_run()

    (one / "a.txt").write_text("edited\n")
    await server.until(lambda: (counts := server.rows[str(one)].counts) is not None and counts.unstaged == 1)
    await server.at_rest()
    assert set(server.statuses_run()) == {one.name}

    playground.git("add", "a.txt", cwd=one)
    await server.until(lambda: (counts := server.rows[str(one)].counts) is not None and counts.staged == 1)
    playground.git("commit", "--quiet", "-m", "outside", cwd=one)
    await server.until(lambda: server.rows[str(one)].head.subject == "outside")
    await server.until(lambda: (counts := server.rows[str(one)].counts) is not None and counts.staged == 0)
    await server.at_rest()
    assert two.name not in server.statuses_run()


async def test_worktrees_made_moved_and_removed_outside(server: Server, playground: Playground) -> None:
    await server.begin()

    one = playground.worktree(server.repository, "one")
    await server.until(lambda: str(one) in server.rows and not server.rows[str(one)].pending)
    (one / "new.txt").write_text("x\n")
    await server.until(lambda: (counts := server.rows[str(one)].counts) is not None and counts.untracked == 1)

    moved = one.with_name("moved")
    playground.git("worktree", "move", one, moved, cwd=server.repository)
    await server.until(lambda: str(moved) in server.rows and not server.rows[str(moved)].pending)
    await server.until(lambda: (counts := server.rows[str(moved)].counts) is not None and counts.untracked == 1)
    (moved / "second.txt").write_text("x\n")
    await server.until(lambda: (counts := server.rows[str(moved)].counts) is not None and counts.untracked == 2)

    shutil.move(moved, moved.with_name("lost"))
    await server.until(lambda: server.rows[str(moved)].state.value == "missing")
    shutil.move(moved.with_name("lost"), moved)
    playground.git("worktree", "remove", "--force", moved, cwd=server.repository)
    await server.until(lambda: str(moved) not in server.rows)


async def test_branches_and_operations_in_progress(server: Server, playground: Playground) -> None:
    one = playground.worktree(server.repository, "one")
    await server.begin()

    playground.git("switch", "--quiet", "-c", "feature/x", cwd=one)
    await server.until(lambda: server.rows[str(one)].head.branch == "feature/x")
    playground.merge_in_progress(server.repository)
    await server.until(lambda: server.rows[str(server.repository)].operation == "merge")
    playground.git("merge", "--abort", cwd=server.repository)
    await server.until(lambda: server.rows[str(server.repository)].operation is None)


async def test_a_list_reads_only_what_changed(server: Server, playground: Playground) -> None:
    worktrees = [playground.worktree(server.repository, str(number)) for number in range(5)]
    await server.begin()
    server.commands.clear()

    before = await server.list()
    assert server.commands == []  # nothing has changed: no git at all
    (worktrees[3] / "a.txt").write_text("edited\n")
    rows = await server.list()  # at once, before any event had to come
    assert rows[str(worktrees[3])].counts != before[str(worktrees[3])].counts
    # Nor again once the event has come: what the list read knows of it.
    await server.at_rest()
    assert server.statuses_run() == [worktrees[3].name]
    (server.repository / "a.txt").write_text("committed\n")
    playground.git("commit", "--quiet", "-a", "-m", "new head", cwd=server.repository)
    rows = await server.list()
    assert rows[str(server.repository)].head.subject == "new head"
    for each in worktrees:
        row, base = rows[str(each)], rows[str(each)].base
        assert row.landed is not None
        assert base is not None
    fresh = await server.hedgerow.call("list", server.repository, wait=True, sizes=True)  # reads everything anew
    for row in fresh.checkouts:
        assert row.model_copy(update={"size_bytes": None}) == rows[row.path]


async def test_a_file_that_was_listed_and_went_at_once_is_not_listed_for_ever(server: Server) -> None:
    """Nobody is told of a file that came and went within one burst: only who looked in between knows of it."""
    await server.begin()
    path = str(server.repository)

    with (server.repository / "passing").open("w"):  # while a file is open, a burst lasts
        assert (counts := (await server.list())[path].counts) is not None
        assert counts.untracked == 1
        (server.repository / "passing").unlink()

    await server.until(lambda: (counts := server.rows[path].counts) is not None and counts.untracked == 0)
    await server.at_rest()
    server.statuses_run()
    (server.repository / "passing").write_text("x\n")
    (server.repository / "passing").unlink()
    await server.at_rest()
    assert server.statuses_run() == []


async def test_while_the_watch_is_only_being_set_up_everything_is_read(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting_up, go_on = threading.Event(), threading.Event()
    real = Tree.start

    def start(tree: Tree, excluded: frozenset[bytes]) -> None:
        setting_up.set()
        go_on.wait(60)
        real(tree, excluded)

    monkeypatch.setattr(Tree, "start", start)
    path = str(server.repository)
    await server.list()
    await server.until(setting_up.is_set)

    for number, name in enumerate(("one", "two", "three"), start=1):
        (server.repository / name).write_text("x\n")
        counts = (await server.list())[path].counts
        assert counts is not None
        assert counts.untracked == number
    (server.repository / "four").write_text("x\n")
    go_on.set()

    await server.until(lambda: (counts := server.rows[path].counts) is not None and counts.untracked == 4)


@pytest.mark.slow
async def test_every_answer_is_what_a_fresh_process_says(server: Server, playground: Playground, home: Home) -> None:
    """Whatever is done outside, the very next list says what one that has watched nothing does."""
    one, two = (playground.worktree(server.repository, name) for name in ("one", "two"))
    await server.begin()

    def deeds() -> Any:
        yield lambda: (one / "a.txt").write_text("edited\n")
        yield lambda: playground.git("add", "-A", cwd=one)
        yield lambda: playground.git("commit", "--quiet", "-m", "one", cwd=one)
        yield lambda: (two / "a.txt").chmod(0o755)
        yield lambda: playground.write(two, {"deep/er/x": "x", "x.ignored": "x"})
        yield lambda: playground.git("clean", "--quiet", "-fd", cwd=two)
        yield lambda: playground.git("switch", "--quiet", "-c", "side", cwd=two)
        yield lambda: playground.git("branch", "-f", "main-2", "HEAD", cwd=one)
        yield lambda: playground.git("worktree", "lock", "--reason", "why", two, cwd=server.repository)
        yield lambda: playground.git("worktree", "unlock", two, cwd=server.repository)
        yield lambda: (two / ".gitignore").write_text("*\n")
        yield lambda: playground.rebase_paused(one)
        yield lambda: playground.git("rebase", "--abort", cwd=one)
        yield lambda: playground.worktree(server.repository, "three")
        yield lambda: shutil.move(two.parent / "by-hand-three", two.parent / "by-hand-four")
        yield lambda: playground.git("worktree", "prune", cwd=server.repository)
        yield lambda: shell(home, server.repository, "rename", one.name, "another label")
        yield lambda: shell(home, server.repository, "create", "made-elsewhere")
        yield lambda: (server.repository / ".git" / "info" / "exclude").parent.mkdir(exist_ok=True)
        yield lambda: (server.repository / ".git" / "info" / "exclude").write_text("a*\n")
        yield lambda: playground.write(server.repository, {"abc": "x", "bcd": "y"})

    for number, deed in enumerate(deeds()):
        await asyncio.to_thread(deed)
        rows = {path: row.model_dump(mode="json", by_alias=True) for path, row in (await server.list()).items()}
        said = shell(home, server.repository, "list", "--json").json["checkouts"]
        assert rows == {row["path"]: row for row in said}, f"after deed {number}"
        if number % 3 == 0:
            await server.at_rest()


async def test_notes_that_change_in_the_middle_of_an_operation_are_seen(server: Server) -> None:
    """A long operation of this very process notes its progress, and no file that is watched changes with it."""
    made = await server.hedgerow.agree("create", server.repository, name="made")
    await server.begin()
    database = server.hedgerow.app._tools.journal.database

    database.run("UPDATE worktrees SET setup = 'running'")

    assert (await server.list())[made.paths[0]].setup.value == "running"


async def test_at_rest_nothing_runs(server: Server, playground: Playground) -> None:
    for name in ("one", "two", "three"):
        playground.dirty(playground.worktree(server.repository, name))
    await server.begin()
    started = server.git.started

    await asyncio.sleep(5)

    assert server.git.started == started


async def test_who_writes_without_end_is_read_less_and_less_often(server: Server, playground: Playground) -> None:
    one = playground.worktree(server.repository, "one")
    await server.begin()
    server.statuses_run()

    for number in range(150):
        (one / "a.txt").write_text(f"{number}\n")
        await asyncio.sleep(0.03)

    assert 2 <= len(server.statuses_run()) <= 12
    (one / "b.txt").write_text("the last word\n")
    await server.until(lambda: (counts := server.rows[str(one)].counts) is not None and counts.untracked == 1)


async def test_an_untrusted_repository_is_left_alone(hedgerow: Hedgerow, playground: Playground) -> None:
    server = Server(hedgerow, playground.repository())
    caller = hedgerow.caller(server.repository, trusted_folders=())
    await hedgerow.call("list", server.repository, caller=caller, wait=True)
    await server.until(lambda: hedgerow.app._live._watching is not None)
    await server.at_rest()
    server.commands.clear()

    (server.repository / "a.txt").write_text("edited\n")
    playground.git("commit", "--quiet", "-a", "-m", "new", cwd=server.repository)
    await asyncio.sleep(1)

    assert server.commands == []
    assert hedgerow.app._live._watching is not None
    assert hedgerow.app._live._watching.watches == 0


async def test_what_cannot_be_watched_is_said_in_the_status(
    server: Server, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = playground.worktree(server.repository, "one")
    monkeypatch.setattr(notices, "system_limit", lambda: 10)

    await server.list()

    await server.until(lambda: bool(server.statuses) and server.statuses[-1].health == "warning")
    assert "fs.inotify.max_user_watches" in (server.statuses[-1].message or "")
    (one / "a.txt").write_text("edited\n")
    rows = await server.list()
    assert (counts := rows[str(one)].counts) is not None
    assert counts.unstaged == 1


async def test_a_shell_watches_nothing(hedgerow: Hedgerow, playground: Playground) -> None:
    repository = playground.repository()

    await hedgerow.rows(repository)

    assert hedgerow.app._live._watching is None


async def test_a_shell_follows_nothing(playground: Playground, home: Home) -> None:
    answer = await asyncio.to_thread(shell, home, playground.repository(), "follow", "Local")

    assert answer.exit_code != 0
    assert "an editor" in answer.errors
