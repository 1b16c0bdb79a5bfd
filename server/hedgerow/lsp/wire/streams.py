"""The two ends of the pipe to the client, each with a thread of its own. They know bytes, not messages.

pygls reads on the pool that handlers share and writes on the event loop, so that a busy pool stops reading and a
client that does not read stops everything. Here a full pipe blocks one thread that nothing else waits for. The threads
use file descriptors, not Python's buffered files: a thread that is stuck in one of those cannot be left behind at exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

CLIENT_DEAD_AFTER = 30.0
"""Seconds in which a client with something to read has read nothing."""
_READ_BYTES = 64 * 1024
_READ_AHEAD = 16
"""Chunks that may wait for the event loop."""
_WRITE_BYTES = 16 * 1024
"""Written at once: as much as a client must read within the time above to count as alive."""
_QUEUE_BYTES = 4 * 1024 * 1024
"""Beyond this, notifications wait aside, each kind with its newest only."""
_CONGESTED_BYTES = 64 * 1024 * 1024
"""Beyond this, nothing more is read either: a client that reads no answers gets to ask no questions."""


class Reader:
    """Hands chunks to the event loop; an empty one means the end.

    Args:
        descriptor: read until its end.
        deliver: called on the loop; answers whether more is wanted now. If not, ``resume`` says when.
    """

    def __init__(self, descriptor: int, deliver: Callable[[bytes], bool]) -> None:
        self._descriptor = descriptor
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._room = threading.Semaphore(_READ_AHEAD)
        self._owed = 0
        threading.Thread(target=self._run, name="reader", daemon=True).start()

    def resume(self) -> None:
        if self._owed:
            self._room.release(self._owed)
        self._owed = 0

    def _run(self) -> None:
        chunk = b"."
        while chunk:
            self._room.acquire()
            try:
                chunk = os.read(self._descriptor, _READ_BYTES)
            except OSError:
                chunk = b""
            try:
                self._loop.call_soon_threadsafe(self._arrived, chunk)
            except RuntimeError:  # The loop is closed: the server has ended.
                return

    def _arrived(self, chunk: bytes) -> None:
        if self._deliver(chunk):
            self._room.release()
        else:
            self._owed += 1


class Writer:
    """Writes what it is given, in order, without ever making the caller wait.

    Args:
        descriptor: written to.
        lost: called once on the loop, with a sentence, when the client is gone or does not read.
        drained: called on the loop when everything was written after having been ``congested``.
        dead_after: seconds without a read after which the client is taken for dead.
    """

    def __init__(
        self,
        descriptor: int,
        *,
        lost: Callable[[str], None],
        drained: Callable[[], None],
        dead_after: float = CLIENT_DEAD_AFTER,
    ) -> None:
        self._descriptor = descriptor
        self._lost = lost
        self._drained = drained
        self._dead_after = dead_after
        self._loop = asyncio.get_running_loop()
        self._changed = threading.Condition()
        self._queue: deque[bytes] = deque()
        self._aside: dict[Hashable, bytes] = {}
        self._bytes = 0
        self._was_congested = False
        self._moved = 0.0
        self._check: asyncio.TimerHandle | None = None
        threading.Thread(target=self._run, name="writer", daemon=True).start()

    def write(self, data: bytes, key: Hashable | None = None) -> None:
        """Queue a message.

        Args:
            data: the whole frame.
            key: given for what may be dropped when a newer one of the same key comes. None for what must arrive.
        """
        with self._changed:
            if key is not None and (self._bytes > _QUEUE_BYTES or key in self._aside):
                self._aside[key] = data
                return
            if not self._bytes:
                self._moved = time.monotonic()
            self._queue.append(data)
            self._bytes += len(data)
            self._was_congested = self._was_congested or self._bytes > _CONGESTED_BYTES
            self._changed.notify()
        if self._check is None:
            self._check = self._loop.call_later(self._dead_after, self._is_it_alive)

    @property
    def congested(self) -> bool:
        return self._bytes > _CONGESTED_BYTES

    async def close(self, seconds: float = 2.0) -> None:
        """Wait until everything is written, at most so long."""
        if self._check is not None:
            self._check.cancel()
        deadline = time.monotonic() + seconds
        while self._bytes and time.monotonic() < deadline:  # noqa: ASYNC110 - once, for milliseconds, at the end
            await asyncio.sleep(0.005)

    def _is_it_alive(self) -> None:
        self._check = None
        with self._changed:
            waiting, still = self._bytes > 0, time.monotonic() - self._moved
        if not waiting:
            return
        if still >= self._dead_after:
            self._lost(f"the client has read nothing for {still:.0f} seconds")
            return
        self._check = self._loop.call_later(self._dead_after - still, self._is_it_alive)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue:
                    self._changed.wait()
                # Together: while the loop is busy, each write of a thread waits for Python's lock.
                batch = b"".join(self._queue)
                self._queue.clear()
            data = memoryview(batch)
            try:
                while data:
                    written = os.write(self._descriptor, data[:_WRITE_BYTES])
                    self._moved = time.monotonic()
                    data = data[written:]
            except OSError as error:
                self._say(self._lost, f"the client is gone ({error.strerror})")
                return
            self._done(len(batch))

    def _done(self, written: int) -> None:
        with self._changed:
            self._bytes -= written
            if self._queue:
                return
            for data in self._aside.values():
                self._queue.append(data)
                self._bytes += len(data)
            self._aside.clear()
            congested, self._was_congested = self._was_congested, False
        if congested:
            self._say(self._drained)

    def _say(self, tell: Callable[..., None], *args: str) -> None:
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody is left to hear it.
            self._loop.call_soon_threadsafe(tell, *args)
