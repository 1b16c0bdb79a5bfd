"""What Hedgerow remembers of sessions, as rows of the database. Facts that agents tell are not kept here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hedgerow.journal.database import Database
from hedgerow.protocol.sessions import Host, Phase, Question

from .agents.agent import Sighting, Status


@dataclass(frozen=True)
class SessionRecord:
    """One session that Hedgerow launched, or that a person said something of. Times are seconds since the epoch.

    Attributes:
        conversation: the agent's own id; None while it has not told.
        repository, checkout: where it worked last, by id; `home`: the worktree it belongs to, when that is another.
        path: the directory it worked in last.
        transcript: where the conversation is recorded.
        parent: id of the session that it was forked from.
        arguments, environment: the person's own, for the next launch (variables of ours only, no secrets).
        terminal: the name of its terminal, where that is ours.
        prompted: it was launched with a prompt, so that a turn is to begin by itself.
        exit_status, ended: how its agent went by itself (negative for a signal), and when that was seen.
    """

    id: str
    agent: str
    agent_home: str
    path: str
    conversation: str | None = None
    repository: str | None = None
    checkout: str | None = None
    home: str | None = None
    label: str | None = None
    transcript: str | None = None
    parent: str | None = None
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    host: str = Host.NOTHING
    terminal: str | None = None
    pid: int | None = None
    launched: float | None = None
    stopped: float | None = None
    exit_status: int | None = None
    pinned: bool = False
    archived: float | None = None
    seen: float | None = None
    ours: bool = False
    prompted: bool = False
    ended: float | None = None

    def row(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "arguments": json.dumps(self.arguments),
            "environment": json.dumps(dict(self.environment or {})),
            "pinned": int(self.pinned),
            "ours": int(self.ours),
            "prompted": int(self.prompted),
        }

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> SessionRecord:
        return cls(
            **{
                **row,
                "arguments": tuple(json.loads(row["arguments"])),
                "environment": json.loads(row["environment"]),
                "pinned": bool(row["pinned"]),
                "ours": bool(row["ours"]),
                "prompted": bool(row["prompted"]),
            }
        )


@dataclass(frozen=True)
class LastEvent:
    """The newest thing that the hooks of a session said."""

    status: Status
    at: float
    question: Question | None = None
    message: str | None = None


def observed_id(agent: str, agent_home: Path | str, conversation: str) -> str:
    """Id of a session that nobody gave one: the same for every server and each start."""
    text = "\0".join((agent, str(agent_home), conversation)).encode("utf-8", "surrogateescape")
    return "a-" + hashlib.sha256(text).hexdigest()[:10]


_SAME_SECONDS = 0.3
"""By how much two servers may differ about when a change was, where the agent itself does not tell."""


class SessionStore:
    """The tables of sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Sequence[SessionRecord]:
        return [SessionRecord.of(row) for row in self._database.rows("SELECT * FROM sessions ORDER BY launched")]

    def find(self, session: str) -> SessionRecord | None:
        row = self._database.row("SELECT * FROM sessions WHERE id = ?", session)
        return None if row is None else SessionRecord.of(row)

    def put(self, record: SessionRecord) -> None:
        self._database.put("sessions", record.row())

    def change(self, session: str, **values: object) -> SessionRecord | None:
        """Change what is remembered; answers how it is now, None when nothing is remembered of it."""
        if values:
            self._database.change("sessions", {"id": session}, values)
        return self.find(session)

    def ended(self, session: str, pid: int, exit_status: int | None, moment: float) -> bool:
        """Its agent has gone by itself; answers whether this process is the first to say so."""
        gone = {"pid": None, "exit_status": exit_status, "ended": moment, "host": str(Host.NOTHING)}
        return self._database.change("sessions", {"id": session, "pid": pid}, gone) > 0

    def forget(self, session: str) -> None:
        """It was never launched after all."""
        self._database.run("DELETE FROM sessions WHERE id = ?", session)

    def remembered(self, sighting: Sighting, session: str) -> SessionRecord:
        """The record of a session that was only observed so far, made when a person says something of it."""
        record = self.find(session)
        if record is None:
            record = SessionRecord(
                id=session,
                agent=sighting.agent,
                agent_home=str(sighting.agent_home),
                path=str(sighting.cwd),
                conversation=sighting.conversation,
                transcript=None if sighting.transcript is None else str(sighting.transcript),
            )
            self.put(record)
        return record

    def name_conversation(self, session: str, conversation: str, transcript: Path | None) -> SessionRecord | None:
        """The agent has told its own id of what we launched; another one it had before is not listed by itself."""
        record = self.find(session)
        if record is None:
            return None
        values: dict[str, object] = {}
        if transcript is not None and record.transcript != str(transcript):
            values["transcript"] = str(transcript)
        if record.conversation != conversation:
            values["conversation"] = conversation
            other = self._database.row(
                "SELECT 1 FROM sessions WHERE agent = ? AND agent_home = ? AND conversation = ?",
                record.agent, record.agent_home, conversation,
            )  # fmt: skip
            if other is not None:  # a session of its own here: two are not made one
                return record
            self.supersede(record)
        return self.change(session, **values)

    def supersede(self, record: SessionRecord) -> None:
        """What the session was called by its agent until now belongs to it, and is no session of its own."""
        if record.conversation is not None:
            past = {"agent": record.agent, "agent_home": record.agent_home, "conversation": record.conversation}
            self._database.put("session_past", {**past, "session": record.id})

    def superseded(self) -> Mapping[tuple[str, str, str], str]:
        """Earlier names of conversations, and the session that each belongs to."""
        rows = self._database.rows("SELECT * FROM session_past")
        return {(row["agent"], row["agent_home"], row["conversation"]): row["session"] for row in rows}

    def heard(self, session: str, event: LastEvent) -> None:
        """Keep what the hooks said, unless something newer is known."""
        before = self._database.row("SELECT at FROM session_events WHERE session = ?", session)
        if before is not None and before["at"] > event.at:
            return
        question = None if event.question is None else event.question.model_dump_json(by_alias=True)
        self._database.put(
            "session_events",
            {"session": session, "status": event.status, "question": question, "message": event.message,
             "at": event.at},
        )  # fmt: skip

    def events(self) -> Mapping[str, LastEvent]:
        found: dict[str, LastEvent] = {}
        for row in self._database.rows("SELECT * FROM session_events"):
            question = None if row["question"] is None else Question.model_validate_json(row["question"])
            found[row["session"]] = LastEvent(Status(row["status"]), row["at"], question, row["message"])
        return found

    def claim_news(self, session: str, phase: Phase, since: float, asked: str | None = None) -> bool:
        """Whether this process is the one that tells of it: each change is told once, by one server.

        Args:
            asked: id of the question. Another one is news, even where the agent has waited all the time; what it asks
                becoming known is none.
        """
        news = {"session": session, "phase": str(phase), "since": since, "asked": asked or ""}
        with self._database.transaction():
            known = self._database.row(
                "SELECT asked FROM session_news WHERE session = ? AND phase = ? AND abs(since - ?) < ?",
                session, str(phase), since, _SAME_SECONDS,
            )  # fmt: skip
            if known is not None and (asked is None or known["asked"] == asked):
                return False
            self._database.run("DELETE FROM session_news WHERE session = ? AND phase = ?", session, str(phase))
            self._database.put("session_news", news)
        return known is None or known["asked"] != ""

    def since(self) -> float:
        """Since when sessions are observed on this machine: what ended before needs nobody's look."""
        row = self._database.row("SELECT moment FROM sessions_since")
        return float(row["moment"]) if row is not None else 0.0
