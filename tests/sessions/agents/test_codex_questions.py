"""What Codex asks, in our words, and answers in Codex'; dialogs on its screen; payloads of its hooks. All recorded."""

# ruff: noqa: RUF001 - Codex' own mark of its prompt is not our spelling
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.agent import Answer, Event, Heard, Status
from hedgerow.sessions.agents.codex import Codex
from hedgerow.sessions.agents.codex.questions import (
    COMMAND,
    FILES,
    INPUT,
    Asked,
    decision_of,
    question_of,
    unwrapped,
    words_of,
)
from hedgerow.sessions.agents.codex.rollouts import Told
from hedgerow.sessions.agents.codex.screens import prompt_is_empty, takes_prompts

CODEX = Codex()
PATCH = '*** Begin Patch\n*** Update File: a/b.txt\n@@\n-old "q"\n+new\n*** Add File: c.txt\n+c\n*** End Patch'


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/bin/bash -lc 'echo z > /w/esc.txt'", "echo z > /w/esc.txt"),
        ('/bin/zsh -c "npm test"', "npm test"),
        ("git status", "git status"),
        ("bash -lc 'unbalanced", "bash -lc 'unbalanced"),
        ("/usr/bin/python -c 'print(1)'", "/usr/bin/python -c 'print(1)'"),
    ],
)
def test_a_command_is_shown_without_the_shell_around_it(line: str, command: str) -> None:
    assert unwrapped(line) == command


def test_a_command_that_steers_a_terminal_does_not() -> None:
    asked = Asked(
        1, COMMAND, {"threadId": "t", "itemId": "i", "command": "echo '\x1b]0;gotcha\x07' \x1b[2J" + "x" * 5000}
    )
    question = question_of(asked, None)
    assert "\x1b" not in question.text + (question.command or "")
    assert len(question.text) < 400
    assert len(question.command or "") > 5000, "the command itself is shown whole"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("exec", 'text(await tools.apply_patch("' + PATCH.replace('"', '\\"').replace("\n", "\\n") + '"));'),
        ("apply_patch", PATCH),
        ("exec_command", '{"cmd": "apply_patch <<EOP\\n' + PATCH.replace('"', '\\"').replace("\n", "\\n") + '\\nEOP"}'),
    ],
)
def test_a_change_to_files_is_found_in_each_shape_of_the_call(name: str, text: str) -> None:
    told = Told(calls={"call_0": ("exec", "other()"), "call_1": (name, text)})
    question = question_of(Asked(1, FILES, {"threadId": "t", "itemId": "i", "grantRoot": None}), told)
    assert question.paths == ["a/b.txt", "c.txt"]
    assert question.command == PATCH
    assert question.text == "wants to edit a/b.txt, c.txt"


def test_a_change_to_files_without_its_record_can_be_answered() -> None:
    question = question_of(Asked(1, FILES, {"threadId": "t", "itemId": "i"}), None)
    assert (question.kind, question.answerable, question.command) == (QuestionKind.APPROVAL, True, None)


def test_a_secret_is_told_to_nobody_but_codex() -> None:
    part = {"id": "q", "header": "Key", "question": "Which key?", "isSecret": True, "options": None}
    question = question_of(Asked(1, INPUT, {"threadId": "t", "itemId": "i", "questions": [part]}), None)
    assert (question.kind, question.answerable) == (QuestionKind.TEXT, False)
    assert "secret" in (question.where or "")


@pytest.mark.parametrize(
    ("answer", "decision"),
    [
        (Answer(approve=True), "accept"),
        (Answer(approve=False), "decline"),
        (Answer(approve=False, text="rather not"), "cancel"),
    ],
)
def test_decisions(answer: Answer, decision: str) -> None:
    assert decision_of(answer) == {"decision": decision}


def test_answers_that_do_not_fit_are_refused() -> None:
    part = {"id": "q", "question": "Which?", "options": [{"label": "A", "description": ""}, {"label": "B"}]}
    question = question_of(Asked(1, INPUT, {"threadId": "t", "itemId": "i", "questions": [part]}), None)
    assert words_of(question, Answer(options=("A",))) == ["A"]
    assert words_of(question, Answer(options=("A",), text="but small")) == ["A", "but small"]
    for wrong in (Answer(), Answer(options=("C",)), Answer(options=("A", "B")), Answer(approve=True)):
        with pytest.raises(HedgerowError):
            words_of(question, wrong)
    with pytest.raises(HedgerowError):
        decision_of(Answer(options=("A",)))


