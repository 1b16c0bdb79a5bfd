"""Command lines of nothing but a command and switches, read without cyclopts.

`hedgerow list --json` is what prompts and status lines run again and again, and a parser would be a good part of
what it costs. Whatever has a value, a mistake or a call for help goes the long way.
"""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.protocol.commands import COMMANDS

from .options import kebab, options
from .typed import Typed


def read(arguments: Sequence[str]) -> Typed | None:
    """The same as `parser.parse` would answer, or None when it takes a parser to tell."""
    command = next((command for command in COMMANDS if arguments and kebab(command.verb) == arguments[0]), None)
    if command is None:
        return None
    known = options(command)
    if any(option.required for option in known):
        return None
    switches = {option.flag: option.key for option in known if option.annotation is bool and option.default is False}
    flags = arguments[1:]
    if len(set(flags)) != len(flags) or not set(flags) <= {*switches, "--json", "--yes"}:
        return None
    values = {switches[flag]: True for flag in flags if flag in switches}
    return Typed(command, values, json="--json" in flags, yes="--yes" in flags)
