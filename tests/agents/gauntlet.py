"""The gauntlet: what each session is expected to go through, what was told of it, and how long after its cause.

A case begins with an act of the test and ends when the session has come to where it is to stay. What was told before
belongs to the case before. The table of all cases is printed at the end of a run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.agents.ear import Ear
from tests.agents.served import Row, Served

TABLE: list[tuple[str, str, str, str]] = []
"""Agent, case, what was seen with its delays, and what is wrong with it."""


@dataclass
class Gauntlet:
    """One server, one agent."""

    agent: str
    served: Served
    ear: Ear

    def case(self, name: str) -> Case:
        """Begin a case: what is done next is its first cause."""
        self.served.take_notices()
        begun = {session: len(told) for session, told in self.served.phases.items()}
        return Case(self, self.served, name, begun, [time.time()])


@dataclass
class Case:
    """Attributes:
    server: the one that was there when it began; all of what another one tells belongs to the case.
    acts: when the test did something.
    """

    gauntlet: Gauntlet
    server: Served
    name: str
    begun: dict[str, int]
    acts: list[float] = field(default_factory=list)

    def act(self) -> None:
        """The test is about to do something that changes the phase."""
        self.acts.append(time.time())

    async def went(self, row: Row, expected: str, **fields: Any) -> Row:
        """Wait until a session is where it is to stay; then it has gone through these phases, and no others.

        Args:
            expected: words; one in brackets may be too short to be told.
            fields: of its row, in the end.
        """
        served = self.gauntlet.served
        session, last = row["id"], expected.rsplit(maxsplit=1)[-1]
        try:
            await served.until(session, last, **fields)
            if last == "waiting":  # what it asks may be told a moment later
                await served.soon(lambda: served.rows[session]["question"], f"the question of {session}")
            found = served.rows[session]
            listed = {one["id"]: one for one in await served.list(past=True)}  # which looks again
            assert listed[session]["phase"] == last, f"it sticks: {listed[session]}"
            _matches([phase for phase, _ in self._passed(session)], expected)
        except AssertionError as error:
            self._note(session, found_wrong=str(error).splitlines()[0])
            raise
        self._note(session)
        return found

    def _passed(self, session: str) -> list[tuple[str, float]]:
        self.gauntlet.served.take_notices()
        told = self.gauntlet.served.phases.get(session, [])
        return told[self.begun.get(session, 0) :] if self.server is self.gauntlet.served else told

    def _note(self, session: str, found_wrong: str = "") -> None:
        conversation = self.gauntlet.served.rows.get(session, {}).get("conversation")
        seen: list[str] = []
        before = self.acts[0]
        for phase, told in self._passed(session):
            act = max((moment for moment in self.acts if moment <= told), default=before)
            cause = self.gauntlet.ear.cause(conversation, phase, max(before, act), told)
            mark = "" if cause is not None else "*"
            seen.append(f"{phase} {(told - (cause if cause is not None else act)) * 1000:.0f}{mark}")
            before = cause if cause is not None else before
        TABLE.append((self.gauntlet.agent, self.name, " · ".join(seen) or "(nothing)", found_wrong))


def _matches(seen: list[str], expected: str) -> None:
    left = list(seen)
    for word in expected.split():
        if left and left[0] == word.strip("[]"):
            left.pop(0)
        else:
            assert word.startswith("["), f"{seen}, expected {expected}"
    assert not left, f"{seen}, expected {expected}"


def printed() -> list[str]:
    """The table, with a line that explains it."""
    if not TABLE:
        return []
    widths = [max(len(row[column]) for row in TABLE) for column in (0, 1)]
    lines = [
        f"{agent:{widths[0]}}  {case:{widths[1]}}  {seen}{f'   WRONG: {wrong}' if wrong else ''}"
        for agent, case, seen, wrong in TABLE
    ]
    return [
        "the gauntlet: each phase as a client was told of it, in milliseconds after the agent's own event (* after the",
        "act of the test, where the agent tells of no event)",
        *lines,
    ]
