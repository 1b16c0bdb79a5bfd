"""`hedgerow` as a process on real repositories: what it prints for programs, and how it ends."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
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


@pytest.fixture
def repository(playground: Playground) -> Path:
    return playground.repository()


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


@pytest.mark.parametrize(
    ("args", "exit_code", "said"),
    [
        (["nope"], 2, "Unknown command"),
        (["create", "--bogus"], 2, "--bogus"),
        (["create", "a", "b"], 2, "'b'"),
        (["keep"], 2, "--checkout"),
        (["history", "--limit", "0"], 2, "--limit"),
        (["create", "a/../b"], 1, "a/../b"),
        (["create", "x\x1b[31my"], 1, "x\\x1b[31my"),
        (["create", "x\ny"], 1, "x\\ny"),
        (["create", "--name=-x"], 1, "-x"),
        (["create", "y" * 300], 1, "yyy"),
        (["create", "x", "--from=--output=/tmp/x"], 1, "--output"),
        (["create", "x", "--from", "nowhere"], 1, "nowhere"),
        (["create", "x", "--branch", "main"], 1, "main"),
        (["clean-up", "nope"], 1, "nope"),
        (["clean-up", "Local"], 1, "Local"),
        (["clean-up", "Local", "--token", "invented"], 1, ""),
        (["restore", "nope"], 1, "nope"),
        (["undo", "nope"], 1, "nope"),
        (["undo"], 1, ""),
        (["show", "nope"], 1, "nope"),
        (["rename", "Local", "\x1b]0;title\x07"], 1, ""),
        (["list", "--repository", "/"], 1, "/"),
        (["completion", "tcsh"], 2, "tcsh"),
    ],
    ids=lambda value: " ".join(value)[:40].encode("unicode_escape").decode() if isinstance(value, list) else None,
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    home: Home, repository: Path, args: list[str], exit_code: int, said: str
) -> None:
    oracle = Oracle(home)
    before = oracle.observe(repository)
    answer = shell(home, repository, *args)
    assert answer.exit_code == exit_code, answer.output + answer.errors
    assert answer.output == ""
    first, *rest = answer.errors.splitlines()
    assert first.startswith("hedgerow: ")
    assert said in first
    assert rest == [] or (exit_code == 2 and len(rest) == 1 and rest[0].startswith("See `hedgerow "))
    assert "\x1b" not in answer.errors
    assert difference(before, oracle.observe(repository)) == []
    assert list(repository.parent.glob("*.worktrees/*")) == []


@pytest.mark.parametrize(
    ("args", "exit_code", "code"),
    [
        (["nope"], 2, "badParams"),
        (["history", "--limit", "0"], 2, "badParams"),
        (["create", "x\x1b[31my"], 1, "badName"),
        (["clean-up", "nope"], 1, "noSuchCheckout"),
    ],
)
def test_errors_in_json(home: Home, repository: Path, args: list[str], exit_code: int, code: str) -> None:
    answer = shell(home, repository, *args, "--json")
    assert (answer.exit_code, answer.errors) == (exit_code, "")
    error = answer.json["error"]
    assert error["code"] == code
    assert error["message"]
    assert isinstance(error["data"], dict)
    assert answer.output.isascii()


def test_outside_a_repository(home: Home) -> None:
    answer = shell(home, home.root, "list")
    assert answer.exit_code == 1
    assert "not inside a git repository" in answer.errors
    assert shell(home, home.root, "list", "--json").json["error"]["code"] == "notARepository"


def test_a_directory_that_is_gone(home: Home, repository: Path) -> None:
    gone = home.root / "gone"
    gone.mkdir()
    program = Path(sys.executable).parent / "hedgerow"
    command = f'cd "{gone}" && rmdir "{gone}" && "{program}" list'
    answer = subprocess.run(
        ["sh", "-c", command], env=home.environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("hedgerow: the directory you are in no longer exists")


def test_a_bad_setting_is_warned_about_and_stops_nothing(home: Home, repository: Path) -> None:
    path = home.home / ".config" / "hedgerow" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('retention = "many"\n')
    answer = shell(home, repository, "list", "--json")
    assert answer.exit_code == 0
    assert answer.errors == "settings.toml: retention is ignored: input should be a valid integer.\n"
    ListResult.model_validate_json(answer.output)


def test_settings_count(home: Home, repository: Path, playground: Playground) -> None:
    path = home.home / ".config" / "hedgerow" / "settings.toml"
    path.parent.mkdir(parents=True)
    path.write_text('worktreesDirectory = "{parent}/elsewhere"\n')
    made = shell(home, repository, "create", "fix", "--json")
    assert Path(made.json["paths"][0]) == playground.directory / "elsewhere" / "fix"


def test_a_reader_that_has_seen_enough_is_no_failure(home: Home, repository: Path) -> None:
    program = Path(sys.executable).parent / "hedgerow"
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        finished = subprocess.run(
            [program, "list"],
            cwd=repository,
            env=home.environment(),
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (0, b"")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_create_leaves_nothing_behind(home: Home, playground: Playground, number: int) -> None:
    started = home.root / "started"
    script = f'#!/bin/sh\ntouch "{started}"\nexec sleep 600\n'
    repository = playground.repository(files={"a.txt": "a\n", ".hedgerow/setup.sh": Program(script)})
    oracle = Oracle(home)
    before = oracle.observe(repository)
    sha256 = hashlib.sha256(script.encode()).hexdigest()
    process = subprocess.Popen(
        [Path(sys.executable).parent / "hedgerow", "create", "fix", "--setup-sha256", sha256],
        cwd=repository,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not started.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (ExitCode.INTERRUPTED, "")
    assert errors == "Interrupted: nothing has changed.\n"
    assert difference(before, oracle.observe(repository)) == []
    assert not (playground.directory / "project.worktrees" / "fix").exists()


def test_completion_is_a_script_that_the_shell_takes(home: Home) -> None:
    answer = shell(home, home.root, "completion", "bash")
    assert answer.exit_code == 0
    subprocess.run(["bash", "-n"], input=answer.output, text=True, check=True, timeout=60)
    assert "clean-up" in answer.output


def test_what_is_unexpected_is_one_sentence_and_the_log_has_the_rest(home: Home, repository: Path) -> None:
    runner = (
        "import sys; import hedgerow.cli.shell as shell\n"
        "def fail(*_): raise ZeroDivisionError('a \\x1b[31mbug')\n"
        "shell.run = fail\n"
        "sys.exit(shell.shell(['list']))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", runner],
        cwd=repository,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    log = home.hedgerow_state / "logs" / "shell.log"
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        f"hedgerow: something unexpected went wrong (ZeroDivisionError: a \\x1b[31mbug); {log} has the details\n"
    )
    assert "Traceback" in log.read_text()
    assert log.parent.stat().st_mode & 0o077 == 0


def test_what_only_programmers_want_does_not_reach_the_terminal(home: Home, repository: Path) -> None:
    runner = (
        "import logging, sys; import hedgerow.cli.shell as shell\n"
        "kept = shell.run\n"
        "def told(*args): logging.getLogger('asyncio').error('noise'); return kept(*args)\n"
        "shell.run = told\n"
        "sys.exit(shell.shell(['list', '--json']))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", runner],
        cwd=repository,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "noise" in (home.hedgerow_state / "logs" / "shell.log").read_text()


def imported(home: Home, repository: Path, *args: str) -> set[str]:
    """The modules that `hedgerow ARGS` imports."""
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", Path(sys.executable).parent / "hedgerow", *args],
        cwd=repository,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    names = {line.rsplit("|", 1)[1].strip() for line in answer.stderr.splitlines() if line.startswith("import time:")}
    assert "hedgerow.cli.main" in names, answer.stderr
    return names


@pytest.mark.parametrize(
    ("args", "needed", "spared"),
    [
        (["list", "--json"], {"hedgerow.app"}, {"cyclopts", "rich", "attr", "pygls", "lsprotocol", "hedgerow.lsp"}),
        (["list"], {"hedgerow.app", "rich"}, {"cyclopts", "pygls", "lsprotocol", "hedgerow.lsp"}),
        (["serve"], {"hedgerow.lsp.main"}, {"cyclopts", "rich", "hedgerow.cli.shell", "hedgerow.app"}),
        (["create", "--help"], {"cyclopts", "rich"}, {"hedgerow.app", "git", "pygls"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_run_does_not_need_is_not_imported(
    home: Home, repository: Path, args: list[str], needed: set[str], spared: set[str]
) -> None:
    names = imported(home, repository, *args)
    assert needed <= names
    assert names & spared == set()
