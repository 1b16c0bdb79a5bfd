"""The roll of sessions: what agents tell of their conversations, joined with what Hedgerow remembers of them.

Owns what was seen last. Looks when it is asked to; knows nothing of git, and changes nothing but its own notes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Host, Phase, Question, SessionRow

from .agents.agent import Agent, Living, Sighting, Status
from .phases import LIVE, Evidence, Seen, is_gone, phase_of
from .processes import still_runs
from .store import LastEvent, SessionRecord, SessionStore, observed_id

logger = logging.getLogger(__name__)

_RECENT_SECONDS = 7 * 86400.0
"""Conversations at rest for longer are only listed when asked for."""
UNTOLD_SECONDS = 1.0
"""For so long a session may be told by nobody before it is said to be unknown, and a conversation that nobody has said
anything in may belong to whoever is just launching it."""
_NEW_SECONDS = 3.0
"""Agents tell whole seconds."""
_MESSAGE = 2000
_LABEL = 80


@dataclass(frozen=True)
class Place:
    """Where a directory belongs, as far as it is known."""

    repository: str
    checkout: str | None


Places = Callable[[Path], Place | None]


@dataclass(frozen=True)
class Known:
    """One session: what is remembered, what its agent tells, and the row made of both."""

    row: SessionRow
    record: SessionRecord | None
    sighting: Sighting | None


class Roll:
    """One per process.

    Args:
        agents: by name.
        environment: the person's, which says where each agent keeps its sessions.
    """

    def __init__(self, store: SessionStore, agents: Mapping[str, Agent], environment: Mapping[str, str]) -> None:
        self.store = store
        self.agents = agents
        self._environment = environment
        self._sightings: list[Sighting] = []
        self._dialogs: dict[str, Question] = {}
        self._since: dict[str, tuple[Phase, str | None, float]] = {}
        self._last: dict[str, Seen] = {}
        self._unknown: dict[str, float] = {}
        self._new: dict[str, float] = {}
        self._looking = asyncio.Lock()

    def homes(self) -> set[tuple[str, Path]]:
        """Where sessions are looked for: each agent's own place, and every place that a session of ours has."""
        found = {(name, agent.home(self._environment)) for name, agent in self.agents.items()}
        return found | {(each.agent, Path(each.agent_home)) for each in self.store.all() if each.agent in self.agents}

    async def look(self) -> None:
        """Ask every agent what there is. One that fails is logged, and keeps nobody else from being seen."""
        async with self._looking:
            homes = sorted(self.homes(), key=str)
            told = await asyncio.gather(*(self.agents[name].look(home) for name, home in homes), return_exceptions=True)
            sightings: list[Sighting] = []
            for (name, home), answer in zip(homes, told, strict=True):
                if isinstance(answer, BaseException):
                    if not isinstance(answer, Exception):
                        raise answer
                    logger.error("the sessions of %s in %s cannot be read", name, home, exc_info=answer)
                    sightings += [each for each in self._sightings if (each.agent, each.agent_home) == (name, home)]
                else:
                    sightings += answer
            self._sightings = sightings
            self._claim()

    def dialog(self, session: str, question: Question | None) -> bool:
        """What a terminal of ours shows that no agent tells of; answers whether that is news."""
        before = self._dialogs.pop(session, None)
        if question is not None:
            self._dialogs[session] = question
        return before != question

    def known(self, places: Places) -> list[Known]:
        """Every session, those that need the person first."""
        records = self.store.all()
        events = self.store.events()
        superseded = self.store.superseded()
        unseen_from = self.store.since()
        by_key = {(each.agent, each.agent_home, each.conversation): each for each in records}
        taken: set[str] = set()
        found: list[Known] = []
        for sighting in self._sightings:
            key = (sighting.agent, str(sighting.agent_home), sighting.conversation)
            if key in superseded and sighting.living is Living.STORED:
                continue
            record = by_key.get(key) or self._in_its_process(sighting, records)
            session = record.id if record is not None else observed_id(*key)
            if session in taken or (record is None and self._is_being_launched(session, sighting)):
                continue
            taken.add(session)
            found.append(self._known(session, record, sighting, events.get(session), places, unseen_from))
        for record in records:
            if record.id not in taken:
                found.append(self._known(record.id, record, None, events.get(record.id), places, unseen_from))
        found = _with_roots(found)
        return sorted(found, key=lambda one: (_ORDER.index(one.row.phase), -(one.row.active or one.row.started or 0)))

    def _is_being_launched(self, session: str, sighting: Sighting) -> bool:
        """It may be: Codex' daemon tells of a conversation before the server that opens it has noted whose it is."""
        new = sighting.living is not Living.STORED and not sighting.begun and sighting.status is Status.IDLE
        if not new or time.time() - (sighting.started or 0) > _NEW_SECONDS:
            self._new.pop(session, None)
            return False
        return time.monotonic() - self._new.setdefault(session, time.monotonic()) < UNTOLD_SECONDS

    def _in_its_process(self, sighting: Sighting, records: Sequence[SessionRecord]) -> SessionRecord | None:
        """The session whose agent we launched as this process: for a moment after it was resumed, Claude Code names the
        conversation that it was forked from."""
        if sighting.pid is None or sighting.living is not Living.PROCESS:
            return None
        process = (sighting.agent, str(sighting.agent_home), sighting.pid)
        its = next((each for each in records if (each.agent, each.agent_home, each.pid) == process), None)
        told = {(each.agent, each.conversation) for each in self._sightings if each.living is not Living.STORED}
        if its is None or (its.agent, its.conversation) in told or not _running(its):
            return None
        return its

    def find(self, text: str, known: list[Known], checkout: str | None) -> Known:
        """The session a person means.

        Args:
            checkout: id of the checkout that the text means, if it means one.

        Raises:
            HedgerowError: there is none, or there are several.
        """
        tests: tuple[Callable[[SessionRow], bool], ...] = (
            lambda row: text in (row.id, row.conversation),
            lambda row: row.label.casefold() == text.casefold(),
            lambda row: checkout is not None and row.checkout == checkout,
            lambda row: len(text) >= 6 and (row.conversation or "").startswith(text),
        )
        for test in tests:
            found = [one for one in known if test(one.row)]
            live = [one for one in found if one.row.phase in LIVE]
            found = live if live else [one for one in found if not one.row.archived] or found
            if len(found) == 1:
                return found[0]
            if found:
                names = ", ".join(f"{one.row.id} ({one.row.label})" for one in found[:5])
                raise HedgerowError(ErrorCode.AMBIGUOUS, f"{text!r} may be any of {names}; say which by its id")
        raise HedgerowError(ErrorCode.NO_SUCH_SESSION, f"there is no session {text[:80]!r}; `hedgerow list` shows them")

    def _claim(self) -> None:
        """Give what we launched the conversation that its agent made for it: the one in its own process."""
        open_ones = [each for each in self.store.all() if each.conversation is None and each.pid is not None]
        for record in open_ones:
            for sighting in self._sightings:
                if (sighting.agent, str(sighting.agent_home), sighting.pid) == (
                    record.agent, record.agent_home, record.pid,
                ):  # fmt: skip
                    self.store.name_conversation(record.id, sighting.conversation, sighting.transcript)
                    break

    def _known(
        self,
        session: str,
        record: SessionRecord | None,
        sighting: Sighting | None,
        event: LastEvent | None,
        places: Places,
        unseen_from: float,
    ) -> Known:
        running = _running(record)
        evidence = Evidence(
            living=_living(sighting, running),
            dialog=self._dialogs.get(session),
            running=running,
            unseen_from=unseen_from,
            tells=_tells(self.agents.get(record.agent if record is not None else "")),
            resumable=sighting is not None or (record is not None and record.conversation is not None),
        )
        if sighting is not None:
            evidence = replace(
                evidence,
                told=sighting.status,
                told_since=sighting.since,
                asks=sighting.question,
                turn=sighting.turn,
                begun=_begun(sighting, record.launched if record is not None else None),
                spoke=sighting.last_message is not None,
            )
            if running and sighting.living is Living.STORED:  # as it was before: the agent is on its way
                evidence = replace(evidence, told=Status.UNKNOWN, told_since=None, asks=None)
            if running:
                evidence = replace(evidence, spoke=evidence.spoke and evidence.begun)
        if event is not None and event.at >= ((record.launched if record is not None else None) or 0):
            evidence = replace(
                evidence,
                heard=event.status,
                heard_at=event.at,
                heard_asks=event.question,
                heard_message=event.message,
                begun=evidence.begun or event.message is not None or event.status in (Status.WAITING, Status.FAILED),
            )
        if record is not None:
            evidence = replace(
                evidence,
                exit_status=record.exit_status,
                ended=record.ended,
                launched=record.launched,
                stopped=record.stopped,
                seen=record.seen,
                prompted=record.prompted,
            )
        seen = self._settled(session, phase_of(evidence))
        gone = is_gone(evidence)
        path = _path(record, sighting, gone=gone)
        place = places(path)
        label = (record.label if record else None) or (sighting.title if sighting else None)
        row = SessionRow(
            id=session,
            agent=sighting.agent if sighting else record.agent if record else "",
            conversation=sighting.conversation if sighting else record.conversation if record else None,
            repository=place.repository if place else record.repository if record else None,
            checkout=place.checkout if place else None,
            home=record.home if record else None,
            path=str(path),
            label=(label or path.name or "a session")[:_LABEL],
            phase=seen.phase,
            detail=seen.detail,
            question=seen.question,
            since=self._began(session, seen, record.seen if record is not None else None),
            started=(sighting.started if sighting else None) or (record.launched if record else None),
            active=max(
                (moment for moment in (
                    sighting.active if sighting else None, event.at if event else None,
                    record.launched if record else None,
                ) if moment is not None),
                default=None,
            ),
            last_message=_cut(_last_message(sighting, event)),
            tokens=sighting.tokens if sighting else None,
            model=sighting.model if sighting else None,
            root=session,
            host=Host.NOTHING if gone else _host(record, sighting, running),
            pid=(sighting.pid if sighting else None) or (record.pid if record and running else None),
            pinned=record.pinned if record else False,
            archived=record.archived is not None if record else False,
            ours=record.ours if record else False,
            problems=_problems(sighting),
        )  # fmt: skip
        return Known(row, record, sighting)

    def _settled(self, session: str, seen: Seen) -> Seen:
        """What nobody can tell for a moment, between one source and the next, stays as it was for that moment: what it
        does, or what it waits for."""
        before = self._last.get(session)
        if before is None or not _is_untold(seen, before):
            self._unknown.pop(session, None)
            self._last[session] = seen
            return seen
        if time.monotonic() - self._unknown.setdefault(session, time.monotonic()) < UNTOLD_SECONDS:
            return before
        del self._unknown[session]
        self._last[session] = seen
        return seen

    @property
    def unsettled(self) -> bool:
        """Something is told as it was a moment ago, or not yet: look again after `UNTOLD_SECONDS`."""
        return bool(self._unknown) or any(time.monotonic() - seen < UNTOLD_SECONDS for seen in self._new.values())

    def _began(self, session: str, now: Seen, looked: float | None) -> float:
        """When the phase began: as it is told, else since we saw it so. A turn that nobody saw begins it anew."""
        asked = None if now.question is None else now.question.id
        before = self._since.get(session)
        if before is not None and before[:2] == (now.phase, asked):
            anew = looked is not None and now.since is not None and before[2] < looked <= now.since
            if not anew:
                return before[2]
        self._since[session] = (now.phase, asked, now.since or time.time())
        return self._since[session][2]


