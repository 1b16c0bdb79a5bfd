"""Child processes that are started whole and ended whole: each leads a group of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_GRACE_SECONDS = 5.0
"""Between asking a group to end and making it."""


async def start(
    argv: Sequence[str | bytes],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | IO[bytes] = asyncio.subprocess.PIPE,
    stderr: int = asyncio.subprocess.PIPE,
    pass_fds: Sequence[int] = (),
) -> asyncio.subprocess.Process:
    """Start a program in a session of its own, so that what it starts can be ended with it.

    Raises:
        OSError: it cannot be started.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=env,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The program may run already. Cancelled while it starts, asyncio would end the leader alone.
        await asyncio.shield(asyncio.ensure_future(_end_once_started(starting)))
        raise


async def _end_once_started(starting: asyncio.Future[asyncio.subprocess.Process]) -> None:
    with contextlib.suppress(OSError):
        await end(await starting)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a child and its group, politely and then firmly. Returns once the child is gone."""
    for ending in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        waiting = asyncio.ensure_future(process.wait())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.shield(asyncio.wait_for(waiting, _GRACE_SECONDS))
    with contextlib.suppress(ProcessLookupError):  # those of the group that did not listen
        os.killpg(process.pid, signal.SIGKILL)
