"""A language client that can misbehave: it sends any bytes, answers only what it is told to, and reads when asked.

Knows nothing of the server's code. Messages that arrive are kept until somebody waits for them, so nothing is missed.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

SERVER = (sys.executable, "-m", "hedgerow.lsp")
LIMIT = 30.0
"""Seconds to wait for what should take milliseconds: a machine may be busy."""

Message = dict[str, Any]


class RefusedError(Exception):
    """The server answered a request with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Any = error.get("data")


class Client:
    """One server process and the pipe to it.

    Attributes:
        messages: everything that arrived, in order.
        on_request: answers the server's own requests by method; others get MethodNotFound.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.messages: list[Message] = []
        self.on_request: dict[str, Callable[[Any], Any]] = {}
        self.stderr = b""
        self._ids = itertools.count(1)
        self._arrived = asyncio.Condition()
        self._reading: list[asyncio.Task[None]] = []
        self._ended = False
        self._may_read = asyncio.Event()
        self._may_read.set()

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        argv: Sequence[str] = SERVER,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> AsyncIterator[Client]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=pipe, stderr=pipe, env=env, cwd=cwd, limit=2**16
        )
        client = cls(process)
        client._reading = [asyncio.create_task(work) for work in (client._read(), client._read_stderr())]
        try:
            yield client
        finally:
            await client._end()

    # Sending

    async def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def send(self, message: Any, header: bytes = b"Content-Length: %d\r\n\r\n") -> None:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        await self.send_bytes(header % len(body) + body)

    async def notify(self, method: str, params: Any) -> None:
        await self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def ask(self, method: str, params: Any) -> int:
        """Send a request without waiting; answers its id."""
        number = next(self._ids)
        await self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    async def request(self, method: str, params: Any, limit: float = LIMIT) -> Any:
        return await self.answer(await self.ask(method, params), limit)

    async def answer(self, number: int | str | None, limit: float = LIMIT) -> Any:
        """The result of a request.

        Raises:
            RefusedError: the server answered with an error.
        """
        reply = await self.wait_for(lambda m: "method" not in m and "id" in m and m["id"] == number, limit)
        if "error" in reply:
            raise RefusedError(reply["error"])
        return reply["result"]

    async def command(self, verb: str, limit: float = LIMIT, **params: Any) -> Any:
        return await self.request(
            "workspace/executeCommand", {"command": f"hedgerow.{verb}", "arguments": [params]}, limit
        )

    async def initialize(self, *folders: Path, capabilities: Any = None, options: Any = None, **more: Any) -> Any:
        result = await self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": capabilities or {},
                "initializationOptions": options,
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name} for folder in folders],
                **more,
            },
        )
        await self.notify("initialized", {})
        return result

    async def leave(self) -> int:
        """Shut down in the orderly way; answers the exit code."""
        assert await self.request("shutdown", None) is None
        await self.notify("exit", None)
        return await self.exit_code()

    # Receiving

    def pause(self) -> None:
        """Read nothing after the next message, so that the pipe fills."""
        self._may_read.clear()

    def resume(self) -> None:
        self._may_read.set()

    async def wait_for(self, wanted: Callable[[Message], bool], limit: float = LIMIT, after: int = 0) -> Message:
        """The first message, from number ``after`` on, that is wanted; one that came already counts."""
        seen = after

        def found() -> bool:
            nonlocal seen
            while seen < len(self.messages) and not wanted(self.messages[seen]):
                seen += 1
            return seen < len(self.messages) or self._ended

        async with self._arrived:
            try:
                await asyncio.wait_for(self._arrived.wait_for(found), limit)
            except TimeoutError:
                raise AssertionError(
                    f"nothing like it in {limit} s; came: {self.messages[-5:]}; stderr: {self.stderr.decode()[-3000:]}"
                ) from None
        assert seen < len(self.messages), f"the server has ended; stderr: {self.stderr.decode()[-3000:]}"
        return self.messages[seen]

    async def notification(
        self, method: str, wanted: Callable[[Any], bool] = lambda _: True, limit: float = LIMIT, after: int = 0
    ) -> Any:
        message = await self.wait_for(lambda m: m.get("method") == method and wanted(m.get("params")), limit, after)
        return message.get("params")

    async def exit_code(self, limit: float = LIMIT) -> int:

        async def ended() -> int:
            # Not `wait`, which also waits for somebody to read what is left in the pipes.
            while self.process.returncode is None:
                await asyncio.sleep(0.005)
            return self.process.returncode

        return await asyncio.wait_for(ended(), limit)

    async def _end(self) -> None:
        self.resume()
        if self.process.returncode is None:
            self.process.kill()
        # To the end of both pipes: one that is left open is closed at some later time, in the middle of another test.
        await asyncio.wait(self._reading, timeout=LIMIT)
        for task in self._reading:
            task.cancel()
        await asyncio.wait_for(self.process.wait(), LIMIT)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while await self._may_read.wait():
            length = 0
            while line := (await self.process.stdout.readline()).strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if not length:
                break
            message = json.loads(await self.process.stdout.readexactly(length))
            if "method" in message and "id" in message:
                await self._answer(message)
            async with self._arrived:
                self.messages.append(message)
                self._arrived.notify_all()
        async with self._arrived:
            self._ended = True
            self._arrived.notify_all()

    async def _answer(self, message: Message) -> None:
        reply: Message = {"jsonrpc": "2.0", "id": message["id"]}
        answer = self.on_request.get(message["method"])
        if answer is None:
            reply["error"] = {"code": -32601, "message": "not here"}
        else:
            result = answer(message.get("params"))
            if result is NotImplemented:
                return
            reply["result"] = result
        await self.send(reply)

    async def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        while chunk := await self.process.stderr.read(2**16):
            self.stderr += chunk
