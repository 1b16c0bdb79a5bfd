"""A home of Claude Code as its programs leave it: the shapes are those that 2.1.197 was seen to write."""

from __future__ import annotations

import itertools
import json
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_NUMBERS = itertools.count(1)
NOON = 1_795_176_000.0


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conversation_id(number: int) -> str:
    return str(uuid.UUID(int=number))


@dataclass
class Talk:
    """Lines of one transcript, written in order."""

    conversation: str
    cwd: str = "/code/tree"
    now: float = NOON
    lines: list[bytes] = field(default_factory=list)

    def record(self, **fields: Any) -> Talk:
        self.now += 1
        whole = {"isSidechain": False, "timestamp": moment(self.now), "cwd": self.cwd, "sessionId": self.conversation}
        whole |= {"uuid": str(uuid.uuid4()), "version": "2.1.197", "entrypoint": "cli"} | fields
        self.lines.append(json.dumps(whole).encode() + b"\n")
        return self

    def bare(self, **fields: Any) -> Talk:
        self.lines.append(json.dumps(fields | {"sessionId": self.conversation}).encode() + b"\n")
        return self

    def asked(self, text: str) -> Talk:
        return self.record(type="user", message={"role": "user", "content": text})

    def said(self, text: str, **more: Any) -> Talk:
        return self._agent([{"type": "text", "text": text}], "end_turn", **more).record(
            type="system", subtype="turn_duration", durationMs=5
        )

    def called(self, tool: str, **given: Any) -> Talk:
        which = f"toolu_{next(_NUMBERS):06}"
        return self._agent([{"type": "tool_use", "id": which, "name": tool, "input": given}], "tool_use")

    def answered(self, text: str = "done") -> Talk:
        """By the tool that was called last."""
        content = json.loads(self.lines[-1])["message"]["content"][0]
        block = {"type": "tool_result", "tool_use_id": content["id"], "content": text}
        return self.record(type="user", message={"role": "user", "content": [block]})

    def failed(self, text: str) -> Talk:
        message = {"id": str(uuid.uuid4()), "model": "<synthetic>", "content": [{"type": "text", "text": text}]}
        return self.record(type="assistant", message=message, isApiErrorMessage=True, apiErrorStatus=400)

    def _agent(self, content: list[Any], stop: str, **more: Any) -> Talk:
        usage = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100}
        message = {"id": f"msg_{next(_NUMBERS):06}", "model": "claude-opus-4-8", "content": content} | {
            "stop_reason": stop, "usage": usage,
        }  # fmt: skip
        return self.record(type="assistant", message=message | more)

    def write(self, home: Path, directory: str = "-code-tree") -> Path:
        path = home / "projects" / directory / f"{self.conversation}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(self.lines))
        return path


@contextmanager
def process() -> Iterator[int]:
    """Some process that runs."""
    with subprocess.Popen(["sleep", "1000"]) as started:
        try:
            yield started.pid
        finally:
            started.kill()


def born(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def process_file(home: Path, pid: int, conversation: str, **fields: Any) -> Path:
    path = home / "sessions" / f"{pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"pid": pid, "sessionId": conversation, "cwd": "/code/tree", "startedAt": NOON * 1000, "version": "2.1.197"}
    told |= {"procStart": born(pid) if Path(f"/proc/{pid}").exists() else "1", "kind": "interactive"}
    told |= {"status": "idle", "statusUpdatedAt": NOON * 1000} | fields
    path.write_text(json.dumps({name: value for name, value in told.items() if value is not None}))
    return path
