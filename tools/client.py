"""A small language client over the server's stdin and stdout: requests, progress and the list as it changes."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from hedgerow.protocol.checkouts import CheckoutRow, ListChanged, ListResult, RepositoryRow
from hedgerow.protocol.follow import Edited
from hedgerow.protocol.model import PROTOCOL_VERSION, Model
from hedgerow.protocol.sessions import Attention, SessionRow

_Result = TypeVar("_Result", bound=Model)
_PROGRESS_TOKEN = "demo"
_LINE_LIMIT = 2**24


class RefusedError(Exception):
    """The server answered with an error: a sentence for the person."""


class Client:
    """One server process and the conversation with it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._reading = asyncio.ensure_future(self._read())
        self.progress: Callable[[str], None] = lambda _message: None
        self.list_told: Callable[[], None] = lambda: None
        self.edited: Callable[[Edited], None] = lambda _news: None
        self.rows: dict[str, CheckoutRow] = {}
        self.repositories: dict[str, RepositoryRow] = {}
        self.sessions: dict[str, SessionRow] = {}
        self.session_told: Callable[[SessionRow], None] = lambda _row: None
        self.attention: list[Attention] = []
        self.notices = 0

    @classmethod
    async def start(cls, program: list[str], folder: Path, env: Mapping[str, str], log: Path) -> Client:
        """Start the server, and introduce ourselves as an editor with ``folder`` open."""
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=dict(env),
                limit=_LINE_LIMIT,
            )
        client = cls(process)
        await client.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}],
                "capabilities": {
                    "window": {"workDoneProgress": True},
                    "experimental": {"hedgerow": {"protocolVersion": PROTOCOL_VERSION}},
                },
                "initializationOptions": {"asks": True},
            },
        )
        client._send({"method": "initialized", "params": {}})
        return client

    @property
    def pid(self) -> int:
        return self._process.pid

    async def call(self, verb: str, result: type[_Result], /, **params: Any) -> _Result:
        """One command of the table; its progress is told while it runs.

        Raises:
            RefusedError: with the server's sentence.
        """
        answer = await self.request(
            "workspace/executeCommand",
            {"command": f"hedgerow.{verb}", "arguments": [params], "workDoneToken": _PROGRESS_TOKEN},
        )
        return result.model_validate(answer)

    async def list(self, *, wait: bool = False) -> None:
        """Ask for the list; rows that are pending arrive later, with ``hedgerow/listChanged``."""
        told = await self.request(
            "workspace/executeCommand", {"command": "hedgerow.list", "arguments": [{"wait": wait}]}
        )
        answer = ListResult.model_validate(told)
        self.repositories = {row.id: row for row in answer.repositories}
        self.rows = {row.id: self._known(row) for row in answer.checkouts}
        self.sessions = {row.id: row for row in answer.sessions}

    async def request(self, method: str, params: Any) -> Any:
        self._number += 1
        number = self._number
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        return await self._waiting[number]

    async def stop(self) -> int:
        """End the server in order; its exit code."""
        await self.request("shutdown", None)
        self._send({"method": "exit"})
        code = await self._process.wait()
        await self._reading
        return code

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while True:
                length = 0
                while (line := await stdout.readuntil(b"\r\n")) != b"\r\n":
                    name, _, value = line.partition(b":")
                    if name.lower() == b"content-length":
                        length = int(value)
                self._received(json.loads(await stdout.readexactly(length)))
        except asyncio.IncompleteReadError:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(RefusedError("the server has ended"))

    def _received(self, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None and number is not None:
            future = self._waiting.pop(number)
            if "error" in message:
                future.set_exception(RefusedError(message["error"]["message"]))
            else:
                future.set_result(message.get("result"))
        elif number is not None:  # A question of the server; we have offered nothing but progress bars.
            self._send({"id": number, "result": None})
        elif method == "$/progress":
            value = message["params"]["value"]
            text = value.get("message")
            if text and value["kind"] != "end":
                self.progress(text)
        elif method == "hedgerow/listChanged":
            self._list_changed(ListChanged.model_validate(message["params"]))
        elif method == "hedgerow/edited":
            self.edited(Edited.model_validate(message["params"]))
        elif method == "hedgerow/attention":
            self.attention.append(Attention.model_validate(message["params"]))

    def _list_changed(self, news: ListChanged) -> None:
        self.notices += 1
        for gone in news.removed:
            self.rows.pop(gone, None)
            self.sessions.pop(gone, None)
        for row in news.changed:
            self.rows[row.id] = self._known(row)
        for session in news.sessions:
            self.sessions[session.id] = session
            self.session_told(session)
        self.list_told()

    def _known(self, row: CheckoutRow) -> CheckoutRow:
        """A pending row keeps what was known of it, so that the list does not flicker."""
        before = self.rows.get(row.id)
        if before is None or not row.pending or row.counts is not None:
            return row
        return row.model_copy(update={"counts": before.counts, "base": before.base, "landed": before.landed})
