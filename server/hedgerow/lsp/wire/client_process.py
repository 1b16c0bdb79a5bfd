"""Notices that the editor's process is gone, even while something else still holds its end of the pipe."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0
_PARENT = os.getppid()
"""Who started this server."""


async def watch_process(process_id: int, gone: Callable[[str], None]) -> None:
    """Calls ``gone`` once, with a sentence, when the process has ended.

    An editor in another container names a process that never was here: it is not watched, and the end of the pipe must
    do for it. That is so as long as whoever started this server lives.
    """
    if not _exists(process_id) and os.getppid() == _PARENT:
        logger.warning("the client says that it is process %s, which is not here: not watched", process_id)
        return
    try:
        descriptor = os.pidfd_open(process_id)  # type: ignore[attr-defined,unused-ignore]
    except (AttributeError, OSError):
        while _exists(process_id):  # noqa: ASYNC110 - nothing can tell us here
            await asyncio.sleep(POLL_SECONDS)
    else:
        await _readable(descriptor)
    gone(f"the client's process {process_id} is gone")


async def _readable(descriptor: int) -> None:
    """A process descriptor can be read from once its process has ended."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _exists(process_id: int) -> bool:
    if process_id <= 0:
        return False
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
