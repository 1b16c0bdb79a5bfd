"""What a watcher tells of real repositories, what it does not watch, and what it does when it cannot."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from tests.support.repositories import Playground
from tests.watch.conftest import Watching

from hedgerow.watch.changes import Touch
from hedgerow.watch.checkout_watch import CheckoutWatch
from hedgerow.watch.systems.tree import Tree


def tree_of(watcher: object, checkout: str = "project") -> Tree:
    watch: CheckoutWatch = watcher._checkouts[checkout]  # type: ignore[attr-defined]
    assert isinstance(watch._watch, Tree)
    return watch._watch


async def test_edits_are_told_by_checkout(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    watched = await watching()
    await watched.watch(repository, worktree)

    (worktree / "a.txt").write_text("edited\n")
    (repository / "sub" / "b.txt").unlink()

    await watched.tells(b"a.txt", checkout=worktree.name)
    await watched.tells(b"sub/b.txt")
    assert watched.paths(worktree.name) == {b"a.txt"}
    assert watched.paths() == {b"sub/b.txt"}


async def test_names_of_any_bytes(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)

    names = playground.awkward(repository, prefix=b"sub/")

    await watched.tells(*names)


async def test_new_directories_are_watched_at_once(watching: Watching, playground: Playground) -> None:
    """Also what is put into them before the watch can be."""
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)

    subprocess.run(["sh", "-c", "mkdir -p x/y/z && echo 1 >x/y/z/1 && echo 2 >x/2"], cwd=repository, check=True)
    await watched.tells(b"x/y/z/1", b"x/2")
    (repository / "x" / "y" / "z" / "later").write_text("3\n")
    await watched.tells(b"x/y/z/later")
    os.rename(repository / "x" / "y", repository / "w")
    await watched.tells(b"w/z/1", b"w/z/later", b"x/y")
    (repository / "w" / "z" / "after").write_text("4\n")
    await watched.tells(b"w/z/after")


async def test_what_git_ignores_is_neither_watched_nor_told(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={".gitignore": "out/\n*.log\n", "src/a.txt": "a\n", "kept/out/x": "x\n"})
    playground.git("add", "--force", "kept/out/x", cwd=repository)
    for number in range(50):
        (repository / "out" / f"{number}" / "deep").mkdir(parents=True)
    watched = await watching()
    await watched.watch(repository)
    before = len(watched.watcher)

    (repository / "out" / "7" / "deep" / "x").write_text("x\n")
    (repository / "src" / "debug.log").write_text("x\n")
    (repository / "kept" / "out" / "x").write_text("tracked, though a rule says otherwise\n")

    assert await watched.settled(repository) == {b"kept/out/x"}
    assert len(tree_of(watched.watcher)) == 4  # the root, src, kept, kept/out
    assert len(watched.watcher) == before


async def test_a_directory_that_holds_only_what_is_ignored_is_watched(
    watching: Watching, playground: Playground
) -> None:
    """Git collapses it like an ignored one; but what comes into it later may be somebody's work."""
    repository = playground.repository(files={".gitignore": "*.o\nout/*\n!out/kept.c\n"})
    playground.write(repository, {"gen/x.o": "x", "gen/deep/y.o": "y", "out/z.o": "z", "out/a/b": "b"})
    watched = await watching()
    await watched.watch(repository)
    assert set(tree_of(watched.watcher)._by_path) == {b"", b"gen", b"gen/deep", b"out"}

    (repository / "gen" / "deep" / "new.c").write_text("x\n")
    (repository / "out" / "kept.c").write_text("x\n")
    (repository / "gen" / "new.o").write_text("x\n")

    assert await watched.settled(repository) == {b"gen/deep/new.c", b"out/kept.c"}


