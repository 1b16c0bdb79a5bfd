"""Ctrl-C and being told to terminate: turned into one cancellation of whatever may be cancelled just now."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption:
    """What an interruption cancels. A second one changes nothing: cancelling cleans up, and that is let finish."""

    def __init__(self) -> None:
        self._happened = False
        self._current: asyncio.Task[Any] | None = None

    async def cancels(self, work: Coroutine[Any, Any, T]) -> T:
        """``work``'s result, even when it comes in spite of an interruption.

        Raises:
            asyncio.CancelledError: it was interrupted, and has cleaned up after itself.
        """
        task = asyncio.create_task(work)
        self._current = task
        if self._happened:
            task.cancel()
        try:
            return await task
        finally:
            self._current = None

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        # What was ignored before us stays ignored: under `nohup`, or in the background of a script.
        heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        for number in heeded:
            loop.add_signal_handler(number, self._happen)
        try:
            yield
        finally:
            for number in heeded:
                loop.remove_signal_handler(number)

    def _happen(self) -> None:
        if not self._happened:
            self._happened = True
            if self._current is not None:
                self._current.cancel()
