"""The witness must see: each kind of change that could be a loss shows up as a line, and looking changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.home import Home
from tests.support.oracle import Oracle, difference, hedgerows_own
from tests.support.repositories import Link, Playground, newer_git


def _stage(playground: Playground, checkout: Path) -> None:
    oid = playground.git("hash-object", "-w", "--stdin", cwd=checkout, input=b"only in the index").decode().strip()
    playground.git("update-index", "--cacheinfo", f"100644,{oid},a.txt", cwd=checkout)


CHANGES: dict[str, tuple[Callable[[Playground, Path], object], str]] = {
    "a byte": (lambda _, checkout: (checkout / "a.txt").write_text("One\n"), "file 'a.txt'"),
    "a mode": (lambda _, checkout: (checkout / "a.txt").chmod(0o600), "file 'a.txt'"),
    "a link's target": (lambda p, checkout: p.write(checkout, {"link": Link("elsewhere")}), "file 'link'"),
    "an empty directory": (lambda _, checkout: (checkout / "empty").mkdir(), "file 'empty'"),
    "an ignored file": (lambda _, checkout: (checkout / ".env").write_text("x"), "file '.env'"),
    "a fifo": (lambda _, checkout: os.mkfifo(checkout / "fifo"), "file 'fifo'"),
    "a name that is no text": (lambda p, checkout: p.write(checkout, {b"\xff": b""}), "file '\\\\xff'"),
    "staged bytes": (_stage, "index 'a.txt'"),
    "assume-unchanged": (lambda p, c: p.git("update-index", "--assume-unchanged", "a.txt", cwd=c), "index 'a.txt'"),
    "skip-worktree": (lambda p, c: p.git("update-index", "--skip-worktree", "a.txt", cwd=c), "index 'a.txt'"),
    "a branch": (lambda p, c: p.git("branch", "other", cwd=c), "ref 'refs/heads/other'"),
    "a per-worktree ref": (lambda p, c: p.git("update-ref", "refs/worktree/x", "HEAD", cwd=c), "ref 'refs/worktree/x'"),
    "a stash": (lambda p, c: p.git("stash", "push", "--include-untracked", cwd=c), "ref 'refs/stash'"),
    "a reflog": (lambda p, c: p.git("reflog", "expire", "--expire=now", "--all", cwd=c), "reflog 'HEAD'"),
    "HEAD": (lambda p, c: p.git("symbolic-ref", "HEAD", "refs/heads/unborn", cwd=c), "admin 'HEAD'"),
    "configuration": (lambda p, c: p.git("config", "core.bare", "true", cwd=c), "admin 'config'"),
    "a lock of a worktree": (lambda p, c: p.git("worktree", "lock", c, cwd=c), "admin 'locked'"),
    "a lock of the index": (lambda p, c: (p.admin(c) / "index.lock").touch(), "admin 'index.lock'"),
    "an operation in progress": (lambda p, c: p.git("bisect", "start", cwd=c), "admin 'BISECT_START'"),
    "a registration": (
        lambda p, c: p.git("worktree", "remove", "--force", c, cwd=c.parent / "project"),
        "registration",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_sees(name: str, playground: Playground, home: Home) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    playground.write(worktree, {"link": Link("a.txt"), "untracked": "x"})
    change, expected = CHANGES[name]
    oracle = Oracle(home)
    before = oracle.observe(repository)
    change(playground, worktree)
    lines = difference(before, oracle.observe(repository))
    assert any(expected in line for line in lines), lines


def test_sees_every_checkout_and_changes_none(playground: Playground, home: Home) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    playground.dirty(worktree)
    playground.dirty(repository)
    oracle = Oracle(home)
    before = oracle.observe(repository, besides=[home.home])
    assert difference(before, oracle.observe(worktree, besides=[home.home]), except_for=()) == []
    assert set(before.checkouts) == {repository, worktree}
    # Every entry of both indexes was understood.
    for checkout in before.checkouts:
        listed = playground.git("ls-files", "--stage", "-z", cwd=checkout).count(b"\0")
        assert len(before.index(checkout)) == listed


def test_excuses_only_what_is_hedgerows(playground: Playground, home: Home) -> None:
    repository = playground.repository()
    oracle = Oracle(home)
    before = oracle.observe(repository)
    playground.git("update-ref", "refs/hedgerow/snapshots/x", "HEAD", cwd=repository)
    (repository / ".git" / "hedgerow").mkdir()
    (repository / ".git" / "hedgerow" / "id").write_text("1")
    after = oracle.observe(repository)
    assert difference(before, after) == []
    assert len(difference(before, after, except_for=())) == 2
    assert not any(hedgerows_own(fact) for fact in before.facts)


def test_finds_commits_that_only_an_operation_holds(playground: Playground, home: Home) -> None:
    repository = playground.repository()
    worktree = playground.worktree(repository, "one")
    theirs = playground.merge_in_progress(worktree)
    playground.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all", cwd=repository)
    oracle = Oracle(home)
    commits = oracle.commits(repository)
    assert theirs in commits
    assert oracle.missing_commits(repository, commits) == []
    assert oracle.missing_commits(repository, ["1" * 40]) == ["1" * 40]
    assert oracle.fsck(repository) == []


def test_sees_refs_and_reflogs_of_a_reftable(home: Home) -> None:
    git = newer_git()
    if git is None:
        pytest.skip("needs git 2.45 or newer (HEDGEROW_NEWER_GIT)")
    playground = Playground(home, git=git)
    repository = playground.repository(ref_format="reftable")
    worktree = playground.worktree(repository, "one")
    oracle = Oracle(home, git)
    before = oracle.observe(repository)
    playground.git("update-ref", "refs/worktree/x", "HEAD", cwd=worktree)
    playground.commit(worktree, "second", {"c.txt": "c"})
    lines = difference(before, oracle.observe(repository))
    assert any("ref 'refs/worktree/x'" in line for line in lines), lines
    assert any("reflog 'HEAD'" in line for line in lines), lines
