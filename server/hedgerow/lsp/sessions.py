"""Sessions in an editor that knows nothing of Hedgerow: which one is meant, and what it asks.

All of it as messages with buttons. Decides nothing; no answer leaves everything as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from hedgerow.protocol.checkouts import ListParams, ListResult
from hedgerow.protocol.commands import Command
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Phase, Question, QuestionKind, SessionRow

from .asking import CANCEL, pressed
from .wire.protocol import HedgerowProtocol

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.caller import Caller

APPROVE, DENY = "Approve", "Deny"
_OFFERED = 12
_COMMAND_CHARACTERS = 4000
"""A longer command cannot be read in a message, so it cannot be approved there."""
_RUNS = {Phase.STARTING, Phase.WORKING, Phase.WAITING, Phase.DONE, Phase.IDLE, Phase.UNKNOWN}
_MEANT: Mapping[str, Callable[[SessionRow], bool]] = {
    "answer": lambda row: row.phase is Phase.WAITING,
    "stop": lambda row: row.phase in _RUNS,
    "attach": lambda row: row.phase in _RUNS,
    "logs": lambda _row: True,
    "pin": lambda row: not row.pinned,
    "archive": lambda row: row.phase not in (Phase.WORKING, Phase.WAITING, Phase.STARTING),
    "markSeen": lambda row: row.phase in (Phase.DONE, Phase.FAILED),
    "resume": lambda row: row.phase in (Phase.PARKED, Phase.FAILED),
}


async def choose_session(
    protocol: HedgerowProtocol, app: App, command: Command, arguments: dict[str, Any], caller: Caller
) -> dict[str, Any] | None:
    """The arguments with the session that the person chose, and their answer to it; None for no answer."""
    meant = _MEANT.get(command.verb)
    if meant is None:
        return arguments
    if set(arguments) <= {"repository"}:
        rows = [row for row in await _rows(app, arguments.get("repository"), caller) if meant(row)]
        if not rows:
            return arguments
        offered = rows[:_OFFERED]
        labels = [row.label for row in rows]
        buttons = {row.label if labels.count(row.label) == 1 else f"{row.label} ({row.id})": row for row in offered}
        title = await pressed(protocol, types.MessageType.Info, f"{command.title}: which one?", [*buttons, CANCEL])
        if title is None:
            return None
        arguments = {**arguments, "session": buttons[title].id}
    if command.verb != "answer" or set(arguments) - {"repository", "session", "question"}:
        return arguments
    row = next((row for row in await _rows(app, None, caller) if row.id == arguments.get("session")), None)
    if row is None or row.question is None or not row.question.answerable:
        return arguments
    given = await _asked(protocol, row, row.question)
    return None if given is None else {**arguments, "question": row.question.id, **given}


async def _asked(protocol: HedgerowProtocol, row: SessionRow, question: Question) -> dict[str, Any] | None:
    """What the person answers, by buttons.

    Raises:
        HedgerowError: it needs words, or is too long to be read here.
    """
    text = f"{row.label}: {question.text}"
    if question.command:
        if len(question.command) > _COMMAND_CHARACTERS:
            raise _elsewhere(row, "what it asks about is too long to be shown here")
        text += f"\n{question.command.rstrip()}"
    if question.kind is QuestionKind.APPROVAL:
        title = await pressed(protocol, types.MessageType.Warning, text, [APPROVE, DENY, CANCEL])
        return None if title is None else {"decision": "approve" if title == APPROVE else "deny"}
    if question.kind is not QuestionKind.CHOICE or question.several:
        raise _elsewhere(row, "it needs words, which this editor does not ask for")
    labels = [option.label for option in question.options]
    title = await pressed(protocol, types.MessageType.Info, text, [*labels, CANCEL])
    return None if title is None else {"options": [title]}


def _elsewhere(row: SessionRow, why: str) -> HedgerowError:
    return HedgerowError(ErrorCode.BAD_PARAMS, f"{why}; on the shell: hedgerow answer {row.id} --text 'your words'")


async def _rows(app: App, repository: Any, caller: Caller) -> list[SessionRow]:
    listed = cast("ListResult", await app.call("list", ListParams(repository=repository, wait=True), caller))
    return listed.sessions
