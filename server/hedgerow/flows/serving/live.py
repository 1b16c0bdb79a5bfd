"""What a server does that a shell does not: it watches what is listed, and follows for its client.

Loads the watchers when somebody first needs them: they are no part of a start, and an answer does not wait for them.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from hedgerow.checkouts.listing import Listing
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.follow import Edited, FollowParams, FollowResult
from hedgerow.protocol.sessions import SessionRow
from hedgerow.watch.bus import Topic
from hedgerow.watch.changes import Edits

if TYPE_CHECKING:
    from .following import Following
    from .watching import Watching


class Live:
    """One per server.

    Attributes:
        edited: told each edit of what is followed.
        edits: told which files of a checkout were touched, followed or not; paths only.

    Args:
        busy: told before (1) and after (-1) work in the background.
        warn: told what cannot be watched, in words; None when all of it is.
        author: the session that made an edit, as far as it can be told.
    """

    def __init__(
        self, listing: Listing, tools: Tools, *, busy: Callable[[int], None], warn: Callable[[str | None], None],
        author: Callable[[Edited], str | None],
    ) -> None:  # fmt: skip
        self._author = author
        self.edited: Topic[Edited] = Topic("edited")
        self.edits: Topic[Edits] = Topic("edits")
        self._listing = listing
        self._tools = tools
        self._busy = busy
        self._warn = warn
        self._watching: Watching | None = None
        self._following: Following | None = None
        self._loading = asyncio.Lock()

    async def bring_in_line(self) -> None:
        """Watch what is listed now."""
        await (await self._watched()).bring_in_line()

    async def follow(self, params: FollowParams, caller: Caller, session: SessionRow | None = None) -> FollowResult:
        """Begin or end following, for this server's client.

        Args:
            session: the one that the params name.

        Raises:
            HedgerowError: see `follow.Following.follow`.
        """
        watching = await self._watched()
        if self._following is None:
            from .following import Following  # noqa: PLC0415 - loaded by `_watched`, for the most part

            tools = self._tools
            self._following = Following(
                self._listing, watching, tools.discovery, tools.repositories, tools.git, self._edited
            )
        if session is not None:
            return await self._following.follow_session(session, params, caller)
        return await self._following.follow(params, caller)

    def _edited(self, news: Edited) -> None:
        self.edited.publish(news.model_copy(update={"session": self._author(news)}))

    async def close(self) -> None:
        if self._following is not None:
            await self._following.close()
        if self._watching is not None:
            await self._watching.close()

    async def _watched(self) -> Watching:
        async with self._loading:
            if self._watching is None:
                module = await asyncio.to_thread(importlib.import_module, "hedgerow.flows.serving.watching")
                self._watching = module.Watching(
                    self._listing, self._tools.git, busy=self._busy, version=self._notes_version
                )
                self._watching.problems.subscribe(self._warn)
                self._watching.edits.subscribe(self.edits.publish)
            return self._watching

    def _notes_version(self) -> object:
        """Changes whenever Hedgerow's own notes do, by another process or this one."""
        database = self._tools.journal.database
        return [tuple((database.row(asked) or {}).values()) for asked in ("PRAGMA data_version", _OWN_CHANGES)]


_OWN_CHANGES = "SELECT total_changes()"
"""A long operation notes its progress, which the list shows before it has ended."""
