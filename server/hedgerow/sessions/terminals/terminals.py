"""The terminals of our sessions: started, read, typed into, ended. Each is one tmux session, named by its id.

A program that has ended leaves its pane: the last screen and the exit status can be read until `kill`. What a terminal
shows is data of strangers: control sequences never leave this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sentence import harmless, one_line

from .tmux import TerminalGoneError, Tmux, launching

if TYPE_CHECKING:
    import psutil

_LAUNCHER = Path(__file__).with_name("launcher.py")
_MARK = "@hedgerow"
"""Set on the pane that we started: a person may split it, or open windows beside it."""
_FIELDS = (
    "session_name",
    "pane_id",
    "pane_pid",
    "pane_dead",
    "pane_dead_status",
    "pane_dead_signal",
    "session_attached",
    "session_created",
    _MARK,
)
_FORGOTTEN_SECONDS = 600.0
"""A launch file that old was never read: its terminal died first."""
_REAPING_TRIES = 5
_REAPING_SECONDS = 0.03
"""For tmux to learn how a program ended."""
_ENDING_SECONDS = 5.0
"""Between asking a program to end (SIGHUP, as when a window is closed) and making it."""


@dataclass(frozen=True)
class State:
    """How a terminal is.

    Attributes:
        pid: its program, also after that has ended.
        alive: the program runs.
        code: its exit status once it has ended; None when a signal ended it, or tmux cannot tell.
        signal: number of the signal that ended it, where tmux tells (3.3 and newer).
        attached: how many terminals of the person's show it now.
        created: seconds since the epoch.
    """

    session: str
    pane: str
    pid: int
    alive: bool
    code: int | None
    signal: int | None
    attached: int
    created: float


class Terminals:
    """All terminals of ours on this machine and socket, whichever server started them.

    Args:
        directory: a private directory for launch files; made when needed.
        socket: as `tmux -L` takes it.
    """

    def __init__(self, directory: Path, socket: str = "hedgerow") -> None:
        self._directory = directory
        self._tmux = Tmux(socket)

    async def available(self) -> str | None:
        """Why agents cannot be hosted here, in one sentence; None when they can."""
        return await self._tmux.lacks()

    async def start(self, session: str, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Terminal:
        """Run a program in a new terminal. ``env`` is all of its environment but what the terminal says of itself.

        Raises:
            HedgerowError: there is no tmux, the session has a terminal already, or tmux refuses.
        """
        if (lack := await self.available()) is not None:
            raise HedgerowError(ErrorCode.UNSUPPORTED, lack)
        _check_name(session)
        with contextlib.suppress(TerminalGoneError):
            state = await self._state(session)
            if state is not None and not state.alive:
                await self._tmux.run("kill-session", "-t", f"={session}")  # its last screen, no more
        file = self._launch_file({"argv": list(argv), "cwd": str(cwd), "env": dict(env)})
        try:
            pane, pid = await self._tmux.new_session(session, cwd, launching(_LAUNCHER, file), _MARK)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        return Terminal(self._tmux, session, pane, int(pid), self._directory)

    async def find(self, session: str) -> Terminal | None:
        """The terminal of a session, also one whose program has ended; None when there is none."""
        state = await self._state(session)
        return None if state is None else self._terminal(state)

    async def states(self) -> list[State]:
        """Every terminal of ours; empty when tmux does not run."""
        separated = "\t".join(f"#{{{field}}}" for field in _FIELDS)
        try:
            lines = await self._tmux.run("list-panes", "-a", "-F", separated)
        except TerminalGoneError:
            return []
        told = [dict(zip(_FIELDS, line.split("\t"), strict=True)) for line in lines]
        return [_state(fields) for fields in told if fields[_MARK]]

    def attach_argv(self, session: str) -> list[str]:
        """What shows a terminal when it is run in another one."""
        return ["tmux", "-u", "-L", self._tmux.socket, "attach-session", "-t", f"={session}"]

    def attach_env(self) -> dict[str, str]:
        """Variables that ``attach_argv`` needs where they are not the same: they say where the socket is."""
        return {name: os.environ[name] for name in ("TMUX_TMPDIR",) if name in os.environ}

    async def _state(self, session: str) -> State | None:
        return next((state for state in await self.states() if state.session == session), None)

    def _terminal(self, state: State) -> Terminal:
        return Terminal(self._tmux, state.session, state.pane, state.pid, self._directory)

    def _launch_file(self, launch: dict[str, object]) -> Path:
        for old in _private(self._directory).glob("launch-*"):
            with contextlib.suppress(OSError):
                if old.stat().st_mtime < time.time() - _FORGOTTEN_SECONDS:
                    old.unlink()
        return _write(self._directory, "launch", json.dumps(launch).encode())


class Terminal:
    """One terminal of ours; an agent's `Pane`."""

    def __init__(self, tmux: Tmux, session: str, pane: str, pid: int, directory: Path) -> None:
        self.session = session
        self.pane = pane
        self.pid = pid
        self._tmux = tmux
        self._directory = directory
        # The pane's id alone could be another's, once tmux has been restarted.
        self._target = f"={session}:.{pane}"

    async def screen(self) -> str:
        """What it shows now, without control sequences; lines end with newlines."""
        return await self._captured()

    async def capture(self, lines: int) -> str:
        """At most so many of the last lines, also those that have scrolled away; empty lines at the end left out."""
        text = (await self._captured("-S", f"-{lines}")).rstrip("\n")
        kept = text.split("\n")[-lines:] if text else []
        return "".join(f"{line}\n" for line in kept)

    async def title(self) -> str:
        return one_line(harmless((await self._told("pane_title"))[0]))

    async def press(self, *keys: str) -> None:
        """Press keys, named as tmux names them (`Enter`, `Escape`, `Down`, `y`)."""
        await self._take_input()
        await self._tmux.run("send-keys", "-t", self._target, "--", *keys)

    async def paste(self, text: str) -> None:
        """Put text in as if pasted: of several lines, and nothing in it is a key."""
        await self._take_input()
        # A file: tmux takes 16 KiB in a command line, and others could read that.
        file = _write(_private(self._directory), "paste", harmless(text).encode("utf-8", "replace"))
        buffer = f"hedgerow-{secrets.token_hex(8)}"
        try:
            await self._tmux.run("load-buffer", "-b", buffer, str(file))
        finally:
            file.unlink(missing_ok=True)
        try:
            await self._tmux.run("paste-buffer", "-p", "-d", "-b", buffer, "-t", self._target)
        except HedgerowError:
            with contextlib.suppress(HedgerowError):
                await self._tmux.run("delete-buffer", "-b", buffer)
            raise

    async def state(self) -> State:
        """How it is now.

        Raises:
            TerminalGoneError: it is gone.
        """
        for _ in range(_REAPING_TRIES):
            told = await self._told("pid", *_FIELDS)
            state = _state(dict(zip(_FIELDS, told[1:], strict=True)))
            if state.alive or state.code is not None or state.signal is not None:
                break
            # tmux 3.3a misses one SIGCHLD in five when a program ends soon after its start, and then never learns
            # how it ended. To any other process this signal means nothing.
            with contextlib.suppress(OSError):
                os.kill(int(told[0]), signal.SIGCHLD)
            await asyncio.sleep(_REAPING_SECONDS)
        return state

    async def kill(self) -> None:
        """End its program as closing a window does, then firmly, and let the terminal go. Nothing if it is gone."""
        import psutil  # noqa: PLC0415 - 20 ms, only where something is ended

        try:
            state = await self.state()
        except TerminalGoneError:
            return
        program = None
        if state.alive:
            with contextlib.suppress(psutil.Error):
                program = psutil.Process(state.pid)
        with contextlib.suppress(TerminalGoneError):
            await self._tmux.run("kill-session", "-t", f"={self.session}")
        if program is not None:
            await asyncio.to_thread(_end, program)

    async def _take_input(self) -> None:
        """tmux takes keys for a program that has ended, and drops them."""
        if (await self._told("pane_dead"))[0] == "1":
            raise TerminalGoneError("its program has ended")

    async def _captured(self, *arguments: str) -> str:
        lines = await self._tmux.run("capture-pane", "-p", "-t", self._target, *arguments)
        return harmless("".join(f"{line}\n" for line in lines))

    async def _told(self, *fields: str) -> list[str]:
        """What tmux says of our pane. (Its `display-message` answers for another one when ours is gone.)"""
        form = "\t".join(f"#{{{field}}}" for field in ("pane_id", *fields))
        for line in await self._tmux.run("list-panes", "-s", "-t", f"={self.session}", "-F", form):
            pane, *told = line.split("\t", len(fields))
            if pane == self.pane:
                return told
        raise TerminalGoneError(f"there is no pane {self.pane} in session {self.session}")


