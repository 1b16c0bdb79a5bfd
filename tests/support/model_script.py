"""What a scripted model says: the script rides in the person's prompt, one step for each request of a turn.

    STUB[{"write": "a.txt", "text": "hi"}, {"sh": "ls"}, {"say": "done"}]

Steps, of which one is taken for each request after that prompt; past the last one the model says "ok":

    {"say": TEXT}                              the turn ends with this message
    {"write": PATH, "text": TEXT}              a new file
    {"patch": PATCH}                           a patch in Codex' own format (Codex alone)
    {"edit": PATH, "old": TEXT, "new": TEXT}   a replacement in a file (Claude Code alone)
    {"sh": COMMAND, "escalate": true}          a command; `escalate` asks to leave Codex' sandbox
    {"tool": NAME, "input": {...}}             any tool of the agent, such as Claude's AskUserQuestion
    {"calls": [STEP, ...]}                     several tools at once (Claude Code alone)
    {"error": STATUS}                          an HTTP error, at each request until the next prompt

Any step may also have `"sleep": SECONDS`, or `"hold": NAME`: the answer waits until the test lets it go.
Knows nothing of HTTP or of either agent's format.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Literal

Step = dict[str, Any]
Turn = tuple[Literal["person", "tool"], str]
"""What the person wrote, or that a tool answered."""

_SCRIPT = re.compile(r"STUB(?=\[)")


def script(*steps: Step) -> str:
    """A prompt that has the model take these steps."""
    return f"STUB{json.dumps(steps)}"


def next_step(turns: Iterable[Turn]) -> Step:
    """The step that the newest script of a conversation has come to."""
    steps: list[Step] | None = None
    taken = 0
    for who, text in turns:
        if who == "tool":
            taken += 1
            continue
        for found in _SCRIPT.finditer(text):  # a prompt after one that failed comes in one message with it
            try:
                steps, taken = json.JSONDecoder().raw_decode(text, found.end())[0], 0
            except ValueError:
                continue  # a prompt about scripts is none
    if steps is None:
        return {"say": "no script"}
    return steps[taken] if taken < len(steps) else {"say": "ok"}
