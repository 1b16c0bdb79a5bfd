"""What a person sees of a session, from what its sources last said. Pure: no clock, no files, no processes.

No source sticks: what is newer counts, and where an agent is gone, whatever it said before counts for nothing.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

from hedgerow.protocol.sessions import Phase, Question

from .agents.agent import Living, Status


@dataclass(frozen=True)
class Evidence:
    """What is known of one session. Times are seconds since the epoch.

    Attributes:
        living: where the conversation lives now; None when its agent has not told of it (yet).
        told, told_since, asks: the agent's own structured status, since when, and what it asks.
        turn: when its last turn began, as far as its record tells.
        heard, heard_at, heard_asks, heard_message: the newest event of its hooks.
        dialog: what its terminal shows before the agent itself can tell anything.
        running: whether the process we launched is still there; None when we launched none, or cannot tell.
        exit_status, ended: of that process, negative for a signal; and when it went.
        launched, stopped: by us.
        resumable: there is a conversation to go on with.
        tells: the agent tells of its conversations, so that one which has not yet is about to.
        begun: a turn has begun at some time.
        prompted: it was launched with a prompt, so that a turn begins by itself.
        spoke: the agent has said something.
        seen: when somebody last looked.
        unseen_from: turns that ended before this moment need nobody's look.
    """

    living: Living | None = None
    told: Status = Status.UNKNOWN
    told_since: float | None = None
    asks: Question | None = None
    turn: float | None = None
    heard: Status = Status.UNKNOWN
    heard_at: float | None = None
    heard_asks: Question | None = None
    heard_message: str | None = None
    dialog: Question | None = None
    running: bool | None = None
    exit_status: int | None = None
    ended: float | None = None
    launched: float | None = None
    stopped: float | None = None
    resumable: bool = False
    tells: bool = True
    begun: bool = False
    prompted: bool = False
    spoke: bool = False
    seen: float | None = None
    unseen_from: float = 0.0


@dataclass(frozen=True)
class Seen:
    """What a person sees."""

    phase: Phase
    detail: str | None = None
    question: Question | None = None
    since: float | None = None


def phase_of(evidence: Evidence) -> Seen:
    """The phase, in a few words, with what is asked."""
    if is_gone(evidence):
        return _after(evidence)
    status, since, question = _status(evidence)
    if status is Status.UNKNOWN or (status is Status.IDLE and evidence.prompted and not evidence.begun):
        return _before(evidence)
    if status is Status.WAITING:
        return Seen(Phase.WAITING, question.text if question is not None else "waits for you", question, since)
    if status is Status.BUSY:
        return Seen(Phase.WORKING, None, None, since)
    if status is Status.FAILED:
        return Seen(Phase.FAILED, evidence.heard_message or "its last turn ended with an error", None, since)
    return Seen(Phase.DONE if _unseen(evidence, since) else Phase.IDLE, None, None, since)


def is_gone(evidence: Evidence) -> bool:
    """Nothing runs it any more. A turn may outlive its window in the agent's daemon, so that is asked first."""
    if evidence.living is Living.PROCESS:
        return False
    if evidence.living is Living.DAEMON:  # between turns, a conversation whose window was closed only rests there
        return evidence.running is False and evidence.told not in (Status.BUSY, Status.WAITING)
    return evidence.living is Living.STORED or evidence.running is False


