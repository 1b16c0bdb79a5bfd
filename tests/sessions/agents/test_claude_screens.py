"""What is recognised on screens of Claude Code 2.1.197, as they were captured, and what is not."""

# ruff: noqa: RUF001 - the signs are those that the program shows
from __future__ import annotations

import pytest

from hedgerow.protocol.sessions import QuestionKind
from hedgerow.sessions.agents.claude.answering import is_about
from hedgerow.sessions.agents.claude.screens import Dialog, dialog, first_run, prompt

RULE = "─" * 100
DOTS = "╌" * 100
TALK = "❯ do it\n\n● I would do:\n\n  1. Yes\n  2. No, exit\n\n"
STATUS = "  ? for shortcuts · ← for agents                              ● high · /effort"

AT_PROMPT = f"{TALK}{RULE}\n❯\xa0\n{RULE}\n{STATUS}\n\n\n"
WRITE = f"""{TALK}● Write(e.txt)

{RULE}
 Create file
 e.txt
{DOTS}
  1 y
{DOTS}
 Do you want to create e.txt?
 ❯ 1. Yes
   2. Yes, allow all edits during this session (shift+tab)
   3. No

 Esc to cancel · Tab to amend


"""
RUN = f"""● Bash(touch zz.txt)
  ⎿  Waiting…

{RULE}
 Bash command

   touch zz.txt &&
   touch yy.txt
   stub command

 Do you want to proceed?
   1. Yes
   2. Yes, and always allow access to wa/ from this project
 ❯ 3. No, and tell Claude what to do differently

 Esc to cancel
"""
CHOICE = f"""{RULE}
 ☐ Pick

Which of them, and
why?

❯ 1. A
     a
  2. B
     b
  3. Type something.
{RULE}
  4. Chat about this

Enter to select · ↑/↓ to navigate · Esc to cancel
"""
SEVERAL = f"""{RULE}
←  ☒ Langs  ☐ Place  ✔ Submit  →

Which languages?

  1. [✔] Python
  a
  2. [ ] Lua
  b
  3. [✔] extra text
❯    Next
{RULE}
  4. Chat about this

Enter to select · Tab/Arrow keys to navigate · Esc to cancel
"""
REVIEW = f"""{RULE}
←  ☒ Langs  ☒ Place  ✔ Submit  →

Review your answers

 ● Which languages?
   → Python

Ready to submit your answers?

❯ 1. Submit answers
  2. Cancel
"""
TRUST = f"""{RULE}
 Accessing workspace:

 /code/untrusted

 Quick safety check: Is this a project you created or one you trust?

 ❯ 1. Yes, I trust this folder
   2. No, exit

 Enter to confirm · Esc to cancel
"""


def rows(screen: str) -> list[str]:
    seen = dialog(screen)
    assert seen is not None
    return [row.label for row in seen.rows]


@pytest.mark.parametrize(
    ("inside", "below", "text", "stashed"),
    [
        ("❯\xa0", STATUS, "", False),
        ("❯ half a\n  thought", "", "half a\n  thought", False),
        ("❯ Press up to edit queued messages", STATUS, "", False),
        ('❯ Try "fix lint errors"', STATUS, "", False),
        ("❯ 1. Yes", STATUS, "1. Yes", False),
        ("! touch x", "  ! for shell mode", "touch x", False),
        ("❯ ", f"{STATUS} · › stashed", "", True),
        ("❯ /exit", "  /exit   Exit the CLI\n  /extra  Another\n" * 4, "/exit", False),
    ],
)
def test_the_prompt(inside: str, below: str, text: str, stashed: bool) -> None:
    seen = prompt(f"{TALK}{'─' * 90} my label ──\n{inside}\n{RULE}\n{below}\n\n")
    assert seen is not None
    assert ("".join(seen.text.split()), seen.stashed) == ("".join(text.split()), stashed)


@pytest.mark.parametrize("screen", [WRITE, RUN, CHOICE, SEVERAL, REVIEW, TRUST, "", "\n\n", TALK, f"{RULE}\n❯ x\n"])
def test_what_is_no_prompt(screen: str) -> None:
    assert prompt(screen) is None


