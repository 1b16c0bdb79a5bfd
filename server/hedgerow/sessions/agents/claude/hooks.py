"""The hooks of Claude Code: those that a launch of ours adds, and what each of its events means.

Hooks tell what no file does, or tell it sooner: what exactly is asked, that a turn failed, which file was written. They
are never what says that an agent works or rests: Escape makes no event at all. Pure.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ..agent import Event, Heard, Status
from .questions import question
from .records import absolute

_EDITS = "Edit|MultiEdit|Write|NotebookEdit"
_WANTED: Mapping[str, str | None] = {
    "SessionStart": None,
    "UserPromptSubmit": None,
    "PermissionRequest": None,
    "PostToolUse": _EDITS,
    "Stop": None,
    "StopFailure": None,
    "SessionEnd": None,
}
"""Each with the tools that it is for. `PreToolUse` and `Notification` say nothing that these do not say sooner."""
_TIMEOUT_SECONDS = 10
_GOES_ON = frozenset({"clear", "resume"})
"""Reasons of `SessionEnd` for which the process stays, with another conversation."""


def settings(command: tuple[str, ...]) -> dict[str, object]:
    """Settings of Claude Code that run `command` at each event that is wanted."""
    handler = {"type": "command", "command": shlex.join(command), "timeout": _TIMEOUT_SECONDS}
    return {
        "hooks": {
            event: [{"matcher": tools, "hooks": [handler]} if tools else {"hooks": [handler]}]
            for event, tools in _WANTED.items()
        }
    }


def heard(event: Event) -> Heard:
    """What an event says; one that is unknown, or not in its shape, says nothing."""
    told = event.payload
    conversation, cwd = _string(told, "session_id"), absolute(told.get("cwd"))
    if conversation is None:
        return Heard()
    name = told.get("hook_event_name")
    base = Heard(conversation=conversation, cwd=cwd)
    if name != "SessionStart":  # which tells of a file that does not exist when a conversation goes on elsewhere
        base = replace(base, transcript=absolute(told.get("transcript_path")))
    if name == "UserPromptSubmit":
        return replace(base, status=Status.BUSY)
    if name == "PermissionRequest":
        return _asks(base, told)
    if name == "PostToolUse":
        return replace(base, status=Status.BUSY, edited=_edited(told, cwd))
    if name == "Stop":
        return replace(base, status=Status.IDLE, message=_string(told, "last_assistant_message"))
    if name == "StopFailure":
        message = _string(told, "last_assistant_message") or _string(told, "error")
        return replace(base, status=Status.FAILED, message=message)
    if name == "SessionEnd":
        return replace(base, ended=told.get("reason") not in _GOES_ON)
    return base


def _asks(base: Heard, told: Mapping[str, object]) -> Heard:
    tool, given = _string(told, "tool_name"), told.get("tool_input")
    if tool is None or base.conversation is None:
        return replace(base, status=Status.WAITING)
    wish = given if isinstance(given, dict) else {}
    asked = question(base.conversation, tool, wish, base.cwd or Path("/"))
    return replace(base, status=Status.WAITING, question=asked)


def _edited(told: Mapping[str, object], cwd: Path | None) -> Path | None:
    """The file that was written. What a tool answers may be a path relative to its directory."""
    for source, names in (("tool_response", ("filePath",)), ("tool_input", ("file_path", "notebook_path"))):
        values = told.get(source)
        for name in names if isinstance(values, dict) else ():
            path = values.get(name) if isinstance(values, dict) else None
            if isinstance(path, str) and path and (found := absolute(str((cwd or Path("/")) / path))):
                return found
    return None


def _string(told: Mapping[str, object], key: str) -> str | None:
    value = told.get(key)
    return value if isinstance(value, str) and value else None
