"""What is told of each conversation of a home, from its daemon, its store and its locks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.protocol.sessions import Question

from ..agent import Living, Sighting, Status
from .loaded import Thread
from .rollouts import Told
from .threads import MOST, StoredThread

AGENT = "codex"


@dataclass(frozen=True)
class Found:
    """Everything that was read of a home at one moment.

    Attributes:
        loaded: by the daemon, by id.
        writers: conversations that a process has open, with its id where that is known.
        told, parents: by thread id.
        programs: the process that was launched, by the one that holds a conversation (npm's wrapper is its parent).
        questions: what threads of the daemon ask, by id.
    """

    home: Path
    loaded: Mapping[str, Thread] = field(default_factory=dict)
    stored: tuple[StoredThread, ...] = ()
    writers: Mapping[str, int | None] = field(default_factory=dict)
    daemon: int | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[int, int] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    problem: str | None = None


def sightings(found: Found) -> list[Sighting]:
    """Living conversations first, then stored ones, newest first."""
    stored = {thread.id: thread for thread in found.stored}
    names = [*(name for name in found.loaded if name not in stored), *stored]
    seen = [one for name in names if (one := _sighting(found, name, stored.get(name))) is not None]
    seen.sort(key=lambda one: (one.living is Living.STORED, -(one.active or one.started or 0)))
    return seen[:MOST]


def _sighting(found: Found, name: str, stored: StoredThread | None) -> Sighting | None:
    loaded, told = found.loaded.get(name), found.told.get(name)
    if loaded is not None and loaded.hidden:
        return None
    living, pid = _living(found, name)
    status, since = _status(living, loaded, told)
    title = (loaded.title if loaded else None) or (stored.title if stored else None)
    if living is Living.STORED and title is None and status is Status.UNKNOWN:
        return None  # a window that was opened and closed: nobody has said anything
    cwd = loaded.cwd if loaded else (told.cwd if told else None) or (stored.cwd if stored else None)
    if cwd is None:
        return None
    error = told.error if told is not None and status is Status.FAILED else None
    return Sighting(
        agent=AGENT,
        agent_home=found.home,
        conversation=name,
        cwd=cwd,
        living=living,
        status=status,
        since=since,
        question=found.questions.get(name) if status is Status.WAITING else None,
        title=title,
        last_message=error or (told.last_message if told else None),
        tokens=(told.tokens if told else None) or (stored.tokens if stored else None) or None,
        model=next((one.model for one in (loaded, told, stored) if one is not None and one.model), None),
        started=(loaded.created if loaded else None) or (stored.created if stored else None),
        active=max(
            (moment for moment in (
                loaded.updated if loaded else None, stored.updated if stored else None, told.active if told else None,
            ) if moment is not None),
            default=None,
        ),
        pid=pid,
        parent=(loaded.parent if loaded else None) or found.parents.get(name),
        transcript=(loaded.rollout if loaded else None) or (stored.rollout if stored else None),
        turn=told.since if told is not None else None,
        begun=status is Status.BUSY or (told is not None and told.status is not None),
        problem=found.problem,
    )  # fmt: skip


def _living(found: Found, name: str) -> tuple[Living, int | None]:
    if name in found.loaded:
        return Living.DAEMON, None
    if name not in found.writers:
        return Living.STORED, None
    pid = found.writers[name]
    if pid is not None and pid == found.daemon:
        return Living.DAEMON, None
    return Living.PROCESS, None if pid is None else found.programs.get(pid, pid)


def _status(living: Living, loaded: Thread | None, told: Told | None) -> tuple[Status, float | None]:
    """The daemon knows; without it the record tells of turns, but not of what is asked within one."""
    if loaded is not None and told is not None and _is_ahead(told, loaded):
        return told.status or loaded.status, told.since
    if loaded is not None:
        agrees = told is not None and told.status is loaded.status
        return loaded.status, loaded.since or (told.since if told is not None and agrees else None)
    if told is None or told.status is None:
        nothing_yet = living is not Living.STORED and told is not None and told.whole
        return (Status.IDLE if nothing_yet else Status.UNKNOWN), None
    if living is not Living.STORED and told.status is Status.BUSY and told.calls and told.may_ask:
        return Status.UNKNOWN, told.since  # the tool runs, or it waits for leave to
    return told.status, told.since


def _is_ahead(told: Told, loaded: Thread) -> bool:
    """Whether the record has begun or ended a turn of which the daemon's news is still on its way."""
    return (
        loaded.status is Status.IDLE
        and told.status is not None
        and told.since is not None
        and loaded.since is not None
        and told.since > loaded.since
    )
