"""What every command about sessions works with, and how the session a person means is found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Host, SessionRow
from hedgerow.sessions.agents.agent import Agent, Event, Heard, Held, Status
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.roll import Known, Place, Places, Roll
from hedgerow.sessions.store import LastEvent, SessionRecord
from hedgerow.sessions.terminals.hosted import EVENT as LAUNCHED
from hedgerow.sessions.terminals.terminals import Terminal, Terminals

from .exits import note_exits


def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Desk:
    """One per app.

    Attributes:
        environment: the person's, for what is launched.
        changed: told after something was changed by this process.
    """

    tools: Tools
    roll: Roll
    terminals: Terminals
    inbox: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    changed: Callable[[], None] = _nothing

    @property
    def hook(self) -> tuple[str, ...]:
        """The hook program's command line, to which a session's id is appended."""
        return Inbox(self.inbox).hook

    def agent(self, name: str) -> Agent:
        """Raises:
        HedgerowError: NO_AGENT, with those that there are; as data, those that can be started.
        """
        found = self.roll.agents.get(name)
        if found is None:
            known = ", ".join(sorted(self.roll.agents))
            raise HedgerowError(
                ErrorCode.NO_AGENT,
                f"there is no agent {name[:60]!r}; there are {known}",
                agents=[each.name for each in self.roll.agents.values() if each.program(self.environment) is not None],
            )
        return found

    async def checkouts(self, caller: Caller) -> list[Checkout]:
        """Every checkout of the repositories that are open."""
        found: list[Checkout] = []
        for repository in await self.tools.repositories.open_all(caller):
            found += await self.tools.discovery.checkouts_of(repository)
        return found

    async def take_in(self) -> None:
        """Take what hooks have put into the inbox, and how agents have ended, where no server does."""
        await note_exits(self.roll.store, self.terminals)
        inbox = Inbox(self.inbox)
        try:
            await inbox.take(self.heard)
        finally:
            inbox.close()

    def heard(self, event: Event) -> bool:
        """Take an event of the inbox; False while its session is not known."""
        return self.event(event) is not None

    def event(self, event: Event) -> Heard | None:
        """The same, with what it says."""
        store = self.roll.store
        record = store.find(event.session)
        if record is None or record.agent not in self.roll.agents:
            return None
        if event.payload.get("hook_event_name") == LAUNCHED:
            self._launched(record, event.payload.get("pid"), event.at)
            return Heard()
        heard = self.roll.agents[record.agent].heard(event)
        if heard.conversation is not None:
            store.name_conversation(record.id, heard.conversation, heard.transcript)
        if heard.status is not None and (record.launched is None or event.at >= record.launched):
            store.heard(record.id, LastEvent(Status(heard.status), event.at, heard.question, heard.message))
        return heard

    def _launched(self, record: SessionRecord, pid: object, at: float) -> None:
        """The editor has started an agent that we prepared for it."""
        of_this = record.host == Host.EDITOR and at >= (record.launched or 0)
        if of_this and isinstance(pid, int) and pid > 1:
            self.roll.store.change(record.id, pid=pid, launched=at, ended=None, exit_status=None)

    async def find(self, text: str, caller: Caller) -> Known:
        """The session a person means.

        Raises:
            HedgerowError: NO_SUCH_SESSION, AMBIGUOUS.
        """
        try:
            checkouts = await self.checkouts(caller)
        except HedgerowError:  # a session is found by its id wherever it is
            checkouts = []
        await self.take_in()
        await self.roll.look()
        known = self.roll.known(places_of(checkouts, self.tools))
        meant = next((one.id for one in checkouts if text in (one.id, one.label, one.name, str(one.path))), None)
        return self.roll.find(text, known, meant)

    async def again(self, session: str, caller: Caller) -> SessionRow:
        """The row of a session as it is now."""
        return (await self.find(session, caller)).row

    async def record(self, known: Known) -> SessionRecord:
        """What is remembered of a session; from now on, something is."""
        if known.record is not None:
            return known.record
        assert known.sighting is not None, "a session is remembered or seen"
        return self.roll.store.remembered(known.sighting, known.row.id)

    async def held(self, known: Known) -> Held:
        """A session with its terminal, for its agent to do something with it."""
        record = known.record
        pane: Terminal | None = None
        if record is not None and record.terminal is not None:
            pane = await self.terminals.find(record.terminal)
        home = known.sighting.agent_home if known.sighting is not None else Path(record.agent_home if record else "/")
        return Held(
            session=known.row.id,
            conversation=known.row.conversation,
            agent_home=home,
            cwd=Path(known.row.path),
            sighting=known.sighting,
            pane=pane,
            pid=known.row.pid,
            launched=record.launched if record is not None else None,
        )


def places_of(checkouts: Iterable[Checkout], tools: Tools) -> Places:
    """Where each directory belongs: to the checkout that holds it most closely, or to one that was cleaned up."""
    tops = sorted(
        ((os.path.realpath(one.path), Place(one.repository.id, one.id)) for one in checkouts),
        key=lambda each: -len(each[0]),
    )
    retired = {
        row["path"]: Place(row["repository"], None)
        for row in tools.journal.database.rows("SELECT path, repository FROM worktrees WHERE state = 'retired'")
    }

    def place(path: Path) -> Place | None:
        real = os.path.realpath(path)
        for top, found in tops:
            if real == top or real.startswith(top + os.sep):
                return found
        return next((retired[str(one)] for one in (path, *path.parents) if str(one) in retired), None)

    return place
