"""What the agents themselves say of their sessions, heard without Hedgerow: the causes that its news is timed against.

Claude Code rewrites a small file at each change; Codex' daemon tells whoever is connected to its socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.agent_home import AgentHome
from watchdog.events import FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from websockets.asyncio.client import unix_connect
from websockets.exceptions import WebSocketException

_PAUSE_SECONDS = 0.02
"""Between two tries to connect to a daemon that is not there yet."""


@dataclass(frozen=True)
class Told:
    """One thing that an agent told. ``word`` is the phase that it means, as far as the agent can know."""

    conversation: str
    word: str
    at: float


@dataclass
class Ear:
    """Attributes:
    told: everything, in the order it was heard.
    """

    told: list[Told] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def listening(cls, agents: AgentHome) -> AsyncIterator[Ear]:
        ear = cls()
        observer = Observer()
        (agents.claude / "sessions").mkdir(exist_ok=True)
        files = [FileCreatedEvent, FileModifiedEvent, FileMovedEvent]
        observer.schedule(_Files(ear), str(agents.claude / "sessions"), event_filter=files)
        observer.start()
        daemon = asyncio.create_task(ear._hear_codex(agents.codex))
        try:
            yield ear
        finally:
            daemon.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await daemon
            observer.stop()
            await asyncio.to_thread(observer.join)

    def cause(self, conversation: str | None, phase: str, after: float, before: float) -> float | None:
        """When the agent said what made a phase: the last such moment between two others."""
        words = {"done": ("idle",), "failed": ("failed", "idle")}.get(phase, (phase,))
        found = [
            each.at
            for each in self.told
            if each.conversation == conversation and each.word in words and after <= each.at <= before
        ]
        return found[-1] if found else None

    async def _hear_codex(self, home: Path) -> None:
        socket = home / "app-server-control" / "app-server-control.sock"
        while True:
            with contextlib.suppress(OSError, WebSocketException, EOFError):
                async with unix_connect(str(socket.resolve()), uri="ws://localhost/", compression=None) as daemon:
                    about = {"name": "ear", "title": "Ear", "version": "1"}
                    await daemon.send(json.dumps({"id": 1, "method": "initialize", "params": {"clientInfo": about}}))
                    await daemon.send(json.dumps({"method": "initialized"}))
                    async for message in daemon:
                        self._take(json.loads(message))
            await asyncio.sleep(_PAUSE_SECONDS)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") != "thread/status/changed":
            return
        status = message["params"]["status"]
        waits = any(flag.startswith("waitingOn") for flag in status.get("activeFlags", []))
        kinds = {"active": "waiting" if waits else "working", "idle": "idle", "systemError": "failed"}
        self.told.append(Told(message["params"]["threadId"], kinds.get(status["type"], "gone"), time.time()))


class _Files(FileSystemEventHandler):
    """Claude Code's own files of state."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear

    def on_any_event(self, event: FileSystemEvent) -> None:
        at = time.time()
        for _ in range(5):  # it is rewritten in place
            with contextlib.suppress(OSError, ValueError, KeyError):
                state = json.loads(Path(str(event.dest_path or event.src_path)).read_text())
                word = {"busy": "working"}.get(state["status"], state["status"])
                self._ear.told.append(Told(state["sessionId"], word, at))
                return
