"""One connection to Codex' app-server: JSON messages over a WebSocket over a Unix socket.

Owns the wire: calls with their answers, notifications, questions of the server. Knows nothing of threads. Whatever the
other end does (garbage, silence, half a frame, its death) ends in an answer, a `LostServerError` or a `RefusedError`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hedgerow import __version__

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

logger = logging.getLogger(__name__)

Json = dict[str, Any]

CALL_SECONDS = 10.0
"""After which a server that says nothing is taken for lost."""
_OPEN_SECONDS = 3.0
_LARGEST_MESSAGE = 64 * 1024 * 1024
LONGEST_SOCKET_PATH = 107
"""Bytes that the address of a Unix socket can have on Linux; macOS takes three less."""


class LostServerError(Exception):
    """There is no server at the socket, or it no longer answers."""


class RefusedError(Exception):
    """The server answered a call with an error; its sentence."""


def socket_of(home: Path) -> Path:
    """Where a home's daemon listens. Since 0.16x the file is a link to a short path, so that a deep home has one."""
    return home / "app-server-control" / "app-server-control.sock"


def address_of(home: Path) -> str:
    """The address to dial.

    Raises:
        LostServerError: nothing is there, it is somebody else's, or its path is too long to dial.
    """
    try:
        real = os.path.realpath(socket_of(home), strict=True)
        owner = os.stat(real).st_uid
    except OSError as error:
        raise LostServerError("it has no socket") from error
    if owner != os.geteuid():
        raise LostServerError(f"its socket {real} belongs to another user")
    if len(os.fsencode(real)) > LONGEST_SOCKET_PATH:
        raise LostServerError(f"the path of its socket {real} is longer than {LONGEST_SOCKET_PATH} bytes")
    return real


class AppServer:
    """An open connection, past its handshake. Made by `connect`."""

    def __init__(
        self,
        connection: ClientConnection,
        notified: Callable[[str, Json, float | None], None],
        asked: Callable[[int | str, str, Json], None],
        lost: Callable[[AppServer], None],
    ) -> None:
        self._connection = connection
        self._notified = notified
        self._asked = asked
        self._lost = lost
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._reading = asyncio.get_running_loop().create_task(self._read(), name="codex app-server")

    @classmethod
    async def connect(
        cls,
        address: str,
        *,
        notified: Callable[[str, Json, float | None], None],
        asked: Callable[[int | str, str, Json], None],
        lost: Callable[[AppServer], None],
    ) -> AppServer:
        """Dial and introduce ourselves.

        Args:
            notified: gets each notification: its method, its params, and when it was sent (seconds since the epoch).
            asked: gets each question of the server: its id, its method, its params.
            lost: called once when the connection has ended, unless we ended it.

        Raises:
            LostServerError: nobody answers there, or not in Codex' way.
        """
        # Imported here: it takes 60 ms, and most homes have no daemon.
        from websockets.asyncio.client import unix_connect  # noqa: PLC0415
        from websockets.exceptions import WebSocketException  # noqa: PLC0415

        try:
            connection = await unix_connect(
                address,
                uri="ws://localhost/",
                open_timeout=_OPEN_SECONDS,
                close_timeout=1.0,
                ping_interval=None,  # an idle connection costs nothing; the socket itself tells of a dead server
                max_size=_LARGEST_MESSAGE,
                compression=None,
            )
        except (OSError, EOFError, WebSocketException) as error:  # a TimeoutError is an OSError
            raise LostServerError(f"nobody answers at {address}") from error
        server = cls(connection, notified, asked, lost)
        try:
            await server.call(
                "initialize",
                {"clientInfo": {"name": "hedgerow", "title": "Hedgerow", "version": __version__}},
                seconds=_OPEN_SECONDS,
            )
            await server._send({"method": "initialized"})
        except RefusedError as error:
            await server.close()
            raise LostServerError(str(error)) from error
        except BaseException:
            await server.close()
            raise
        return server

    async def call(self, method: str, params: Mapping[str, object], *, seconds: float | None = None) -> Json:
        """The result of a method.

        Raises:
            RefusedError: the server says no.
            LostServerError: it has gone, or does not answer in time.
        """
        self._number += 1
        number = self._number
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._send({"id": number, "method": method, "params": dict(params)})
            async with asyncio.timeout(CALL_SECONDS if seconds is None else seconds):
                message = await answer
        except TimeoutError as error:
            raise LostServerError(f"it does not answer {method}") from error
        finally:
            self._waiting.pop(number, None)
        if (refusal := message.get("error")) is not None:
            raise RefusedError(_words(refusal))
        result = message.get("result")
        return result if isinstance(result, dict) else {}

    async def reply(self, question: int | str, result: Mapping[str, object]) -> None:
        """Answer a question of the server's. A late answer, after somebody else's, does nothing."""
        await self._send({"id": question, "result": dict(result)})

    async def close(self) -> None:
        """End the connection; `lost` is not called."""
        self._lost = _nobody
        with contextlib.suppress(Exception):
            await self._connection.close()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    async def _send(self, message: Json) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._connection.send(json.dumps(message))
        except (ConnectionClosed, OSError) as error:
            raise LostServerError("the connection has ended") from error

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415

        try:
            async for frame in self._connection:
                self._take(frame)
        except (ConnectionClosed, OSError):
            pass  # told below, as for an orderly end
        finally:
            gone = LostServerError("the connection has ended")
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(gone)
            self._lost(self)

    def _take(self, frame: str | bytes) -> None:
        try:
            message = json.loads(frame)
        except (ValueError, RecursionError):
            logger.warning("Codex' app-server sent what is no message (%d bytes)", len(frame))
            return
        if not isinstance(message, dict):
            return
        method, number = message.get("method"), message.get("id")
        params = message.get("params")
        try:
            if isinstance(method, str) and isinstance(number, int | str):
                self._asked(number, method, params if isinstance(params, dict) else {})
            elif isinstance(method, str):
                sent = message.get("emittedAtMs")
                at = sent / 1000 if isinstance(sent, int | float) else None
                self._notified(method, params if isinstance(params, dict) else {}, at)
            elif isinstance(number, int) and (answer := self._waiting.get(number)) is not None and not answer.done():
                answer.set_result(message)
        except Exception:  # one message that cannot be taken must not end all others
            logger.exception("a message of Codex' app-server could not be taken: %s", method)


def _nobody(_: AppServer) -> None:
    """Nobody wants to know of an end that we made ourselves."""


def _words(refusal: object) -> str:
    message = refusal.get("message") if isinstance(refusal, dict) else None
    return message if isinstance(message, str) else "it refused without a word"
