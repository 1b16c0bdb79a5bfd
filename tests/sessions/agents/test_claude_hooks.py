"""What each event of Claude Code's hooks means. The payloads are those of 2.1.197, shortened."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Event, Heard, Status
from hedgerow.sessions.agents.claude.hooks import heard, settings
from hedgerow.sessions.agents.claude.questions import question

ID = "ee92e666-7c6d-41b0-be5b-e5665f4ae239"
RECORD = f"/home/u/.claude/projects/-w-tree/{ID}.jsonl"
CWD = Path("/w/tree")
COMMON = {"session_id": ID, "transcript_path": RECORD, "cwd": str(CWD), "prompt_id": "e4b68658"}
TOLD = Heard(conversation=ID, transcript=Path(RECORD), cwd=CWD)
WRITE = {"tool_name": "Write", "tool_input": {"file_path": "/w/tree/cli.txt", "content": "x"}}
RUN = {"tool_name": "Bash", "tool_input": {"command": "touch cli2.txt", "description": "stub command"}}


def told(name: str, **fields: object) -> Heard:
    return heard(Event("s1", {**COMMON, "hook_event_name": name, **fields}, 7.0))


def test_a_start_names_no_record_since_it_may_be_a_wrong_one() -> None:
    assert told("SessionStart", source="resume") == Heard(conversation=ID, cwd=CWD)


@pytest.mark.parametrize(
    ("name", "fields", "status", "message"),
    [
        ("UserPromptSubmit", {"prompt": "hello"}, Status.BUSY, None),
        ("Stop", {"last_assistant_message": "fin"}, Status.IDLE, "fin"),
        ("Stop", {"last_assistant_message": 7}, Status.IDLE, None),
        ("StopFailure", {"error": "x", "last_assistant_message": "API Error: 400"}, Status.FAILED, "API Error: 400"),
        ("StopFailure", {"error": "rate_limit"}, Status.FAILED, "rate_limit"),
        ("Notification", {"notification_type": "idle_prompt"}, None, None),
        ("PreToolUse", WRITE, None, None),
        ("SomethingNew", {}, None, None),
    ],
)  # fmt: skip
def test_states(name: str, fields: dict[str, object], status: Status | None, message: str | None) -> None:
    answer = told(name, **fields)
    assert (answer.status, answer.message) == (status, message)
    assert (answer.conversation, answer.transcript, answer.cwd) == (TOLD.conversation, TOLD.transcript, TOLD.cwd)
    assert not answer.ended


def test_a_request_is_the_question_that_the_record_has_too() -> None:
    answer = told("PermissionRequest", **RUN, permission_suggestions=[])
    assert answer.status is Status.WAITING
    assert answer.question == question(ID, "Bash", {"command": "touch cli2.txt"}, CWD)
    assert answer.question is not None
    assert (answer.question.kind, answer.question.text) == (QuestionKind.APPROVAL, "wants to run: touch cli2.txt")
    assert answer.question.answerable


def test_a_request_that_is_not_in_its_shape_still_waits() -> None:
    assert told("PermissionRequest").status is Status.WAITING
    odd = told("PermissionRequest", tool_name="Bash", tool_input=["rubbish"])
    assert odd.question is not None
    assert odd.question.text == "wants to use Bash"


@pytest.mark.parametrize(
    ("fields", "edited"),
    [
        ({**WRITE, "tool_response": {"filePath": "/w/tree/cli.txt"}}, "/w/tree/cli.txt"),
        ({**WRITE, "tool_response": {"filePath": "sub/bg.txt"}}, "/w/tree/sub/bg.txt"),
        ({**WRITE, "tool_response": "done"}, "/w/tree/cli.txt"),
        ({"tool_name": "NotebookEdit", "tool_input": {"notebook_path": "/w/tree/n.ipynb"}}, "/w/tree/n.ipynb"),
        ({**RUN, "tool_response": {"stdout": ""}}, None),
        ({"tool_name": "Write", "tool_input": {"file_path": "a\0b"}}, None),
    ],
)
def test_what_was_written(fields: dict[str, object], edited: str | None) -> None:
    answer = told("PostToolUse", **fields)
    assert answer.status is Status.BUSY
    assert answer.edited == (None if edited is None else Path(edited))


@pytest.mark.parametrize(
    ("reason", "ended"), [("prompt_input_exit", True), ("other", True), ("clear", False), ("resume", False)]
)
def test_an_end_is_one_only_when_the_process_goes(reason: str, ended: bool) -> None:
    assert told("SessionEnd", reason=reason).ended is ended


def test_what_is_no_event_of_claude_says_nothing() -> None:
    for payload in ({}, {"session_id": 3}, {"session_id": ""}, {"hook_event_name": "Stop"}):
        assert heard(Event("s1", payload, 7.0)) == Heard()
    odd = heard(Event("s1", {"session_id": ID, "cwd": "relative", "transcript_path": 5, "hook_event_name": "Stop"}, 7))
    assert (odd.cwd, odd.transcript) == (None, None)


def test_the_settings_run_the_hook_and_nothing_else() -> None:
    command = ("/usr/bin/python3", "-I", "/a place/hook.py", "/in box", "s1")
    made = json.loads(json.dumps(settings(command)))
    assert list(made) == ["hooks"]
    for event, groups in made["hooks"].items():
        (group,) = groups
        (handler,) = group["hooks"]
        assert shlex.split(handler["command"]) == list(command)
        assert (group.get("matcher") is not None) is (event == "PostToolUse")
