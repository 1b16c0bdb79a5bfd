"""What an agent module answers for: how to find, launch, resume, fork, prompt, answer and stop one agent, and how to
read its state. Values and one interface; no agent in particular.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from hedgerow.protocol.sessions import Question


class Status(StrEnum):
    """What one source says of a session, before the person's part (looked at, archived) comes in."""

    BUSY = "busy"
    WAITING = "waiting"
    IDLE = "idle"
    """Between turns: the last one ended, or none has begun."""
    FAILED = "failed"
    """The last turn ended with an error."""
    UNKNOWN = "unknown"


class Living(StrEnum):
    """Where a conversation lives now."""

    PROCESS = "process"
    """In a process of its own, `Sighting.pid`."""
    DAEMON = "daemon"
    """In a server of the agent's that outlives its window."""
    STORED = "stored"
    """Nowhere: it can be resumed."""


@dataclass(frozen=True)
class Sighting:
    """What an agent tells of one of its conversations, at one moment. Times are seconds since the epoch.

    Attributes:
        agent: name of the agent module.
        agent_home: its configuration directory, which the conversation belongs to.
        conversation: the agent's own id of it.
        cwd: where it works now.
        since: when the status began, as far as it is told.
        question: what it waits for, when the status is `waiting` and it is known.
        title: what the agent or the person called it, else the first words of its first prompt.
        tokens: used so far.
        pid: the process that it lives in.
        parent: the conversation that it was forked from.
        transcript: the file it is recorded in.
        begun: a turn has begun in it at some time; None where that is not told apart.
        turn: when its last turn began, or ended, as far as that is told.
        writers: processes that write it now; more than one is a danger to it.
        problem: a sentence, when it could only be read in part.
    """

    agent: str
    agent_home: Path
    conversation: str
    cwd: Path
    living: Living
    status: Status = Status.UNKNOWN
    since: float | None = None
    question: Question | None = None
    title: str | None = None
    last_message: str | None = None
    tokens: int | None = None
    model: str | None = None
    started: float | None = None
    active: float | None = None
    pid: int | None = None
    parent: str | None = None
    transcript: Path | None = None
    begun: bool | None = None
    turn: float | None = None
    writers: int = 1
    problem: str | None = None


@dataclass(frozen=True)
class Order:
    """What is to run.

    Attributes:
        session: our id of the session, made before the launch.
        cwd: the checkout it is to work in.
        trusted_root: Local's path, which agents key their trust on.
        prompt: the first prompt, or the one to go on with.
        resume: the conversation to go on with (`fork`: to copy and go on with).
        transcript: where that conversation is recorded.
        label: what the person calls it, for agents that take a name.
        arguments: the person's own, passed on as they are.
        agent_home: the configuration directory; None leaves it to the agent.
        inbox: the directory that the hook program writes to.
        hook: the command line of the hook program, ending where a session's id is appended.
        environment: the person's, from which the launch is made.
    """

    session: str
    cwd: Path
    environment: Mapping[str, str]
    inbox: Path
    hook: tuple[str, ...]
    trusted_root: Path | None = None
    prompt: str | None = None
    resume: str | None = None
    fork: bool = False
    transcript: Path | None = None
    label: str | None = None
    arguments: tuple[str, ...] = ()
    agent_home: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """A launch, worked out.

    Attributes:
        argv, env: the program with its arguments, and the variables it needs besides those of the order.
        conversation: the agent's own id of the conversation, when it is known beforehand.
        adds: one sentence for each thing that is there because Hedgerow launches it.
        arrived: to be awaited once the terminal runs, while this process lives: what the launch needs is kept until
            the agent has taken it over. It ends by itself after some seconds.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    conversation: str | None = None
    adds: tuple[str, ...] = ()
    arrived: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Event:
    """What the hook program heard from an agent.

    Attributes:
        session: our id, from the launch.
        payload: what the agent wrote, as parsed JSON.
        at: when, seconds since the epoch.
    """

    session: str
    payload: Mapping[str, object]
    at: float


@dataclass(frozen=True)
class Heard:
    """What an event says of its session; None fields say nothing.

    Attributes:
        ended: the agent has told that it goes.
        edited: a file it has just written.
    """

    status: Status | None = None
    conversation: str | None = None
    question: Question | None = None
    message: str | None = None
    transcript: Path | None = None
    cwd: Path | None = None
    ended: bool = False
    edited: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What the person answers. Which fields count depends on the kind of the question."""

    approve: bool | None = None
    options: tuple[str, ...] = ()
    text: str | None = None


