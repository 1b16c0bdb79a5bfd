"""How agents of ours have ended by themselves: read from their terminals, and written down once."""

from __future__ import annotations

import asyncio
import logging
import time

from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.sessions import Host
from hedgerow.sessions.processes import still_runs
from hedgerow.sessions.store import SessionRecord, SessionStore
from hedgerow.sessions.terminals.terminals import Terminals

_TRIES = 10
_PAUSE_SECONDS = 0.05
"""For tmux to learn how a program ended: it waits until nothing writes to the terminal any more."""

_LAUNCHING_SECONDS = 15.0
"""A launch has ended by then, one way or the other: tmux is given ten."""

logger = logging.getLogger(__name__)


def awaited(record: SessionRecord) -> bool:
    """It runs, or has ended and nobody has noted that yet. One that is being stopped is left to whoever stops it."""
    return record.pid is not None and (record.stopped is None or record.stopped < (record.launched or 0))


async def note_exits(store: SessionStore, terminals: Terminals) -> None:
    """Note how those have ended that run no more."""
    for record in store.all():
        if _cut_short(record):
            record = await _found_again(store, terminals, record)  # noqa: PLW2901 - the same one, with what is known by now
        if record.pid is None or not awaited(record) or still_runs(record.pid, record.launched or 0):
            continue
        status = await _exit_status(terminals, record)
        store.ended(record.id, record.pid, status, time.time())


def _cut_short(record: SessionRecord) -> bool:
    """Whoever launched it was ended before it could note the process, or no editor has started it."""
    at_rest = record.ended is not None or (record.stopped is not None and record.stopped >= (record.launched or 0))
    launched = record.launched is not None and time.time() - record.launched > _LAUNCHING_SECONDS
    placed = record.terminal is not None or record.host == Host.EDITOR
    return placed and record.pid is None and launched and not at_rest


async def _found_again(store: SessionStore, terminals: Terminals, record: SessionRecord) -> SessionRecord:
    if record.terminal is None:  # it may still come: then it tells
        return store.change(record.id, ended=time.time()) or record
    try:
        pane = await terminals.find(record.terminal)
    except HedgerowError as error:
        logger.info("whether %s was started cannot be told: %s", record.label or record.id, error.message)
        return record
    if pane is None:  # it never came to that
        return store.change(record.id, ended=time.time(), exit_status=0, host=str(Host.NOTHING)) or record
    return store.change(record.id, pid=pane.pid) or record


async def _exit_status(terminals: Terminals, record: SessionRecord) -> int | None:
    """Negative for a signal; None where nothing tells."""
    if record.terminal is None:
        return None
    try:
        pane = await terminals.find(record.terminal)
        state = None if pane is None else await pane.state()
        for _ in range(_TRIES):
            if pane is None or state is None or state.code is not None or state.signal is not None:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
            state = await pane.state()
    except HedgerowError as error:
        logger.info("how %s ended cannot be told: %s", record.label or record.id, error.message)
        return None
    if state is None or state.pid != record.pid:
        return None
    return -state.signal if state.signal else state.code