async def test_a_large_tree_that_is_deleted(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    for number in range(3000):
        (repository / "large" / f"{number % 50}" / f"{number}").mkdir(parents=True)
    watched = await watching()
    await watched.watch(repository)
    assert len(tree_of(watched.watcher)) > 3000

    shutil.rmtree(repository / "large")

    await watched.until(lambda: len(tree_of(watched.watcher)) <= 2)
    (repository / "a.txt").write_text("seen\n")
    await watched.tells(b"a.txt")


async def test_an_ignored_directory_that_comes_later(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={".gitignore": "node_modules/\nout/\n", "a.txt": "a\n"})
    watched = await watching()
    await watched.watch(repository)

    program = "mkdir -p node_modules/$n/lib out/$n; echo 1 >node_modules/$n/lib/x; echo 2 >out/$n/y"
    subprocess.run(["sh", "-c", f"for n in 1 2 3 4 5 6 7 8 9; do {program}; done"], cwd=repository, check=True)

    assert await watched.settled(repository) == set()
    await watched.until(lambda: len(tree_of(watched.watcher)) == 1, lambda: tree_of(watched.watcher)._by_path)


async def test_a_likely_name_is_not_entered_before_git_was_asked(
    watching: Watching, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_answer(*_args: object) -> None:
        return None

    monkeypatch.setattr(CheckoutWatch, "_judge", no_answer)
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)

    (repository / "new" / "node_modules" / "deep").mkdir(parents=True)
    (repository / "node_modules" / "deep").mkdir(parents=True)
    (repository / "last").mkdir()

    await watched.until(lambda: b"last" in tree_of(watched.watcher)._by_path)
    assert set(tree_of(watched.watcher)._by_path) == {b"", b"sub", b"new", b"last"}


async def test_a_likely_name_that_is_not_ignored(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "a\n", "venv/tracked.txt": "x\n"})
    watched = await watching()
    await watched.watch(repository)

    (repository / "target" / "deep").mkdir(parents=True)
    (repository / "target" / "deep" / "x").write_text("x\n")
    (repository / "venv" / "tracked.txt").write_text("y\n")

    await watched.tells(b"target/deep/x", b"venv/tracked.txt")


@pytest.mark.parametrize("file", [".gitignore", ".git/info/exclude"])
async def test_rules_that_change(watching: Watching, playground: Playground, file: str) -> None:
    repository = playground.repository(files={".gitignore": "", "a.txt": "a\n"})
    (repository / ".git" / "info").mkdir(exist_ok=True)
    (repository / file).write_text("one/\n")
    playground.write(repository, {"one/x": "x\n", "two/x": "x\n"})
    watched = await watching()
    await watched.watch(repository)
    assert len(tree_of(watched.watcher)) == 2

    (repository / file).write_text("two/\n")

    await watched.until(lambda: set(tree_of(watched.watcher)._by_path) == {b"", b"one"})
    (repository / "one" / "x").write_text("y\n")
    await watched.tells(b"one/x")


async def test_a_file_that_git_begins_to_track_in_an_ignored_directory(
    watching: Watching, playground: Playground
) -> None:
    repository = playground.repository(files={".gitignore": "out/\n"})
    playground.write(repository, {"out/x": "x\n"})
    watched = await watching()
    await watched.watch(repository)

    playground.git("add", "--force", "out/x", cwd=repository)
    await watched.until(lambda: b"out" in tree_of(watched.watcher)._by_path)
    (repository / "out" / "x").write_text("y\n")

    await watched.tells(b"out/x")


