"""Carries out one command of the table: opens the application, calls, asks about the plan, shows what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hedgerow.protocol.caller import Caller
from hedgerow.protocol.commands import Command
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.sessions import AttachResult
from hedgerow.protocol.settings import Settings
from hedgerow.protocol.worktrees import Change, CreateParams, DoctorResult, SetupChoice

from .agreement import Agreed, NotAgreed, ask_person, left_to_ask, unanswered
from .exit_codes import ExitCode
from .interruption import Interruption
from .takeover import launch_of, take_over
from .terminal import Progress, Terminal

if TYPE_CHECKING:
    from hedgerow.app import App

PLANS_AT_MOST = 3
"""How often a plan that had to be made anew is put to the person, or agreed to by `--yes`, before giving up."""


@dataclass(frozen=True)
class Invocation:
    """A command with its params, and how its user wants to be dealt with."""

    command: Command
    params: Model
    settings: Settings
    json: bool
    yes: bool


class OutputError(Exception):
    """What the command answered cannot be written; the command itself is done."""


def run(invocation: Invocation, terminal: Terminal) -> ExitCode:
    """Carry it out; the exit code says how it went.

    Raises:
        HedgerowError: it was refused or failed.
        OutputError: it was done, and its answer cannot be written.
    """
    result = asyncio.run(_run(invocation, terminal))
    if isinstance(result, ExitCode):
        return result
    launch = launch_of(result) if isinstance(result, Model) else None
    here = launch is not None and terminal.interactive and terminal.prints_to_person() and not invocation.json
    if launch is not None and here:
        if not isinstance(result, AttachResult):
            _tell(result, invocation, terminal)
        take_over(launch)
    return _tell(result, invocation, terminal)


async def _run(invocation: Invocation, terminal: Terminal) -> Model | NotAgreed | ExitCode:
    from hedgerow.app import App  # noqa: PLC0415 - after the command line was found to fit

    interruption = Interruption()
    progress = Progress()
    try:
        with interruption.watched():
            app = await interruption.cancels(App.open(settings=invocation.settings))
            try:
                talk = _Conversation(app, invocation, terminal, progress)
                result = await interruption.cancels(talk.result())
            finally:
                await app.close()
    except asyncio.CancelledError:  # only what was interrupted raises it, after cleaning up
        progress.stop()
        terminal.say("Interrupted: nothing has changed." if invocation.command.changes else "Interrupted.")
        return ExitCode.INTERRUPTED
    finally:
        progress.stop()
    return result


def _tell(result: Model | NotAgreed, invocation: Invocation, terminal: Terminal) -> ExitCode:
    if isinstance(result, NotAgreed):
        terminal.say(result.sentence)
        return ExitCode.UNANSWERED
    try:
        _write(result, invocation, terminal)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"this is done, but its answer cannot be written ({error.strerror})") from error
    if isinstance(result, DoctorResult) and not all(check.ok for check in result.checks):
        return ExitCode.REFUSED
    return ExitCode.DONE


def _write(result: Model, invocation: Invocation, terminal: Terminal) -> None:
    if invocation.json:
        terminal.write_json(result)
    else:
        from .views import show  # noqa: PLC0415 - rich is for those who read

        show(result, terminal)


@dataclass
class _Conversation:
    """Calls, and while a plan comes back, has it agreed to and calls again with its token."""

    app: App
    invocation: Invocation
    terminal: Terminal
    progress: Progress

    async def result(self) -> Model | NotAgreed:
        command, params = self.invocation.command, self.invocation.params
        caller = Caller(directories=(Path.cwd(),), settings=self.invocation.settings, progress=self.progress)
        for _ in range(PLANS_AT_MOST):
            result = await self.app.call(command.verb, params, caller)
            planned = isinstance(result, ChangeResult) and result.plan is not None
            if not planned or (isinstance(params, Change) and params.dry_run):
                return result
            assert isinstance(result, ChangeResult)
            self.progress.stop()
            if result.plan is not None and result.plan.conflicts:
                return self._in_the_way(result)
            chosen = params.setup if isinstance(params, CreateParams) else None
            answer = await self._answer(result, chosen)
            if isinstance(answer, NotAgreed):
                return answer
            params = _agreed(params, result, answer)
        return NotAgreed("Nothing has changed: what the plan is about keeps changing. Try again when it is quiet.")

    def _in_the_way(self, result: ChangeResult) -> NotAgreed:
        """No answer makes this plan possible: it is shown, and nobody is asked."""
        assert result.plan is not None
        if self.invocation.json:
            self.terminal.write_json(result)
        else:
            from .views.plan import show_plan  # noqa: PLC0415 - rich is for those who read

            show_plan(result.plan, self.terminal.err())
        return NotAgreed("Nothing has changed: what is in the way has to go first.")

    async def _answer(self, result: ChangeResult, chosen: SetupChoice | None) -> Agreed | NotAgreed:
        plan = result.plan
        assert plan is not None
        still_open = left_to_ask(plan, yes=self.invocation.yes, chosen=chosen)
        if not (still_open.losses or still_open.script):
            return Agreed()
        if self.invocation.json:
            self.terminal.write_json(result)
            return unanswered(plan, still_open)
        from .views.plan import show_plan  # noqa: PLC0415 - rich is for those who read

        show_plan(plan, self.terminal.err())
        if not self.terminal.interactive:
            return unanswered(plan, still_open)
        return await ask_person(still_open, plan, self.terminal.ask)


def _agreed(params: Model, result: ChangeResult, answer: Agreed) -> Model:
    """The same params with the plan's token, and with the answer about its script where one was given."""
    assert result.plan is not None
    update: dict[str, object] = {"token": result.plan.token}
    if answer.setup is not None:
        before = params.setup if isinstance(params, CreateParams) else None
        update["setup"] = answer.setup.model_copy(update={"choice": before.choice if before else None})
    return params.model_copy(update=update)
