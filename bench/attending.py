"""Sessions: how soon an approval is told, what the hook costs an agent, and what it costs to attend to idle sessions.

The real Codex and Claude Code ask, against a scripted model on loopback, in a home of their own. Latency is measured
from what the agent itself says first: Claude Code's session file, the socket of Codex' daemon.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psutil
from tests.support.agent_home import AgentHome
from tests.support.home import Home
from tests.support.model_script import script
from tests.support.model_server import ModelServer
from tests.support.repositories import Playground
from tools.client import Client

from hedgerow.protocol.sessions import SessionResult, StartResult
from hedgerow.protocol.settings import Settings
from hedgerow.sessions import hook

from .measure import Line, interleaved, line
from .serving import HEDGEROW

IDLE_SESSIONS = 20
IDLE_SECONDS = 20.0
_APPROVALS = 15
_LIMIT = 60.0
_TESTBED = Path(__file__).parents[1] / "tests" / "testbed" / "agents.sh"


class Attendant(Client):
    """A client that notes when a session is told to wait."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(process)
        self.waits: dict[str, float] = {}
        self.seen: dict[str, dict[str, Any]] = {}

    def _received(self, message: dict[str, Any]) -> None:
        if message.get("method") == "hedgerow/listChanged":
            for row in message["params"]["sessions"]:
                self.seen[row["id"]] = row
                if row["phase"] == "waiting" and row["question"] is not None:
                    self.waits.setdefault(row["question"]["id"], time.time())
        super()._received(message)

    async def until(self, session: str, phase: str) -> dict[str, Any]:
        end = time.monotonic() + _LIMIT
        while self.seen.get(session, {}).get("phase") != phase:
            if time.monotonic() > end:
                raise TimeoutError(f"{session} is not {phase}: {self.seen.get(session)}")
            await asyncio.sleep(0.005)
        return self.seen[session]


async def measure(rounds: int) -> list[Line]:
    lines = await _hook(rounds)
    with _agents() as agents:
        repository = Playground(agents.home).repository()
        agents.trust(repository)
        for name in ("claude", "codex"):
            lines += await _approvals(agents, repository, name)
    with _agents() as agents:
        lines += await _at_rest(agents, Playground(agents.home).repository())
    return lines