async def test_git_directories(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    common_dir, admin = repository / ".git", playground.admin(worktree)
    watched = await watching()
    await watched.watch(repository, worktree)

    async def told(*, refs: bool, administered: Path | None = None) -> None:
        def wanted() -> bool:
            seen = any(change.refs for change in watched.changes)
            places = {place for change in watched.changes for place in change.administered}
            return seen >= refs and (administered is None or administered in places)

        await watched.until(wanted, lambda: watched.changes)
        watched.changes.clear()

    playground.git("branch", "deep/er/branch", cwd=repository)
    await told(refs=True)
    playground.git("branch", "deep/er/second", cwd=repository)
    await told(refs=True)
    playground.git("update-ref", "--no-deref", "HEAD", "HEAD", cwd=worktree)
    (worktree / "a.txt").write_text("x\n")
    playground.git("add", "a.txt", cwd=worktree)
    await told(refs=False, administered=admin)
    playground.git("pack-refs", "--all", cwd=repository)
    await told(refs=True)
    playground.merge_in_progress(repository)
    await told(refs=False, administered=common_dir)
    another = playground.worktree(repository, "two")
    await told(refs=True)
    playground.git("worktree", "move", another, another.with_name("moved"), cwd=repository)
    await told(refs=True)
    playground.git("worktree", "lock", worktree, cwd=repository)
    await told(refs=True)
    playground.git("worktree", "remove", "--force", another.with_name("moved"), cwd=repository)
    await told(refs=True)
    shutil.move(worktree, worktree.with_name("elsewhere"))
    await told(refs=True)


async def test_our_own_reading_wakes_nobody(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    (worktree / "a.txt").write_text("edited\n")
    os.utime(worktree / "sub" / "b.txt")
    watched = await watching()
    await watched.watch(repository, worktree)
    git = watched.git

    for checkout in (repository, worktree):
        await git.read("status", "--porcelain=v2", "--untracked-files=all", cwd=checkout)
        await git.read("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", cwd=checkout)
        await git.read("diff", "--stat", "HEAD", cwd=checkout)
    await git.read("worktree", "list", "--porcelain", cwd=repository / ".git")
    await git.read("for-each-ref", cwd=repository / ".git")

    assert await watched.watcher.caught_up()
    assert watched.watcher.untold() == ({}, [])
    assert (watched.edits, watched.changes) == ([], [])


async def test_caught_up_means_that_all_was_seen(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)

    for number in range(300):
        (repository / "a.txt").write_text(f"{number}\n")
        assert await watched.watcher.caught_up()
        assert "project" in watched.watcher.untold()[0] or watched.paths() >= {b"a.txt"}
        watched.edits.clear()


async def test_a_budget_that_is_too_small_is_said_and_polled(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={f"{number}/x": "x\n" for number in range(40)})
    worktree = playground.worktree(repository, "one")
    watched = await watching(limit=70, poll_seconds=0.05)
    await watched.watch(repository, worktree)

    assert len(watched.problems) == 1
    assert worktree.name in (watched.problems[0] or "")
    assert "fs.inotify.max_user_watches" in (watched.problems[0] or "")
    assert watched.watcher.certain_since("project") < math.inf
    assert watched.watcher.certain_since(worktree.name) == math.inf
    assert len(watched.watcher) <= 70

    (worktree / "7" / "x").write_text("seen all the same\n")
    (repository / "8" / "x").write_text("at once\n")
    await watched.tells(b"8/x")
    await watched.tells(b"7/x", checkout=worktree.name)
    (worktree / "7" / "x").unlink()
    await watched.until(lambda: any(each.paths == {b"7/x": Touch.GONE} for each in watched.edits))

    shutil.rmtree(repository / "0")
    await watched.watch(worktree.parent / repository.name)  # the worktree is gone
    assert watched.problems[-1] is None


async def test_a_budget_that_runs_out_later(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    watched = await watching(limit=30, poll_seconds=0.05)
    await watched.watch(repository)
    assert watched.problems == []

    playground.write(repository, {f"new/{number}/x": "x\n" for number in range(60)})

    await watched.until(lambda: bool(watched.problems))
    assert watched.watcher._checkouts["project"].polled
    await watched.tells(b"?")  # what happened after the watch ended and before the first look may be anything
    (repository / "new" / "3" / "x").write_text("other\n")
    await watched.tells(b"new/3/x")


async def test_a_disk_that_others_write_to_is_polled(
    watching: Watching, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.watch.checkout_watch.is_shared", lambda _place: True)
    monkeypatch.setattr("hedgerow.watch.repository_watch.is_shared", lambda _place: True)
    repository = playground.repository()
    watched = await watching(poll_seconds=0.05)
    await watched.watch(repository)

    assert "project" in (watched.problems[-1] or "")
    assert "disk" in (watched.problems[-1] or "")
    assert len(watched.watcher) == 0
    assert watched.watcher.certain_since("project") == math.inf
    assert watched.watcher.certain_of(repository / ".git") == math.inf
    (repository / "a.txt").write_text("from elsewhere\n")
    await watched.tells(b"a.txt")
    await watched.until(lambda: any(change.refs for change in watched.changes))


async def test_no_inotify_left_at_all(
    watching: Watching, playground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system gives each person a small number of them, and editors take theirs."""

    def refused(*_args: object) -> None:
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr("watchdog.observers.inotify_c.InotifyFD._create_inotify_fd", refused)
    repository = playground.repository()
    watched = await watching(poll_seconds=0.05)
    await watched.watch(repository)

    assert watched.problems[-1] is not None
    assert not await watched.watcher.caught_up()
    (repository / "a.txt").write_text("edited\n")
    await watched.tells(b"a.txt")


@pytest.mark.slow
async def test_lost_events_are_made_up_for(watching: Watching, playground: Playground) -> None:
    """The system's queue overflows while the reader is held up: everything is to be looked at, and watched again."""
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)
    (repository / "busy").mkdir()
    await watched.until(lambda: b"busy" in tree_of(watched.watcher)._by_path)
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())

    # Taken on another thread, for it has to be given back by the one that took it.
    taken, give_back = threading.Event(), threading.Event()

    def hold() -> None:
        with tree_of(watched.watcher)._lock:
            taken.set()
            give_back.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(10)
    for number in range(2 * limit // 3):  # each makes two events at least
        (repository / "busy" / str(number % 500)).write_text(str(number))
        if number % 500 == 499:
            (repository / "a.txt").write_text(str(number))
    (repository / "unseen").mkdir()
    give_back.set()
    holder.join()

    await watched.until(lambda: b"?" in watched.paths(), lambda: len(watched.edits))
    await watched.until(lambda: b"unseen" in tree_of(watched.watcher)._by_path)
    (repository / "unseen" / "x").write_text("x\n")
    await watched.tells(b"unseen/x")


async def test_a_checkout_inside_another_is_its_own(watching: Watching, playground: Playground) -> None:
    repository = playground.repository()
    inside = repository / ".claude" / "worktrees" / "inner"
    playground.git("worktree", "add", "--quiet", "--detach", inside, cwd=repository)
    watched = await watching()
    await watched.watch(repository, inside)

    (inside / "a.txt").write_text("x\n")

    await watched.tells(b"a.txt", checkout="inner")
    assert await watched.settled(repository) == set()


async def test_a_repository_inside_makes_nothing_certain(watching: Watching, playground: Playground) -> None:
    """A commit in a submodule changes what `git status` says outside, and touches no file there."""
    repository = playground.repository()
    watched = await watching()
    await watched.watch(repository)
    assert watched.watcher.certain_since("project") < math.inf
    module = playground.submodule(repository)
    again = await watching()
    await again.watch(repository)

    assert again.watcher.certain_since("project") == math.inf
    (module / "a.txt").write_text("x\n")
    await again.until(lambda: bool(again.edits))


async def test_nothing_is_left_behind(watching: Watching, playground: Playground) -> None:
    repository = playground.repository(files={f"{number}/x": "x\n" for number in range(10)})
    watched = await watching()
    await watched.watch(repository)
    notices = watched.watcher._backend.notices  # type: ignore[attr-defined]
    assert notices.watches == len(watched.watcher) > 10

    shutil.rmtree(repository / "3")
    await watched.until(lambda: notices.watches == len(watched.watcher))
    await watched.watcher.watch([])
    assert (len(watched.watcher), notices.watches) == (0, 0)
    await watched.watcher.close()

    assert not notices._reader.is_alive()
