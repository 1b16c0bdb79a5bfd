"""What Claude Code asks, as a question for a person: from the tool that it wants to use and what it gives the tool.

Pure. The hook and the transcript tell of one request in different words; both come to the same question with one id.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hedgerow.protocol.sessions import Option, Question, QuestionKind

ASK = "AskUserQuestion"
PLAN = "ExitPlanMode"
_EDITS = ("Edit", "MultiEdit", "Write", "NotebookEdit")
_SENTENCE = 300


@dataclass(frozen=True)
class Part:
    """One of the questions that a person is asked together."""

    header: str
    text: str
    labels: tuple[str, ...]
    several: bool


def question(conversation: str, tool: str, given: Mapping[str, object], cwd: Path) -> Question:
    """The question that a wish to use a tool amounts to."""
    which = identity(conversation, tool, given)
    if tool == ASK and (asked := parts(given)):
        return _choice(which, asked, given)
    paths = _paths(given, cwd)
    return Question(
        id=which,
        kind=QuestionKind.APPROVAL,
        text=_sentence(tool, given, paths, cwd),
        tool=tool,
        command=_command(tool, given),
        paths=paths,
        answerable=True,
    )


def identity(conversation: str, tool: str, given: Mapping[str, object]) -> str:
    """One request, by what it is about: neither source has a number of it that the other has, too."""
    told = {name: value for name, value in given.items() if value not in (None, False, "", [], {})}
    told.pop("description", None)
    for name in ("file_path", "notebook_path"):  # as the model gave it in one source, made absolute in the other
        if isinstance(told.get(name), str):
            told[name] = os.path.basename(str(told[name]))
    text = json.dumps([conversation, tool, told], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parts(given: Mapping[str, object]) -> list[Part]:
    """The questions of `AskUserQuestion`; none when they are not in a shape that can be shown."""
    found = []
    asked = given.get("questions")
    for each in asked if isinstance(asked, list) else []:
        if not isinstance(each, dict) or not isinstance(each.get("question"), str):
            return []
        options = each.get("options")
        labels = [one.get("label") for one in options if isinstance(one, dict)] if isinstance(options, list) else []
        texts = tuple(label for label in labels if isinstance(label, str) and label.strip())
        if not texts or len(texts) != len(labels):
            return []
        header = each.get("header")
        found.append(
            Part(header if isinstance(header, str) else "", each["question"], texts, each.get("multiSelect") is True)
        )
    return found


def option_label(asked: list[Part], which: int, label: str) -> str:
    """How an option is called: where several questions are asked together, with its question's heading."""
    return label if len(asked) == 1 else f"{asked[which].header or which + 1}: {label}"


def _choice(which: str, asked: list[Part], given: Mapping[str, object]) -> Question:
    described = _descriptions(given)
    options = [
        Option(label=option_label(asked, number, label), description=described.get((number, label), ""))
        for number, part in enumerate(asked)
        for label in part.labels
    ]
    return Question(
        id=which,
        kind=QuestionKind.CHOICE,
        text=_short("asks: " + " ".join(part.text for part in asked)),
        tool=ASK,
        options=options,
        several=len(asked) > 1 or asked[0].several,
        answerable=True,
    )


def _descriptions(given: Mapping[str, object]) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    asked = given.get("questions")
    for number, each in enumerate(asked if isinstance(asked, list) else []):
        for one in each.get("options") or [] if isinstance(each, dict) else []:
            if isinstance(one, dict) and isinstance(one.get("description"), str):
                found[number, str(one.get("label"))] = one["description"]
    return found


def _sentence(tool: str, given: Mapping[str, object], paths: list[str], cwd: Path) -> str:
    where = os.path.relpath(paths[0], cwd) if paths and Path(paths[0]).is_relative_to(cwd) else (paths or [""])[0]
    command = given.get("command")
    if tool == "Bash" and isinstance(command, str):
        return _short(f"wants to run: {command}")
    if tool in _EDITS and where:
        return _short(f"wants to {'write' if tool == 'Write' else 'edit'}: {where}")
    if tool == PLAN:
        return "has a plan and wants to begin"
    if tool == "Read" and where:
        return _short(f"wants to read: {where}")
    about = given.get("url") or given.get("query")
    if isinstance(about, str):
        return _short(f"wants to use {tool}: {about}")
    return _short(f"wants to use {tool}")


def _command(tool: str, given: Mapping[str, object]) -> str | None:
    if tool == "Bash" and isinstance(given.get("command"), str):
        return str(given["command"])
    if tool == PLAN:
        return str(given["plan"]) if isinstance(given.get("plan"), str) else None
    if tool == "Write":
        return _difference("", given.get("content"))
    if tool == "Edit":
        return _difference(given.get("old_string"), given.get("new_string"))
    if tool == "MultiEdit":
        edits = given.get("edits")
        pairs = [each for each in edits if isinstance(each, dict)] if isinstance(edits, list) else []
        return "\n".join(_difference(each.get("old_string"), each.get("new_string")) for each in pairs)
    if tool == "NotebookEdit":
        return _difference("", given.get("new_source"))
    return json.dumps(given, indent=2, ensure_ascii=False, default=str) if given else None


def _difference(old: object, new: object) -> str:
    before, after = (each.splitlines() if isinstance(each, str) else [] for each in (old, new))
    lines = list(difflib.unified_diff(before, after, n=3, lineterm=""))[2:]
    return "\n".join(line for line in lines if not line.startswith("@@"))


def _paths(given: Mapping[str, object], cwd: Path) -> list[str]:
    named = [given.get("file_path"), given.get("notebook_path")]
    return [str(cwd / each) for each in named if isinstance(each, str) and each]


def _short(text: str) -> str:
    return text if len(text) <= _SENTENCE else text[: _SENTENCE - 1] + "…"
