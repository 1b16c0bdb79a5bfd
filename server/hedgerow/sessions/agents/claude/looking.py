"""Every conversation of one home, from what its processes and its transcripts tell. Pure but for a clock that is given.

A process writes its own state at once, and its transcript up to a tenth of a second later: what the one already says
and the other does not yet is waited for, shortly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from hedgerow.protocol.sessions import Question, QuestionKind

from ..agent import Living, Sighting, Status
from .process_files import ProcessFile
from .questions import ASK, question
from .records import Conversation
from .transcripts import Transcript

NAME = "claude"
SETTLE_SECONDS = 0.4
"""How long a turn that has just ended counts as going on, while its transcript does not say how it ended."""
BEGIN_SECONDS = 2.0
"""How long a prompt that is recorded counts as a turn, while the process does not say that it works."""

_TOGETHER = frozenset({"Read", "Glob", "Grep", "LS", "WebFetch", "WebSearch", "Task", "Agent"})
"""Tools that may run, and ask, at the same time; the one that asked last is shown first."""


def sightings(
    home: Path, processes: Iterable[ProcessFile], transcripts: Mapping[str, Transcript], now: float
) -> list[Sighting]:
    """Living ones first, then those that are only stored; newest first."""
    living: dict[str, list[ProcessFile]] = {}
    for each in processes:
        living.setdefault(each.conversation, []).append(each)
    parents = _parents(transcripts)
    found = [
        _living(home, writers, transcripts.get(conversation), parents.get(conversation), now)
        for conversation, writers in living.items()
    ]
    for conversation, one in transcripts.items():
        said = one.said
        if conversation not in living and said.cwd is not None and (said.prompts or said.last_message):
            found.append(_stored(home, one, said.cwd, parents.get(conversation)))
    return sorted(found, key=lambda each: (each.living is not Living.STORED, each.active or 0), reverse=True)


def asks(conversation: str, said: Conversation, cwd: Path) -> Question | None:
    """What a conversation that waits is asking, as far as its transcript tells."""
    called = list(said.pending.values())
    if not called:
        return None
    asked = called[0]
    for one in called:  # tools that change something run one by one: the first of them is the one that waits
        if one[0] not in _TOGETHER:
            break
        asked = one
    return question(conversation, *asked, cwd)


def _living(
    home: Path, writers: list[ProcessFile], transcript: Transcript | None, parent: str | None, now: float
) -> Sighting:
    process = max(writers, key=lambda each: each.since or each.started or 0)
    said = transcript.said if transcript is not None else Conversation()
    fresh = (said.active or 0) >= (process.started or 0)
    cwd = said.cwd if said.cwd is not None and fresh else process.cwd
    status, since = process.status, process.since
    if process.mute and now - (process.started or 0) < BEGIN_SECONDS:
        status, since = Status.IDLE, process.started
    if status is Status.IDLE and fresh and said.open and _unsettled(said.active or 0, since or 0, now):
        status, since = Status.BUSY, None
    elif status is Status.IDLE and not fresh and process.worked and now - (since or 0) < SETTLE_SECONDS:
        status, since = Status.BUSY, None  # its first turn: a fork's transcript is written when that has ended
    elif status is Status.IDLE and said.error is not None:
        # Right after a turn, an error from long before it is that of an earlier one: this one's record is on its way.
        earlier = since is not None and since - (said.active or 0) > SETTLE_SECONDS
        status, since = (
            (Status.BUSY, None) if earlier and now - (since or 0) < SETTLE_SECONDS else (Status.FAILED, since)
        )
    return Sighting(
        agent=NAME,
        agent_home=home,
        conversation=process.conversation,
        cwd=cwd,
        living=Living.DAEMON if process.background else Living.PROCESS,
        status=status,
        since=since,
        question=_waits(process, said, cwd) if status is Status.WAITING else None,
        title=process.name or said.title,
        last_message=said.error if status is Status.FAILED else said.last_message,
        tokens=said.tokens,
        model=said.model,
        started=said.born or process.started,
        active=max(said.active or 0, process.since or 0, process.started or 0) or None,
        pid=process.pid,
        parent=parent,
        transcript=transcript.path if transcript is not None else None,
        turn=said.prompted,
        begun=status in (Status.BUSY, Status.WAITING) or bool(said.prompts) or said.last_message is not None,
        writers=len(writers),
    )


def _unsettled(recorded: float, since: float, now: float) -> bool:
    """Whether the state may be older than the record, or the record than the state: a prompt is recorded first."""
    if recorded > since:
        return now - recorded < BEGIN_SECONDS
    return now - since < SETTLE_SECONDS


def _waits(process: ProcessFile, said: Conversation, cwd: Path) -> Question | None:
    if process.waiting_for in (None, "permission prompt"):
        return asks(process.conversation, said, cwd)
    if said.pending and next(reversed(said.pending.values()))[0] == ASK:
        return asks(process.conversation, said, cwd)
    return Question(
        id=f"{process.conversation[:8]}-{process.waiting_for}".replace(" ", "-"),
        kind=QuestionKind.DIALOG,
        text=f"shows a dialog in its terminal ({process.waiting_for})",
    )


def _stored(home: Path, one: Transcript, cwd: Path, parent: str | None) -> Sighting:
    said = one.said
    failed = said.error is not None
    broken_off = said.open and said.acted
    return Sighting(
        agent=NAME,
        agent_home=home,
        conversation=one.conversation,
        cwd=cwd,
        living=Living.STORED,
        status=Status.FAILED if failed else Status.BUSY if broken_off else Status.IDLE,
        since=said.active or one.changed,
        title=said.title,
        last_message=said.error if failed else said.last_message,
        tokens=said.tokens,
        model=said.model,
        started=said.born,
        active=said.active or one.changed,
        parent=parent,
        transcript=one.path,
        turn=said.prompted,
    )


def _parents(transcripts: Mapping[str, Transcript]) -> dict[str, str]:
    """Forks begin with the records of the conversation that they were made from; who began first is that one."""
    families: dict[str, list[Transcript]] = {}
    for one in transcripts.values():
        if one.said.first is not None and one.said.born is not None:
            families.setdefault(one.said.first, []).append(one)
    found = {}
    for family in families.values():
        eldest = min(family, key=lambda one: one.said.born or 0)
        for one in family:
            if (one.said.born or 0) > (eldest.said.born or 0) + 1:
                found[one.conversation] = eldest.conversation
    return found
