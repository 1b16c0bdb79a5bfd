"""Launch lines: how a program is started, with and without a prompt, and how it goes on. Data alone.

Each preset says which version its facts are of; "help" is what that version's `--help` prints, and dialogs are what its
screen showed. A prompt is one word with its option, so that one which begins with `-` is none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

_TRUST = "asks whether you trust this folder"


@dataclass(frozen=True)
class Line:
    """One launch line. `{prompt}`, `{conversation}` and `{label}` stand for what an order says.

    Attributes:
        argv: the program, and what it is always started with.
        begin: added for a new conversation, whose id we choose.
        resume: added to go on with a conversation; None when it cannot be told which one.
        prompt: added when there is a prompt; None when none can be given at the start.
        label: added when the session has a label.
        home: its configuration directory, below the person's home.
        dialogs: words on its screen, and what it asks there, before it can do anything.
        own: the person wrote it, so it is theirs to allow.
    """

    name: str
    title: str
    argv: tuple[str, ...]
    begin: tuple[str, ...] = ()
    resume: tuple[str, ...] | None = None
    prompt: tuple[str, ...] | None = None
    label: tuple[str, ...] = ()
    home: str = "."
    dialogs: tuple[tuple[str, str], ...] = ()
    own: bool = False

    @property
    def sha256(self) -> str:
        """Of exactly these words: what a person allows."""
        return hashlib.sha256(json.dumps(self.argv).encode()).hexdigest()


PRESETS = (
    Line(
        "gemini",
        "Gemini CLI",
        ("gemini",),
        # 0.61.0, help: "--session-id: Start a new session with a manually provided UUID", "-i: Execute the provided
        # prompt and continue in interactive mode". `--resume` takes a UUID as well
        # (geminicli.com/docs/cli/session-management), of the same directory: elsewhere it says there is none.
        begin=("--session-id", "{conversation}"),
        resume=("--resume", "{conversation}"),
        prompt=("--prompt-interactive={prompt}",),
        home=".gemini",
        dialogs=(("Do you trust the files in this folder?", _TRUST),),
    ),
    Line(
        "copilot",
        "GitHub Copilot",
        ("copilot",),
        # 1.0.102, help: "--session-id <id>: Resume an existing session or task by ID, or set the UUID for a new
        # session", "-i, --interactive <prompt>: Start interactive mode and automatically execute this prompt".
        begin=("--session-id", "{conversation}"),
        resume=("--session-id", "{conversation}"),
        prompt=("--interactive={prompt}",),
        label=("--name={label}",),
        home=".copilot",
        dialogs=(("Confirm folder trust", _TRUST),),
    ),
    Line(
        "opencode",
        "opencode",
        ("opencode",),
        # 1.18.33, help: "--prompt: prompt to use", "--session: session id to continue". It chooses the id itself, and
        # `--continue` may find another worktree's session (anomalyco/opencode#41562), so nothing is resumed.
        prompt=("--prompt={prompt}",),
        home=".local/share/opencode",
    ),
    Line(
        "amp",
        "Amp",
        ("amp",),
        # 0.0.1790142911, help: only `--execute`, which is not interactive, takes a prompt. Threads are the service's;
        # `amp threads continue --last` takes the last one of the checkout, whoever had it.
        home=".config/amp",
    ),
    Line(
        "aider",
        "aider",
        ("aider",),
        # 0.86.2, aider/args.py: "--message: Specify a single message to send the LLM, process reply then exit". Its
        # history lies in the checkout: "--restore-chat-history: Restore the previous chat history messages".
        resume=("--restore-chat-history",),
    ),
)


def own_line(name: str, argv: Sequence[str]) -> Line:
    """A launch line of the person's own."""
    words = tuple(argv)
    return Line(name, name, words, prompt=() if any("{prompt}" in word for word in words) else None, own=True)
