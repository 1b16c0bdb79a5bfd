"""What a rollout tells: the file in which Codex records a conversation, one JSON record on each line.

Reads only; each byte once, and of a long file only the end. Rubbish and half a line are passed over.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ..agent import Status

_FIRST_WINDOW = 128 * 1024
_LAST_WINDOW = 8 * 1024 * 1024
"""How far back from its end a file is searched for the beginning of its last turn."""
_PIECE = 1024 * 1024
_LONGEST_LINE = 16 * 1024 * 1024
_KEPT = 1000
"""Files whose reading is remembered."""
_HEAD = 2048
_TOLD = re.compile(
    rb'"type":\s*"(?:session_meta|turn_context|task_started|task_complete|turn_aborted|token_count|agent_message'
    rb'|item_completed|function_call|custom_tool_call|function_call_output|custom_tool_call_output)"'
)
_KIND_WITHIN = 400
"""The kind of a record stands at the beginning of its line; most records are none that tells anything."""
_FORKED = re.compile(rb'"forked_from_id":\s*"([0-9a-fA-F-]{8,64})"')
_NEVER_ASKS = frozenset({"never"})


@dataclass
class Told:
    """What the records say, as far as they were read. Times are seconds since the epoch.

    Attributes:
        status: of the last turn: busy, idle, failed; None when there was none.
        since: when that began.
        calls: tools that were called and have not answered, by id: name and input.
        whole: the record was read from its beginning.
        may_ask: the session's policy lets it ask the person; whether it does is not recorded.
    """

    status: Status | None = None
    since: float | None = None
    error: str | None = None
    last_message: str | None = None
    tokens: int | None = None
    cwd: Path | None = None
    model: str | None = None
    whole: bool = False
    may_ask: bool = True
    calls: dict[str, tuple[str, str]] = field(default_factory=dict)
    active: float | None = None


@dataclass
class _Reading:
    """How far a file was read."""

    identity: tuple[int, int]
    offset: int
    size: int
    told: Told


class Rollouts:
    """Reads rollouts as they grow. One per home."""

    def __init__(self) -> None:
        self._readings: dict[Path, _Reading] = {}
        self._parents: dict[Path, str | None] = {}

    def tell(self, path: Path) -> Told | None:
        """What a rollout tells now; None when it cannot be read."""
        try:
            status = path.stat()
        except OSError:
            self._readings.pop(path, None)
            return None
        identity = (status.st_dev, status.st_ino)
        reading = self._readings.get(path)
        if reading is not None and reading.identity == identity and reading.size <= status.st_size:
            if reading.size == status.st_size:
                return reading.told
        else:
            reading = None
        try:
            with path.open("rb") as file:
                if reading is None:
                    reading = _from_the_end(file.fileno(), identity, status.st_size)
                _read_on(file.fileno(), reading)
        except OSError:
            return None
        if path not in self._readings and len(self._readings) >= _KEPT:
            self._readings.pop(next(iter(self._readings)))
        self._readings[path] = reading
        return reading.told

    def parent(self, path: Path) -> str | None:
        """The thread that one was forked from; it stands in the first record, before anything long."""
        if path not in self._parents:
            found = None
            with contextlib.suppress(OSError), path.open("rb") as file:
                match = _FORKED.search(file.read(_HEAD))
                found = match[1].decode() if match is not None else None
            if len(self._parents) >= _KEPT:
                self._parents.pop(next(iter(self._parents)))
            self._parents[path] = found
        return self._parents[path]


def _from_the_end(descriptor: int, identity: tuple[int, int], size: int) -> _Reading:
    """Begin so far before the end that the last turn is told of."""
    window = _FIRST_WINDOW
    while True:
        start = max(0, size - window)
        reading = _Reading(identity, start, size, Told(whole=start == 0))
        if start:
            # The line that the window begins in is not whole.
            reading.offset = _next_line(descriptor, start, size)
        _read_on(descriptor, reading)
        if start == 0 or reading.told.status is not None or window >= _LAST_WINDOW:
            return reading
        window *= 8


def _next_line(descriptor: int, start: int, size: int) -> int:
    while start < size:
        piece = os.pread(descriptor, _FIRST_WINDOW, start)
        if not piece:
            break
        if (end := piece.find(b"\n")) >= 0:
            return start + end + 1
        start += len(piece)
    return size


def _read_on(descriptor: int, reading: _Reading) -> None:
    """Take every whole line from where the reading stopped; half a line waits for its other half."""
    rest = b""
    while True:
        piece = os.pread(descriptor, _PIECE, reading.offset + len(rest))
        if not piece:
            break
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            reading.offset += len(line) + 1
            _take(reading.told, line)
        if len(rest) > _LONGEST_LINE:
            reading.offset += len(rest)
            rest = b""
    reading.size = reading.offset + len(rest)


def _take(told: Told, line: bytes) -> None:
    if _TOLD.search(line[:_KIND_WITHIN]) is None:
        return
    try:
        record = json.loads(line)
        payload = record["payload"]
        kind = record["type"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return
    if not isinstance(payload, dict):
        return
    at = _moment(record.get("timestamp"))
    told.active = at if at is not None else told.active
    if kind == "session_meta":
        told.cwd = _directory(payload) or told.cwd
    elif kind == "turn_context":
        told.cwd = _directory(payload) or told.cwd
        told.model = _text(payload, "model") or told.model
        told.may_ask = payload.get("approval_policy") not in _NEVER_ASKS
    elif kind == "response_item":
        _take_call(told, payload)
    elif kind == "event_msg":
        _take_event(told, payload, at)


def _take_call(told: Told, payload: Mapping[str, object]) -> None:
    kind, call = payload.get("type"), _text(payload, "call_id")
    if call is None:
        return
    if kind in ("function_call", "custom_tool_call"):
        arguments = _text(payload, "arguments") or _text(payload, "input") or ""
        told.calls[call] = (_text(payload, "name") or "", arguments)
    elif kind in ("function_call_output", "custom_tool_call_output"):
        told.calls.pop(call, None)


def _take_event(told: Told, payload: Mapping[str, object], at: float | None) -> None:
    kind = payload.get("type")
    if kind == "task_started":
        told.status, told.since, told.error = Status.BUSY, at, None
        told.calls.clear()
    elif kind == "task_complete":
        error = payload.get("error")
        told.error = (_text(error, "message") or "it does not say why") if isinstance(error, dict) else None
        told.status, told.since = (Status.IDLE if told.error is None else Status.FAILED), at
        told.last_message = _text(payload, "last_agent_message") or told.last_message
        told.calls.clear()
    elif kind == "turn_aborted":
        told.status, told.since, told.error = Status.IDLE, at, None
        told.calls.clear()
    elif kind == "token_count":
        info = payload.get("info")
        total = info.get("total_token_usage") if isinstance(info, dict) else None
        tokens = total.get("total_tokens") if isinstance(total, dict) else None
        told.tokens = tokens if isinstance(tokens, int) else told.tokens
    elif kind == "agent_message":
        told.last_message = _text(payload, "message") or told.last_message
    elif kind == "item_completed":
        item = payload.get("item")
        if isinstance(item, dict) and item.get("type") == "AgentMessage":
            told.last_message = _spoken(item.get("content")) or told.last_message


def _spoken(content: object) -> str | None:
    parts = content if isinstance(content, list) else []
    return "\n".join(text for part in parts if isinstance(part, dict) and (text := _text(part, "text"))) or None


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) and value else None


def _directory(payload: Mapping[str, object]) -> Path | None:
    cwd = _text(payload, "cwd")
    return Path(cwd) if cwd is not None and cwd.startswith("/") and "\0" not in cwd else None


def _moment(text: object) -> float | None:
    if isinstance(text, str):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(text).timestamp()
    return None