def _last_message(sighting: Sighting | None, event: LastEvent | None) -> str | None:
    """What was said last: at the end of a turn an agent's hook tells it before its record may even have the turn."""
    heard = event.message if event is not None else None
    recorded = sighting.last_message if sighting is not None else None
    if heard is not None and event is not None and sighting is not None and event.at >= (sighting.turn or 0):
        return heard
    return recorded or heard


def _is_untold(now: Seen, before: Seen) -> bool:
    """A source has ended and the next has not begun; or an agent notes that it waits before it tells what for."""
    if now.phase is Phase.UNKNOWN:
        return before.phase is not Phase.UNKNOWN
    asks_nothing = now.phase is Phase.WAITING and now.question is None
    return asks_nothing and before.phase in (Phase.STARTING, Phase.WORKING)


_ORDER = (
    Phase.WAITING, Phase.FAILED, Phase.DONE, Phase.STARTING, Phase.WORKING, Phase.UNKNOWN, Phase.IDLE, Phase.PARKED,
    Phase.ENDED,
)  # fmt: skip


def listed(known: Known, *, past: bool, now: float) -> bool:
    """Whether a session belongs into the list that was not asked for everything."""
    row = known.row
    if past or row.phase not in (Phase.PARKED, Phase.ENDED):
        return past or not row.archived
    return not row.archived and (row.pinned or now - (row.active or row.started or 0) < _RECENT_SECONDS)


