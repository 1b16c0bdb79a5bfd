"""One tmux server: whether there can be one, commands to it, and its failures as typed errors.

libtmux speaks to it, each time in a thread of its own with a limit: it starts `tmux` and waits, and a tmux that was
stopped (SIGSTOP) would hold the server of the editor. Starting the tmux server is done here (`new_session`), since it
inherits whatever its first client has: an environment with secrets, the editor's group, a working directory that could
not be removed any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hedgerow import processes
from hedgerow.protocol.errors import ErrorCode, HedgerowError

if TYPE_CHECKING:
    from libtmux import Server

_OLDEST = (3, 0)
_LIMIT_SECONDS = 10.0
_TRIES = 5
_PAUSE_SECONDS = 0.05
"""For a tmux server that is on its way out to be gone."""
_CONFIGURATION = Path(__file__).with_name("tmux.conf")
_PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "XDG_RUNTIME_DIR", "TMUX_TMPDIR")
"""Of the environment, to the tmux server. Agents do not get theirs from it."""
_GONE = re.compile(
    r"can't find (session|window|pane)|no server running|error connecting|server exited|lost server|no current"
)

Answer = TypeVar("Answer")


class TerminalGoneError(HedgerowError):
    """The terminal, or the tmux that it was in, is gone."""

    def __init__(self, what: str) -> None:
        super().__init__(ErrorCode.FAILED, f"the terminal is gone ({what})")


class Tmux:
    """The tmux server on the socket of that name.

    Args:
        socket: as `tmux -L` takes it.
    """

    def __init__(self, socket: str = "hedgerow") -> None:
        self.socket = socket
        self._stuck: set[threading.Thread] = set()
        self._lacks: dict[str, str | None] = {}

    async def lacks(self) -> str | None:
        """Why there are no terminals here, in one sentence; None when there are."""
        program = shutil.which("tmux")
        if program is None:
            return "tmux is not installed; with it, agents keep running when the editor closes"
        if program not in self._lacks:
            self._lacks[program] = await self._too_old(program)
        return self._lacks[program]

    async def new_session(self, name: str, cwd: Path, argv: list[str], mark: str) -> list[str]:
        """Run a program in a session of its own; start the tmux server if it is the first.

        Args:
            mark: name of an option that is set on its pane.

        Returns:
            The ids of its pane and of its process.

        Raises:
            HedgerowError: tmux refuses, with its own words.
        """
        words = ["tmux", "-u", "-L", self.socket, "-f", str(_CONFIGURATION)]
        words += ["new-session", "-d", "-P", "-F", "#{pane_id} #{pane_pid}", "-s", name, "-x", "160", "-y", "48"]
        words += ["-c", str(cwd), "--", *argv, ";", "set-option", "-p", "-t", f"={name}:", mark, "yes"]
        for _ in range(_TRIES):
            with contextlib.suppress(TerminalGoneError):  # it was just ending, with its last session
                return (await self._start(words)).split()
            await asyncio.sleep(_PAUSE_SECONDS)
        return (await self._start(words)).split()

    async def _start(self, words: list[str]) -> str:
        env = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        try:
            client = await processes.start(words, cwd=Path("/"), env={**env, "LANG": "C.UTF-8", "TERM": "dumb"})
        except OSError as error:
            raise HedgerowError(ErrorCode.FAILED, f"tmux could not be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                out, err = await client.communicate()
        except TimeoutError:
            raise _hangs() from None
        finally:
            if client.returncode is None:
                client.kill()  # the client alone: its group is not the tmux server's
        if client.returncode != 0:
            raise _failure(err.decode(errors="replace"))
        return out.decode()

    async def run(self, command: str, *arguments: str) -> list[str]:
        """Lines that a command of tmux prints.

        Raises:
            TerminalGoneError: what it is about is gone, or the whole server is.
            HedgerowError: tmux says something else, or nothing for ten seconds.
        """

        def call() -> tuple[int, list[str], list[str]]:
            done = _speaking_utf8(self.socket).cmd(command, *arguments)
            return done.returncode or 0, done.stdout, done.stderr

        code, out, err = await self._in_a_thread(call)
        if code != 0:
            raise _failure("\n".join(err))
        return out

    async def _in_a_thread(self, call: Callable[[], Answer]) -> Answer:
        """Not in the loop's pool of threads: one that hangs there would keep the whole process from ending."""
        self._stuck = {thread for thread in self._stuck if thread.is_alive()}
        if self._stuck:
            raise _hangs()
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Answer] = loop.create_future()

        def settle(answer: Answer | None, error: BaseException | None) -> None:
            if answered.done():
                return
            if error is not None:
                answered.set_exception(error)
            else:
                answered.set_result(answer)  # type: ignore[arg-type]

        def work() -> None:
            answer, error = None, None
            try:
                answer = call()
            except Exception as raised:  # noqa: BLE001 - it is raised where it is waited for
                error = raised
            try:
                loop.call_soon_threadsafe(settle, answer, error)
            except RuntimeError:  # the loop has been closed meanwhile
                return

        thread = threading.Thread(target=work, name="tmux", daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(_LIMIT_SECONDS):
                return await answered
        except TimeoutError:
            self._stuck.add(thread)
            raise _hangs() from None
        except OSError as error:
            raise HedgerowError(ErrorCode.FAILED, f"tmux could not be started: {error.strerror}") from error

    async def _too_old(self, program: str) -> str | None:
        try:
            asking = await processes.start([program, "-V"], cwd=Path("/"), env={"PATH": os.defpath})
            async with asyncio.timeout(_LIMIT_SECONDS):
                out, _ = await asking.communicate()
        except (OSError, TimeoutError) as error:
            return f"{program} cannot be run: {error}"
        version = re.search(r"(\d+)\.(\d+)", out.decode(errors="replace"))
        if asking.returncode != 0 or (version is None and b"master" not in out):
            return f"{program} does not tell its version"
        if version is not None and (int(version[1]), int(version[2])) < _OLDEST:
            return f"tmux {version[0]} is too old; 3.0 or newer keeps agents running when the editor closes"
        return None


def _speaking_utf8(socket: str) -> Server:
    # Imported here: it takes 50 ms that no start of a server may wait for.
    from libtmux import Server  # noqa: PLC0415
    from libtmux.common import tmux_cmd  # noqa: PLC0415
    from libtmux.exc import TmuxCommandNotFound  # noqa: PLC0415

    class Speaking(Server):
        def cmd(self, cmd: str, *args: str, target: str | int | None = None) -> tmux_cmd:
            # -u: else tmux writes `_` for whatever is not ASCII when the locale is not UTF-8.
            try:
                return tmux_cmd("-u", f"-L{self.socket_name}", cmd, *args)
            except TmuxCommandNotFound:
                raise FileNotFoundError(2, "it is not installed any more") from None

    return Speaking(socket_name=socket)


def _hangs() -> HedgerowError:
    return HedgerowError(ErrorCode.FAILED, "tmux does not answer; `tmux -L hedgerow kill-server` ends it")


def _failure(words: str) -> HedgerowError:
    first = words.strip().splitlines()[0] if words.strip() else "no words"
    if _GONE.search(words):
        return TerminalGoneError(first)
    return HedgerowError(ErrorCode.FAILED, f"tmux refused: {first}")


def launching(launcher: Path, file: Path) -> list[str]:
    """The command line that a pane is started with."""
    return [sys.executable, "-I", "-S", str(launcher), str(file)]
