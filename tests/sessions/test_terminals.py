"""Terminals that outlive the editor, in a real tmux."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.support.home import Home

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.sessions.terminals.terminal import Terminal
from hedgerow.sessions.terminals.terminals import Terminals
from hedgerow.sessions.terminals.tmux import TerminalGoneError

SHELL = ["/bin/sh"]
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


async def eventually(condition: Callable[[], Awaitable[Any]], what: str) -> Any:
    end = time.monotonic() + 60
    while not (answer := await condition()):
        assert time.monotonic() < end, f"waited for {what}; last answer: {answer!r}"
        await asyncio.sleep(0.02)
    return answer


async def shows(terminal: Terminal, text: str) -> str:
    async def screen() -> str | None:
        seen = await terminal.screen()
        return seen if text in seen else None

    try:
        return str(await eventually(screen, repr(text)))
    except AssertionError as error:
        raise AssertionError(f"{error}\n{await terminal.screen()}") from None


async def python(terminals: Terminals, cwd: Path, source: str, session: str = "s1") -> Terminal:
    """A terminal that runs a piece of Python."""
    return await terminals.start(session, [sys.executable, "-u", "-c", source], cwd, ENV)


def runs_still(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


async def runs(pid: int, command: list[str]) -> None:
    async def found() -> bool:
        return psutil.Process(pid).cmdline() == command

    await eventually(found, f"{command} to run as {pid}")


async def ended(terminal: Terminal) -> None:
    async def dead() -> bool:
        return not (await terminal.state()).alive

    await eventually(dead, "its program to have ended")


async def test_a_program_is_started_typed_to_and_ended(terminals: Terminals, home: Home) -> None:
    terminal = await terminals.start("s1", SHELL, home.root, ENV)
    await terminal.press("echo one-$((40 + 2)); pwd", "Enter")
    await shows(terminal, f"one-42\n{home.root}")
    state = await terminal.state()
    assert (state.session, state.pid, state.alive, state.attached) == ("s1", terminal.pid, True, 0)
    assert psutil.Process(terminal.pid).cmdline() == SHELL, "no launcher stays between tmux and the program"
    await terminal.kill()
    assert not runs_still(terminal.pid)
    assert await terminals.states() == []
    assert await terminals.find("s1") is None
    await terminal.kill()  # once more changes nothing


async def test_the_environment_given_is_all_that_there_is(
    terminals: Terminals, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITORS_SECRET", "shown to nobody")
    env = {**ENV, "KEY": "sk-secret\nin two lines", "TERM_PROGRAM": "vscode", "TERM": "dumb", "NOT_UTF8": "\udcff"}
    seen = home.root / "seen"
    source = f"import os; open({str(seen)!r}, 'wb').write(repr(dict(os.environ)).encode('ascii', 'backslashreplace'))"
    terminal = await terminals.start("s1", [sys.executable, "-c", source], home.root, env)
    await ended(terminal)
    environment = eval(seen.read_text())
    assert environment.pop("TERM") == "screen-256color"
    assert environment.pop("TERM_PROGRAM", "tmux") == "tmux"
    environment.pop("TERM_PROGRAM_VERSION", None)
    environment.pop("LC_CTYPE", None)  # Python's own
    assert environment == {**ENV, "KEY": env["KEY"], "NOT_UTF8": "\udcff", "PWD": str(home.root)}


async def test_no_secret_stays_in_a_file_or_a_command_line(terminals: Terminals, home: Home) -> None:
    terminal = await terminals.start("s1", ["sleep", "1000"], home.root, {**ENV, "KEY": "sk-secret"})
    (state,) = await terminals.states()
    await runs(state.pid, ["sleep", "1000"])
    directory = home.hedgerow_state / "launches"
    assert list(directory.iterdir()) == []
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    server = psutil.Process(state.pid).parent()
    assert server is not None
    assert "sk-secret" not in " ".join(server.cmdline())
    assert "sk-secret" not in str(server.environ())
    await terminal.kill()


async def test_the_tmux_server_lives_apart_from_ours(terminals: Terminals, home: Home) -> None:
    """It has no directory that could not be removed, no file of ours, no group that dies with the editor."""
    held = (home.root / "lock").open("w")
    os.set_inheritable(held.fileno(), True)
    terminal = await terminals.start("s1", ["sleep", "1000"], home.root, ENV)
    await runs(terminal.pid, ["sleep", "1000"])
    program = psutil.Process(terminal.pid)
    server = program.parent()
    assert server is not None
    assert server.cwd() == "/"
    assert os.getsid(server.pid) == server.pid != os.getsid(0)
    for process in (server, program):
        assert held.name not in [file.path for file in process.open_files()]


async def test_it_outlives_the_process_that_started_it(terminals: Terminals, home: Home) -> None:
    source = (
        "import asyncio, os, signal, sys\n"
        "from pathlib import Path\n"
        "from hedgerow.sessions.terminals.terminals import Terminals\n"
        "async def main():\n"
        "    terminals = Terminals(Path(sys.argv[1]))\n"
        "    await terminals.start('s1', ['sleep', '1000'], Path('/'), dict(os.environ))\n"
        "    os.killpg(0, signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "server")}
    command = [sys.executable, "-c", source, str(home.hedgerow_state / "launches")]
    dead = subprocess.run(command, env=env, start_new_session=True, check=False)
    assert dead.returncode == -signal.SIGKILL
    (state,) = await terminals.states()
    assert state.alive
    await runs(state.pid, ["sleep", "1000"])


@pytest.mark.parametrize(
    ("source", "code", "by_signal"),
    [("print('goodbye'); exit(3)", 3, None), ("import os; print('goodbye'); os.kill(os.getpid(), 9)", None, 9)],
    ids=["exit", "signal"],
)
async def test_the_last_screen_and_the_end_can_be_read(
    terminals: Terminals, home: Home, source: str, code: int | None, by_signal: int | None
) -> None:
    terminal = await python(terminals, home.root, source)
    await ended(terminal)
    state = await terminal.state()
    assert (state.code, state.signal) == (code, by_signal)
    assert await terminal.capture(5) == "goodbye\n"
    for failing in (terminal.press("x"), terminal.paste("x")):
        with pytest.raises(TerminalGoneError, match="has ended"):
            await failing
    again = await python(terminals, home.root, "input('new')")
    await shows(again, "new")
    assert "goodbye" not in await again.capture(100), "a new one takes the place of one that has ended"


async def test_however_soon_it_ends_its_status_is_known(terminals: Terminals, home: Home) -> None:
    """tmux misses some of these; and its server, which goes with its last session, is met on its way out."""
    for number in range(30):
        terminal = await terminals.start("s1", ["/bin/sh", "-c", f"exit {number + 1}"], home.root, ENV)
        await ended(terminal)
        assert (await terminal.state()).code == number + 1
        await terminal.kill()


async def test_one_that_runs_is_not_replaced(terminals: Terminals, home: Home) -> None:
    terminal = await terminals.start("s1", SHELL, home.root, ENV)
    await runs(terminal.pid, SHELL)
    with pytest.raises(HedgerowError, match="duplicate session"):
        await terminals.start("s1", SHELL, home.root, ENV)
    assert (await terminal.state()).alive
    assert list((home.hedgerow_state / "launches").iterdir()) == []


@pytest.mark.parametrize(
    "argv",
    [["/no/such/program"], ["no-such-program", "--with", "$(words)"], ["/tmp"], ["sh", "a\0b"], ["sh", "x" * 200_000]],
    ids=["path", "word", "directory", "nul", "long"],
)
async def test_a_program_that_is_not_there_says_so(terminals: Terminals, home: Home, argv: list[str]) -> None:
    terminal = await terminals.start("s1", argv, home.root, ENV)
    await ended(terminal)
    assert (await terminal.state()).code == 1
    assert "could not be started" in await terminal.capture(10)


async def test_arguments_arrive_as_they_are(terminals: Terminals, home: Home) -> None:
    words = ["a b", "", "$HOME", "`id`", ";", "#{pane_id}", "quote ' and \"", "two\nlines", "ü\udcff", "x" * 100_000]
    seen = home.root / "seen"
    source = f"import sys, json; json.dump(sys.argv[1:], open({str(seen)!r}, 'w'))"
    terminal = await terminals.start("s1", [sys.executable, "-c", source, *words], home.root, ENV)
    await ended(terminal)
    assert json.loads(seen.read_text()) == words


READER = (
    "import sys, termios, tty\n"
    "tty.setraw(0)\n"
    "sys.stdout.write('\\x1b[?2004hready')\n"
    "sys.stdout.flush()\n"
    "seen = b''\n"
    "import os\n"
    "while not seen.endswith(b'\\r\\r'):\n"
    "    seen += os.read(0, 4096)\n"
    "open(sys.argv[1], 'wb').write(seen)\n"
)
"""Takes bracketed pastes, as agents do, and writes down what came, up to two Enters."""


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("one\ntwo; three #{pane_id}\n\n\tfour $HOME ü", b"one\rtwo; three #{pane_id}\r\r\tfour $HOME \xc3\xbc"),
        ("-t %0 Enter", b"-t %0 Enter"),
        ("end\x1b[201~ of it\x03\x04 \x1b]0;title\x07now", b"end of it now"),
        ("x" * 200_000, b"x" * 200_000),
    ],
    ids=["lines", "keys", "control", "long"],
)
async def test_text_is_pasted_as_one_piece(terminals: Terminals, home: Home, text: str, arrives: bytes) -> None:
    seen = home.root / "seen"
    terminal = await terminals.start("s1", [sys.executable, "-c", READER, str(seen)], home.root, ENV)
    await shows(terminal, "ready")
    await terminal.paste(text)
    await terminal.press("Enter", "Enter")
    await ended(terminal)
    assert seen.read_bytes() == b"\x1b[200~" + arrives + b"\x1b[201~\r\r"
    assert list((home.hedgerow_state / "launches").iterdir()) == []


async def test_what_is_shown_cannot_steer_a_terminal(terminals: Terminals, home: Home) -> None:
    source = (
        "import sys\n"
        "w = sys.stdout.buffer.write\n"
        "w(b'\\x1b]0;evil \\x1b[31mtitle\\x07\\x1b]2;a \\xe2\\x80\\xae title\\x07')\n"
        "w(b'\\x1b[31mred\\x1b[0m \\x1b]52;c;aGVsbG8=\\x07plain \\xff\\xfe\\x9b31m \\xe2\\x80\\xaeturned end')\n"
        "sys.stdout.flush()\n"
        "input()\n"
    )
    terminal = await python(terminals, home.root, source)
    screen = await shows(terminal, "end")
    assert "red plain" in screen
    title = await terminal.title()
    assert "title" in title
    for text in (screen.replace("\n", ""), title):
        assert text.isprintable(), repr(text)
        assert "\u202e" not in text


async def test_a_flood_is_survived(terminals: Terminals, home: Home) -> None:
    """Other terminals and this process go on; the newest lines are read, and no more than asked for."""
    quiet = await terminals.start("quiet", SHELL, home.root, ENV)
    flood = await python(terminals, home.root, "while True: print('flood ' * 30)", "flood")
    await shows(flood, "flood flood")
    for _ in range(5):
        assert len((await flood.capture(1000)).splitlines()) <= 1000
    await quiet.press("echo $((6 * 7))", "Enter")
    await shows(quiet, "42")
    await flood.kill()
    assert [state.session for state in await terminals.states()] == ["quiet"]


async def test_what_scrolled_away_can_be_read(terminals: Terminals, home: Home) -> None:
    terminal = await python(terminals, home.root, "for n in range(500): print('line', n)\ninput('end')")
    await shows(terminal, "end")
    assert await terminal.capture(3) == "line 498\nline 499\nend\n"
    assert (await terminal.capture(200)).splitlines()[0] == "line 301"


async def test_a_program_that_does_not_want_to_go_is_made_to(
    terminals: Terminals, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hedgerow.sessions.terminals.terminal._ENDING_SECONDS", 0.2)
    source = "import signal, time; signal.signal(signal.SIGHUP, signal.SIG_IGN); print('deaf'); time.sleep(1000)"
    terminal = await python(terminals, home.root, source)
    await shows(terminal, "deaf")
    await terminal.kill()
    assert not runs_still(terminal.pid)


async def test_a_pane_of_the_persons_is_left_alone(terminals: Terminals, home: Home) -> None:
    """Ours was closed, theirs stands in its window: no key, no text goes there."""
    terminal = await terminals.start("s1", SHELL, home.root, ENV)
    tmux = ["tmux", "-L", "hedgerow"]
    subprocess.run([*tmux, "split-window", "-d", "-t", "=s1:", "sleep 1000"], check=True)
    assert len(await terminals.states()) == 1
    await terminal.press("echo $((6 * 7))", "Enter")
    await shows(terminal, "42")
    subprocess.run([*tmux, "kill-pane", "-t", terminal.pane], check=True)
    for failing in (terminal.press("x"), terminal.paste("x"), terminal.screen(), terminal.title(), terminal.state()):
        with pytest.raises(TerminalGoneError):
            await failing
    assert await terminals.find("s1") is None
    again = await terminals.start("s2", SHELL, home.root, ENV)
    subprocess.run([*tmux, "split-window", "-d", "-t", "=s2:", "sleep 1000"], check=True)
    await again.kill()
    assert await terminals.find("s2") is None
    left = subprocess.run([*tmux, "list-panes", "-a", "-F", "#{pane_start_command}"], capture_output=True, check=True)
    assert left.stdout.split(b"\n")[:2] == [b'"sleep 1000"', b'"sleep 1000"']


async def test_tmux_that_dies_is_an_error_and_nothing_more(terminals: Terminals, home: Home) -> None:
    terminal = await terminals.start("s1", ["sleep", "1000"], home.root, ENV)
    await runs(terminal.pid, ["sleep", "1000"])
    server = psutil.Process(terminal.pid).parent()
    assert server is not None
    server.kill()
    server.wait(10)
    for failing in (terminal.press("x"), terminal.paste("x"), terminal.screen(), terminal.title(), terminal.state()):
        with pytest.raises(TerminalGoneError):
            await failing
    await terminal.kill()
    assert await terminals.states() == []
    assert list((home.hedgerow_state / "launches").iterdir()) == []
    again = await terminals.start("s2", SHELL, home.root, ENV)
    assert (await again.state()).alive
    assert await terminals.find("s1") is None
    with pytest.raises(TerminalGoneError):  # its pane's id is another's now
        await terminal.press("x")


async def test_tmux_that_hangs_holds_nobody(terminals: Terminals, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hedgerow.sessions.terminals.tmux._LIMIT_SECONDS", 0.3)
    terminal = await terminals.start("s1", SHELL, home.root, ENV)
    server = psutil.Process(terminal.pid).parent()
    assert server is not None
    server.suspend()
    try:
        for _ in range(3):
            with pytest.raises(HedgerowError, match="does not answer"):
                await terminal.screen()
        assert len([one for one in psutil.Process().children() if one.name().startswith("tmux")]) == 1
        with pytest.raises(HedgerowError, match="does not answer"):
            await terminals.start("s2", SHELL, home.root, ENV)
    finally:
        server.resume()
    monkeypatch.undo()

    async def recovered() -> bool:
        try:
            return (await terminal.state()).alive
        except HedgerowError:
            return False

    await eventually(recovered, "tmux to answer again")


async def test_without_tmux_it_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(home.root))
    terminals = Terminals(home.hedgerow_state / "launches")
    assert "not installed" in (await terminals.available() or "")
    with pytest.raises(HedgerowError, match="not installed") as caught:
        await terminals.start("s1", SHELL, home.root, ENV)
    assert caught.value.code == ErrorCode.UNSUPPORTED
    with pytest.raises(HedgerowError, match="not installed"):
        await terminals.states()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("echo tmux 2.9a", "tmux 2.9 is too old"),
        ("echo tmux", "does not tell its version"),
        ("exit 1", "does not tell its version"),
        ("echo tmux next-3.6", None),
        ("echo tmux master", None),
        ("echo tmux 3.0", None),
    ],
)
async def test_the_version_of_tmux_counts(
    home: Home, monkeypatch: pytest.MonkeyPatch, says: str, reason: str | None
) -> None:
    program = home.root / "tmux-of-the-test" / "tmux"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin")
    lack = await Terminals(home.hedgerow_state / "launches").available()
    assert lack is None if reason is None else reason in (lack or "")


async def test_attaching_shows_it(terminals: Terminals, home: Home) -> None:
    terminal = await python(terminals, home.root, "print('hello there'); input()")
    await shows(terminal, "hello there")
    command = ["script", "-qec", " ".join(terminals.attach_argv("s1")), "/dev/null"]
    env = {**ENV, "TERM": "xterm-256color", **terminals.attach_env()}
    watching = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    async def attached() -> bool:
        return (await terminal.state()).attached == 1

    await eventually(attached, "somebody to be attached")
    watching.kill()
    out, _ = watching.communicate()
    assert b"hello there" in out

    async def alone() -> bool:
        return (await terminal.state()).attached == 0

    await eventually(alone, "nobody to be attached")
    assert (await terminal.state()).alive, "closing the window that shows it ends nothing"


async def test_an_old_launch_file_goes(terminals: Terminals, home: Home) -> None:
    left = home.hedgerow_state / "launches" / "launch-0123456789abcdef"
    left.parent.mkdir(mode=0o700, parents=True)
    left.write_text("{}")
    os.utime(left, (1, 1))
    await terminals.start("s1", SHELL, home.root, ENV)
    assert not left.exists()


@pytest.mark.parametrize("name", ["", "a:b", "a.b", "=a", "a b", "a\n", "../a"])
async def test_only_an_id_names_a_terminal(terminals: Terminals, home: Home, name: str) -> None:
    with pytest.raises(ValueError, match="no id of a session"):
        await terminals.start(name, SHELL, home.root, ENV)
