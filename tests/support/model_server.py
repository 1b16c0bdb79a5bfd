"""A scripted model on loopback, so that the real Codex and Claude Code run without any network.

Owns the HTTP side: one server, what was asked of it, and answers that are held back. What it answers stands in the
prompts (`model_script`). Stands by itself: `python -m tests.support.model_server [PORT]` prints its address.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.model_dialects import Answer, claude_answer, claude_turns, codex_answer, codex_turns
from tests.support.model_script import Step, next_step

_HELD_SECONDS = 300.0
"""After which an answer that nobody let go is given all the same: a test that died holds no thread."""


@dataclass(frozen=True)
class Asked:
    """One request for an answer of the model.

    Attributes:
        step: what the script had for it.
    """

    path: str
    body: dict[str, Any]
    step: Step


class ModelServer:
    """Answers at ``url`` while it is open. Port 0 picks a free one."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        self._numbers = itertools.count(1)
        self._let_go: set[str] = set()
        self._change = threading.Condition()
        self._http = _Http(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @classmethod
    @contextmanager
    def opened(cls) -> Iterator[ModelServer]:
        server = cls()
        thread = threading.Thread(target=server.serve, name="model", daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.close()
            thread.join()

    def serve(self) -> None:
        with self._http:
            self._http.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        with self._change:
            self._let_go.add("*")
            self._change.notify_all()
        self._http.shutdown()

    def let_go(self, name: str) -> None:
        """Give the answers that `{"hold": name}` holds back, now and from now on."""
        with self._change:
            self._let_go.add(name)
            self._change.notify_all()

    def answer(self, path: str, body: dict[str, Any]) -> Answer:
        if path.endswith("/responses"):
            step = self._due(path, body, next_step(codex_turns(body)))
            return codex_answer(body, step, next(self._numbers))
        if path.endswith("/messages"):
            step = self._due(path, body, next_step(claude_turns(body)) if body.get("tools") else {})
            return claude_answer(body, step, next(self._numbers))
        if path.endswith("/count_tokens"):
            return Answer(body={"input_tokens": 10})
        return Answer(body={})

    def _due(self, path: str, body: dict[str, Any], step: Step) -> Step:
        """The step, once its time has come."""
        with self._change:
            self.asked.append(Asked(path, body, step))
            if "hold" in step:
                self._change.wait_for(lambda: self._let_go & {step["hold"], "*"}, _HELD_SECONDS)
        time.sleep(step.get("sleep", 0))
        return step


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client keeps its connection open for as long as it likes

    def __init__(self, address: tuple[str, int], model: ModelServer) -> None:
        super().__init__(address, _Handler)
        self.model = model

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # an agent that was interrupted hangs up
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def log_message(self, *_: object) -> None:
        """Requests are kept, not printed."""

    def do_GET(self) -> None:
        self._whole(200, {"data": [], "models": [], "object": "list", "has_more": False})

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body: object = None
        with contextlib.suppress(ValueError):
            body = json.loads(raw)
        path = self.path.split("?")[0]
        if path.startswith("/let-go/"):
            self.server.model.let_go(path.removeprefix("/let-go/"))
            return self._whole(200, {})
        answer = self.server.model.answer(path, body if isinstance(body, dict) else {})
        if answer.events:
            return self._stream(answer)
        return self._whole(answer.status, answer.body or {})

    def _whole(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def _stream(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in answer.events:
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()
        self.close_connection = True


if __name__ == "__main__":
    alone = ModelServer(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(alone.url, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        alone.serve()
