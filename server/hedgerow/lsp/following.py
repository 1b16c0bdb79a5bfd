"""Edits of what is followed, on their way to this client: whose they were, and how an editor without us shows them.

Decides nothing about what is followed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from hedgerow.protocol.follow import Edited, EditKind, Editor

from .tasks import Tasks
from .wire.protocol import HedgerowProtocol

if TYPE_CHECKING:
    from .documents import Documents

logger = logging.getLogger(__name__)

EDITED = "hedgerow/edited"

_SAVE_SECONDS = 0.3
"""How long the notification of a save may come after the file was written."""
_BETWEEN_SHOWN = 1.0
"""Seconds. An editor that jumps more often shows nothing."""
_SHOWN_KINDS = (EditKind.CREATED, EditKind.CHANGED, EditKind.RENAMED)


class Following:
    """Tells one client.

    Args:
        shows: the client cannot follow by itself, and can be asked to show a document.
        client: its name.
    """

    def __init__(
        self, protocol: HedgerowProtocol, tasks: Tasks, documents: Documents, *, shows: bool, client: str | None = None
    ) -> None:
        self._protocol = protocol
        self._tasks = tasks
        self._documents = documents
        self._shows = shows
        # Eglot (Emacs 30) takes false for true, and only a field that is not there for false; others want to be told.
        self._focus = None if client == "Eglot" else False
        self._next: Edited | None = None
        self._showing: asyncio.Task[None] | None = None

    def edited(self, news: Edited) -> None:
        if news.kind is EditKind.MANY or self._documents.saved_just_now(news.uri):
            self._tell(news)
        elif self._documents.is_on_disk(news.uri):
            # It may be the person's own save, of which the editor is about to tell.
            self._tasks.start(self._tell_later(news), "an edit that may be a save")
        else:
            self._tell(news)

    async def _tell_later(self, news: Edited) -> None:
        await self._documents.save_of(news.uri, _SAVE_SECONDS)
        self._tell(news)

    def _tell(self, news: Edited) -> None:
        if news.kind is not EditKind.MANY and self._documents.take_save(news.uri):
            news = news.model_copy(update={"by": Editor.YOU})
        # Of one file, only the newest has to reach a client that reads slowly.
        self._protocol.notify_model(EDITED, news, (EDITED, news.uri))
        if self._shows and news.by is Editor.AGENT and news.kind in _SHOWN_KINDS:
            self._next = news
            if self._showing is None or self._showing.done():
                self._showing = self._tasks.start(self._show(), "showing what is followed")

    async def _show(self) -> None:
        """The newest edit, again and again until there is none; one at a time, and not too often."""
        while self._next is not None:
            news, self._next = self._next, None
            began = time.monotonic()
            params = types.ShowDocumentParams(uri=news.uri, take_focus=self._focus, selection=_selection(news))
            try:
                await self._protocol.send_request_async(types.WINDOW_SHOW_DOCUMENT, params)
            except JsonRpcException as error:
                logger.info("%s could not be shown: %s", news.uri, error)
            await asyncio.sleep(max(0.0, _BETWEEN_SHOWN - (time.monotonic() - began)))


def can_show(capabilities: types.ClientCapabilities) -> bool:
    """Whether a client is to be shown what is edited: one that knows us does that itself."""
    experimental = capabilities.experimental
    ours = isinstance(experimental, dict) and "hedgerow" in experimental
    shown = capabilities.window.show_document if capabilities.window is not None else None
    return not ours and shown is not None and shown.support


def _selection(news: Edited) -> types.Range | None:
    if news.range is None:
        return None
    start = types.Position(news.range.start.line, news.range.start.character)
    return types.Range(start, start)
