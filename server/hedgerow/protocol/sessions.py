"""Sessions of coding agents: what they are doing, what they ask, and the params of the commands that steer them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .model import Model
from .plans import ChangeResult
from .sentence import harmless
from .worktrees import Change, Params, SetupChoice


def _brief(text: str) -> str:
    return " ".join(harmless(text).split())


Words = Annotated[str, AfterValidator(_brief)]
"""Words of an agent, on one line, without anything that could steer a terminal."""
Prose = Annotated[str, AfterValidator(harmless)]
"""The same, of several lines."""


class Phase(StrEnum):
    """What a person sees of a session."""

    STARTING = "starting"
    WORKING = "working"
    WAITING = "waiting"
    """It needs the person: see its question."""
    DONE = "done"
    """Its turn has ended, and nobody has looked at it yet."""
    IDLE = "idle"
    """Its turn has ended, and somebody has looked."""
    FAILED = "failed"
    """Its turn, or the agent itself, ended with an error."""
    PARKED = "parked"
    """No agent runs; the conversation can be resumed."""
    ENDED = "ended"
    """No agent runs, and there is nothing to resume."""
    UNKNOWN = "unknown"
    """An agent runs, and no source can tell what it does."""


class QuestionKind(StrEnum):
    APPROVAL = "approval"
    """May it do this: answered with `approve` or `deny`."""
    CHOICE = "choice"
    """One of its options, or several."""
    TEXT = "text"
    """Words."""
    DIALOG = "dialog"
    """A first-run or trust dialog of the agent's own: only the person answers it, in its terminal."""


class Option(Model):
    label: Words
    """As it is chosen by."""
    description: Words = ""
    """What choosing it means."""


class Question(Model):
    """What a session waits for."""

    id: str
    """Binds an answer to what was seen: an answer to an older question is refused."""
    kind: QuestionKind
    text: Words
    """One sentence: `wants to run: npm test`."""
    tool: Words | None = None
    """Name of the agent's tool, for an approval."""
    command: Prose | None = None
    """The command, or the change to a file, that it asks about; whole."""
    paths: list[Words] = []
    """Files it asks about."""
    options: list[Option] = []
    """What can be chosen, in the agent's order."""
    several: bool = False
    """More than one option may be chosen."""
    answerable: bool = False
    """`answer` can give the answer; else `where` says where it is given."""
    where: Words | None = None
    """Where the answer is given, if not here."""


class Host(StrEnum):
    """What keeps a session's agent running."""

    TMUX = "tmux"
    """A terminal of ours: it outlives the editor."""
    EDITOR = "editor"
    """A terminal of the editor."""
    ELSEWHERE = "elsewhere"
    """A terminal that somebody else opened, or the agent's own daemon."""
    NOTHING = "nothing"
    """No agent runs."""


class SessionRow(Model):
    """One conversation with an agent."""

    id: str
    agent: str
    """`codex`, `claude`, or the name of a launch line."""
    conversation: str | None = None
    """The agent's own id of it; None while it has not told."""
    repository: str | None = None
    """Id of its repository; None when its directory is in none that is known."""
    checkout: str | None = None
    """Id of the checkout it works in; None when that is gone."""
    home: str | None = None
    """Id of the worktree it belongs to, when it works elsewhere now (Local)."""
    path: str
    """The directory it works in."""
    label: Words
    """What the person called it, else the agent, else its first words."""
    phase: Phase
    detail: Words | None = None
    """What it is doing, asks or died of, in a few words."""
    question: Question | None = None
    """Set while it waits."""
    since: float | None = None
    """When the phase began, seconds since the epoch."""
    started: float | None = None
    """Seconds since the epoch."""
    active: float | None = None
    """Last sign of life, seconds since the epoch."""
    last_message: Prose | None = None
    """What the agent said last, its first 2,000 characters."""
    tokens: int | None = None
    """Tokens used so far, as the agent counts them."""
    model: Words | None = None
    """Name of the model, as the agent calls it."""
    root: str
    """Id of the session that this one was forked from in the end; its own id when it was not."""
    host: Host = Host.NOTHING
    pid: int | None = None
    """Process of the agent, where it has one of its own."""
    pinned: bool = False
    """Its worktree is protected from clean-up."""
    archived: bool = False
    """Put away by the person."""
    ours: bool = False
    """Hedgerow started it."""
    problems: list[Words] = []
    """Sentences: a second writer, files that cannot be read."""


