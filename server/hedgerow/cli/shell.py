"""Reads the command line, hands it on, and turns whatever comes of it into a sentence and an exit code."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import ValidationError

from hedgerow.config import load_settings
from hedgerow.protocol.commands import COMMANDS
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from . import log, quick
from .exit_codes import ExitCode
from .options import kebab, misfits, params_of
from .run import Invocation, OutputError, run
from .terminal import Terminal
from .typed import Completion, Serve, Shown, Typed, UsageError


def shell(given: list[str]) -> ExitCode | int:
    """Do what the arguments ask for."""
    terminal, kept_log, as_json = Terminal(), log.keep(), "--json" in given
    try:
        return _dispatch(given, terminal)
    except UsageError as error:
        _report(HedgerowError(ErrorCode.BAD_PARAMS, str(error)), terminal, as_json=as_json)
        if not as_json:
            terminal.say(f"See `hedgerow {f'{given[0]} ' if _is_command(given[0]) else ''}--help`.")
        return ExitCode.USAGE
    except HedgerowError as error:
        _report(error, terminal, as_json=as_json)
        return ExitCode.REFUSED
    except BrokenPipeError:
        terminal.give_up_output()  # whoever read it has seen enough, as `head` does
        return ExitCode.DONE
    except OutputError as error:
        terminal.give_up_output()
        terminal.say(f"hedgerow: {error}")
        return ExitCode.REFUSED
    except KeyboardInterrupt:
        terminal.say("Interrupted.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # a person gets a sentence, the log gets the rest
        logging.getLogger(__name__).exception("unexpected")
        said = f"something unexpected went wrong ({type(error).__name__}: {error}); {kept_log.words}"
        _report(HedgerowError(ErrorCode.FAILED, said), terminal, as_json=as_json)
        return ExitCode.REFUSED


def _dispatch(given: list[str], terminal: Terminal) -> ExitCode | int:
    match _read(given):
        case Shown():
            return ExitCode.DONE
        case Serve():
            from hedgerow.lsp.main import serve  # noqa: PLC0415 - the other commands do without

            return serve()
        case Completion(which):
            from .parser import completion_script  # noqa: PLC0415 - with cyclopts, only here

            terminal.write(completion_script(which))
            return ExitCode.DONE
        case typed:
            return _call(typed, terminal)


def _read(given: list[str]) -> Typed | Serve | Completion | Shown:
    typed = quick.read(given)
    if typed is not None:
        return typed
    from .parser import parse  # noqa: PLC0415 - costs what `quick` is there to save

    return parse(given)


def _call(typed: Typed, terminal: Terminal) -> ExitCode:
    try:
        params = params_of(typed.command, typed.values, _here())
    except ValidationError as error:
        raise UsageError(misfits(typed.command, error)) from None
    settings, warnings = load_settings()
    for warning in warnings:
        terminal.say(warning)
    return run(Invocation(typed.command, params, settings, typed.json, typed.yes), terminal)


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        sentence = "the directory you are in no longer exists; change to another one"
        raise HedgerowError(ErrorCode.NOT_A_REPOSITORY, sentence) from None


def _is_command(word: str) -> bool:
    return word in {kebab(command.verb) for command in COMMANDS} | {"serve", "completion"}


def _report(error: HedgerowError, terminal: Terminal, *, as_json: bool) -> None:
    """The error as one sentence, or as JSON on standard output: `{"error": {"code", "message", "data"}}`."""
    if as_json:
        import json  # noqa: PLC0415 - only for those who ask for it

        told = {"code": error.code.value, "message": error.message, "data": error.data}
        terminal.write(json.dumps({"error": told}, indent=2, default=str))
    else:
        terminal.say(f"hedgerow: {error.message}")
