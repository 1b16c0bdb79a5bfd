"""What Codex asks a person, in our words, and a person's answer in Codex'. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Option, Question, QuestionKind

from ..agent import Answer
from .rollouts import Told

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
INPUT = "item/tool/requestUserInput"
_ELSEWHERE = {
    "item/permissions/requestApproval": "asks for further permissions",
    "mcpServer/elicitation/request": "a tool server asks something",
}
"""Further questions of Codex', which only its own window answers."""

_LONGEST = 300
_PATCH = re.compile(r"\*\*\* Begin Patch.*?\*\*\* End Patch", re.DOTALL)
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
_SHELL_WORDS = 3


@dataclass(frozen=True)
class Asked:
    """One question as the server put it."""

    request: int | str
    method: str
    params: Mapping[str, object]

    @property
    def thread(self) -> str | None:
        return _text(self.params, "threadId")


def is_for_a_person(method: str) -> bool:
    return method in (COMMAND, FILES, INPUT) or method in _ELSEWHERE


def question_of(asked: Asked, told: Told | None, given: Mapping[str, object] | None = None) -> Question:
    """The question for the person.

    Args:
        told: the conversation's own record, which alone has the text of a change to files.
        given: answers to earlier parts of the same question.
    """
    name = _text(asked.params, "approvalId") or _text(asked.params, "itemId") or str(asked.request)
    if asked.method == COMMAND:
        return _command(name, asked.params)
    if asked.method == FILES:
        return _files(name, asked.params, told)
    if asked.method == INPUT and (part := next_part(asked, given or {})) is not None:
        return _choice(f"{name}/{_text(part, 'id')}", part)
    return Question(
        id=name,
        kind=QuestionKind.DIALOG,
        text=_ELSEWHERE.get(asked.method, "asks something"),
        where="in its own window",
    )


def _command(name: str, params: Mapping[str, object]) -> Question:
    line, reason = _text(params, "command"), _text(params, "reason")
    network = params.get("networkApprovalContext")
    if isinstance(network, dict) and (host := _text(network, "host")) is not None:
        what = f"wants to reach {host}"
    else:
        what = f"wants to run: {unwrapped(line or '')}"
    return Question(
        id=name,
        kind=QuestionKind.APPROVAL,
        text=_brief(what if reason is None else f"{_brief(what)} ({reason})"),
        tool="shell",
        command=None if line is None else unwrapped(line),
        answerable=True,
    )


def _files(name: str, params: Mapping[str, object], told: Told | None) -> Question:
    patch = pending_patch(told)
    paths = [] if patch is None else _PATCHED.findall(patch)
    reason, root = _text(params, "reason"), _text(params, "grantRoot")
    what = f"wants to edit {', '.join(paths)}" if paths else f"wants to edit files{f' below {root}' if root else ''}"
    return Question(
        id=name,
        kind=QuestionKind.APPROVAL,
        text=_brief(what if reason is None else f"{_brief(what)} ({reason})"),
        tool="apply_patch",
        command=patch,
        paths=paths,
        answerable=True,
    )


def _choice(name: str, part: Mapping[str, object]) -> Question:
    options = part.get("options")
    found = [
        Option(label=label, description=_text(option, "description") or "")
        for option in (options if isinstance(options, list) else [])
        if isinstance(option, dict) and (label := _text(option, "label")) is not None
    ]
    return Question(
        id=name,
        kind=QuestionKind.CHOICE if found else QuestionKind.TEXT,
        text=_brief(_text(part, "question") or _text(part, "header") or "asks something"),
        tool="request_user_input",
        options=found,
        answerable=part.get("isSecret") is not True,
        where="in its own window, since the answer is a secret" if part.get("isSecret") is True else None,
    )


def next_part(asked: Asked, given: Mapping[str, object]) -> Mapping[str, object] | None:
    """The first part of a question of several that has no answer yet."""
    parts = asked.params.get("questions")
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and (name := _text(part, "id")) is not None and name not in given:
            return part
    return None


def decision_of(answer: Answer) -> dict[str, object]:
    """For an approval. Refused without words, the agent goes on without; with words, its turn ends for them."""
    if answer.approve is None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "it asks for an approval: say approve or deny")
    if answer.approve:
        return {"decision": "accept"}
    return {"decision": "cancel" if answer.text else "decline"}


def words_of(question: Question, answer: Answer) -> list[str]:
    """What was chosen or said, for a choice or words; an option is meant by its whole label."""
    labels = [option.label for option in question.options]
    wrong = [each for each in answer.options if each not in labels]
    if wrong:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"{wrong[0]!r} is none of its options: {', '.join(labels)}")
    if len(answer.options) > 1:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "one option can be chosen")
    said = [*answer.options, *([answer.text] if answer.text else [])]
    if not said:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "say which option, or answer in words")
    return said


def unwrapped(line: str) -> str:
    """The command itself, without the shell that Codex runs it with."""
    try:
        words = shlex.split(line)
    except ValueError:
        return line
    if len(words) == _SHELL_WORDS and words[1] in ("-c", "-lc") and words[0].endswith("sh"):
        return words[2]
    return line


def pending_patch(told: Told | None) -> str | None:
    """The change to files that was asked for and not made yet."""
    for _, text in reversed(list(told.calls.values() if told is not None else ())):
        for source in (*_strings(text), text):
            if (match := _PATCH.search(source)) is not None:
                return match[0]
    return None


def _strings(text: str) -> Sequence[str]:
    """JSON strings within JavaScript or JSON, which is how a patch comes with most models."""
    found = []
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"', text):
        try:
            found.append(str(json.loads(match[0])))
        except ValueError:
            continue
    return found


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) and value else None


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
