"""Reviewing in any editor: lenses, code actions and diagnostics in the files of checkouts, and word of their changes.

Owns what is remembered of open documents. Decides nothing about reviews: it asks the app, and offers its commands.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from hedgerow.protocol.errors import HedgerowError

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.checkouts import ListChanged
    from hedgerow.protocol.comments import CommentsChanged
    from hedgerow.protocol.review import ReviewChanged

    from ..server import HedgerowServer
    from .abilities import Abilities
    from .looks import Look, Looks
    from .spots import Spots

logger = logging.getLogger(__name__)

_GATHER_SECONDS = 0.2
"""News that come together are told once, and nothing is worked out between two keys."""


class Surface:
    """Serves one client."""

    def __init__(self, server: HedgerowServer) -> None:
        self._server = server
        self._abilities: Abilities | None = None
        self._parts: tuple[Spots, Looks] | None = None
        self._open: set[str] = set()
        self._pushed: dict[str, object] = {}
        self._due: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._lenses_due = False
        self._news_due = False

    def register(self) -> None:
        """Offer everything; what of it is answered depends on the client."""

        async def lens(params: types.CodeLensParams) -> list[types.CodeLens]:
            return await self._lenses(params.text_document.uri)

        async def action(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
            return await self._actions(params)

        async def pull(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
            return types.RelatedFullDocumentDiagnosticReport(items=await self._diagnostics(params.text_document.uri))

        feature = self._server.feature
        feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))(lens)
        # Kinds as in `actions.KINDS`, which a start does not load.
        kinds = types.CodeActionOptions(code_action_kinds=["refactor.hedgerow", "quickfix.hedgerow"])
        feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)(action)
        options = types.DiagnosticOptions(
            inter_file_dependencies=False, workspace_diagnostics=False, identifier="hedgerow"
        )
        feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(pull)

    def follow(self, app: App) -> None:
        """From now on the client is told of what changes."""
        app.on_review_changed(self._review_changed)
        app.on_comments_changed(self._comments_changed)
        app.on_list_changed(self._list_changed)

    # What the client says

    def shown(self, uri: str) -> None:
        """A document was opened, typed in or saved. Clients that ask for diagnostics ask again by themselves."""
        self._open.add(uri)
        if not self.abilities.pulls:
            self._tell_later(uri)

    def closed(self, uri: str) -> None:
        self._open.discard(uri)
        if self._pushed.pop(uri, None):
            self._publish(uri, [])

    # What is answered

    async def _lenses(self, uri: str) -> list[types.CodeLens]:
        from .lenses import lenses  # noqa: PLC0415 - after the reply to `initialize`, as all of this

        look = await self._look(uri, hunks=True)
        return [] if look is None else lenses(look, self.abilities)

    async def _actions(self, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        from .actions import KINDS, actions  # noqa: PLC0415

        only = params.context.only
        if only is not None and not any(kind.startswith(one) for kind in KINDS for one in only):
            return []
        look = await self._look(params.text_document.uri, hunks=True, comments=True)
        return [] if look is None else actions(look, params.range, params.context, self.abilities)

    async def _diagnostics(self, uri: str) -> list[types.Diagnostic]:
        from .diagnostics import diagnostics  # noqa: PLC0415

        if self.abilities.shows_comments:
            return []
        look = await self._look(uri, comments=True)
        return [] if look is None else diagnostics(look, self._server.workspace.position_codec.client_num_units)

    @property
    def abilities(self) -> Abilities:
        if self._abilities is None:
            from .abilities import abilities_of  # noqa: PLC0415

            self._abilities = abilities_of(self._server.client_capabilities)
        return self._abilities

    async def _look(self, uri: str, **what: bool) -> Look | None:
        """A document as the client has it; None for one that is not open, or nothing to do with us."""
        server = self._server
        document = server.workspace.text_documents.get(unquote(uri)) or server.workspace.text_documents.get(uri)
        if document is None:
            return None
        with server.calls.counted():
            app = await server.app()
            spots, looks = self._known
            spot = await spots.of(app, uri)
            if spot is None:
                return None
            return await looks.look(app, uri, spot, document.source, server.calls.caller(), **what)

    @property
    def _known(self) -> tuple[Spots, Looks]:
        if self._parts is None:
            from .looks import Looks  # noqa: PLC0415
            from .spots import Spots  # noqa: PLC0415

            self._parts = Spots(self._server.calls), Looks()
        return self._parts

    # What the client is told

    def _review_changed(self, news: ReviewChanged) -> None:
        _, looks = self._known
        for path in [None] if news.all else news.paths:
            looks.forget(checkout=news.checkout, path=path)
        self._tell_all(lenses=True)

    def _comments_changed(self, _news: CommentsChanged) -> None:
        _, looks = self._known
        looks.forget(comments=True)
        self._tell_all()

    def _list_changed(self, news: ListChanged) -> None:
        spots, looks = self._known
        spots.list_changed(news)
        ids = {row.id for row in news.changed} | set(news.removed)
        for checkout in ids:
            looks.forget(checkout=checkout)
        shown = (spots.known(uri) for uri in self._open)
        if any(spot is None or spot.checkout in ids for spot in shown):
            self._tell_all(lenses=True)

    def _tell_all(self, *, lenses: bool = False) -> None:
        self._lenses_due = self._lenses_due or lenses
        self._news_due = True
        for uri in self._open or {""}:
            self._tell_later(uri)

    def _tell_later(self, uri: str) -> None:
        self._due.add(uri)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        due, self._due, self._timer = self._due & self._open, set(), None
        lenses, self._lenses_due = self._lenses_due, False
        news, self._news_due = self._news_due, False
        self._server.tasks.start(self._told(due, lenses=lenses, news=news), "telling what is in open documents")

    async def _told(self, due: set[str], *, lenses: bool, news: bool) -> None:
        abilities = self.abilities
        if lenses and abilities.refreshes_lenses:
            await self._ask_to_refresh(types.WORKSPACE_CODE_LENS_REFRESH)
        if abilities.shows_comments:
            return
        if abilities.pulls:
            if news and abilities.refreshes_diagnostics:
                await self._ask_to_refresh(types.WORKSPACE_DIAGNOSTIC_REFRESH)
            return
        for uri in sorted(due):
            try:
                found = await self._diagnostics(uri)
            except HedgerowError as error:
                logger.info("no comments are shown in %s: %s", uri, error.message)
                continue
            if uri in self._open and (found or uri in self._pushed) and self._pushed.get(uri) != found:
                self._pushed[uri] = found
                self._publish(uri, found)

    def _publish(self, uri: str, found: list[types.Diagnostic]) -> None:
        params = types.PublishDiagnosticsParams(uri=uri, diagnostics=found)
        self._server.protocol.notify_latest(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params, ("diagnostics", uri))

    async def _ask_to_refresh(self, method: str) -> None:
        try:
            await self._server.protocol.send_request_async(method, None)
        except JsonRpcException as error:
            logger.info("the client does not refresh (%s): %s", method, error)
