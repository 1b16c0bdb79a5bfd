"""Becoming another program: what a person wanted to be with is shown in the terminal that they sit at."""

from __future__ import annotations

import os
from typing import NoReturn

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.model import Model
from hedgerow.protocol.sessions import AttachResult, Launch, StartResult


def launch_of(result: Model) -> Launch | None:
    """What the answer says is to be run in a terminal."""
    return result.launch if isinstance(result, (AttachResult, StartResult)) else None


def take_over(launch: Launch) -> NoReturn:
    """Run it in place of this process.

    Raises:
        HedgerowError: it cannot be run.
    """
    # Inside tmux, another tmux is wanted all the same: it is on a socket of its own.
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    try:
        os.chdir(launch.cwd)
        os.execvpe(launch.argv[0], launch.argv, environment | launch.env)
    except OSError as error:
        raise HedgerowError(ErrorCode.FAILED, f"{launch.argv[0]} cannot be run: {error.strerror}") from error