def _living(sighting: Sighting | None, running: bool | None) -> Living | None:
    """An agent that we launched may not have told of its conversation yet: then its process says that it lives."""
    if sighting is None:
        return None
    if sighting.living is Living.STORED and running:
        return Living.PROCESS
    return sighting.living


def _running(record: SessionRecord | None) -> bool | None:
    if record is None or record.launched is None:
        return None
    if record.stopped is not None and record.stopped >= record.launched:
        return False
    if record.ended is not None or record.exit_status is not None:
        return False
    return None if record.pid is None else still_runs(record.pid, record.launched)


def _tells(agent: Agent | None) -> bool:
    return agent is None or agent.tells


def _begun(sighting: Sighting, launched: float | None) -> bool:
    """Whether a turn has begun: of one that we launched, since then."""
    if launched is not None and sighting.turn is not None and sighting.turn < launched:
        return sighting.living is not Living.STORED and sighting.status in (Status.BUSY, Status.WAITING)
    if sighting.begun is not None:
        return sighting.begun
    at_work = sighting.status not in (Status.IDLE, Status.UNKNOWN)
    return at_work or sighting.title is not None or sighting.last_message is not None


def _path(record: SessionRecord | None, sighting: Sighting | None, *, gone: bool) -> Path:
    """Where it works: what lives says so itself; at rest, where its work was moved to."""
    if sighting is not None and (record is None or not gone):
        return sighting.cwd
    return Path(record.path if record is not None else "/")


