"""`hedgerow` as a process among others: interrupted, with streams closed or full, and sparing in what it imports."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support.hedgerow import shell
from tests.support.home import Home
from tests.support.oracle import Oracle, difference
from tests.support.repositories import Playground, Program

from hedgerow.cli.exit_codes import ExitCode


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


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Until ``path`` is there, made by what ``process`` started."""
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
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
        # Whoever starts the tests may have ours ignore it (nohup does), which is inherited.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - there is one thread here
    )
    wait_for(started, process)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (ExitCode.INTERRUPTED, "")
    assert errors == "Interrupted: nothing has changed.\n"
    assert difference(before, oracle.observe(repository)) == []
    assert not (playground.directory / "project.worktrees" / "fix").exists()


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


def test_what_was_ignored_stays_ignored(home: Home, playground: Playground) -> None:
    """As under `nohup`: the terminal goes away, and the work goes on."""
    started, go_on = home.root / "started", home.root / "go-on"
    script = f'#!/bin/sh\ntouch "{started}"\nuntil [ -e "{go_on}" ]; do sleep 0.05; done\n'
    repository = playground.repository(files={"a.txt": "a\n", ".hedgerow/setup.sh": Program(script)})
    sha256 = hashlib.sha256(script.encode()).hexdigest()
    program = Path(sys.executable).parent / "hedgerow"
    process = subprocess.Popen(
        ["sh", "-c", f'trap "" HUP; exec "{program}" create fix --setup-sha256 {sha256}'],
        cwd=repository,
        env=home.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(started, process)
    process.send_signal(signal.SIGHUP)
    go_on.touch()
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "fix" in output


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_failure(home: Home, repository: Path, closed: str) -> None:
    """The state database must never take the number of a closed stream, and our words with it."""
    program = Path(sys.executable).parent / "hedgerow"
    finished = subprocess.run(
        ["sh", "-c", f'"{program}" create fix {closed}'],
        cwd=repository,
        env=home.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert "fix" in {row["label"] for row in shell(home, repository, "list", "--json").json["checkouts"]}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("args", [["list"], ["list", "--json"]])
def test_an_answer_that_cannot_be_written_is_one_sentence(home: Home, repository: Path, args: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [Path(sys.executable).parent / "hedgerow", *args],
            cwd=repository,
            env=home.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    sentence = "hedgerow: this is done, but its answer cannot be written (No space left on device)\n"
    assert (finished.returncode, finished.stderr) == (1, sentence)


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
