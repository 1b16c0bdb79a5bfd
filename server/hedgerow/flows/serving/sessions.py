"""Sessions, as the app has them: loaded when first needed; looked at once on the shell, watched by a server."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hedgerow.checkouts.listing import Listing
from hedgerow.flows.sessions.at_work import AtWork
from hedgerow.planning.tools import Tools
from hedgerow.planning.turns import Turns
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import ListParams, ListResult
from hedgerow.protocol.sessions import Attention, SessionRow
from hedgerow.protocol.settings import Settings
from hedgerow.watch.bus import Topic

from .authors import Authors

if TYPE_CHECKING:
    from hedgerow.flows.sessions.desk import Desk

    from .attending import Attending

logger = logging.getLogger(__name__)


class Sessions:
    """One per app.

    Attributes:
        turns: who is at work where, for plans.
        authors: whose edits are whose.
        attention: told each session that comes to need the person.

    Args:
        turns: who else knows of agents' turns; by default what is seen here.
        run: starts work in the background.
        changed: told after something was changed by this process.
    """

    def __init__(
        self, settings: Settings, turns: Turns | None, *,
        run: Callable[[Coroutine[Any, Any, None]], None], changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self.attention: Topic[Attention] = Topic("attention")
        self._own = AtWork(self.desk)
        self.authors = Authors(self._own)
        self.turns: Turns = turns or self._own
        self._settings = settings
        self._run = run
        self._changed = changed
        self._tools: Tools | None = None
        self._listing: Listing | None = None
        self._desk: Desk | None = None
        self._attending: Attending | None = None
        self._loading = asyncio.Lock()
        self._keeper: Caller | None = None

    def serve(self, tools: Tools, listing: Listing) -> None:
        """What there is to work with."""
        self._tools, self._listing = tools, listing

    def desk(self) -> Desk:
        """What commands about sessions work with."""
        if self._desk is None:
            from hedgerow.flows.sessions.desk import Desk  # noqa: PLC0415 - only where sessions are asked for
            from hedgerow.sessions.agents.known import known_agents  # noqa: PLC0415
            from hedgerow.sessions.roll import Roll  # noqa: PLC0415
            from hedgerow.sessions.store import SessionStore  # noqa: PLC0415
            from hedgerow.sessions.terminals.terminals import Terminals  # noqa: PLC0415

            assert self._tools is not None, "the app serves it first"
            state = self._tools.journal.state
            environment = self._environment()
            roll = Roll(
                SessionStore(self._tools.journal.database), known_agents(self._settings.launch_lines), environment
            )
            self._desk = Desk(
                self._tools, roll, Terminals(state.root / "terminals"), state.inbox, environment, self._changed_here
            )
        return self._desk

    async def added_to(self, params: ListParams, result: ListResult, caller: Caller) -> ListResult:
        """The same list with its sessions. A server that has not looked yet tells of them a moment later."""
        repositories = {one.id for one in result.repositories}
        if self._attending is not None:
            if params.wait:
                await self._attending.look()
            return result.model_copy(update={"sessions": self._attending.rows(params, repositories)})
        if not params.wait:
            return result
        return result.model_copy(update={"sessions": await self._seen_now(params, repositories, caller)})

    async def look(self, caller: Caller) -> None:
        """Know who is at work now: a plan is about to be made."""
        if self._attending is not None:
            await self._attending.look()
        elif self.turns is self._own:
            from hedgerow.flows.sessions.moving import known_sessions  # noqa: PLC0415 - see `desk`

            self._own.take([one.row for one in await known_sessions(self.desk(), caller)])

    async def find(self, text: str, caller: Caller) -> SessionRow:
        """The session a person means.

        Raises:
            HedgerowError: NO_SUCH_SESSION, AMBIGUOUS.
        """
        return (await self.desk().find(text, caller)).row

    async def attend(self) -> None:
        """Watch sessions for as long as this process is up."""
        async with self._loading:
            if self._attending is None:
                module = await asyncio.to_thread(importlib.import_module, "hedgerow.flows.serving.attending")
                assert self._listing is not None, "the app serves it first"
                attending: Attending = module.Attending(
                    self.desk(), self._listing, self._own, run=self._run, ended=self._ended
                )
                attending.attention.subscribe(self._attention)
                attending.edited.subscribe(lambda told: self.authors.wrote(*told))
                self._attending = attending
        await self._attending.begin()

    def keep_house(self, caller: Caller) -> None:
        """From now on, a session that ends having changed nothing lets its worktree go."""
        self._keeper = caller

    def heard(self) -> None:
        """Another process has changed something."""
        if self._attending is not None:
            self._attending.look_soon()

    async def close(self) -> None:
        if self._attending is not None:
            await self._attending.close()

    def _changed_here(self) -> None:
        self.heard()
        self._changed()

    def _environment(self) -> dict[str, str]:
        import os  # noqa: PLC0415 - beside its only use

        return dict(os.environ)

    async def _seen_now(self, params: ListParams, repositories: set[str], caller: Caller) -> list[SessionRow]:
        from hedgerow.flows.sessions.desk import places_of  # noqa: PLC0415 - see `desk`
        from hedgerow.sessions.roll import listed  # noqa: PLC0415

        assert self._listing is not None, "the app serves it first"
        desk = self.desk()
        await desk.take_in()
        await desk.roll.look()
        checkouts = [one for skeleton in self._listing.skeletons() for one in skeleton.checkouts.values()]
        known = desk.roll.known(places_of(checkouts, desk.tools))
        now = time.time()
        return [
            one.row
            for one in known
            if listed(one, past=params.past, now=now) and (params.all or one.row.repository in repositories)
        ]

    def _attention(self, news: Attention) -> None:
        self.attention.publish(news)
        if self._settings.notify:
            self._run(self._notify(news))

    async def _notify(self, news: Attention) -> None:
        from hedgerow.sessions.notifying import notify  # noqa: PLC0415 - only for those who want it

        await notify(self._settings.notify, news)

    def _ended(self, row: SessionRow) -> None:
        if self._keeper is not None and row.checkout is not None and row.ours and not row.pinned:
            self._run(self._let_worktree_go(row, self._keeper))

    async def _let_worktree_go(self, row: SessionRow, caller: Caller) -> None:
        from hedgerow.flows.sessions.ending import let_worktree_go  # noqa: PLC0415 - with all that changes something

        place = replace(caller, directories=(Path(row.path),), automatic=True)
        if await let_worktree_go(self.desk(), row, place):
            self._changed_here()