def _status(evidence: Evidence) -> tuple[Status, float | None, Question | None]:
    """The agent's own status, made more exact by what its hooks said since; the hooks alone where it has none.

    Hooks arrive late and some never (Escape makes none in Claude), so what they say of working and resting counts
    only where nothing better is there; that it asks, or has failed, they know first and best.
    """
    told, since = evidence.told, evidence.told_since
    if told is Status.UNKNOWN:
        return evidence.heard, evidence.heard_at, evidence.heard_asks
    newer = evidence.heard_at is not None and (since is None or evidence.heard_at >= since - _LATE_SECONDS)
    if told in (Status.BUSY, Status.IDLE) and evidence.heard is Status.WAITING and _after_it(evidence):
        return Status.WAITING, evidence.heard_at, evidence.heard_asks
    if told is Status.IDLE and evidence.heard is Status.FAILED and newer:
        return Status.FAILED, evidence.heard_at, None
    if told is Status.FAILED and evidence.heard is Status.IDLE and _after_its_turn(evidence):
        return Status.IDLE, since, None  # what failed is an earlier turn: the record of this one is on its way
    if told is Status.WAITING:
        asks = evidence.heard_asks if newer and evidence.heard is Status.WAITING else None
        return told, since, asks or evidence.asks
    return told, since, None


_LATE_SECONDS = 2.0
"""By how much an agent's own note of a state may come after the hook that tells of the same."""


def _after_it(evidence: Evidence) -> bool:
    return evidence.heard_at is not None and evidence.told_since is not None and evidence.heard_at > evidence.told_since


def _after_its_turn(evidence: Evidence) -> bool:
    return evidence.heard_at is not None and evidence.turn is not None and evidence.heard_at > evidence.turn


def _before(evidence: Evidence) -> Seen:
    """It runs, and no source tells what it does."""
    if evidence.dialog is not None:
        return Seen(Phase.WAITING, evidence.dialog.text, evidence.dialog, evidence.launched)
    about_to_tell = evidence.tells and not evidence.begun and evidence.heard is Status.UNKNOWN
    if evidence.launched is not None and about_to_tell:
        return Seen(Phase.STARTING, None, None, evidence.launched)
    return Seen(Phase.UNKNOWN, None, None, evidence.told_since)


def _after(evidence: Evidence) -> Seen:
    """Nothing runs it."""
    at_rest = Phase.PARKED if evidence.resumable else Phase.ENDED
    if evidence.stopped is not None and evidence.stopped >= (evidence.launched or 0):
        return Seen(at_rest, None, None, evidence.stopped)
    since = evidence.ended or evidence.told_since
    if evidence.exit_status not in _NO_FAILURE and _unseen(evidence, evidence.ended):
        return Seen(Phase.FAILED, _death(evidence.exit_status), None, since)
    if evidence.told is Status.FAILED and _unseen(evidence, evidence.told_since):
        return Seen(Phase.FAILED, evidence.heard_message or "its last turn ended with an error", None, since)
    if evidence.told is Status.BUSY:
        return Seen(at_rest, "it went away in the middle of a turn", None, since)
    return Seen(at_rest, None, None, since)


_TOLD_TO_END = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
_NO_FAILURE = {None, 0, *(-number for number in _TOLD_TO_END), *(128 + number for number in _TOLD_TO_END)}
"""Ways to go that somebody wanted: its terminal was closed, Ctrl-C, the machine shut down."""


def _death(exit_status: int | None) -> str:
    assert exit_status is not None, "it is no failure"
    if exit_status >= 0:
        return f"the agent ended with exit status {exit_status}"
    try:
        name = signal.Signals(-exit_status).name
    except ValueError:
        name = f"signal {-exit_status}"
    return f"the agent was ended by {name}"


def _unseen(evidence: Evidence, since: float | None) -> bool:
    if since is None or since < evidence.unseen_from:
        return False
    worked = evidence.spoke or evidence.begun or evidence.exit_status is not None
    return worked and (evidence.seen is None or evidence.seen < since)


NEEDS_ATTENTION = frozenset({Phase.WAITING, Phase.DONE, Phase.FAILED})
"""A person is told when a session comes to one of these."""

IN_TURN = frozenset({Phase.STARTING, Phase.WORKING, Phase.WAITING})
"""An agent is in the middle of something: what it works on is left alone."""

AT_WORK = IN_TURN | {Phase.UNKNOWN}
"""It may be: what cannot be told counts as in use."""

LIVE = AT_WORK | {Phase.DONE, Phase.IDLE}
"""An agent runs. `FAILED` may be either."""
