"""Runs the product in forked processes that stop at a chosen call of git, or at a chosen change to a file.

The stopping lies here, never in the product: the runner's one door to git and the journal's functions that change
files are wrapped in the child, after the fork.
"""

# ruff: noqa: PLC0415 - the product is imported in the forked process that it is wrapped in

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import inspect
import os
import pickle
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.hedgerow import Hedgerow
from tests.support.home import Home, living_in

EVERY_STOP = bool(os.environ.get("HEDGEROW_EVERY_STOP"))
"""Stop wherever it can make a difference, as `make slow` does, instead of at a choice of places."""


@dataclass(frozen=True)
class Stop:
    """Where and how a process stops.

    Attributes:
        how: `fail` (the call raises); `kill before`, `kill during` or `kill after` (SIGKILL to the process itself;
            during: git has been started, and lives on); `pause` (it stands still before the call until somebody
            lets it go).
    """

    how: str
    at: int


@dataclass
class Outcome:
    """What a forked process told, as far as it came.

    Attributes:
        killed: it ended by SIGKILL.
        calls: labels of the calls that were counted, in order.
        error: the code and sentence of an expected refusal.
        crash: a traceback, when something else went wrong.
    """

    killed: bool = False
    value: Any = None
    calls: list[str] = field(default_factory=list)
    error: tuple[str, str] | None = None
    crash: str | None = None


class Gate:
    """Counts calls from the moment it is opened, and stops at the one that was chosen."""

    def __init__(self, stop: Stop | None, telling: int) -> None:
        self.stop = stop
        self.telling = telling
        self.kill_at_start = False
        self.open = False
        self.calls: list[str] = []

    def enter(self, label: str) -> bool:
        """Note a call; whether the process must be killed once it has ended."""
        if not self.open:
            return False
        self.calls.append(label)
        if self.stop is None or len(self.calls) != self.stop.at:
            return False
        if self.stop.how == "fail":
            raise OSError(errno.EIO, "Input/output error", label)
        if self.stop.how == "kill before":
            _kill()
        if self.stop.how == "pause":
            os.write(self.telling, PAUSED)
            os.kill(os.getpid(), signal.SIGSTOP)
        return self.stop.how in ("kill after", "kill during")


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def install(gate: Gate) -> None:
    """Wrap every door through which an operation touches the world. Only ever called in a forked process."""
    from hedgerow.git.errors import GitError
    from hedgerow.git.runner import Git
    from hedgerow.journal import files
    from hedgerow.journal.locks import Locks

    run, begin, take = Git._run, Git._start, Locks._take
    stop_during = gate.stop is not None and gate.stop.how == "kill during"

    def _take(self: Locks, name: str) -> int | None:
        descriptor = take(self, name)
        if descriptor is None:
            os.write(gate.telling, WAITING)
        return descriptor

    Locks._take = _take  # type: ignore[method-assign]

    async def _run(self: Git, args: Any, *rest: Any, **options: Any) -> tuple[int, bytes]:
        try:
            kill = gate.enter(f"git {args[0]}")
        except OSError:
            raise GitError([str(arg) for arg in args], 128, b"fatal: Input/output error") from None
        if kill and stop_during:
            gate.kill_at_start = True
        answer = await run(self, args, *rest, **options)
        if kill:
            _kill()
        return answer

    async def _start(self: Git, *args: Any) -> Any:
        process = await begin(self, *args)
        if gate.kill_at_start:
            _kill()
        return process

    Git._start = _start  # type: ignore[method-assign]
    Git._run = _run  # type: ignore[method-assign]
    for name, function in inspect.getmembers(files, inspect.isfunction):
        if function.__module__ == files.__name__ and not name.startswith("_"):
            setattr(files, name, _wrapped(gate, name, function))


def _wrapped(gate: Gate, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        kill = gate.enter(f"file {name}")
        answer = function(*args, **options)
        if kill:
            _kill()
        return answer

    return call


Work = Callable[[Hedgerow, Gate], Awaitable[Any]]


@dataclass
class Process:
    """A forked process: what it tells at its end, and, meanwhile, one byte for each thing that happens to it."""

    pid: int
    answer: int
    events: int

    def _event(self) -> bytes:
        return os.read(self.events, 1)

    def reached(self) -> bool:
        """Wait until it has stopped where it should (true), or has ended (false)."""
        while event := self._event():
            if event == PAUSED:
                # SIGSTOP follows the byte; only a process that really stands still is stopped.
                os.waitpid(self.pid, os.WUNTRACED)
                return True
        return False

    def ended_or_waiting(self) -> None:
        """Wait until it has ended, or has found a lock taken."""
        while event := self._event():
            if event == WAITING:
                return


PAUSED, WAITING = b"p", b"w"


def in_a_process(home: Home, work: Work, stop: Stop | None = None, **settings: Any) -> Outcome:
    """Fork, open the product there, do ``work``, and tell how it went. The product is opened with the gate shut."""
    return told(start(home, work, stop, **settings))


def start(home: Home, work: Work, stop: Stop | None = None, **settings: Any) -> Process:
    reading, writing = os.pipe()
    events, telling = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.close(events)
        outcome = Outcome()
        gate = Gate(stop, telling)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
            with living_in(home):
                install(gate)
                asyncio.run(_opened(home, work, gate, outcome, settings))
        except BaseException:  # noqa: BLE001 - nothing may return into the test's own process
            outcome.crash = traceback.format_exc()
        outcome.calls = gate.calls
        with contextlib.suppress(BaseException), os.fdopen(writing, "wb") as pipe:
            pickle.dump(outcome, pipe)
        os._exit(0)
    os.close(writing)
    os.close(telling)
    return Process(pid, reading, events)


def told(process: Process) -> Outcome:
    """Wait for its end."""
    with os.fdopen(process.answer, "rb") as pipe:
        answer = pipe.read()
    os.close(process.events)
    _, status = os.waitpid(process.pid, 0)
    if os.WIFSIGNALED(status):
        return Outcome(killed=os.WTERMSIG(status) == signal.SIGKILL)
    outcome = pickle.loads(answer)
    assert isinstance(outcome, Outcome)
    return outcome


async def _opened(home: Home, work: Work, gate: Gate, outcome: Outcome, settings: dict[str, Any]) -> None:
    from hedgerow.protocol.errors import HedgerowError

    async with Hedgerow.opened(home, **settings) as hedgerow:
        try:
            outcome.value = await work(hedgerow, gate)
        except HedgerowError as error:
            outcome.error = (error.code.value, error.message)
        finally:
            gate.open = False
