"""The question of a plan, on a real terminal: a clear yes carries it out, everything else leaves all as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.screen import on_a_screen
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.repositories import Playground, Program

from hedgerow.cli.exit_codes import ExitCode

QUESTION = "Go ahead? [y/N]"
SCRIPT_QUESTION = "Run this script? [y]es, [s]kip it, [N]o, change nothing:"


@pytest.fixture
def worktree(home: Home, playground: Playground) -> Path:
    """A worktree with something to lose."""
    repository = playground.repository()
    made = shell(home, repository, "create", "fix-login", "--json")
    assert made.exit_code == 0, made.errors
    path = Path(made.json["paths"][0])
    playground.write(path, {"precious.txt": "only here\n"})
    return path


@pytest.fixture
def repository(worktree: Path, playground: Playground) -> Path:
    return playground.directory / "project"


def test_yes_carries_it_out_and_undo_brings_it_back(home: Home, repository: Path, worktree: Path) -> None:
    with on_a_screen(home, repository, "clean-up", "fix-login") as screen:
        shown = screen.wait_for(QUESTION)
        assert "precious.txt" in shown
        assert "stays restorable" in shown
        assert worktree.exists()
        screen.type("y\n")
        assert screen.end() == ExitCode.DONE
    assert not worktree.exists()
    assert shell(home, repository, "undo", "--yes").exit_code == 0
    assert (worktree / "precious.txt").read_text() == "only here\n"


@pytest.mark.parametrize("keys", ["n\n", "\n", "maybe\n", "\x04"], ids=["no", "return", "maybe", "end of input"])
def test_anything_else_declines(home: Home, repository: Path, worktree: Path, keys: str) -> None:
    with on_a_screen(home, repository, "clean-up", "fix-login") as screen:
        screen.wait_for(QUESTION)
        screen.type(keys)
        assert screen.end() == ExitCode.UNANSWERED
        assert "Nothing has changed." in screen.text
    assert (worktree / "precious.txt").exists()


def test_ctrl_c_at_the_question_interrupts(home: Home, repository: Path, worktree: Path) -> None:
    with on_a_screen(home, repository, "clean-up", "fix-login") as screen:
        screen.wait_for(QUESTION)
        screen.type("\x03")
        assert screen.end() == ExitCode.INTERRUPTED
        assert "Interrupted: nothing has changed." in screen.text
        assert "Traceback" not in screen.text
    assert (worktree / "precious.txt").exists()


def test_what_was_typed_before_the_question_agrees_to_nothing(home: Home, repository: Path, worktree: Path) -> None:
    with on_a_screen(home, repository, "clean-up", "fix-login", typed_before="y\ny\n") as screen:
        screen.wait_for(QUESTION)
        screen.type("n\n")
        assert screen.end() == ExitCode.UNANSWERED
    assert (worktree / "precious.txt").exists()


@pytest.mark.parametrize(
    ("keys", "exit_code", "made", "ran"),
    [("y\n", 0, True, True), ("s\n", 0, True, False), ("\n", 3, False, False)],
    ids=["run", "skip", "cancel"],
)
def test_a_script_is_shown_and_asked_about(
    home: Home, playground: Playground, keys: str, exit_code: int, made: bool, ran: bool
) -> None:
    script = Program("#!/bin/sh\necho ran >made-by-setup\n")
    repository = playground.repository(files={"a.txt": "a\n", ".hedgerow/setup.sh": script})
    with on_a_screen(home, repository, "create", "fix-login") as screen:
        shown = screen.wait_for(SCRIPT_QUESTION)
        assert "echo ran >made-by-setup" in shown
        assert QUESTION not in shown
        screen.type(keys)
        assert screen.end() == exit_code
    worktree = playground.directory / "project.worktrees" / "fix-login"
    assert worktree.exists() == made
    assert (worktree / "made-by-setup").exists() == ran
