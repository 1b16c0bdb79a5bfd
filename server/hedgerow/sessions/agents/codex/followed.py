"""The threads of a daemon, followed: what each does, and what it asks.

Listens to a thread only while that waits for the person: as long as anybody listens, Codex opens a thread in no other
directory (a resume with `-C` elsewhere would silently stay where it was).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .app_server import AppServer, Json, LostServerError, RefusedError
from .loaded import Thread, status_of, thread_of
from .questions import Asked, is_for_a_person

logger = logging.getLogger(__name__)

SETTLE_SECONDS = 2.0
"""How long a look waits for what is just being asked of the server."""
_ASKED_SECONDS = 2.0
"""Between listening to a thread that waits and its question."""
_ARRIVALS = frozenset({"thread/goal/cleared", "thread/goal/updated", "thread/settings/updated", "turn/started"})
"""What those who listen to a thread are told when a window opens it."""
_ARRIVAL_SECONDS = 10.0


@dataclass
class _Asking:
    """Questions of one thread, in the order they came, and what was answered of one that has several parts."""

    asked: dict[int | str, Asked] = field(default_factory=dict)
    given: dict[int | str, dict[str, object]] = field(default_factory=dict)
    first: asyncio.Event = field(default_factory=asyncio.Event)


class Followed:
    """The threads of one daemon.

    Args:
        tell: called when something is otherwise.
        lost: called when the server does not answer any more.
    """

    def __init__(self, tell: Callable[[], None], lost: Callable[[AppServer], None]) -> None:
        self._tell = tell
        self._lost = lost
        self._server: AppServer | None = None
        self._threads: dict[str, Thread] = {}
        self._since: dict[str, float] = {}
        self._asking: dict[str, _Asking] = {}
        self._tending: dict[str, asyncio.Task[None]] = {}
        self._untended: set[str] = set()
        self._expected: dict[str, asyncio.Event] = {}
        self._leaving: set[str] = set()

    def begin(self, server: AppServer) -> None:
        """Follow what this connection tells from now on."""
        self._server = server

    @property
    def threads(self) -> Mapping[str, Thread]:
        """Those it has loaded; empty without a connection."""
        return self._threads

    def asked(self, thread: str) -> tuple[Asked, Mapping[str, object]] | None:
        """The oldest question of a thread that nobody has answered, with the parts of it that we have answers to."""
        asking = self._asking.get(thread)
        for request, asked in (asking.asked if asking is not None else {}).items():
            return asked, asking.given.get(request, {}) if asking is not None else {}
        return None

    def still_asks(self, thread: str, request: int | str) -> bool:
        asking = self._asking.get(thread)
        return asking is not None and request in asking.asked

    def asker(self, thread: str) -> str | None:
        """Who asks the person of a thread: itself, or a sub-agent below it; None while nobody does."""
        waiting = [name for name, each in self._threads.items() if each.waits and not self.is_about_to_ask(name)]
        return thread if thread in waiting else next((name for name in waiting if self._is_below(name, thread)), None)

    def is_about_to_ask(self, thread: str) -> bool:
        """It waits, and what it asks is on its way."""
        return thread in self._tending and self.asked(thread) is None

    def _is_below(self, name: str, top: str) -> bool:
        met: set[str] = set()
        while (thread := self._threads.get(name)) is not None and thread.above is not None and name not in met:
            met.add(name)
            name = thread.above
            if name == top:
                return True
        return False

    async def tend(self, thread: str) -> Thread | None:
        """What a thread is now, with its questions if it waits."""
        self._tend(thread)
        if (task := self._tending.get(thread)) is not None:
            await asyncio.wait([task], timeout=SETTLE_SECONDS)
        return self._threads.get(thread)

    def give(self, asked: Asked, part: str, value: object) -> Mapping[str, object]:
        """Keep the answer to one part of a question of several; answers all that there are."""
        asking = self._asking.setdefault(asked.thread or "", _Asking())
        given = asking.given.setdefault(asked.request, {})
        given[part] = value
        self._tell()
        return given

    def expect(self, thread: str) -> None:
        """Go on listening to a thread that we have opened, until a window shows it."""
        self._expected[thread] = asyncio.Event()

    async def arrived(self, thread: str) -> None:
        """Wait until a window shows a thread that is expected, for as long as a window may take."""
        if (event := self._expected.get(thread)) is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ARRIVAL_SECONDS):
                    await event.wait()

    def _take_arrival(self, thread: str) -> None:
        event = self._expected.pop(thread, None)
        if event is not None:
            event.set()
            self._leaving.add(thread)
            self._tend(thread)

    async def let_go(self, thread: str) -> None:
        """Stop listening to a thread, whatever it does."""
        if self._asking.pop(thread, None) is not None and self._server is not None:
            with contextlib.suppress(LostServerError, RefusedError):
                await self._server.call("thread/unsubscribe", {"threadId": thread})

    async def settle(self, seconds: float) -> None:
        """Wait until what is just being asked of the server is answered."""
        if tending := list(self._tending.values()):
            await asyncio.wait(tending, timeout=seconds)

    async def take_all(self, server: AppServer) -> None:
        """Ask for everything that the server has loaded.

        Raises:
            LostServerError, RefusedError: it does not answer.
        """
        cursor: object = None
        while True:
            answer = await server.call("thread/loaded/list", {} if cursor is None else {"cursor": cursor})
            names = answer.get("data")
            for name in names if isinstance(names, list) else []:
                if isinstance(name, str):
                    self._tend(name)
            cursor = answer.get("nextCursor")
            if not isinstance(cursor, str):
                return

    def notified(self, method: str, params: Json, at: float | None) -> None:
        name = params.get("threadId")
        if method in _ARRIVALS and isinstance(name, str):
            self._take_arrival(name)
        if method == "thread/started" and isinstance(params.get("thread"), dict):
            self._take_thread(params["thread"], at)
        elif not isinstance(name, str):
            return
        elif method == "thread/status/changed":
            self._take_status(name, params.get("status"), at)
        elif method in ("thread/closed", "thread/deleted", "thread/archived"):
            self._drop(name)
        elif method == "thread/name/updated":
            self._tend(name)
        elif method == "serverRequest/resolved":
            self._resolve(name, params.get("requestId"))
        else:
            return
        self._tell()

    def _take_status(self, name: str, told: object, at: float | None) -> None:
        status, waits = status_of(told)
        if status is None:
            self._drop(name)
            return
        known = self._threads.get(name)
        if at is not None:
            self._since[name] = at
        if known is not None:
            self._threads[name] = replace(known, status=status, waits=waits, since=at, updated=at or known.updated)
            if not waits and name in self._asking:
                self._asking[name].first.set()
            if known.hidden and known.above is None:
                return
        self._tend(name)

    def take_question(self, request: int | str, method: str, params: Json) -> None:
        """Questions that no person is asked are for the client that brought the tool."""
        asked = Asked(request, method, params)
        if is_for_a_person(method) and (thread := asked.thread) is not None:
            asking = self._asking.setdefault(thread, _Asking())
            asking.asked[request] = asked
            asking.first.set()
            self._tell()

    def _resolve(self, name: str, request: object) -> None:
        asking = self._asking.get(name)
        if asking is not None and isinstance(request, int | str):
            asking.asked.pop(request, None)
            asking.given.pop(request, None)

    def _take_thread(self, told: Json, at: float | None = None) -> Thread | None:
        thread = thread_of(told)
        if thread is None:
            return None
        known = self._threads.get(thread.id)
        if known is not None and (known.status, known.waits) == (thread.status, thread.waits):
            thread = replace(thread, since=known.since)
        elif known is not None:  # it has changed since it was told of last, so just now
            thread = replace(thread, since=at or time.time())
        else:
            thread = replace(thread, since=at or self._since.get(thread.id))
        self._threads[thread.id] = thread
        return thread

    def _drop(self, name: str) -> None:
        self._threads.pop(name, None)
        self._since.pop(name, None)
        self._asking.pop(name, None)

    def forget(self) -> None:
        """The connection has ended, and with it all that was told on it."""
        self._server = None
        for task in self._tending.values():
            task.cancel()
        self._tending.clear()
        self._untended.clear()
        self._threads.clear()
        self._since.clear()
        self._asking.clear()

    def _tend(self, name: str) -> None:
        self._untended.add(name)
        if name not in self._tending:
            task = asyncio.get_running_loop().create_task(self._keep(name), name=f"codex thread {name}")
            self._tending[name] = task
            task.add_done_callback(lambda done: self._tended(name, done))

    def _tended(self, name: str, done: asyncio.Task[None]) -> None:
        if self._tending.get(name) is done:
            del self._tending[name]
        if not done.cancelled() and (error := done.exception()) is not None:
            logger.error("a thread of Codex could not be followed", exc_info=error)

    async def _keep(self, name: str) -> None:
        """Bring what is known of a thread, and whether we listen to it, in line with what it does."""
        while name in self._untended and (server := self._server) is not None:
            self._untended.discard(name)
            try:
                answer = await server.call("thread/read", {"threadId": name})
                told = answer.get("thread")
                thread = self._take_thread(told) if isinstance(told, dict) else None
                if thread is None:
                    self._drop(name)
                elif thread.waits and (not thread.hidden or thread.above is not None):
                    await self._listen_to(server, name)
                else:
                    if name in self._leaving:
                        self._asking.setdefault(name, _Asking())
                    await self.let_go(name)
                self._leaving.discard(name)
            except RefusedError:
                self._drop(name)
            except LostServerError as error:
                if self._server is server:
                    logger.warning("Codex' daemon: %s", error)
                    del self._tending[name]  # this very task, which is not to be cancelled
                    self._lost(server)
                    await server.close()
            self._tell()

    async def _listen_to(self, server: AppServer, name: str) -> None:
        if name in self._asking:
            return
        asking = self._asking[name] = _Asking()
        # What it already asks is put to whoever begins to listen.
        await server.call("thread/resume", {"threadId": name, "excludeTurns": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ASKED_SECONDS):
                await asking.first.wait()