async def _hook(rounds: int) -> list[Line]:
    """The hook program as launches call it, against an interpreter that does nothing."""
    inbox = Path(tempfile.mkdtemp(prefix="hedgerow-bench-"))
    event = json.dumps({"hook_event_name": "PreToolUse", "tool_input": {"content": "x" * 2000}}).encode()

    def run(*argv: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", *argv], input=event, check=True)
        return time.perf_counter() - began

    async def ours(_number: int) -> float:
        return run(hook.__file__, str(inbox), "a0")

    async def theirs(_number: int) -> float:
        return run("-c", "pass")

    try:
        measured = await interleaved(rounds * 10, ours, theirs)
    finally:
        shutil.rmtree(inbox)
    return [line("the hook program, whole process", "python -I -S -c pass", *measured, aim=2.0)]


async def _approvals(agents: AgentHome, repository: Path, name: str) -> list[Line]:
    """From the agent's own word that it waits to ours at the client."""
    async with _server(agents, repository) as client:
        ask: dict[str, dict[str, Any]] = {
            "claude": {"write": str(repository / "{}.txt"), "text": "x"},
            "codex": {"sh": "true", "escalate": True},
        }
        steps = [{key: value.format(number) if isinstance(value, str) else value for key, value in ask[name].items()}
                 for number in range(_APPROVALS + 1)]  # fmt: skip
        started = await client.call(
            "start", StartResult, agent=name, prompt=script(*steps, {"say": "done"}), checkout="Local"
        )
        assert started.session is not None, started
        session = started.session.id
        delays: list[float] = []
        with _own_word(agents, name) as waits_since:
            for number in range(_APPROVALS + 1):
                row = await client.until(session, "waiting")
                told = client.waits[row["question"]["id"]]
                if number:
                    delays.append(max(0.0, told - waits_since(row)))
                await client.call("answer", SessionResult, session=session, decision="approve")
                await _other_question(client, session, row["question"]["id"])
        await client.call("stop", SessionResult, session=session, interrupt=True)
    against = {"claude": "its session file", "codex": "its daemon's notification"}[name]
    zero = [0.0] * len(delays)
    return [
        line(f"{name}: asks to waiting at the client, median", against, delays, zero),
        Line(f"{name}: asks to waiting at the client, p95", against, statistics.quantiles(delays, n=20)[-1], 0.0),
    ]


async def _other_question(client: Attendant, session: str, before: str) -> None:
    end = time.monotonic() + _LIMIT
    while ((client.seen[session]["question"] or {}).get("id")) == before:
        if time.monotonic() > end:
            raise TimeoutError("the answer changes nothing")
        await asyncio.sleep(0.002)


@contextmanager
def _own_word(agents: AgentHome, name: str) -> Iterator[Any]:
    """When the agent itself said that it waits, by the row of its session."""
    if name == "claude":

        def since(_row: dict[str, Any]) -> float:
            (state,) = agents.claude.glob("sessions/*.json")
            return float(json.loads(state.read_text())["statusUpdatedAt"]) / 1000

        yield since
        return
    heard: dict[str, float] = {}
    stop = threading.Event()
    thread = threading.Thread(target=_listen_to_codex, args=(agents.codex, heard, stop), daemon=True)
    thread.start()
    try:
        yield lambda row: heard.get(str(row["conversation"]), time.time())
    finally:
        stop.set()
        thread.join(5)


def _listen_to_codex(home: Path, heard: dict[str, float], stop: threading.Event) -> None:
    """A bare client of the daemon: notes when each conversation begins to wait."""
    from websockets.sync.client import unix_connect  # noqa: PLC0415 - only here

    socket = home / "app-server-control" / "app-server-control.sock"
    with unix_connect(str(socket), "ws://localhost/") as connection:
        about = {"clientInfo": {"name": "bench", "title": "bench", "version": "0"}}
        connection.send(json.dumps({"id": 0, "method": "initialize", "params": about}))
        connection.send(json.dumps({"method": "initialized"}))
        while not stop.is_set():
            try:
                message = json.loads(connection.recv(timeout=0.2))
            except TimeoutError:
                continue
            if message.get("method") == "thread/status/changed":
                params = message["params"]
                if "waitingOnApproval" in params["status"].get("activeFlags", []):
                    heard[params["threadId"]] = time.time()


async def _at_rest(agents: AgentHome, repository: Path) -> list[Line]:
    """Sessions that do nothing: what the server does about them, and what it starts."""
    log = agents.home.root / "started"
    folder = _writing_down(agents, log)
    lines = {"idle": ["sh", "-c", "exec sleep 86400"]}
    path = f"{folder}{os.pathsep}{agents.environment()['PATH']}"
    async with _server(agents, repository, path=path, settings=Settings(launch_lines=lines)) as client:
        for _ in range(IDLE_SESSIONS):
            await client.call("start", StartResult, agent="idle", checkout="Local")
        process = psutil.Process(client.pid)
        await _quiet(log)
        before, processor = _started(log), sum(process.cpu_times()[:2])
        await asyncio.sleep(IDLE_SECONDS)
        started, worked = _started(log) - before, sum(process.cpu_times()[:2]) - processor
        memory = process.memory_info().rss / 2**20
    what = f"{IDLE_SESSIONS} idle sessions"
    return [
        line(f"{what}: programs started in {IDLE_SECONDS:.0f} s", "none", [started], [0.0], aim=0.0, unit=""),
        line(f"{what}: processor", f"{IDLE_SECONDS:.0f} s", [worked], [IDLE_SECONDS], aim=0.002),
        line(f"{what}: memory of the server, RSS", "100 MiB", [memory], [100.0], unit="MiB"),
    ]


def _writing_down(agents: AgentHome, log: Path) -> Path:
    """A folder with every program that the server may start, each of which writes down that it was."""
    log.touch()
    folder = agents.home.root / "bin-of-bench"
    folder.mkdir()
    for name in ("git", "tmux", "codex", "claude"):
        program = shutil.which(name, path=agents.environment()["PATH"])
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>"{log}"\nexec "{program}" "$@"\n')
        (folder / name).chmod(0o755)
    return folder


def _started(log: Path) -> int:
    return len(log.read_text(errors="replace").splitlines())


async def _quiet(log: Path) -> None:
    """Until nothing was started for longer than a terminal is looked at after its launch."""
    since, before = time.monotonic(), _started(log)
    while time.monotonic() - since < 3:
        await asyncio.sleep(0.5)
        if _started(log) != before:
            since, before = time.monotonic(), _started(log)


@asynccontextmanager
async def _server(
    agents: AgentHome, repository: Path, *, path: str | None = None, settings: Settings | None = None
) -> AsyncIterator[Attendant]:
    env = {**agents.home.environment(), **agents.environment(), **({"PATH": path} if path else {})}
    if settings is not None:
        place = agents.home.home / ".config" / "hedgerow" / "settings.toml"
        place.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{name} = {json.dumps(argv)}\n" for name, argv in settings.launch_lines.items())
        place.write_text(f"[launchLines]\n{text}")
    client = await Attendant.start(HEDGEROW, repository, env, agents.home.root / "server.log")
    assert isinstance(client, Attendant)
    await client.list(wait=True)
    try:
        yield client
    finally:
        await client.stop()


@contextmanager
def _agents() -> Iterator[AgentHome]:
    """Both agents in a home of their own, at a short path: a socket's may not be long."""
    bin_ = Path(subprocess.run([_TESTBED], check=True, capture_output=True, text=True).stdout.strip())
    root = Path(tempfile.mkdtemp(prefix="hrb-", dir="/tmp"))
    try:
        home = Home(root).make()
        with ModelServer.opened() as model:
            made = AgentHome(home, bin_, model).make()
            try:
                yield made
            finally:
                home.end_terminals()
                made.end()
    finally:
        shutil.rmtree(root, ignore_errors=True)
