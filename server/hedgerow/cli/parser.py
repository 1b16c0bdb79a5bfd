"""The command line, made by cyclopts from the table of commands. Parses and helps; carries nothing out."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Sequence
from typing import Annotated, Any

import cyclopts

from hedgerow import __version__
from hedgerow.protocol.commands import COMMANDS, Command
from hedgerow.protocol.docstrings import field_docs
from hedgerow.protocol.model import Model

from .options import Option, kebab, options, without_none
from .typed import Completion, Serve, Shell, Shown, Typed, UsageError

PROGRAM = "hedgerow"


def parse(arguments: Sequence[str]) -> Typed | Serve | Completion | Shown:
    """What the arguments ask for.

    Raises:
        UsageError: they do not fit.
    """
    helped = not arguments or not {"--help", "-h"}.isdisjoint(arguments)
    app = build_app(only=arguments[0] if arguments else None, documented=helped)
    try:
        function, bound, _ = app.parse_args(list(arguments), exit_on_error=False, print_error=False)
    except cyclopts.UnusedCliTokensError as error:
        extra = ", ".join(repr(token) for token in error.unused_tokens or ())
        raise UsageError(f"There is no place for {extra} here.") from None
    except cyclopts.CycloptsError as error:
        raise UsageError(" ".join(str(error).split())) from None
    result = function(*bound.args, **bound.kwargs)
    return result if isinstance(result, (Typed, Serve, Completion)) else Shown()


def build_app(only: str | None = None, *, documented: bool = True) -> cyclopts.App:
    """The whole program.

    Args:
        only: when this is the name of a command, make just that one, which is quicker to start.
        documented: read what the fields mean, which only help and completion show.
    """
    app = cyclopts.App(
        name=PROGRAM,
        version=f"{PROGRAM} {__version__}",
        help="Parallel coding-agent sessions, each in its own git worktree.",
        help_format="plaintext",
        help_epilogue="A plan is shown and asked about before anything is lost. Exit codes: 0 done, 1 refused, "
        "2 bad usage, 3 a plan was not agreed to, 130 interrupted. Settings: ~/.config/hedgerow/settings.toml.",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    names = list(dict.fromkeys(command.group for command in COMMANDS))
    groups = {name: cyclopts.Group(name.capitalize(), sort_key=place) for place, name in enumerate(names)}
    program = cyclopts.Group("Program", sort_key=len(groups))
    commands = [command for command in COMMANDS if kebab(command.verb) == only] or COMMANDS
    for place, command in enumerate(commands):
        app.command(
            _function(command, documented=documented),
            name=kebab(command.verb),
            help=command.summary,
            help_epilogue=f"Example: {command.example}",
            group=groups[command.group],
            sort_key=place,
        )
    app.command(_serve, name="serve", help="Run the language server on stdin and stdout.", group=program)
    app.command(_completion, name="completion", help="Print a completion script.", group=program)
    for flag in ("--help", "--version"):
        app[flag].group = program
    return app


def completion_script(shell: Shell | None) -> str:
    """The script that completes our commands and options.

    Raises:
        UsageError: the running shell is not known.
    """
    from cyclopts.completion import ShellDetectionError  # noqa: PLC0415 - only here

    try:
        return build_app().generate_completion(shell=shell)
    except ShellDetectionError:
        raise UsageError("Which shell? Say bash, zsh or fish.") from None


def _serve(*, stdio: Annotated[bool, cyclopts.Parameter(show=False, negative=())] = False) -> Serve:  # noqa: ARG001
    return Serve()  # editors pass --stdio, and there is nothing else


def _completion(shell: Shell | None = None, /) -> Completion:
    return Completion(shell)


def _function(command: Command, *, documented: bool) -> Any:
    """A function with the signature that cyclopts reads the command's options from."""
    parameters = [_parameter(option, documented=documented) for option in options(command)]
    parameters += [
        _flag("json", "Print the result, or the error, as JSON."),
        _flag("yes", "Agree to the plan. Never allows a script.", show=command.changes),
    ]

    def typed(*, json: bool = False, yes: bool = False, **values: Any) -> Typed:
        return Typed(command, values, json, yes)

    def call(*args: Any, **kwargs: Any) -> Typed:
        return typed(**signature.bind(*args, **kwargs).arguments)

    signature = inspect.Signature(parameters)
    call.__signature__ = signature  # type: ignore[attr-defined] # inspect reads it
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _parameter(option: Option, *, documented: bool) -> inspect.Parameter:
    docs = field_docs(option.model, Model) if documented else {}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD if option.positional else inspect.Parameter.KEYWORD_ONLY
    switch = without_none(option.annotation) is bool
    either_way = switch and (option.default or option.default is None)  # what is off by default needs no word for off
    return inspect.Parameter(
        option.key,
        kind,
        default=inspect.Parameter.empty if option.required else _default(option),
        annotation=Annotated[
            without_none(option.annotation),
            cyclopts.Parameter(
                name=option.flag,
                help=docs.get(option.path[-1], "").split("\n\n")[0],
                negative=None if either_way else (),
                show_default=option.default not in (None, False, "", []),
            ),
        ],
    )


def _default(option: Option) -> object:
    """Never passed on, only what was typed is; but cyclopts checks that it fits, and None does not."""
    if option.default is not None:
        return option.default
    annotation = without_none(option.annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)[0]
    return False if annotation is bool else ""


def _flag(name: str, text: str, *, show: bool = True) -> inspect.Parameter:
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[
            bool, cyclopts.Parameter(name=f"--{name}", help=text, negative=(), show=show, show_default=False)
        ],
    )
