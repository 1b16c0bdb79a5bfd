"""Each command of the table has one function behind it."""

from __future__ import annotations

import inspect

import pytest

from hedgerow.app import _HANDLERS, handler
from hedgerow.protocol.commands import COMMANDS

ANSWERED_BY_THE_APP = {"list", "history", "follow"}


def test_every_command_is_carried_out_somewhere() -> None:
    assert set(_HANDLERS) | ANSWERED_BY_THE_APP == {command.verb for command in COMMANDS}


@pytest.mark.parametrize("verb", sorted(_HANDLERS))
def test_it_takes_what_the_table_says(verb: str) -> None:
    function = handler(verb)
    params = list(inspect.signature(function, eval_str=True).parameters.values())
    command = next(command for command in COMMANDS if command.verb == verb)
    assert [param.name for param in params] == ["tools", "params", "caller"]
    assert params[1].annotation is command.params
