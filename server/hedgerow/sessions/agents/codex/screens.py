"""What stands on Codex' screen that no other source tells of: dialogs. Recognised by their words, never answered."""

from __future__ import annotations

import hashlib
import re

from hedgerow.protocol.sessions import Question, QuestionKind

_DIALOGS: tuple[tuple[str, str], ...] = (
    ("Trust this folder?", "asks whether you trust this folder"),
    ("Do you trust the contents of this directory", "asks whether you trust this folder"),
    ("Hooks need review", "asks you to review hooks"),
    ("Working directory · resume", "asks in which directory to go on"),
    ("Background server has incompatible feature settings", "asks how to run beside other settings of its daemon"),
    ("This conversation is open in another app", "is open in another window of Codex; close that one"),
    ("Update available!", "offers an update"),
    ("Sign in with ChatGPT", "asks you to sign in"),
    ("Welcome to Codex", "asks you to sign in"),
)
_UPSELL = re.compile(r"^\s*Meet GPT-.*$", re.MULTILINE)
_CHOICE = re.compile(r"^\s*\u203a?\s*1\. ", re.MULTILINE)
_APPROVALS: tuple[tuple[str, str], ...] = (
    ("Would you like to run the following command?", "shell"),
    ("Would you like to make the following edits?", "apply_patch"),
)
_FIRST_OPTION = re.compile(r"^\s*\u203a?\s*1\. Yes", re.MULTILINE)
_COMMAND = re.compile(r"^\s*\$ (.*)", re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"^\s*Reason: (.*)$", re.MULTILINE)
_RECONNECTING = re.compile(
    "^[\u2022\u25e6] Reconnecting to server\u2026.*\n(?:\\s*\n| +\u2514 .*\n)*\u203a ", re.MULTILINE
)
_PROMPT = re.compile(r"^\u203a (?!\d\. )", re.MULTILINE)
_EMPTY_PROMPT = re.compile(r"^\u203a (?:Ask Codex to do anything|)\s*$", re.MULTILINE)


def dialog(screen: str) -> Question | None:
    """The dialog on a screen, or None. An approval can be answered with keys, anything else only by the person."""
    if (found := approval(screen)) is not None:
        return found
    for words, text in _DIALOGS:
        if _stands(screen, screen.rfind(words)):
            return _shown(words, text)
    upsell = _UPSELL.search(screen)
    if upsell is not None and _CHOICE.search(screen) is not None and _stands(screen, upsell.start()):
        return _shown(upsell[0].strip(), "asks whether to change the model")
    if _RECONNECTING.search(screen) is not None:
        return _shown("reconnecting", "has lost Codex' daemon; `codex app-server daemon start` brings it back")
    return None


def approval(screen: str) -> Question | None:
    """The approval that an embedded Codex asks for; with the daemon its socket tells more."""
    for words, tool in _APPROVALS:
        place = screen.rfind(words)
        end = _FIRST_OPTION.search(screen, place) if place >= 0 else None
        if end is None or not _stands(screen, place):
            continue
        block = screen[place : end.start()]
        command = _COMMAND.search(block)
        line = " ".join(command[1].split()) if command is not None else None
        reason = _REASON.search(block)
        what = (
            f"wants to run: {line}" if line else "wants to edit files" if tool != "shell" else "wants to run a command"
        )
        return Question(
            id=f"screen-{_mark(block)}",
            kind=QuestionKind.APPROVAL,
            text=what[:300] + (f" ({reason[1].strip()})" if reason is not None else ""),
            tool=tool,
            command=line if tool == "shell" else block.partition("\n")[2].strip("\n") or None,
            answerable=True,
        )
    return None


def takes_prompts(screen: str) -> bool:
    """Whether it shows its prompt, with no dialog over it."""
    return dialog(screen) is None and _PROMPT.search(screen) is not None


def prompt_is_empty(screen: str) -> bool:
    """Nobody has begun to write a prompt."""
    return takes_prompts(screen) and _EMPTY_PROMPT.search(screen) is not None


def _stands(screen: str, place: int) -> bool:
    """Words of a dialog stand below any prompt; what has one below it was said in the conversation."""
    return place >= 0 and _PROMPT.search(screen, place) is None


def _shown(words: str, text: str) -> Question:
    return Question(id=f"screen-{_mark(words)}", kind=QuestionKind.DIALOG, text=text, where="in its own window")


def _mark(block: str) -> str:
    """Of the words alone: another width of the window breaks lines elsewhere."""
    return hashlib.sha256("".join(block.split()).encode("utf-8", "replace")).hexdigest()[:16]