@pytest.mark.parametrize("screen", [AT_PROMPT, "", TALK, RULE, f"{TALK}{RULE}\n❯ 1. Yes\n  2. No\n{RULE}\n{STATUS}\n"])
def test_what_is_no_dialog(screen: str) -> None:
    assert dialog(screen) is None
    assert first_run(screen) is None


def test_dialogs() -> None:
    assert rows(WRITE) == ["Yes", "Yes, allow all edits during this session (shift+tab)", "No"]
    assert rows(WRITE.replace("1. Yes\n", "1. Yes ✔\n")) == rows(WRITE)
    assert rows(RUN)[2] == "No, and tell Claude what to do differently"
    assert rows(CHOICE) == ["A", "B", "Type something.", "Chat about this"]
    assert rows(SEVERAL) == ["Python", "Lua", "extra text", "Next", "Chat about this"]
    assert rows(REVIEW) == ["Submit answers", "Cancel"]
    write, run, several = dialog(WRITE), dialog(RUN), dialog(SEVERAL)
    assert write is not None
    assert run is not None
    assert several is not None
    assert (write.amends, run.amends, write.whole) == (True, False, True)
    assert [row.pointed for row in run.rows] == [False, False, True]
    assert [row.checked for row in several.rows] == [True, False, True, False, False]
    assert several.pointed is not None
    assert several.pointed.label == "Next"


def test_the_dialogs_of_a_first_run() -> None:
    question = first_run(TRUST)
    assert question is not None
    assert (question.kind, question.text) == (QuestionKind.DIALOG, "asks whether you trust this folder")
    assert [option.label for option in question.options] == ["Yes, I trust this folder", "No, exit"]
    assert not question.answerable
    assert first_run("\n Select login method:\n\n ❯ 1. Claude account\n   2. Console account\n") is not None
    assert first_run(AT_PROMPT.replace("I would do", "Yes, I trust this folder")) is None
    assert first_run(WRITE) is None


ABOUT: list[tuple[str, str, dict[str, object], bool]] = [
    (WRITE, "Write", {"file_path": "/code/tree/e.txt", "content": "y\n"}, True),
    (WRITE, "Write", {"file_path": "/code/tree/f.txt", "content": "y\n"}, False),
    (WRITE, "Write", {"file_path": "/code/tree/e.txt", "content": "something else\n"}, False),
    (WRITE, "Edit", {"file_path": "/code/tree/e.txt", "old_string": "x", "new_string": "y"}, True),
    (WRITE, "Edit", {"file_path": "/code/tree/e.txt", "old_string": "x", "new_string": "zebra"}, False),
    (RUN, "Bash", {"command": "touch zz.txt && touch yy.txt"}, True),
    (RUN, "Bash", {"command": "touch zz.txt && touch xx.txt"}, False),
    (RUN, "Bash", {"command": ""}, False),
    (RUN, "WebFetch", {"url": "http://127.0.0.1/"}, False),
    (CHOICE, "Bash", {"command": "ls"}, False),
    (CHOICE, "AskUserQuestion", {}, False),
    (REVIEW, "ExitPlanMode", {"plan": "x"}, False),
]


@pytest.mark.parametrize(("screen", "tool", "given", "is_it"), ABOUT)
def test_which_request_a_dialog_is_about(screen: str, tool: str, given: dict[str, object], is_it: bool) -> None:
    seen = dialog(screen)
    assert isinstance(seen, Dialog)
    assert is_about(seen, tool, given) is is_it


def test_a_dialog_whose_top_has_scrolled_away() -> None:
    lines = "\n".join(f"  {number} line {number}" for number in range(30))
    end = WRITE[WRITE.index(" Do you want to create") :].replace("e.txt", "long.txt")
    seen = dialog(f"{lines}\n{end}")
    assert seen is not None
    assert not seen.whole
    assert is_about(seen, "Write", {"file_path": "/code/tree/long.txt", "content": "line 0\n"})
    assert not is_about(seen, "Write", {"file_path": "/code/tree/other.txt", "content": "line 0\n"})
