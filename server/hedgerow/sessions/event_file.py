"""What one file of the inbox says: the hook program's line, and below it what the agent said. Pure."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from .agents.agent import Event

_HEAD = re.compile(rb"hedgerow-event 1 ([A-Za-z0-9_-]{1,100}) (whole|cut)\n")

CUT = "hedgerow_cut"
"""In the payload of an event that was too long: its last field, or part of it, is missing."""


class Payload(BaseModel):
    """What Claude Code and Codex send alike. Agents add fields as they like."""

    model_config = ConfigDict(extra="allow", strict=True)

    hook_event_name: str = Field(max_length=100)
    session_id: str | None = Field(default=None, max_length=200)
    cwd: str | None = None
    transcript_path: str | None = None


def event_of(name: str, raw: bytes) -> Event:
    """The event in a file of that name.

    Raises:
        ValueError: it holds none.
    """
    head = _HEAD.match(raw)
    if head is None:
        raise ValueError("it does not begin as an event does")
    cut = head[2] == b"cut"
    # Not `json`: that recurses into whatever depth it is given, and has no use for half an object.
    fields = from_json(raw[head.end() :], allow_partial=cut)
    try:
        payload = Payload.model_validate(fields).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise ValueError(f"{error.error_count()} fields are wrong") from None
    return Event(session=head[1].decode(), payload={**payload, CUT: True} if cut else payload, at=int(name[:20]) / 1e9)
