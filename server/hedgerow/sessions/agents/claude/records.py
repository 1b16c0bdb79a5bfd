"""What the records of one conversation say in the end, folded one by one. Pure: knows no files and no clock.

A record is one line of a transcript. They are not always in order: one of the agent's may stand before the prompt that
it answers, when both were made within a tenth of a second, and that of a fork before all the records that it copies.
What is older than the agent's newest word therefore only tells of the past. Kinds and fields were seen in Claude Code
2.1.197; what is missing, unknown or of another type is passed over, since nobody promised them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

_NO_PROMPTS = ("<command-", "<local-command", "<bash-", "<task-", "<system-", "Caveat: ", "[Request interrupted")
"""How texts begin that stand where prompts stand, but that nobody wrote as a prompt."""
_INTERRUPTED = "[Request interrupted"
_FIRST_WORDS = 200
_MESSAGE = 8000


@dataclass
class Conversation:
    """What is known of a conversation so far. Times are seconds since the epoch.

    Attributes:
        first, born: id of its first record, which a fork copies, and when this recording of it began.
        pending: tools that were called and have not answered, in order: name and input by id.
        open: a turn has begun, and nothing yet says that it ended.
        acted: the agent did something in it. Escape before that leaves no record at all.
        prompted: when the last prompt was given.
        error: what its last turn failed with.
        whole: every record was seen, so that tokens count.
    """

    first: str | None = None
    born: float | None = None
    active: float | None = None
    cwd: Path | None = None
    given_title: str | None = None
    made_title: str | None = None
    first_words: str | None = None
    last_message: str | None = None
    last_prompt: str | None = None
    model: str | None = None
    error: str | None = None
    open: bool = False
    acted: bool = False
    prompts: int = 0
    prompted: float | None = None
    pending: dict[str, tuple[str, Mapping[str, object]]] = field(default_factory=dict)
    whole: bool = True
    _acted_at: float = 0.0
    _answered: set[str] = field(default_factory=set)
    """Tools whose answer stands before their call."""
    _used: dict[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str | None:
        """What somebody called it, else what the agent did, else its first words."""
        return self.given_title or self.made_title or self.first_words

    @property
    def tokens(self) -> int | None:
        """Of every request, what was read from a cache too; None when not every record was seen."""
        return sum(self._used.values()) if self.whole and self._used else None

    def skip(self) -> None:
        """Some records are passed over."""
        self.whole = False
        self.pending.clear()
        self._used.clear()

    def fold(self, line: bytes) -> None:
        """Take one record in; a line that is none changes nothing."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return
        kind = record.get("type") if isinstance(record, dict) else None
        if not isinstance(kind, str):
            return
        if kind in _TITLES:
            self._name(kind, record)
            return
        if record.get("isSidechain") is True:
            return
        self._place(record)
        if kind == "user":
            self._person(record)
        elif kind == "assistant":
            self._agent(record)
        elif kind == "system" and record.get("subtype") in ("turn_duration", "stop_hook_summary"):
            self.open = self.open and self._is_past(record)

    def _is_past(self, record: Mapping[str, Any]) -> bool:
        """Whether the agent said something after it that stands before it."""
        return (_moment(record.get("timestamp")) or self._acted_at) < self._acted_at

    def _name(self, kind: str, record: Mapping[str, Any]) -> None:
        words = record.get(_TITLES[kind])
        if not isinstance(words, str) or not words.strip():
            return
        if kind in ("custom-title", "agent-name"):
            self.given_title = words[:_FIRST_WORDS]
        else:
            self.made_title = words[:_FIRST_WORDS]

    def _place(self, record: Mapping[str, Any]) -> None:
        self.cwd = absolute(record.get("cwd")) or self.cwd
        moment = _moment(record.get("timestamp"))
        if moment is not None:
            self.active = max(self.active or 0, moment)
        if self.first is not None:
            return
        # A fork begins with records of its own, and then has those of the other, as old as they are.
        snapshot = record.get("snapshot")
        own = _moment(snapshot.get("timestamp")) if isinstance(snapshot, dict) else moment
        if own is not None:
            self.born = max(self.born or 0, own)
        if record.get("type") == "user" and isinstance(record.get("uuid"), str):
            self.first = record["uuid"]

    def _person(self, record: Mapping[str, Any]) -> None:
        for block in _blocks(record):
            if block.get("type") == "tool_result":
                which = str(block.get("tool_use_id"))
                if self.pending.pop(which, None) is None:
                    self._answered.add(which)
                if not self._is_past(record):
                    self.open = self.acted = True
            elif block.get("type") == "text" and isinstance(block.get("text"), str):
                self._words(block["text"], record)

    def _words(self, text: str, record: Mapping[str, Any]) -> None:
        if text.startswith(_INTERRUPTED):
            self.open = False
            self.pending.clear()
            return
        if record.get("isMeta") is True or not text.strip() or text.startswith(_NO_PROMPTS):
            return
        self.prompts += 1
        moment = _moment(record.get("timestamp"))
        if moment is None or moment >= (self.prompted or 0):
            self.last_prompt = text[:_MESSAGE]
            self.prompted = moment or self.prompted
        if self.first_words is None and record.get("isCompactSummary") is not True:
            self.first_words = text[:_FIRST_WORDS]
        if self._is_past(record):
            return
        self.open = True
        self.acted = False
        self.error = None
        self.pending.clear()
        self._answered.clear()

    def _agent(self, record: Mapping[str, Any]) -> None:
        message = record.get("message")
        if not isinstance(message, dict):
            return
        past = self._is_past(record)
        self._acted_at = max(self._acted_at, _moment(record.get("timestamp")) or 0)
        texts = []
        for block in _blocks(record):
            if block.get("type") == "text" and isinstance(block.get("text"), str):
                texts.append(block["text"])
            elif block.get("type") == "tool_use" and isinstance(block.get("id"), str):
                given = block.get("input")
                if not past:
                    self.open = self.acted = True
                if block["id"] in self._answered:
                    self._answered.discard(block["id"])
                    continue
                self.pending[block["id"]] = (str(block.get("name")), given if isinstance(given, dict) else {})
        text = "\n".join(texts).strip()
        if self.whole:
            self._count(message)
        if past:
            return
        if record.get("isApiErrorMessage") is True:
            self.error = text[:_MESSAGE] or "API error"
            self.open = False
            return
        if text:
            self.last_message = text[:_MESSAGE]
        model = message.get("model")
        if isinstance(model, str) and not model.startswith("<"):
            self.model = model
        self.error = None
        if message.get("stop_reason") == "end_turn":
            self.open = False

    def _count(self, message: Mapping[str, Any]) -> None:
        usage, which = message.get("usage"), message.get("id")
        if isinstance(usage, dict) and isinstance(which, str):
            numbers = (usage.get(name) for name in _TOKENS)
            self._used[which] = sum(n for n in numbers if isinstance(n, int) and not isinstance(n, bool) and n > 0)


_TITLES = {"custom-title": "customTitle", "agent-name": "agentName", "ai-title": "aiTitle", "summary": "summary"}
_TOKENS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


def absolute(text: object) -> Path | None:
    """An absolute path, if that is what was written."""
    if not isinstance(text, str) or not text.startswith("/") or "\0" in text:
        return None
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return None
    return Path(text)


def _blocks(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    message = record.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def _moment(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
