"""The program that agents run at each event: as they run it, in whatever state the machine is."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.home import Home

from hedgerow.sessions import hook

PROGRAM = Path(hook.__file__)
EVENT = {"hook_event_name": "Stop", "session_id": "01a1f75d", "last_assistant_message": "done"}


@pytest.fixture
def inbox(home: Home) -> Path:
    inbox = home.root / "inbox"
    inbox.mkdir(mode=0o700)
    return inbox


def run(
    *arguments: str | Path, told: bytes = json.dumps(EVENT).encode(), prepare: Callable[[], None] | None = None
) -> None:
    command = [sys.executable, "-I", "-S", str(PROGRAM), *map(str, arguments)]
    done = subprocess.run(command, input=told, capture_output=True, preexec_fn=prepare, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_event_is_one_private_file(inbox: Path) -> None:
    before = time.time()
    run(inbox, "s1")
    (file,) = inbox.iterdir()
    head, content = file.read_bytes().split(b"\n", 1)
    assert head == b"hedgerow-event 1 s1 whole"
    assert json.loads(content) == EVENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert before <= int(file.name.split("-")[0]) / 1e9 <= time.time()


def test_names_sort_by_time(inbox: Path) -> None:
    for number in range(20):
        run(inbox, f"s{number}")
    found = [file.read_bytes().split()[2].decode() for file in sorted(inbox.iterdir())]
    assert found == [f"s{number}" for number in range(20)]


@pytest.mark.parametrize("told", [b"", b"\xff\x00garbage\n\n", b"{" * 1000], ids=["nothing", "garbage", "broken"])
def test_what_is_told_is_passed_on_as_it_is(inbox: Path, told: bytes) -> None:
    run(inbox, "s1", told=told)
    (file,) = inbox.iterdir()
    assert file.read_bytes() == b"hedgerow-event 1 s1 whole\n" + told


def test_a_huge_event_is_cut_and_its_sender_not_broken(inbox: Path) -> None:
    told = b'{"hook_event_name":"Stop","content":"' + b"x" * (20 << 20) + b'"}'
    run(inbox, "s1", told=told)
    (file,) = inbox.iterdir()
    assert file.read_bytes() == b"hedgerow-event 1 s1 cut\n" + told[: hook.LIMIT_BYTES]


def test_nobody_is_held_up_by_an_open_pipe(inbox: Path) -> None:
    reading, writing = os.pipe()
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-I", "-S", PROGRAM, inbox, "s1"], stdin=reading, timeout=60, check=False)
    assert done.returncode == 0
    assert time.monotonic() - begun < 30
    os.close(reading)
    os.close(writing)


def test_no_directory_is_no_failure(home: Home, inbox: Path) -> None:
    run(home.root / "gone", "s1")
    assert not (home.root / "gone").exists()
    (home.root / "a file").write_text("")
    run(home.root / "a file", "s1")
    (home.root / "link").symlink_to(inbox)
    run(home.root / "link", "s1")
    assert list(inbox.iterdir()) == [], "a link in place of the inbox is not followed"


def test_no_arguments_are_no_failure() -> None:
    run()
    run("")


def test_no_standard_input_is_no_failure(inbox: Path) -> None:
    run(inbox, "s1", prepare=lambda: os.close(0))


def test_a_full_disk_leaves_nothing_half(inbox: Path) -> None:
    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    run(inbox, "s1", told=b"x" * 5000, prepare=little_room)
    assert list(inbox.iterdir()) == []


def test_many_at_once_lose_nothing(inbox: Path) -> None:
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(inbox), "s1"]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(30)]
    for number, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write(str(number).encode())
        process.stdin.close()
    assert [process.wait() for process in running] == [0] * 30
    found = sorted(int(file.read_bytes().split(b"\n")[1]) for file in inbox.iterdir())
    assert found == list(range(30))


def test_it_imports_next_to_nothing(inbox: Path) -> None:
    """What it takes is what `python -c pass` takes; `make bench` has the figure."""
    seen = "import sys, os, select, time\nsource = open(sys.argv[1]).read()\nbefore = set(sys.modules)\n"
    seen += "exec(compile(source, 'hook', 'exec'), {'__name__': 'looked-at'})\nprint(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", seen, PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
