"""Work-done progress of one command, and its cancel button.

Reports on the token that came with the command; without one, asks the client for a token once there is something to
report, if it can show it. Tokens are forgotten when the command ends, which pygls leaves to its caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import uuid
from concurrent.futures import Future
from types import TracebackType

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .tasks import Tasks
from .wire.protocol import HedgerowProtocol

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN = 0.1
"""A script may report thousands of lines a second; a person reads none of them then."""
_SECONDS_BEFORE_ASKING = 0.2
"""What ends sooner needs no bar that flashes up."""


class Progress:
    """An asynchronous context around one command; the task that enters it is the one that a cancel ends.

    Args:
        protocol: the way to the client.
        tasks: looks after the request for a token.
        title: of the bar.
        token: the client's own, if it gave one.
        may_create: whether the client shows bars that it did not ask for.
    """

    def __init__(
        self, protocol: HedgerowProtocol, tasks: Tasks, *, title: str, token: str | int | None, may_create: bool
    ) -> None:
        self._protocol = protocol
        self._tasks = tasks
        self._title = title
        # A token is one bar: a second command on it works without.
        self._token = None if token in protocol.progress.tokens else token
        self._may_create = may_create and token is None
        self._began = False
        self._ended = False
        self._message = ""
        self._percent: int | None = None
        self._flush: asyncio.TimerHandle | None = None
        self._thread = threading.get_ident()

    async def __aenter__(self) -> Progress:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        if self._token is not None:
            self._listen(self._token)
            self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        if self._flush is not None:
            self._flush.cancel()
        if self._token is not None:
            if self._began:
                message = (
                    None if kind is None else "Cancelled" if issubclass(kind, asyncio.CancelledError) else "Failed"
                )
                self._send(types.WorkDoneProgressEnd(message=message))
            self._protocol.progress.tokens.pop(self._token, None)

    def report(self, message: str, percent: int | None = None) -> None:
        """From any thread, as often as one likes."""
        if threading.get_ident() != self._thread:
            with contextlib.suppress(RuntimeError):  # The server has ended meanwhile.
                self._loop.call_soon_threadsafe(self.report, message, percent)
            return
        if self._ended:
            return
        self._message = message
        if percent is not None:
            self._percent = max(self._percent or 0, min(percent, 100))
        if self._flush is not None:
            return
        if self._token is not None:
            self._flush = self._loop.call_later(_SECONDS_BETWEEN, self._tell)
        elif self._may_create:
            self._may_create = False
            self._flush = self._loop.call_later(_SECONDS_BEFORE_ASKING, self._ask)

    def _ask(self) -> None:
        self._flush = None
        self._tasks.start(self._create(), "asking for a progress bar")

    async def _create(self) -> None:
        token = f"hedgerow-{uuid.uuid4()}"
        # Before the answer: the person may press cancel at once.
        self._listen(token)
        try:
            await self._protocol.send_request_async(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
            )
        except JsonRpcException as error:
            logger.warning("the client has no progress bar for us: %s", error)
            self._protocol.progress.tokens.pop(token, None)
            return
        except BaseException:
            self._protocol.progress.tokens.pop(token, None)
            raise
        if self._ended:
            self._protocol.progress.tokens.pop(token, None)
            return
        self._token = token
        self._begin()
        self._tell()

    def _listen(self, token: str | int) -> None:
        cancelled: Future[None] = Future()
        cancelled.add_done_callback(self._cancel)
        self._protocol.progress.tokens[token] = cancelled

    def _cancel(self, _future: Future[None]) -> None:
        if self._task is not None and not self._ended:
            self._task.cancel()

    def _begin(self) -> None:
        self._began = True
        begin = types.WorkDoneProgressBegin(
            title=self._title, cancellable=True, message=self._message or None, percentage=self._percent
        )
        self._send(begin)

    def _tell(self) -> None:
        self._flush = None
        if not self._ended:
            self._send(types.WorkDoneProgressReport(message=self._message, percentage=self._percent, cancellable=True))

    def _send(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        assert self._token is not None
        params = types.ProgressParams(token=self._token, value=value)
        self._protocol.notify_latest(types.PROGRESS, params, (types.PROGRESS, self._token))
