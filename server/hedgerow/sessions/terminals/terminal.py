"""One terminal of ours: read, typed into, ended.

A program that has ended leaves its pane: the last screen and the exit status can be read until `kill`. What a terminal
shows is data of strangers: control sequences never leave this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.sentence import harmless, one_line

from .private import private_directory, write_private
from .tmux import TerminalGoneError, Tmux

if TYPE_CHECKING:
    import psutil

MARK = "@hedgerow"
"""Set on the pane that we started: a person may split it, or open windows beside it."""
FIELDS = (
    "session_name",
    "pane_id",
    "pane_pid",
    "pane_dead",
    "pane_dead_status",
    "pane_dead_signal",
    "session_attached",
    "session_created",
    MARK,
)
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
        file = write_private(private_directory(self._directory), "paste", harmless(text).encode("utf-8", "replace"))
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
            told = await self._told("pid", *FIELDS)
            state = state_of(dict(zip(FIELDS, told[1:], strict=True)))
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
            await self._tmux.run("kill-pane", "-t", self._target)  # a pane that the person opened beside it stays
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


def state_of(fields: Mapping[str, str]) -> State:
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
