"""`hedgerow` as a process on real repositories: what it prints for programs, and how it ends."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.hedgerow import Answer, shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground, Program

from hedgerow import __version__
from hedgerow.cli.exit_codes import ExitCode
from hedgerow.protocol.checkouts import ListResult
from hedgerow.protocol.commands import BY_VERB
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.worktrees import DoctorResult, HistoryResult, ShowResult

SCRIPT = "#!/bin/sh\necho ran >made-by-setup\n"


def in_json(answer: Answer, verb: str) -> Any:
    """The answer as its command's result model, which refuses unknown and missing fields."""
    assert answer.exit_code == 0, f"{answer.exit_code}: {answer.output}{answer.errors}"
    return BY_VERB[verb].result.model_validate_json(answer.output)


def test_version(home: Home) -> None:
    answer = shell(home, home.root, "--version")
    assert (answer.exit_code, answer.output) == (0, f"hedgerow {__version__}\n")


@pytest.mark.parametrize("args", [[], ["--help"], ["-h"]])
def test_help_names_every_command(home: Home, args: list[str]) -> None:
    answer = shell(home, home.root, *args)
    assert answer.exit_code == 0
    assert all(word in answer.output for word in ("list", "clean-up", "set-base", "serve", "completion"))


def test_help_of_a_command_has_its_example(home: Home) -> None:
    answer = shell(home, home.root, "create", "--help")
    assert answer.exit_code == 0
    assert BY_VERB["create"].example in " ".join(answer.output.split())
    assert "--setup-sha256" in answer.output


def test_every_result_in_json_is_its_model(home: Home, repository: Path) -> None:
    created: ChangeResult = in_json(shell(home, repository, "create", "fix", "--json"), "create")
    worktree = Path(created.paths[0])
    assert worktree.is_dir()
    listed: ListResult = in_json(shell(home, repository, "list", "--json"), "list")
    assert {row.label for row in listed.checkouts} == {"Local", "fix"}
    assert not any(row.pending for row in listed.checkouts)
    assert '"sizeBytes"' in shell(home, repository, "list", "--json").output, "names are those of the wire"
    in_json(shell(home, repository, "rename", "fix", "Second try", "--json"), "rename")
    in_json(shell(home, repository, "keep", "fix", "--json"), "keep")
    in_json(shell(home, repository, "keep", "fix", "--no-kept", "--json"), "keep")
    in_json(shell(home, repository, "branch-here", "fix", "feature/fix", "--json"), "branchHere")
    in_json(shell(home, repository, "set-base", "fix", "main", "--json"), "setBase")
    (worktree / "new.txt").write_text("new\n")
    cleaned: ChangeResult = in_json(shell(home, repository, "clean-up", "fix", "--yes", "--json"), "cleanUp")
    assert cleaned.operation is not None
    assert not worktree.exists()
    shown: ShowResult = in_json(shell(home, repository, "show", cleaned.operation.id, "--json"), "show")
    assert shown.operation == cleaned.operation
    in_json(shell(home, repository, "undo", "--yes", "--json"), "undo")
    assert (worktree / "new.txt").exists()
    history: HistoryResult = in_json(shell(home, repository, "history", "--json"), "history")
    assert cleaned.operation.id in {operation.id for operation in history.operations}
    in_json(shell(home, repository, "repair", "--dry-run", "--json"), "repair")
    doctor: DoctorResult = in_json(shell(home, repository, "doctor", "--json"), "doctor")
    assert all(check.ok for check in doctor.checks)


def test_what_a_person_reads_works_for_every_command_that_only_looks(home: Home, repository: Path) -> None:
    assert shell(home, repository, "create", "fix").exit_code == 0
    assert "fix" in shell(home, repository, "list").output
    assert "fix" in shell(home, repository, "list", "--all", "--sizes").output
    assert "Created fix" in shell(home, repository, "history").output
    assert "fix" in shell(home, repository, "show", "fix").output
    assert "git" in shell(home, repository, "doctor").output


def test_a_plan_that_nobody_can_be_asked_about_changes_nothing(home: Home, repository: Path) -> None:
    worktree = Path(shell(home, repository, "create", "fix", "--json").json["paths"][0])
    (worktree / "precious.txt").write_text("only here\n")
    oracle = Oracle(home)
    before = oracle.observe(repository)
    answer = shell(home, repository, "clean-up", "fix")
    assert answer.exit_code == ExitCode.UNANSWERED
    assert answer.output == ""
    assert "precious.txt" in answer.errors
    assert answer.errors.splitlines()[-1].startswith("Nothing has changed: this needs your agreement.")
    in_json_too = shell(home, repository, "clean-up", "fix", "--json")
    assert in_json_too.exit_code == ExitCode.UNANSWERED
    result = ChangeResult.model_validate_json(in_json_too.output)
    assert result.plan is not None
    assert result.plan.needs_agreement
    dry = shell(home, repository, "clean-up", "fix", "--dry-run")
    assert dry.exit_code == ExitCode.DONE
    assert "precious.txt" in dry.output
    assert difference(before, oracle.observe(repository)) == []
    with_token = shell(home, repository, "clean-up", "fix", "--token", result.plan.token)
    assert with_token.exit_code == ExitCode.DONE, with_token.errors
    assert not worktree.exists()


def test_yes_never_allows_a_script(home: Home, playground: Playground) -> None:
    repository = playground.repository(files={"a.txt": "a\n", ".hedgerow/setup.sh": Program(SCRIPT)})
    place = playground.directory / "project.worktrees"
    sha256 = hashlib.sha256(SCRIPT.encode()).hexdigest()
    refused = shell(home, repository, "create", "one", "--yes")
    assert refused.exit_code == ExitCode.UNANSWERED
    assert f"--setup-sha256 {sha256}" in refused.errors
    assert not (place / "one").exists()
    assert shell(home, repository, "create", "two", "--yes", "--setup-sha256", "0" * 64).exit_code != ExitCode.DONE
    assert not (place / "two" / "made-by-setup").exists()
    skipped = shell(home, repository, "create", "three", "--setup-skip")
    assert skipped.exit_code == ExitCode.DONE, skipped.errors
    assert not (place / "three" / "made-by-setup").exists()
    allowed = shell(home, repository, "create", "four", "--setup-sha256", sha256)
    assert allowed.exit_code == ExitCode.DONE, allowed.errors
    assert (place / "four" / "made-by-setup").read_text() == "ran\n"


def test_settings_count(home: Home, repository: Path, playground: Playground) -> None:
    path = home.home / ".config" / "hedgerow" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('worktreesDirectory = "{parent}/elsewhere"\n')
    made = shell(home, repository, "create", "fix", "--json")
    assert Path(made.json["paths"][0]) == playground.directory / "elsewhere" / "fix"


def test_completion_is_a_script_that_the_shell_takes(home: Home) -> None:
    answer = shell(home, home.root, "completion", "bash")
    assert answer.exit_code == 0
    subprocess.run(["bash", "-n"], input=answer.output, text=True, check=True, timeout=60)
    assert "clean-up" in answer.output
