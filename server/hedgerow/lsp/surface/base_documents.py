"""Base documents for clients that ask servers for text: answers, and says when one they have asked for has changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.review import ReviewChanged

    from ..server import HedgerowServer

logger = logging.getLogger(__name__)

SCHEME = "hedgerow-base"
_REMEMBERED = 500
"""Documents of which changes are told; the one that was asked for longest ago gives way."""


class BaseDocuments:
    """Serves one client."""

    def __init__(self, server: HedgerowServer) -> None:
        self._server = server
        self._asked_for: dict[str, None] = {}

    @staticmethod
    def offered(capabilities: types.ClientCapabilities) -> bool:
        """Whether the client can ask for them."""
        workspace = capabilities.workspace
        return workspace is not None and workspace.text_document_content is not None

    def advertise(self, result: types.InitializeResult) -> None:
        """Pygls leaves this capability out of what it says of itself."""
        workspace = result.capabilities.workspace or types.WorkspaceOptions()
        workspace.text_document_content = types.TextDocumentContentOptions(schemes=[SCHEME])
        result.capabilities.workspace = workspace

    async def text(self, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        """The request `workspace/textDocumentContent`.

        Raises:
            HedgerowError: it is no address of ours, or leads to nothing that may be read.
        """
        server = self._server
        with server.calls.counted():
            app = await server.app()
            document = await app.base_document(params.uri, server.calls.caller())
        self._asked_for.pop(params.uri, None)
        self._asked_for[params.uri] = None
        while len(self._asked_for) > _REMEMBERED:
            self._asked_for.pop(next(iter(self._asked_for)))
        return types.TextDocumentContentResult(text=document.text)

    def follow(self, app: App) -> None:
        app.on_review_changed(self.changed)

    def changed(self, news: ReviewChanged) -> None:
        for uri in self._asked_for:
            _, checkout, _, path = unquote(urlsplit(uri).path).split("/", 3)
            if checkout == news.checkout and (news.all or path in news.paths):
                self._server.tasks.start(self._refresh(uri), "saying that a base document has changed")

    async def _refresh(self, uri: str) -> None:
        method = types.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH
        try:
            await self._server.protocol.send_request_async(method, types.TextDocumentContentRefreshParams(uri=uri))
        except JsonRpcException as error:
            logger.info("the client does not refresh %s: %s", uri, error)