def _check_name(session: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9_-]+", session) is None:  # tmux reads `:`, `.`, `=` and more in a target
        raise ValueError(f"no id of a session: {session!r}")


def _state(fields: Mapping[str, str]) -> State:
    def number(name: str) -> int | None:
        return int(fields[name]) if fields[name].isdigit() else None

    return State(
        session=fields["session_name"],
        pane=fields["pane_id"],
        pid=number("pane_pid") or 0,
        alive=fields["pane_dead"] != "1",
        code=number("pane_dead_status"),
        signal=number("pane_dead_signal"),
        attached=number("session_attached") or 0,
        created=float(number("session_created") or 0),
    )


def _private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def _write(directory: Path, kind: str, content: bytes) -> Path:
    """A new file that nobody else can read."""
    path = directory / f"{kind}-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    return path


def _end(program: psutil.Process) -> None:
    """Wait for a program that was told to go; then end it and its group."""
    if not _gone(program):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)  # tmux made it the leader of its group
        _gone(program)


def _gone(program: psutil.Process) -> bool:
    """Whether it ends within the time it has. One that nobody has reaped yet has ended."""
    import psutil  # noqa: PLC0415

    limit = time.monotonic() + _ENDING_SECONDS
    while time.monotonic() < limit:
        try:
            if not program.is_running() or program.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
