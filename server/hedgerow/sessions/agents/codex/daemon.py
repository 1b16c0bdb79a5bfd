"""What a home's daemon says of the threads it has loaded: one lasting connection, and what was told on it.

Starts no daemon. Listens to a thread only while that waits for the person: as long as anybody listens, Codex opens a
thread in no other directory (a resume with `-C` elsewhere would silently stay where it was).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..agent import Status
from .app_server import CALL_SECONDS, AppServer, Json, LostServerError, RefusedError, address_of, socket_of
from .questions import Asked, is_for_a_person
from .threads import made_by_itself

logger = logging.getLogger(__name__)

_SETTLE_SECONDS = 2.0
"""How long a look waits for what is just being asked of the server."""
_ASKED_SECONDS = 2.0
"""Between listening to a thread that waits and its question."""
_FIRST_RETRY_SECONDS = 0.5
_LAST_RETRY_SECONDS = 60.0
_ARRIVALS = frozenset({"thread/goal/cleared", "thread/goal/updated", "thread/settings/updated", "turn/started"})
"""What those who listen to a thread are told when a window opens it."""
_ARRIVAL_SECONDS = 10.0
_MOST_RETRIES = 6
"""Without news of the socket's file nothing is tried any more after these."""


@dataclass(frozen=True)
class Thread:
    """A thread that the daemon has loaded. Times are seconds since the epoch."""

    id: str
    cwd: Path
    status: Status
    waits: bool = False
    since: float | None = None
    title: str | None = None
    model: str | None = None
    rollout: Path | None = None
    parent: str | None = None
    created: float | None = None
    updated: float | None = None
    hidden: bool = False
    """Codex made it for itself."""
    above: str | None = None
    """The thread that it is a sub-agent of: what it asks, that one's person is asked."""


@dataclass
class _Asking:
    """Questions of one thread, in the order they came, and what was answered of one that has several parts."""

    asked: dict[int | str, Asked] = field(default_factory=dict)
    given: dict[int | str, dict[str, object]] = field(default_factory=dict)
    first: asyncio.Event = field(default_factory=asyncio.Event)


