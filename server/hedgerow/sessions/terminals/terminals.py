"""The terminals of our sessions, each one tmux session that is named by its id: started, and found again."""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .private import private_directory, write_private
from .terminal import FIELDS, MARK, State, Terminal, state_of
from .tmux import TerminalGoneError, Tmux, launching

__all__ = ["State", "Terminal", "Terminals"]

_LAUNCHER = Path(__file__).with_name("launcher.py")
_FORGOTTEN_SECONDS = 600.0
"""A launch file that old was never read: its terminal died first."""


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
                await self._tmux.run("kill-pane", "-t", f"={session}:.{state.pane}")  # its last screen, no more
        file = self._launch_file({"argv": list(argv), "cwd": str(cwd), "env": dict(env)})
        try:
            pane, pid = await self._tmux.new_session(session, cwd, launching(_LAUNCHER, file), MARK)
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
        separated = "\t".join(f"#{{{field}}}" for field in FIELDS)
        try:
            lines = await self._tmux.run("list-panes", "-a", "-F", separated)
        except TerminalGoneError:
            return []
        told = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]
        return [state_of(fields) for fields in told if fields[MARK]]

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
        for old in private_directory(self._directory).glob("launch-*"):
            with contextlib.suppress(OSError):
                if old.stat().st_mtime < time.time() - _FORGOTTEN_SECONDS:
                    old.unlink()
        return write_private(self._directory, "launch", json.dumps(launch).encode())


def _check_name(session: str) -> None:
    if re.fullmatch(r"[A-Za-z0-9_-]+", session) is None:  # tmux reads `:`, `.`, `=` and more in a target
        raise ValueError(f"no id of a session: {session!r}")