class Pane(Protocol):
    """The terminal of ours that an agent runs in."""

    async def screen(self) -> str:
        """What it shows now, without control sequences; lines end with newlines."""
        ...

    async def title(self) -> str: ...

    async def press(self, *keys: str) -> None:
        """Press keys, named as tmux names them (`Enter`, `Escape`, `Down`, `y`)."""
        ...

    async def paste(self, text: str) -> None:
        """Put text in as if pasted: of several lines, and nothing in it is a key."""
        ...


@dataclass(frozen=True)
class Held:
    """A session that something is to be done with.

    Attributes:
        sighting: what its agent last told of it.
        pane: its terminal, when that is ours.
        pid: the agent's process.
        launched: when we launched it; None when somebody else did.
    """

    session: str
    conversation: str | None
    agent_home: Path
    cwd: Path
    sighting: Sighting | None = None
    pane: Pane | None = None
    pid: int | None = None
    launched: float | None = None


class Agent(Protocol):
    """One agent. A module gives one object of this kind; it owns no state of record.

    Whatever fails in an expected way raises `HedgerowError` with a sentence for the person. `look` and `watch` cost
    next to nothing when nothing happens: they start no program and read no file twice that has not changed.
    """

    name: str
    """As a person types it."""
    title: str
    """As a person reads it."""

    @property
    def tells(self) -> bool:
        """`look` tells of its conversations; else nothing is known but its process, its terminal and its hooks."""
        ...

    @property
    def takes_prompt(self) -> bool:
        """It can be launched with a prompt."""
        ...

    def program(self, environment: Mapping[str, str]) -> Path | None:
        """The executable on the person's PATH, or None."""
        ...

    def home(self, environment: Mapping[str, str]) -> Path:
        """The agent's configuration directory."""
        ...

    def home_of_worktree(self, usual: Path, place: Path) -> Path:
        """A directory for the sessions of one worktree, made at `place` if the person wants one of its own; an agent
        that has no such thing answers the usual one.

        Raises:
            HedgerowError: it cannot be there.
        """
        ...

    async def look(self, home: Path) -> list[Sighting]:
        """Everything it tells now: living conversations first, then stored ones, newest first, at most 500.

        Never raises for what is written there: rubbish becomes a `problem`, or nothing.
        """
        ...

    def watch(self, home: Path, changed: Callable[[], None]) -> Callable[[], None]:
        """Call back on the running loop whenever `look` may answer otherwise; what is answered ends that."""
        ...

    async def prepare(self, order: Order) -> Prepared:
        """The launch of an order.

        Raises:
            HedgerowError: the program is missing, too old, or cannot do what is ordered.
        """
        ...

    def heard(self, event: Event) -> Heard:
        """What an event of the hook says."""
        ...

    def dialog(self, screen: str) -> Question | None:
        """The first-run, trust or update dialog that its terminal shows, which no other source tells of."""
        ...

    async def send(self, held: Held, text: str) -> None:
        """Give it a prompt, now or after its turn, as it takes them.

        Raises:
            HedgerowError: it cannot be reached, and where it can.
        """
        ...

    async def answer(self, held: Held, question: Question, answer: Answer) -> None:
        """Answer what it asks, after proving that it still asks that.

        Raises:
            HedgerowError: STALE_PLAN when it asks something else by now; where to answer, when it cannot be done here.
        """
        ...

    async def interrupt(self, held: Held) -> None:
        """End the turn that it is in, and wait until it has ended."""
        ...

    async def quit(self, held: Held) -> None:
        """Let go of the conversation in an orderly way, between turns, and wait until nothing writes it any more.

        The terminal is closed by the caller afterwards.
        """
        ...
