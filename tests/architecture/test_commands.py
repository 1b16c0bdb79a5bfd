"""Each command of the table has one function behind it."""

from __future__ import annotations

import inspect

import pytest

from hedgerow.flows.handlers import NEEDS_SESSIONS, OF_CHECKOUTS, OF_SESSIONS, handler, session_handler
from hedgerow.protocol.commands import COMMANDS
from hedgerow.protocol.model import Model

ANSWERED_BY_THE_APP = {"list", "history", "follow"}


def test_every_command_is_carried_out_somewhere() -> None:
    assert not OF_CHECKOUTS.keys() & OF_SESSIONS.keys()
    carried_out = set(OF_CHECKOUTS) | set(OF_SESSIONS) | ANSWERED_BY_THE_APP
    assert carried_out == {command.verb for command in COMMANDS}
    assert carried_out >= NEEDS_SESSIONS


def params_of(function: object, first: str) -> type[Model]:
    """What a function is called with, after checking how."""
    params = list(inspect.signature(function, eval_str=True).parameters.values())  # type: ignore[arg-type]
    assert [param.name for param in params] == [first, "params", "caller"]
    return params[1].annotation  # type: ignore[no-any-return]


@pytest.mark.parametrize("verb", sorted(OF_CHECKOUTS))
def test_it_takes_what_the_table_says(verb: str) -> None:
    command = next(command for command in COMMANDS if command.verb == verb)
    assert params_of(handler(verb), "tools") is command.params


@pytest.mark.parametrize("verb", sorted(OF_SESSIONS))
def test_of_sessions_it_takes_what_the_table_says(verb: str) -> None:
    command = next(command for command in COMMANDS if command.verb == verb)
    assert params_of(session_handler(verb), "desk") is command.params