RUN = """
• Running echo y > /w/esc2.txt


  Would you like to run the following command?

  Environment: local

  Reason: the script asks

  $ echo y > /w/a-long-name/that-is-broken/over-two
    -lines.txt

› 1. Yes, proceed (y)
  2. Yes, and don't ask again for commands that start with `echo y > /w/esc2.txt` (p)
  3. No, and tell Codex what to do differently (esc)

  Press enter to confirm or esc to cancel
"""
EDIT = """
  Would you like to make the following edits?

  Description: Apply proposed file edits
  Destination: unavailable

› 1. Yes, proceed (y)
  2. Yes, and don't ask again for these files (a)
  3. No, and tell Codex what to do differently (esc)
"""
TRUST = """
  Folder access

  /w/stranger

  Trust this folder? Codex can read, edit, and run files here, subject to your permission settings. Folder settings
  can run code automatically, even without a model request.

› 1. Trust and continue
  2. Back to Agent Command Center
"""
UPSELL = """
  Meet GPT-6 Sol

  Our latest Sol is more intelligent and more efficient so your usage limits go further.

› 1. Try new model
  2. Use existing model

  enter/esc confirm · ^c quit
"""
SETTINGS = """
  Background server has incompatible feature settings
  This session requires web_search_request to be enabled
  1. Run without daemon this time
  2. Restart with these settings (recommended)
› 3. Cancel
"""
LOST = """
› fix it

◦ Reconnecting to server… (1m 01s)
  └ Tip: Use ^x p, then 0–9 to run a preset; Enter browses, s saves, and d deletes.

› Ask Codex to do anything

  GPT-6-Astra default · /w/wa
"""
LOGIN = """
  Welcome to Codex, OpenAI's command-line coding agent

  Choose how you want to use Codex.

> 1. Sign in with ChatGPT
     Usage included with Plus, Pro, Business, and Enterprise plans
  2. Sign in with Device Code
"""
PICKER = """
  Working directory · resume

  Session = latest cwd recorded in the resumed session
  Current = your current working directory

› 1. Use session directory (/w/wb)
  2. Use current directory (/w/wa)
"""
OPEN = """
› fix it

  🔒  This conversation is open in another app                                                    r to retry
      Close it there and press R to continue here.

   r retry   f fork   ←/esc command center   ^c/q exit   ^t transcript
"""
EMPTY = """
• end

  Worked for 2s • 12:49


› Ask Codex to do anything

  GPT-6-Astra default · /w/wa
  ← for agents · ? for shortcuts
"""
DRAFT = EMPTY.replace("Ask Codex to do anything", "a prompt that the person has begun")
TALK = EMPTY.replace(
    "• end", f"• All this was said:\n{RUN}\n{TRUST}\n{UPSELL}\n• Reconnecting to server… (3s)\n\n  Worked for 2s"
)


def test_approvals_on_a_screen() -> None:
    run, edit = CODEX.dialog(RUN), CODEX.dialog(EDIT)
    assert run is not None
    assert edit is not None
    assert (run.kind, run.answerable, run.tool) == (QuestionKind.APPROVAL, True, "shell")
    assert run.command == "echo y > /w/a-long-name/that-is-broken/over-two -lines.txt"
    assert run.text.endswith("(the script asks)")
    assert edit.tool == "apply_patch"
    narrow = CODEX.dialog(RUN.replace("over-two\n    -lines", "over-\n    two-lines"))
    assert narrow is not None
    assert narrow.id == run.id, "the same question in another width"
    other = CODEX.dialog(RUN.replace("echo y", "echo n"))
    assert other is not None
    assert other.id != run.id


@pytest.mark.parametrize(
    ("screen", "words"),
    [
        (TRUST, "trust this folder"),
        (UPSELL, "change the model"),
        (SETTINGS, "other settings"),
        ("  Hooks need review\n › 1. Review", "review hooks"),
        (PICKER, "which directory"),
        (OPEN, "another window"),
        (LOGIN, "sign in"),
        (LOST, "lost Codex' daemon"),
    ],
)
def test_dialogs_that_only_the_person_answers(screen: str, words: str) -> None:
    question = CODEX.dialog(screen)
    assert question is not None
    assert (question.kind, question.answerable) == (QuestionKind.DIALOG, False)
    assert words in question.text
    assert not takes_prompts(screen)


@pytest.mark.parametrize(("screen", "empty"), [(EMPTY, True), (DRAFT, False), (TALK, True), (RUN, False), ("", False)])
def test_a_prompt(screen: str, empty: bool) -> None:
    assert prompt_is_empty(screen) == empty
    assert (CODEX.dialog(screen) is None) == (screen != RUN)


COMMON = {"session_id": "01a1f75d", "turn_id": "t", "transcript_path": "/h/rollout.jsonl", "cwd": "/w/wt-a"}


@pytest.mark.parametrize(
    ("payload", "heard"),
    [
        ({"hook_event_name": "SessionStart", "source": "startup"}, Heard()),
        ({"hook_event_name": "UserPromptSubmit", "prompt": "x"}, Heard(status=Status.BUSY)),
        ({"hook_event_name": "PreToolUse", "tool_name": "Bash"}, Heard(status=Status.BUSY)),
        ({"hook_event_name": "PostToolUse", "tool_name": "apply_patch"}, Heard(status=Status.BUSY)),
        ({"hook_event_name": "Stop", "last_assistant_message": "fin"}, Heard(status=Status.IDLE, message="fin")),
        ({"hook_event_name": "Interrupt"}, Heard(status=Status.IDLE)),
        ({"hook_event_name": "SessionEnd", "reason": "other"}, Heard(ended=True)),
        ({"hook_event_name": "SomethingNew"}, Heard()),
    ],
)
def test_hooks(payload: Mapping[str, object], heard: Heard) -> None:
    told = CODEX.heard(Event("s", {**COMMON, **payload}, 1.0))
    assert (told.status, told.message, told.ended) == (heard.status, heard.message, heard.ended)
    assert (told.conversation, told.transcript, told.cwd) == ("01a1f75d", Path("/h/rollout.jsonl"), Path("/w/wt-a"))


def test_a_hook_that_asks() -> None:
    asking = {"hook_event_name": "PermissionRequest", "tool_name": "Bash",
              "tool_input": {"command": "echo esc", "description": "the script asks"}}  # fmt: skip
    told = CODEX.heard(Event("s", {**COMMON, **asking}, 1.0))
    assert told.status is Status.WAITING
    assert told.question is not None
    assert told.question.text == "wants to run: echo esc (the script asks)"


@pytest.mark.parametrize("payload", [{}, {"session_id": 5, "cwd": "relative"}, {"hook_event_name": []}])
def test_rubbish_from_a_hook(payload: Mapping[str, object]) -> None:
    told = CODEX.heard(Event("s", payload, 1.0))
    assert (told.status, told.conversation, told.cwd) == (None, None, None)
