"""What a terminal shows that Claude Code runs in: its prompt, or a dialog with rows to choose from. Pure.

Recognises; never guesses: whoever presses keys asks again after each of them. Texts are those of Claude Code 2.1.197.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hedgerow.protocol.sentence import harmless
from hedgerow.protocol.sessions import Option, Question, QuestionKind

_RULE = re.compile(r"─{10,}")
POINTER = "\u276f"
_ROW = re.compile(rf"\s*(?P<pointer>{POINTER})?\s*(?:(?P<number>\d+)\.\s(?P<box>\[.\]\s)?)(?P<label>.*?)\s*")
_BARE_ROW = re.compile(rf"\s*(?P<pointer>{POINTER})?\s*(?P<label>Submit|Next)\s*")
_STASHED = "\u203a stashed"
_GHOSTS = ("Press up to edit queued messages", 'Try "')
"""What an empty prompt may show by itself."""
_AMEND = "Tab to amend"
_CHOSEN = "✔"
"""Behind a row that was chosen in this dialog, or in the one before it of the same kind."""
_CHAT = "Chat about this"


@dataclass(frozen=True)
class Prompt:
    """The prompt, which takes what is pasted and Enter.

    Attributes:
        text: what stands in it; a suggestion of the program's own looks the same.
        stashed: a draft was put aside, and comes back after the next prompt.
    """

    text: str
    stashed: bool


@dataclass(frozen=True)
class Row:
    """Something that can be chosen."""

    label: str
    pointed: bool
    checked: bool = False


@dataclass(frozen=True)
class Dialog:
    """A dialog.

    Attributes:
        text: all that it shows, without its rows' pointer.
        whole: its top is on the screen too.
        amends: Tab lets words be added to a row.
    """

    text: str
    rows: tuple[Row, ...]
    whole: bool
    amends: bool

    @property
    def pointed(self) -> Row | None:
        return next((row for row in self.rows if row.pointed), None)


def prompt(screen: str) -> Prompt | None:
    """The prompt, when that is what waits for keys."""
    lines = _lines(screen)
    rules = [number for number, line in enumerate(lines) if _RULE.match(line)]
    if len(rules) < 2:
        return None
    top, bottom = rules[-2:]
    inside, below = lines[top + 1 : bottom], lines[bottom + 1 :]
    if not inside or inside[0][:1] not in (POINTER, "!"):
        return None
    if any(_ROW.fullmatch(line) for line in below):
        return None
    text = "\n".join([inside[0][1:].strip(), *(line.strip() for line in inside[1:])]).strip()
    if text.startswith(_GHOSTS):
        text = ""
    return Prompt(text, stashed=any(_STASHED in line for line in below))


def dialog(screen: str) -> Dialog | None:
    """The dialog that waits for keys."""
    lines = _lines(screen)
    rules = [number for number, line in enumerate(lines) if _RULE.match(line)]
    if rules and any(_ROW.fullmatch(line) and _CHAT in line for line in lines[rules[-1] + 1 :]):
        rules.pop()  # below it stands only the last row
    top = rules[-1] + 1 if rules else 0
    inside = lines[top:]
    rows = []
    for line in inside:
        found = _ROW.fullmatch(line) or _BARE_ROW.fullmatch(line)
        if found is not None:
            box = found.groupdict().get("box")
            label = found["label"].removesuffix(_CHOSEN).rstrip()
            rows.append(Row(label, found["pointer"] is not None, bool(box) and box != "[ ] "))
    pointed = [number for number, row in enumerate(rows) if row.pointed]
    if len(pointed) != 1:
        return None
    text = "\n".join(line.replace(POINTER, " ", 1) for line in inside)
    return Dialog(text, tuple(rows), whole=bool(rules), amends=_AMEND in text)


_FIRST_RUN = (
    (("Yes, I trust this folder",), "asks whether you trust this folder"),
    (("Choose the text style",), "asks for a colour theme, as at its first run"),
    (("Select login method",), "asks you to log in"),
    (("Paste code here if prompted",), "asks you to log in"),
    (("Do you want to use this API key?",), "asks whether it may use the API key in its environment"),
    (("Bypass Permissions mode", "Yes, I accept"), "asks whether it may do everything without asking"),
    (("Allow external CLAUDE.md file imports?",), "asks whether a CLAUDE.md may import files from elsewhere"),
    (("New MCP server",), "asks about an MCP server of this project"),
    (("new MCP servers found",), "asks about MCP servers of this project"),
    (("Settings Error",), "found an error in its settings"),
    (("Continue without these settings",), "found an error in its settings"),
    (("Resume from summary",), "asks how to go on with a long conversation"),
    (("Loading development channels",), "warns of development channels"),
    (("Security notes:", "Enter to continue"), "shows its notes on security, as at its first run"),
    (("Use Claude Code's terminal setup",), "asks about the set-up of its terminal"),
)


def first_run(screen: str) -> Question | None:
    """A dialog that comes before there is a session. Only the person answers it; the last thing said is what counts."""
    text = " ".join(harmless(screen).split())
    shown = dialog(screen)
    if prompt(screen) is not None and shown is None:
        return None
    for marks, sentence in _FIRST_RUN:
        if all(mark in text for mark in marks):
            options = [Option(label=row.label) for row in shown.rows] if shown is not None else []
            return Question(
                id=f"dialog-{marks[0][:24]}".replace(" ", "-"), kind=QuestionKind.DIALOG, text=sentence, options=options
            )
    return None


def squeezed(text: str) -> str:
    """Text without white space and frames, since a terminal breaks and indents lines as it likes."""
    return "".join(char for char in harmless(text) if not char.isspace() and char not in f"│{POINTER}")


def _lines(screen: str) -> list[str]:
    lines = screen.replace("\xa0", " ").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
