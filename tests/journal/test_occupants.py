"""Who counts as working in a directory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.repositories import Playground

from hedgerow.journal.occupants import occupants


@pytest.fixture
def worktree(playground: Playground) -> Path:
    return playground.repository()


@contextmanager
def running(*program: str, cwd: Path, env: Mapping[str, str] = {}) -> Iterator[int]:
    """A program that waits for input there; started once it has echoed a line, or answered an object."""
    with subprocess.Popen(
        program, cwd=cwd, env={**os.environ, **env}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"HEAD\n")
        process.stdin.flush()
        assert process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.stdin.close()


def test_a_process_below_it_is_found(worktree: Path) -> None:
    below = worktree / "below"
    below.mkdir()
    with running("cat", cwd=below) as pid:
        assert [one.pid for one in occupants(worktree)] == [pid]
    assert occupants(worktree) == []


def test_a_git_that_may_take_locks_is_found(worktree: Path) -> None:
    with running("git", "cat-file", "--batch-check", cwd=worktree) as pid:
        assert [(one.pid, one.name) for one in occupants(worktree)] == [(pid, "git")]


def test_a_git_that_only_looks_is_nobody(worktree: Path) -> None:
    with running("git", "cat-file", "--batch-check", cwd=worktree, env={"GIT_OPTIONAL_LOCKS": "0"}):
        assert occupants(worktree) == []


def test_the_same_variable_excuses_no_other_program(worktree: Path) -> None:
    with running("cat", cwd=worktree, env={"GIT_OPTIONAL_LOCKS": "0"}) as pid:
        assert [one.pid for one in occupants(worktree)] == [pid]
