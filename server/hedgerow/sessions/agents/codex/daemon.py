"""A home's daemon: one lasting connection to it.

Starts no daemon. Owns the connection and when it is tried again; what is told on it is `followed`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from .app_server import CALL_SECONDS, AppServer, LostServerError, RefusedError, address_of, socket_of
from .followed import SETTLE_SECONDS, Followed
from .questions import Asked

logger = logging.getLogger(__name__)

_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 60.0
_MOST_RETRIES = 6
"""Without news of the socket's file nothing is tried any more after these."""


class Daemon:
    """One per home and event loop."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._server: AppServer | None = None
        self._connecting: asyncio.Task[bool] | None = None
        self._refused: tuple[object, float] | None = None
        self._wait = _FIRST_RETRY_SECONDS
        self._retries = 0
        self._retry: asyncio.TimerHandle | None = None
        self._reaching: asyncio.Task[bool] | None = None
        self._changed: Callable[[], None] | None = None
        self.followed = Followed(self._tell, self._abandon)

    @property
    def connected(self) -> bool:
        return self._server is not None

    async def reach(self) -> bool:
        """Be connected if a daemon answers, with everything it tells now at hand. Costs one call of the system if not.

        A socket that did not answer is left alone for a while, unless it is another one by now. One that is slow to
        answer is not waited for any longer than others would notice.
        """
        if self._server is None and self._connecting is None:
            identity = _identity(socket_of(self._home))
            if identity is None or self._is_refused(identity):
                return False
            self._connecting = asyncio.get_running_loop().create_task(self._connect(identity), name="codex daemon")
            self._connecting.add_done_callback(self._connected)
        if self._connecting is not None:
            await asyncio.wait([self._connecting], timeout=SETTLE_SECONDS)
        await self.followed.settle(SETTLE_SECONDS)
        return self._server is not None

    async def server(self) -> AppServer:
        """The connection, for a call.

        Raises:
            LostServerError: there is no daemon, or it does not answer.
        """
        if not await self.reach() or self._server is None:
            raise LostServerError("Codex' daemon does not answer")
        return self._server

    def listen(self, changed: Callable[[], None]) -> None:
        """Call back whenever something is told, and whenever the connection comes or goes."""
        self._changed = changed
        self.try_again()

    def try_again(self) -> None:
        """Something has happened to the socket's file."""
        self._retries = 0
        self._wait = _FIRST_RETRY_SECONDS
        self._refused = None
        self._try()

    async def close(self) -> None:
        self._changed = None
        if self._retry is not None:
            self._retry.cancel()
        for task in (self._reaching, self._connecting):
            if task is not None:
                task.cancel()
        server, self._server = self._server, None
        self.followed.forget()
        if server is not None:
            await server.close()

    async def reply(self, asked: Asked, result: Mapping[str, object]) -> None:
        """Answer a question that is still asked, and wait until that is known to everybody.

        Raises:
            LostServerError: the daemon has gone, or does not take the answer.
        """
        server = await self.server()
        await server.reply(asked.request, result)
        thread = asked.thread or ""
        deadline = time.monotonic() + SETTLE_SECONDS * 5
        while time.monotonic() < deadline:
            if not self.followed.still_asks(thread, asked.request):
                return
            await asyncio.sleep(0.02)
        raise LostServerError("the answer was not taken")

    def _is_refused(self, identity: object) -> bool:
        return self._refused is not None and self._refused[0] == identity and time.monotonic() < self._refused[1]

    async def _connect(self, identity: object) -> bool:
        server = None
        try:
            server = await AppServer.connect(
                address_of(self._home),
                notified=self.followed.notified,
                asked=self.followed.take_question,
                lost=self._lose,
            )
            self._server = server
            self.followed.begin(server)
            await self.followed.take_all(server)
        except (LostServerError, RefusedError) as error:
            logger.info("Codex' daemon of %s: %s", self._home, error)
            self._give_up(identity)
            if server is not None:
                await server.close()
            return False
        await self.followed.settle(CALL_SECONDS)
        if self._server is server:
            self._refused = None
            self._retries = 0
            self._wait = _FIRST_RETRY_SECONDS
        return self._server is server

    def _connected(self, done: asyncio.Task[bool]) -> None:
        self._connecting = None
        if not done.cancelled() and (error := done.exception()) is not None:
            logger.error("Codex' daemon cannot be followed", exc_info=error)
        self._tell()

    def _give_up(self, identity: object) -> None:
        """Leave a daemon that does not answer alone for a while, and longer each time."""
        self._server = None
        self.followed.forget()
        self._refused = (identity, time.monotonic() + self._wait)
        self._wait = min(self._wait * 2, _LAST_RETRY_SECONDS)
        self._try_later()

    def _lose(self, server: AppServer) -> None:
        """It has gone."""
        if self._server is server:
            self._server = None
            self.followed.forget()
            self._tell()
            self._try_later()

    def _abandon(self, server: AppServer) -> None:
        """It is there, and answers no more."""
        if self._server is server:
            self._give_up(_identity(socket_of(self._home)))

    def _try_later(self) -> None:
        if self._changed is None or self._retries >= _MOST_RETRIES:
            return
        self._retries += 1
        if self._retry is not None:
            self._retry.cancel()
        self._retry = asyncio.get_running_loop().call_later(self._wait, self._try)

    def _try(self) -> None:
        if self._changed is None or self._server is not None or (self._reaching and not self._reaching.done()):
            return
        self._reaching = asyncio.get_running_loop().create_task(self._reach_and_tell(), name="codex daemon")

    async def _reach_and_tell(self) -> bool:
        reached = await self.reach()
        if reached:
            self._tell()
        return reached

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed()


def _identity(socket: Path) -> object | None:
    """Differs when another daemon listens; None without one."""
    try:
        status = socket.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_ctime_ns)
