"""Sessions while a server is up: looked at when something says so, told when they differ, and to whom they matter.

Nothing is polled while nothing happens, but for a launch whose agent has not told of itself yet: its terminal is
looked at for a dialog.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hedgerow.checkouts.listing import Listing
from hedgerow.flows.sessions.at_work import AtWork, running
from hedgerow.flows.sessions.desk import Desk, places_of
from hedgerow.flows.sessions.exits import awaited, note_exits
from hedgerow.protocol.checkouts import ListChanged, ListParams
from hedgerow.protocol.sessions import Attention, Phase, SessionRow
from hedgerow.sessions.agents.agent import Event
from hedgerow.sessions.endings import Endings
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.phases import NEEDS_ATTENTION
from hedgerow.sessions.roll import UNTOLD_SECONDS, Known, Places, listed
from hedgerow.watch.bus import Topic

logger = logging.getLogger(__name__)

_GATHER_SECONDS = 0.03
"""What is told within this time is looked at once."""
_DIALOG_SECONDS = 1.0
_FIRST_SECONDS = 30.0
"""For so long after its launch, an agent that never tells of itself is looked at for a dialog."""
_SETTLED_SECONDS = 0.25
"""A session that needs the person is told of after it has stood so for this long: an approval that the agent gives
itself at once is no news."""


class Attending:
    """One per server.

    Args:
        run: starts work in the background.
        ended: told of a session of ours whose agent has gone by itself.
    """

    def __init__(
        self, desk: Desk, listing: Listing, at_work: AtWork, *,
        run: Callable[[Coroutine[Any, Any, None]], None], ended: Callable[[SessionRow], None],
    ) -> None:  # fmt: skip
        self.attention: Topic[Attention] = Topic("attention")
        self.edited: Topic[tuple[str, Path]] = Topic("files that agents say they have written")
        self._desk = desk
        self._listing = listing
        self._at_work = at_work
        self._run = run
        self._ended = ended
        self._inbox = Inbox(desk.inbox)
        self._serving: asyncio.Task[None] | None = None
        self._watches: dict[tuple[str, Path], Callable[[], None]] = {}
        self._endings = Endings(lambda _pid: self._run(self.look()))
        self._dialogs: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again: asyncio.TimerHandle | None = None
        self._looking = asyncio.Lock()
        self._told: dict[str, SessionRow] = {}
        self._known: list[Known] = []
        self._began = False
        self._up = math.inf
        self._gone_at: dict[str, float] = {}
        self._stop_listening: Callable[[], None] | None = None
        self._news: dict[str, asyncio.TimerHandle] = {}

    async def begin(self) -> None:
        """Look for the first time, and whenever something says so from now on."""
        if self._began:
            return
        self._began = True
        self._up = time.time()
        self._stop_listening = self._listing.subscribe(self._listed)
        self._serving = asyncio.get_running_loop().create_task(self._inbox.serve(self._heard, self.look_soon))
        await self.look()

    async def close(self) -> None:
        for timer in (self._timer, self._again, self._dialogs, *self._news.values()):
            if timer is not None:
                timer.cancel()
        if self._stop_listening is not None:
            self._stop_listening()
        for stop in self._watches.values():
            stop()
        self._endings.close()
        if self._serving is not None:
            self._serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving
        self._inbox.close()

    def look_soon(self) -> None:
        """Something may differ."""
        if self._timer is None and self._began:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._look_now)

    async def look(self) -> None:
        """Ask the agents, and tell what differs."""
        async with self._looking:
            await note_exits(self._desk.roll.store, self._desk.terminals)
            await self._desk.roll.look()
            self._watch_homes()
            self._settle()

    def rows(self, params: ListParams, repositories: set[str]) -> list[SessionRow]:
        """Those of a list."""
        now = time.time()
        return [
            one.row
            for one in self._known
            if listed(one, past=params.past, now=now) and (params.all or one.row.repository in repositories)
        ]

    def _look_now(self) -> None:
        self._timer = None
        self._run(self.look())

    def _look_again(self) -> None:
        self._again = None
        self.look_soon()

    def _listed(self, news: ListChanged) -> None:
        if news.changed or news.removed or news.repositories:  # not of our own telling
            self._settle()

    def _places(self) -> Places:
        checkouts = [one for skeleton in self._listing.skeletons() for one in skeleton.checkouts.values()]
        return places_of(checkouts, self._desk.tools)

    def _settle(self) -> None:
        """Make rows of what is known by now, and tell those that differ."""
        self._known = self._desk.roll.known(self._places())
        now = time.time()
        rows = {one.row.id: one.row for one in self._known if listed(one, past=False, now=now)}
        for identifier in self._told.keys() - rows.keys():
            self._listing.announcer.gone(identifier)
        for identifier, row in rows.items():
            before = self._told.get(identifier)
            if before != row:
                self._listing.announcer.session(row)
                self._consider(before, row)
        if any(row.phase is Phase.WAITING and self._told.get(each) != row for each, row in rows.items()):
            self._listing.announcer.flush()  # the person is waited for: not gathered with what may come
        gone = [rows[one.row.id] for one in self._known if one.row.id in rows and self._has_gone(one)]
        self._told = rows
        for row in gone:
            self._ended(row)
        self._at_work.take([one.row for one in self._known])
        self._watch_exits()
        self._watch_dialogs()
        if self._desk.roll.unsettled and self._again is None:
            self._again = asyncio.get_running_loop().call_later(UNTOLD_SECONDS + 0.1, self._look_again)

    def _has_gone(self, one: Known) -> bool:
        """It has gone while this server was up, by itself and in order, and that is news. (It need not have been seen
        running: an agent may end before anybody has looked.)"""
        record, row = one.record, one.row
        if record is None or record.ended is None or record.ended < self._up or record.stopped is not None:
            return False
        known, self._gone_at[row.id] = self._gone_at.get(row.id), record.ended
        in_order = record.exit_status == 0 and row.phase in (Phase.PARKED, Phase.ENDED) and row.detail is None
        return in_order and known != record.ended

    # What needs the person

    def _consider(self, before: SessionRow | None, row: SessionRow) -> None:
        asked = None if row.question is None else row.question.id
        was = before and (before.phase, before.question and before.question.id, before.since)
        if was == (row.phase, asked, row.since):
            return
        waiting = self._news.pop(row.id, None)
        if waiting is not None:
            waiting.cancel()
        if row.phase in NEEDS_ATTENTION and (before is not None or row.ours or row.phase is Phase.WAITING):
            loop = asyncio.get_running_loop()
            self._news[row.id] = loop.call_later(_SETTLED_SECONDS, self._tell, row.id, row.phase, asked)

    def _tell(self, session: str, phase: Phase, asked: str | None) -> None:
        self._news.pop(session, None)
        row = self._told.get(session)
        if row is None or row.phase is not phase or (row.question and row.question.id) != asked:
            return
        if self._desk.roll.store.claim_news(session, phase, row.since or 0.0, asked):
            said = {Phase.WAITING: "waits for you", Phase.DONE: "is done", Phase.FAILED: "has failed"}[phase]
            detail = f": {row.detail}" if row.detail and phase is not Phase.DONE else ""
            self.attention.publish(Attention(session=row, message=f"{row.label} {said}{detail}"))

    # Where news comes from

    def _watch_homes(self) -> None:
        """One that is watched only now may have changed since it was looked at."""
        for name, home in self._desk.roll.homes() - self._watches.keys():
            self.look_soon()
            try:
                self._watches[name, home] = self._desk.roll.agents[name].watch(home, self.look_soon)
            except OSError as error:
                logger.warning("the sessions of %s in %s cannot be watched: %s", name, home, error)
                self._watches[name, home] = lambda: None

    def _heard(self, event: Event) -> bool:
        """Take an event of the inbox; False while its session is not known."""
        heard = self._desk.event(event)
        if heard is None:
            return False
        if heard.edited is not None:
            self.edited.publish((event.session, heard.edited))
        self.look_soon()
        return True

    def _watch_exits(self) -> None:
        self._endings.follow(
            one.record.pid
            for one in self._known
            if one.record is not None and one.record.ours and one.record.pid is not None and awaited(one.record)
        )

    def _watch_dialogs(self) -> None:
        waiting = any(_may_show_a_dialog(one) for one in self._known)
        if waiting and self._dialogs is None:
            self._dialogs = asyncio.get_running_loop().call_later(_DIALOG_SECONDS, self._look_at_dialogs)

    def _look_at_dialogs(self) -> None:
        self._dialogs = None
        self._run(self._read_dialogs())

    async def _read_dialogs(self) -> None:
        differs = False
        for one in [each for each in self._known if _may_show_a_dialog(each)]:
            assert one.record is not None and one.record.terminal is not None
            pane = await self._desk.terminals.find(one.record.terminal)
            question = None
            if pane is not None:
                with contextlib.suppress(Exception):
                    question = self._desk.agent(one.row.agent).dialog(await pane.screen())
            differs |= self._desk.roll.dialog(one.row.id, question)
        if differs:
            self._settle()
        else:
            self._watch_dialogs()


def _may_show_a_dialog(one: Known) -> bool:
    """Launched by us, and its agent has told nothing yet, or what it asks now is on its screen alone."""
    if one.record is None or one.record.terminal is None or not running(one.row):
        return False
    dialog = one.row.question is not None and one.row.question.kind.value == "dialog"
    fresh = one.sighting is None and time.time() - (one.record.launched or 0) < _FIRST_SECONDS
    return one.row.phase is Phase.STARTING or dialog or fresh
