"""`hedgerow`: reads the command line, hands it on, and turns whatever comes of it into a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hedgerow.protocol.errors import HedgerowError

    from .exit_codes import ExitCode
    from .terminal import Terminal
    from .typed import Completion, Serve, Shown, Typed


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the process; never raises for what a person did."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] == "serve" and set(given[1:]) <= {"--stdio"}:
        return _serve()  # before anything else is imported: an editor is waiting
    return int(_guarded(given))


def _serve() -> int:
    from hedgerow.lsp.main import serve  # noqa: PLC0415 - the shell's other commands do without

    return serve()


def _guarded(given: list[str]) -> ExitCode | int:
    from hedgerow.protocol.errors import ErrorCode, HedgerowError  # noqa: PLC0415 - after `serve`

    from .exit_codes import ExitCode  # noqa: PLC0415
    from .terminal import Terminal  # noqa: PLC0415
    from .typed import UsageError  # noqa: PLC0415

    terminal = Terminal()
    as_json = "--json" in given
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
        # Whoever read our output has seen enough, as `head` does. Nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except KeyboardInterrupt:
        terminal.say("Interrupted.")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a person gets a sentence, the log gets the rest
        _report(HedgerowError(ErrorCode.FAILED, _unexpected(error)), terminal, as_json=as_json)
        return ExitCode.REFUSED


def _is_command(word: str) -> bool:
    from hedgerow.protocol.commands import COMMANDS  # noqa: PLC0415

    from .options import kebab  # noqa: PLC0415

    return word in {kebab(command.verb) for command in COMMANDS} | {"serve", "completion"}


def _dispatch(given: list[str], terminal: Terminal) -> ExitCode | int:
    from .exit_codes import ExitCode  # noqa: PLC0415
    from .typed import Completion, Serve, Shown  # noqa: PLC0415

    match _read(given):
        case Shown():
            return ExitCode.DONE
        case Serve():
            return _serve()
        case Completion(shell):
            from .parser import completion_script  # noqa: PLC0415 - only here

            terminal.write(completion_script(shell))
            return ExitCode.DONE
        case typed:
            return _call(typed, terminal)


def _read(given: list[str]) -> Typed | Serve | Completion | Shown:
    from . import quick  # noqa: PLC0415

    typed = quick.read(given)
    if typed is not None:
        return typed
    from .parser import parse  # noqa: PLC0415 - costs what `quick` is there to save

    return parse(given)


def _call(typed: Typed, terminal: Terminal) -> ExitCode:
    from pydantic import ValidationError  # noqa: PLC0415

    from hedgerow.config import load_settings  # noqa: PLC0415

    from .options import misfits, params_of  # noqa: PLC0415
    from .run import Invocation, run  # noqa: PLC0415
    from .typed import UsageError  # noqa: PLC0415

    try:
        params = params_of(typed.command, typed.values, _here())
    except ValidationError as error:
        raise UsageError(misfits(typed.command, error)) from None
    settings, warnings = load_settings()
    for warning in warnings:
        terminal.say(warning)
    return run(Invocation(typed.command, params, settings, typed.json, typed.yes), terminal)


def _here() -> Path:
    from hedgerow.protocol.errors import ErrorCode, HedgerowError  # noqa: PLC0415

    try:
        return Path.cwd()
    except FileNotFoundError:
        sentence = "the directory you are in no longer exists; change to another one"
        raise HedgerowError(ErrorCode.NOT_A_REPOSITORY, sentence) from None


def _report(error: HedgerowError, terminal: Terminal, *, as_json: bool) -> None:
    """The error as one sentence, or as JSON on standard output: `{"error": {"code", "message", "data"}}`."""
    if as_json:
        import json  # noqa: PLC0415

        told = {"code": error.code.value, "message": error.message, "data": error.data}
        terminal.write(json.dumps({"error": told}, indent=2, default=str))
    else:
        terminal.say(f"hedgerow: {error.message}")


def _unexpected(error: Exception) -> str:
    """A sentence for what should not happen, after the traceback was put where it can be reported from."""
    import traceback  # noqa: PLC0415

    import platformdirs  # noqa: PLC0415

    said = f"something unexpected went wrong ({type(error).__name__}: {error})"
    log = platformdirs.user_state_path("hedgerow", appauthor=False) / "logs" / "shell.log"
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            traceback.print_exception(error, file=file)
    except OSError as cannot:
        return f"{said}; {log} could not be written either ({cannot.strerror})"
    return f"{said}; {log} has the details"
