"""Serving over stdin and stdout: the process around the server.

What the reply to `initialize` needs is imported here and nothing else; `server.begin` brings the rest.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading

from .wire.logs import log_to_stderr

_SECONDS_FOR_THREADS = 5.0


def serve(*, client_dead_after: float | None = None) -> int:
    """Serve one client until it goes.

    Args:
        client_dead_after: seconds in which a client that has something to read may read nothing.

    Returns:
        The exit code: 0 after `shutdown`, else 1.
    """
    # Imports make many objects and no garbage: collecting meanwhile costs a tenth of the start.
    gc.disable()
    stdin, stdout = _take_streams()
    log_to_stderr()
    from .server import HedgerowServer  # noqa: PLC0415 - after the streams are safe from what imports might print
    from .wire.streams import CLIENT_DEAD_AFTER  # noqa: PLC0415

    server = HedgerowServer(client_dead_after=client_dead_after or CLIENT_DEAD_AFTER)

    async def run() -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, server.stop, f"{signal.Signals(number).name} was received")
        code = await server.run(stdin, stdout)
        # A thread that is stuck (a network file system) must not keep a server alive that nobody talks to.
        last_resort = threading.Timer(_SECONDS_FOR_THREADS, os._exit, (code,))
        last_resort.daemon = True
        last_resort.start()
        return code

    return asyncio.run(run())


def _take_streams() -> tuple[int, int]:
    """Keep the client's pipes to ourselves: no child may read them, and nothing that prints may write to them."""
    # Where one of the three is closed, the next file that is opened would get its number: a log line in the database.
    while (nothing := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(nothing, True)
    stdin, stdout = os.dup(0), os.dup(1)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return stdin, stdout