class Daemon:
    """One per home and event loop."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._server: AppServer | None = None
        self._threads: dict[str, Thread] = {}
        self._since: dict[str, float] = {}
        self._asking: dict[str, _Asking] = {}
        self._tending: dict[str, asyncio.Task[None]] = {}
        self._untended: set[str] = set()
        self._connecting: asyncio.Task[bool] | None = None
        self._refused: tuple[object, float] | None = None
        self._wait = _FIRST_RETRY_SECONDS
        self._retries = 0
        self._retry: asyncio.TimerHandle | None = None
        self._reaching: asyncio.Task[bool] | None = None
        self._changed: Callable[[], None] | None = None
        self._expected: dict[str, asyncio.Event] = {}
        self._leaving: set[str] = set()

    @property
    def threads(self) -> Mapping[str, Thread]:
        """Those it has loaded; empty without a connection."""
        return self._threads

    @property
    def connected(self) -> bool:
        return self._server is not None

    def asked(self, thread: str) -> tuple[Asked, Mapping[str, object]] | None:
        """The oldest question of a thread that nobody has answered, with the parts of it that we have answers to."""
        asking = self._asking.get(thread)
        for request, asked in (asking.asked if asking is not None else {}).items():
            return asked, asking.given.get(request, {}) if asking is not None else {}
        return None

    def asker(self, thread: str) -> str | None:
        """Who asks the person of a thread: itself, or a sub-agent below it; None while nobody does."""
        waiting = [name for name, each in self._threads.items() if each.waits and name in self._asking]
        return thread if thread in waiting else next((name for name in waiting if self._is_below(name, thread)), None)

    def _is_below(self, name: str, top: str) -> bool:
        met: set[str] = set()
        while (thread := self._threads.get(name)) is not None and thread.above is not None and name not in met:
            met.add(name)
            name = thread.above
            if name == top:
                return True
        return False

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
            await asyncio.wait([self._connecting], timeout=_SETTLE_SECONDS)
        tending = list(self._tending.values())
        if tending:
            await asyncio.wait(tending, timeout=_SETTLE_SECONDS)
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
        for task in (*self._tending.values(), self._reaching, self._connecting):
            if task is not None:
                task.cancel()
        server, self._server = self._server, None
        self._forget()
        if server is not None:
            await server.close()

    async def tend(self, thread: str) -> Thread | None:
        """What a thread is now, with its questions if it waits."""
        self._tend(thread)
        if (task := self._tending.get(thread)) is not None:
            await asyncio.wait([task], timeout=_SETTLE_SECONDS)
        return self._threads.get(thread)

    async def reply(self, asked: Asked, result: Mapping[str, object]) -> None:
        """Answer a question that is still asked, and wait until that is known to everybody.

        Raises:
            LostServerError: the daemon has gone, or does not take the answer.
        """
        server = await self.server()
        await server.reply(asked.request, result)
        thread = asked.thread or ""
        deadline = time.monotonic() + _SETTLE_SECONDS * 5
        while time.monotonic() < deadline:
            asking = self._asking.get(thread)
            if asking is None or asked.request not in asking.asked:
                return
            await asyncio.sleep(0.02)
        raise LostServerError("the answer was not taken")

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
                await asyncio.wait_for(event.wait(), _ARRIVAL_SECONDS)

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

    def _is_refused(self, identity: object) -> bool:
        return self._refused is not None and self._refused[0] == identity and time.monotonic() < self._refused[1]

    async def _connect(self, identity: object) -> bool:
        server = None
        try:
            server = await AppServer.connect(
                address_of(self._home), notified=self._notified, asked=self._take_question, lost=self._lose
            )
            self._server = server
            await self._take_all(server)
        except (LostServerError, RefusedError) as error:
            logger.info("Codex' daemon of %s: %s", self._home, error)
            self._give_up(identity)
            if server is not None:
                await server.close()
            return False
        if tending := list(self._tending.values()):
            await asyncio.wait(tending, timeout=CALL_SECONDS)
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
        self._forget()
        self._refused = (identity, time.monotonic() + self._wait)
        self._wait = min(self._wait * 2, _LAST_RETRY_SECONDS)
        self._try_later()

    async def _take_all(self, server: AppServer) -> None:
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

    def _notified(self, method: str, params: Json, at: float | None) -> None:
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
        status, waits = _status(told)
        if status is None:
            self._drop(name)
            return
        known = self._threads.get(name)
        if at is not None:
            self._since[name] = at
        if known is not None:
            self._threads[name] = replace(known, status=status, waits=waits, since=at, updated=at or known.updated)
            if known.hidden and known.above is None:
                return
        self._tend(name)

    def _take_question(self, request: int | str, method: str, params: Json) -> None:
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
        thread = _thread(told)
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

    def _forget(self) -> None:
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
                    self._give_up(_identity(socket_of(self._home)))
                    await server.close()
            self._tell()

    async def _listen_to(self, server: AppServer, name: str) -> None:
        if name in self._asking:
            return
        asking = self._asking[name] = _Asking()
        # What it already asks is put to whoever begins to listen.
        await server.call("thread/resume", {"threadId": name, "excludeTurns": True})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asking.first.wait(), _ASKED_SECONDS)

    def _lose(self, server: AppServer) -> None:
        if self._server is server:
            self._server = None
            self._forget()
            self._tell()
            self._try_later()

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


def _status(told: object) -> tuple[Status | None, bool]:
    kind = told.get("type") if isinstance(told, dict) else None
    if kind == "active" and isinstance(told, dict):
        flags = told.get("activeFlags")
        waits = any(str(flag).startswith("waitingOn") for flag in (flags if isinstance(flags, list) else []))
        return (Status.WAITING if waits else Status.BUSY), waits
    if kind == "idle":
        return Status.IDLE, False
    if kind == "systemError":
        return Status.FAILED, False
    return (None if kind == "notLoaded" else Status.UNKNOWN), False


def _thread(told: Mapping[str, object]) -> Thread | None:
    name, cwd = told.get("id"), told.get("cwd")
    status, waits = _status(told.get("status"))
    if not (isinstance(name, str) and isinstance(cwd, str) and cwd.startswith("/")) or status is None:
        return None
    path, parent, model = told.get("path"), told.get("forkedFromId"), told.get("model")
    above = told.get("parentThreadId")
    names = ("agentNickname",) if isinstance(above, str) else ("name", "preview")
    created, updated = told.get("createdAt"), told.get("updatedAt")
    return Thread(
        id=name,
        cwd=Path(cwd),
        status=status,
        waits=waits,
        title=next((text for key in names if isinstance(text := told.get(key), str) and text), None),
        model=model if isinstance(model, str) else None,
        rollout=Path(path) if isinstance(path, str) else None,
        parent=parent if isinstance(parent, str) else None,
        created=float(created) if isinstance(created, int | float) else None,
        updated=float(updated) if isinstance(updated, int | float) else None,
        hidden=made_by_itself(told.get("source"), told.get("threadSource"), told.get("ephemeral"))
        or isinstance(above, str)
        or told.get("environments") == [],
        above=above if isinstance(above, str) else None,
    )
