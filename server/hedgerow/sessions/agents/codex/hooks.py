"""What an event of Codex' hooks says of its session. Pure. Our own launches go without hooks: the socket tells more."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from hedgerow.protocol.sessions import Question, QuestionKind

from ..agent import Event, Heard, Status

_STATUS = {
    "SessionStart": None,
    "UserPromptSubmit": Status.BUSY,
    "PreToolUse": Status.BUSY,
    "PostToolUse": Status.BUSY,
    "PermissionRequest": Status.WAITING,
    "Stop": Status.IDLE,
    "Interrupt": Status.IDLE,
    "SessionEnd": None,
}


def heard(event: Event) -> Heard:
    payload = event.payload
    name = _text(payload, "hook_event_name") or ""
    transcript, cwd = _path(payload, "transcript_path"), _path(payload, "cwd")
    return Heard(
        status=_STATUS.get(name),
        conversation=_text(payload, "session_id"),
        question=_question(payload) if name == "PermissionRequest" else None,
        message=_text(payload, "last_assistant_message") if name == "Stop" else None,
        transcript=transcript,
        cwd=cwd,
        ended=name == "SessionEnd",
        edited=None,
    )


def _question(payload: Mapping[str, object]) -> Question:
    given = payload.get("tool_input")
    values = given if isinstance(given, dict) else {}
    command, reason = _text(values, "command"), _text(values, "description")
    tool = _text(payload, "tool_name") or "a tool"
    what = "wants to edit files" if tool == "apply_patch" else f"wants to run: {command or tool}"
    mark = hashlib.sha256(f"{_text(payload, 'turn_id')}\n{command}".encode("utf-8", "replace")).hexdigest()[:16]
    return Question(
        id=f"hook-{mark}",
        kind=QuestionKind.APPROVAL,
        text=what[:300] + (f" ({reason})" if reason else ""),
        tool=tool,
        command=command,
        answerable=False,
        where="in its own window",
    )


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) and value else None


def _path(values: Mapping[str, object], key: str) -> Path | None:
    text = _text(values, key)
    return Path(text) if text is not None and text.startswith("/") and "\0" not in text else None
