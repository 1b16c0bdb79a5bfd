"""One launch line as an agent. It keeps no records that we could read, so nothing is known of it but what its process,
its terminal and our hook program say: where none of them tells, it says `unknown`.

An agent of the person's own may tell more: its environment has `HEDGEROW_HOOK`, a command line that takes an event as
JSON on its standard input, in the words of Claude Code: `{"hook_event_name": "Stop"}`.
"""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Question, QuestionKind

from ..agent import Answer, Event, Heard, Held, Order, Pane, Prepared, Sighting, Status
from .lines import Line

_STATUS = {
    "SessionStart": Status.IDLE,
    "UserPromptSubmit": Status.BUSY,
    "PreToolUse": Status.BUSY,
    "PostToolUse": Status.BUSY,
    "PermissionRequest": Status.WAITING,
    "Stop": Status.IDLE,
    "Interrupt": Status.IDLE,
    "StopFailure": Status.FAILED,
}
"""What each event says; the names are those of Claude Code and Codex."""
_PLACEHOLDER = re.compile(r"\{(prompt|conversation|label)\}")
_SETTLE_SECONDS = 0.3
_PATIENCE_SECONDS = 20.0
"""For a program that was just started to show where text can be typed."""


class CommandAgent:
    """One launch line."""

    tells = False

    def __init__(self, line: Line) -> None:
        self.line = line
        self.name = line.name
        self.title = line.title

    @property
    def takes_prompt(self) -> bool:
        """Whether it can be started with one. None is typed in its place: it may begin by asking the person."""
        return self.line.prompt is not None

    def program(self, environment: Mapping[str, str]) -> Path | None:
        """The executable on the person's PATH, or None. Never one that lies where the agent is to work."""
        word = self.line.argv[0] if self.line.argv else ""
        if os.path.isabs(word):
            return Path(word) if os.access(word, os.X_OK) and os.path.isfile(word) else None
        if "/" in word or not word:
            return None
        absolute = [part for part in environment.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(part)]
        found = shutil.which(word, path=os.pathsep.join(absolute))
        return None if found is None else Path(found)

    def home(self, environment: Mapping[str, str]) -> Path:
        return (Path(environment.get("HOME") or Path.home()) / self.line.home).resolve()

    def home_of_worktree(self, usual: Path, place: Path) -> Path:
        return usual

    async def look(self, home: Path) -> list[Sighting]:
        """Nothing: what it remembers is its own."""
        return []

    def watch(self, home: Path, changed: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    async def prepare(self, order: Order) -> Prepared:
        program = self.program(order.environment)
        if program is None:
            raise HedgerowError(ErrorCode.NO_AGENT, self._missing())
        if order.fork:
            raise HedgerowError(ErrorCode.UNSUPPORTED, f"Hedgerow cannot fork a conversation of {self.title}")
        if order.prompt is not None and not self.takes_prompt:
            raise HedgerowError(ErrorCode.UNSUPPORTED, self._promptless())
        conversation, added = self._conversation(order)
        words = [*self.line.argv[1:], *added]
        if order.prompt is None:
            words = [word for word in words if word != "{prompt}"]
        if order.label is not None and order.resume is None:
            words += self.line.label
        asked = (self.line.prompt or ()) if order.prompt is not None else ()
        values = {"prompt": order.prompt or "", "conversation": conversation or "", "label": order.label or ""}
        argv = [str(program), *_filled(words, values), *order.arguments, *_filled(asked, values)]
        hook = shlex.join([*order.hook, order.session])
        return Prepared(
            argv=tuple(argv),
            env={"HEDGEROW_HOOK": hook},
            conversation=conversation,
            adds=("HEDGEROW_HOOK is set: what the program tells with it is shown in the list.",),
        )

    def heard(self, event: Event) -> Heard:
        payload = event.payload
        name = payload.get("hook_event_name")
        status = _STATUS.get(name) if isinstance(name, str) else None
        message, cwd = payload.get("last_assistant_message"), payload.get("cwd")
        return Heard(
            status=status,
            question=self._question(event) if status is Status.WAITING else None,
            message=message if isinstance(message, str) else None,
            cwd=Path(cwd) if isinstance(cwd, str) and os.path.isabs(cwd) else None,
            ended=name == "SessionEnd",
        )

    def dialog(self, screen: str) -> Question | None:
        for words, text in self.line.dialogs:
            if words in screen:
                return Question(id=f"{self.name}-{words}", kind=QuestionKind.DIALOG, text=text, where="in its terminal")
        return None

    async def send(self, held: Held, text: str) -> None:
        if held.pane is None:
            raise HedgerowError(
                ErrorCode.UNSUPPORTED, f"{self.title} does not run in a terminal of Hedgerow's: type it where it runs"
            )
        dialog = self.dialog(await _settled(held.pane))
        if dialog is not None:
            raise HedgerowError(ErrorCode.CONFLICT, f"{self.title} {dialog.text}; answer that in its terminal first")
        await held.pane.paste(text)
        await _settled(held.pane)  # some take an Enter that comes with the text as part of it
        await held.pane.press("Enter")

    async def answer(self, held: Held, question: Question, answer: Answer) -> None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{self.title} is answered in its terminal")

    async def interrupt(self, held: Held) -> None:
        """Nothing: which key does it, and whether it did, no line says. Closing the terminal ends the turn."""

    async def quit(self, held: Held) -> None:
        """Nothing: it ends as its terminal is closed, which it is told of by a signal."""

    def _conversation(self, order: Order) -> tuple[str | None, list[str]]:
        """The id of the conversation, as far as we choose it, and what is added for it."""
        if order.resume is not None:
            if self.line.resume is None:
                raise HedgerowError(
                    ErrorCode.UNSUPPORTED,
                    f"Hedgerow cannot tell {self.title} which conversation to go on with; start it, and choose there",
                )
            return order.resume, list(self.line.resume)
        chosen = self.line.begin or self.line.resume
        return (str(uuid.uuid4()) if chosen else None), list(self.line.begin)

    def _question(self, event: Event) -> Question:
        tool = event.payload.get("tool_name")
        text = f"wants to use {tool}" if isinstance(tool, str) else "asks something"
        return Question(
            id=f"{event.session}-{event.at:.6f}", kind=QuestionKind.APPROVAL, text=text, where="in its terminal"
        )

    def _promptless(self) -> str:
        if self.line.own:
            return (
                f"the launch line {self.name!r} has no {{prompt}}: add it, or start without a prompt and send one later"
            )
        return f"{self.title} takes no prompt when it starts: start it without one, and send it once it is ready"

    def _missing(self) -> str:
        word = self.line.argv[0] if self.line.argv else ""
        if not word:
            return f"the launch line {self.name!r} is empty"
        if "/" in word and not os.path.isabs(word):
            return f"the launch line {self.name!r} must name a program on PATH, or say its whole path: {word}"
        return f"{self.title} is not installed: there is no {word} on your PATH"


def _filled(words: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Words with their placeholders replaced, in one go: what a prompt says is not looked at again."""
    return [_PLACEHOLDER.sub(lambda found: values[found[1]], word) for word in words]


async def _settled(pane: Pane) -> str:
    """What a terminal shows once it shows something and rests, or has had its time."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + _PATIENCE_SECONDS
    before = ""
    while loop.time() < limit:
        now = await pane.screen()
        if now.strip() and now == before:
            break
        before = now
        await asyncio.sleep(_SETTLE_SECONDS)
    return before