class Launch(Model):
    """How to run something in a terminal."""

    argv: list[str]
    """The program with its arguments."""
    cwd: str
    """The directory to run it in."""
    env: dict[str, str] = {}
    """Variables to set, besides those of the terminal."""


class StartParams(Change):
    agent: str | None = None
    """`codex`, `claude`, or the name of a launch line; by default what the setting `agent` says, else the one found."""
    prompt: str | None = None
    """The first prompt; without one the agent waits for it."""
    checkout: str | None = None
    """An existing worktree, or Local. Without it a worktree is made."""
    name: str | None = None
    """For a new worktree: its name; made from the prompt when missing."""
    from_: str | None = Field(default=None, alias="from")
    """For a new worktree: branch, tag, commit, `#123`, a pull-request URL, or the id of a snapshot."""
    branch: str | None = None
    """For a new worktree: a new branch to make there."""
    carry: Literal["none", "copy", "move"] = "none"
    """For a new worktree: what becomes of Local's uncommitted changes."""
    keep: bool = False
    """For a new worktree: never retire it."""
    setup: SetupChoice | None = None
    """For a new worktree: what to do with the set-up script."""
    label: str | None = None
    """What to call the session; made from the prompt when missing."""
    arguments: list[str] = []
    """Passed on to the agent as they are: `--model`, `--permission-mode` …"""
    terminal: Literal["auto", "tmux", "editor"] = "auto"
    """What hosts it: tmux where there is one, else the editor, which runs what the answer says."""


class OneSession(Params):
    session: str
    """Id, label, or checkout of a session, or the agent's own id."""


class SessionResult(Model):
    """What became of a session."""

    session: SessionRow
    """As it is now."""
    message: Words
    """What was done."""


class StartResult(ChangeResult):
    """Answer of the commands that start an agent, or let its worktree go: a plan to agree to, or what was done."""

    session: SessionRow | None = None
    """As it is now."""
    launch: Launch | None = None
    """To be run in a terminal of the editor: nothing else hosts it."""
    adds: list[Words] = []
    """What the launch adds to the agent's own command line and environment, one sentence each."""


class StopParams(OneSession):
    interrupt: bool = False
    """Also in the middle of a turn; else a session that works is left alone."""


class ResumeParams(Change):
    session: str
    """Id, label, or checkout of a session, or the agent's own id."""
    prompt: str | None = None
    """Sent once it is there."""
    terminal: Literal["auto", "tmux", "editor"] = "auto"
    """What hosts it."""


class ForkParams(StartParams):
    session: str
    """Id, label, or checkout of the session to fork; the fork goes on in a new worktree, or in `checkout`."""


class SendParams(OneSession):
    text: str
    """The prompt; of several lines, if need be."""


class AnswerParams(OneSession):
    question: str | None = None
    """Id of the question that was seen; without it, whatever it asks now."""
    decision: Literal["approve", "deny"] | None = None
    """For an approval."""
    options: list[str] = []
    """Labels of what is chosen, for a choice."""
    text: str | None = None
    """Words: for a question that takes them, or why it was denied."""


class AttachParams(OneSession):
    pass


class AttachResult(Model):
    launch: Launch
    """Run in a terminal, it shows the agent."""
    session: SessionRow


class LogsParams(OneSession):
    lines: int = Field(default=200, ge=1, le=10_000)
    """How many of the last lines."""


class LogsResult(Model):
    text: Prose
    """What its terminal shows, or what was said last where it has none of ours."""
    path: str | None = None
    """The agent's own record of the conversation."""


class PinParams(OneSession):
    pinned: bool = True
    """False lets clean-up have its worktree again."""


class ArchiveParams(Change):
    session: str
    """Id, label, or checkout of a session, or the agent's own id."""
    archived: bool = True
    """False brings it back into the list."""
    clean_up: bool = True
    """Also clean up its worktree, if it is managed and no other session has it."""


class MarkSeenParams(OneSession):
    pass


class Attention(Model):
    """`hedgerow/attention`: a session has started to wait, is done, or failed. Told once for all editors."""

    session: SessionRow
    message: Words
    """One sentence for the person."""
