"""A daemon of Codex for quick tests: a real WebSocket over a real Unix socket, which answers as it is told to.

Speaks as Codex 0.169 was seen to; `tests/agents/test_codex.py` has the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, unix_serve

Json = dict[str, Any]


def thread(name: str, cwd: str = "/w/one", kind: str = "idle", *flags: str, **more: object) -> Json:
    status: Json = {"type": kind}
    if kind == "active":
        status["activeFlags"] = list(flags)
    return {
        "id": name,
        "environments": [{"environmentId": "local", "cwd": cwd}],
        "forkedFromId": None,
        "parentThreadId": None,
        "preview": "first words",
        "ephemeral": False,
        "model": "gpt-6-astra",
        "createdAt": 1795178934,
        "updatedAt": 1795178957,
        "status": status,
        "path": None,
        "cwd": cwd,
        "source": "vscode",
        "threadSource": "user",
        "name": None,
        **more,
    }


def command(thread_name: str, item: str, line: str = "/bin/bash -lc 'npm test'", reason: str | None = None) -> Json:
    params = {"kind": "command", "threadId": thread_name, "itemId": item, "command": line, "reason": reason}
    return {"method": "item/commandExecution/requestApproval", "params": params}


@dataclass
class Peer:
    """Attributes:
    threads: what it has loaded.
    pending: what each thread asks: put to whoever begins to listen.
    answers: what was replied, by the number of the question.
    calls: methods with their params, in order.
    deaf: methods that it never answers.
    listening: threads that somebody listens to.
    asks: cleared, what is pending is put to nobody until it is set again.
    """

    home: Path
    threads: dict[str, Json] = field(default_factory=dict)
    pending: dict[str, dict[int, Json]] = field(default_factory=dict)
    answers: dict[int, Json] = field(default_factory=dict)
    calls: list[tuple[str, Json]] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    listening: set[str] = field(default_factory=set)
    asks: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[ServerConnection] = field(default_factory=list)
    stays: str | None = None
    """Where another window has every thread open: a resume elsewhere stays there."""
    _server: Server | None = None
    _folder: Path | None = None

    @property
    def socket(self) -> Path:
        return self.home / "app-server-control" / "app-server-control.sock"

    async def open(self) -> Peer:
        self.asks.set()
        self._folder = Path(tempfile.mkdtemp(prefix="hr-", dir="/tmp"))
        self._server = await unix_serve(self._serve, str(self._folder / "s"), compression=None)
        self.link(self._folder / "s")
        return self

    def link(self, real: Path) -> None:
        """As Codex does: a link to a short path."""
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        os.symlink(real, self.socket)

    async def close(self) -> None:
        self.asks.set()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    async def tell(self, method: str, **params: object) -> None:
        for connection in list(self.connections):
            with contextlib.suppress(Exception):
                await connection.send(json.dumps({"method": method, "params": params, "emittedAtMs": 1795178960000}))

    async def becomes(self, name: str, kind: str, *flags: str) -> None:
        """A thread's status changes."""
        status: Json = {"type": kind}
        if kind == "active":
            status["activeFlags"] = list(flags)
        self.threads[name]["status"] = status
        await self.tell("thread/status/changed", threadId=name, status=status)

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        try:
            async for frame in connection:
                message = json.loads(frame)
                if "method" not in message:
                    await self._replied(message)
                elif "id" in message:
                    await self._called(connection, message)
        finally:
            self.connections.remove(connection)
            self.listening.clear()

    async def _replied(self, message: Json) -> None:
        self.answers[message["id"]] = message["result"]
        for name, asked in self.pending.items():
            if asked.pop(message["id"], None) is not None:
                await self.tell("serverRequest/resolved", threadId=name, requestId=message["id"])
                if not asked:
                    await self.becomes(name, "active")

    async def _called(self, connection: ServerConnection, message: Json) -> None:
        method, params = message["method"], message.get("params", {})
        self.calls.append((method, params))
        if method in self.deaf:
            return
        answer: Json = {"id": message["id"]}
        name = params.get("threadId", "")
        if method == "thread/loaded/list":
            answer["result"] = {"data": list(self.threads), "nextCursor": None}
        elif method.startswith("thread/") and name and name not in self.threads:
            answer["error"] = {"code": -32600, "message": f"no thread {name}"}
        elif method == "thread/read":
            answer["result"] = {"thread": self.threads[name]}
        elif method == "thread/start":
            made = f"made-{len(self.threads)}"
            self.threads[made] = thread(made, params["cwd"])
            answer["result"] = {"thread": self.threads[made]}
        elif method == "thread/fork":
            made = f"fork-{len(self.threads)}"
            self.threads[made] = thread(made, params["cwd"], forkedFromId=name)
            answer["result"] = {"thread": self.threads[made]}
        elif method == "thread/resume":
            answer["result"] = {"cwd": self.stays or params.get("cwd") or self.threads[name]["cwd"]}
            self.listening.add(name)
        elif method == "thread/unsubscribe":
            self.listening.discard(name)
            answer["result"] = {"status": "unsubscribed"}
        elif method == "thread/turns/list":
            busy = self.threads[name]["status"]["type"] == "active"
            answer["result"] = {"data": [{"id": "turn", "status": "inProgress" if busy else "completed"}]}
        elif method == "turn/interrupt":
            answer["result"] = {}
        else:
            answer["result"] = {}
        await connection.send(json.dumps(answer))
        if method == "thread/resume":
            await self.asks.wait()
            for number, asked in self.pending.get(name, {}).items():
                await connection.send(json.dumps({"id": number, **asked}))
        if method == "turn/interrupt":
            await self.becomes(name, "idle")


@contextlib.asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Peer]:
    home.mkdir(parents=True, exist_ok=True)
    peer = await Peer(home).open()
    try:
        yield peer
    finally:
        await peer.close()


async def until(condition: Any, what: str, limit: float = 30.0) -> Any:
    """Wait for what is true."""
    end = asyncio.get_running_loop().time() + limit
    while True:
        answer = condition()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return answer
        assert asyncio.get_running_loop().time() < end, f"waited for {what}; last answer: {answer!r}"
        await asyncio.sleep(0.02)