def _host(record: SessionRecord | None, sighting: Sighting | None, running: bool | None) -> Host:
    if record is not None and (running or (running is None and record.launched is not None)):
        return Host(record.host)
    if sighting is not None and sighting.living is not Living.STORED:
        return Host.ELSEWHERE
    return Host.NOTHING


def _problems(sighting: Sighting | None) -> list[str]:
    if sighting is None:
        return []
    found = [] if sighting.problem is None else [sighting.problem]
    if sighting.writers > 1:
        found.append(f"{sighting.writers} processes write this conversation at once: close all but one")
    return found


def _cut(text: str | None) -> str | None:
    return None if text is None else text[:_MESSAGE]


def _with_roots(known: list[Known]) -> list[Known]:
    """Each session with the one that it was forked from in the end."""
    by_conversation = {(one.row.agent, one.row.conversation): one for one in known if one.row.conversation}
    by_id = {one.row.id: one for one in known}

    def parent(one: Known) -> Known | None:
        if one.record is not None and one.record.parent is not None:
            return by_id.get(one.record.parent)
        if one.sighting is not None and one.sighting.parent is not None:
            return by_conversation.get((one.row.agent, one.sighting.parent))
        return None

    def root(one: Known) -> str:
        met = {one.row.id}
        while (above := parent(one)) is not None and above.row.id not in met:
            met.add(above.row.id)
            one = above
        return one.row.id

    return [replace(one, row=one.row.model_copy(update={"root": root(one)})) for one in known]
