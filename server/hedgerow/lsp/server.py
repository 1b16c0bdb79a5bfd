"""The server: one client, one `App`, and what connects them.

Opens the app when `initialize` has been answered, runs commands on it, and ends in an orderly way. Knows no git and no
policy.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import default_converter
from pygls.uris import to_fs_path

import hedgerow
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.model import PROTOCOL_VERSION

from . import commands
from .calls import Calls
from .documents import Documents
from .surface.base_documents import BaseDocuments
from .surface.surface import Surface
from .tasks import Tasks
from .wire.client_process import watch_process
from .wire.errors import is_expected
from .wire.frames import BadHeader, Decoder
from .wire.logs import log_to_files
from .wire.protocol import HedgerowProtocol
from .wire.streams import CLIENT_DEAD_AFTER, Reader, Writer

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.follow import Edited
    from hedgerow.protocol.sessions import Attention
    from hedgerow.protocol.settings import Settings

    from .following import Following
    from .options import ClientOptions

logger = logging.getLogger(__name__)

_SECONDS_TO_STOP = 10.0
"""For cancelled commands to put things back. What is not done by then is recovered at the next start."""
_SECONDS_TO_CLOSE = 5.0


class HedgerowServer(LanguageServer):
    """Serves one client until it goes.

    Args:
        client_dead_after: seconds after which a client that reads nothing is given up.
    """

    protocol: HedgerowProtocol

    def __init__(self, *, client_dead_after: float = CLIENT_DEAD_AFTER) -> None:
        super().__init__(
            "hedgerow", hedgerow.__version__, protocol_cls=HedgerowProtocol, converter_factory=default_converter
        )
        self.client_version = PROTOCOL_VERSION
        self._client_name: str | None = None
        self._client_dead_after = client_dead_after
        self.tasks = Tasks()
        self.calls = Calls(self)
        self.documents = Documents(lambda uri: cast("Any", self.workspace.text_documents.get(uri)))
        self.base_documents = BaseDocuments(self)
        self.surface = Surface(self)
        self._options: ClientOptions | None = None
        self._opening: asyncio.Task[App] | None = None
        self._following: Following | None = None
        self._settings: Settings | None = None
        self._stopped: asyncio.Event | None = None
        commands.register(self)
        self._register_features()

    def _register_features(self) -> None:
        documents = self.documents
        surface = self.surface

        def opened(params: types.DidOpenTextDocumentParams) -> None:
            documents.opened(params.text_document.uri)
            surface.shown(params.text_document.uri)

        def typed(params: types.DidChangeTextDocumentParams) -> None:
            documents.typed(params.text_document.uri)
            surface.shown(params.text_document.uri)

        def saved(params: types.DidSaveTextDocumentParams) -> None:
            documents.saved(params.text_document.uri)
            surface.shown(params.text_document.uri)

        def closed(params: types.DidCloseTextDocumentParams) -> None:
            documents.closed(params.text_document.uri)
            surface.closed(params.text_document.uri)

        self.feature(types.TEXT_DOCUMENT_DID_OPEN)(opened)
        self.feature(types.TEXT_DOCUMENT_DID_CHANGE)(typed)
        self.feature(types.TEXT_DOCUMENT_DID_SAVE)(saved)
        self.feature(types.TEXT_DOCUMENT_DID_CLOSE)(closed)
        surface.register()

        # A function of its own: pygls puts attributes on it, which a method cannot have.
        def configured(params: types.DidChangeConfigurationParams) -> None:
            self._configuration_changed(params)

        self.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(configured)

        async def base_document(params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
            return await self.base_documents.text(params)

        self.feature(types.WORKSPACE_TEXT_DOCUMENT_CONTENT)(base_document)

    # Beginning and ending

    async def run(self, stdin: int, stdout: int) -> int:
        """Serve on two file descriptors until the client goes; answers the exit code."""
        self._stopped = asyncio.Event()
        decoder = Decoder()

        def arrived(chunk: bytes) -> bool:
            if not chunk:
                self.stop("the client has closed its end")
            for message in decoder.feed(chunk):
                self.protocol.receive(message)
                if isinstance(message, BadHeader) and message.hopeless:
                    self.stop("the client speaks something else")
            return not writer.congested

        def drained() -> None:
            reader.resume()

        def lost(reason: str) -> None:
            logger.warning("%s", reason)
            self.stop(reason)

        writer = Writer(stdout, lost=lost, drained=drained, dead_after=self._client_dead_after)
        self.protocol.channel = writer
        reader = Reader(stdin, arrived)
        await self._stopped.wait()
        await self._end()
        await writer.close()
        return 0 if self.protocol.was_shut_down else 1

    def stop(self, reason: str) -> None:
        """End the server soon. May be called more than once."""
        if self._stopped is not None and not self._stopped.is_set():
            logger.info("ending: %s", reason)
            self._stopped.set()

    async def _end(self) -> None:
        await self.calls.stop(_SECONDS_TO_STOP)
        if self._opening is not None and not _failed(self._opening):
            try:
                async with asyncio.timeout(_SECONDS_TO_CLOSE):
                    app = await self._opening
                async with asyncio.timeout(_SECONDS_TO_CLOSE):
                    await app.close()
            except HedgerowError:
                pass  # It was never open, and was said to be so.
            except Exception:
                logger.exception("the end was not orderly")
        await self.tasks.close()

    def begin(self, params: types.InitializeParams) -> None:
        """Everything that the reply to `initialize` did not have to wait for."""
        from .options import client_protocol_version, read_options  # noqa: PLC0415 - after the reply, as all of this

        log_to_files()
        self.client_version = client_protocol_version(params.capabilities.experimental)
        self._client_name = params.client_info.name if params.client_info is not None else None
        if isinstance(params.process_id, int):
            self.tasks.start(watch_process(params.process_id, self.stop), "watching the client's process")
        self._apply(read_options(params.initialization_options))
        self.tasks.start(self._open_early(), "opening")

    async def _open_early(self) -> None:
        try:
            app = await self.app()
        except HedgerowError as error:
            from hedgerow.protocol.checkouts import ServerStatus  # noqa: PLC0415

            from .notifications import Notifications  # noqa: PLC0415

            self.say(types.MessageType.Error, error.message)
            Notifications(self.protocol).status(ServerStatus(health="error", quiescent=True, message=error.message))
        else:
            with self.calls.counted():
                await app.keep_house(self.calls.caller(automatic=True))

    async def app(self) -> App:
        """Open once for all; after a failure, once more for whoever asks next.

        Raises:
            HedgerowError: it cannot be opened, and why.
        """
        if self._opening is None or _failed(self._opening):
            self._opening = self.tasks.start(self._open(), "opening")
        return await asyncio.shield(self._opening)

    async def _open(self) -> App:
        try:
            module = await asyncio.to_thread(importlib.import_module, "hedgerow.app")
        finally:
            gc.freeze()
            gc.enable()
        app = cast("App", await module.App.open(settings=self.settings))
        from .notifications import Notifications  # noqa: PLC0415

        Notifications(self.protocol).follow(app)
        app.on_edited(self._edited)
        if not self.options.asks:  # our own clients have a place for it
            app.on_attention(self._needs_person)
        self.base_documents.follow(app)
        self.surface.follow(app)
        return app

    def _needs_person(self, news: Attention) -> None:
        failed = news.session.phase == "failed"
        self.say(types.MessageType.Error if failed else types.MessageType.Info, news.message)

    def _edited(self, news: Edited) -> None:
        if self._following is None:
            from .following import Following, can_show  # noqa: PLC0415

            shows = can_show(self.client_capabilities)
            self._following = Following(
                self.protocol, self.tasks, self.documents, shows=shows, client=self._client_name
            )
        self._following.edited(news)

    # What the client says about itself

    @property
    def settings(self) -> Settings:
        assert self._settings is not None, "set when initialize has been answered"
        return self._settings

    @property
    def options(self) -> ClientOptions:
        assert self._options is not None, "set when initialize has been answered"
        return self._options

    def experimental_capabilities(self) -> dict[str, Any]:
        return {"hedgerow": {"protocolVersion": PROTOCOL_VERSION}}

    def _configuration_changed(self, params: types.DidChangeConfigurationParams) -> None:
        from .options import read_options  # noqa: PLC0415

        section = params.settings.get("hedgerow") if isinstance(params.settings, dict) else None
        if section is not None:
            self._apply(read_options(section))

    def _apply(self, options: ClientOptions) -> None:
        from hedgerow.config import load_settings  # noqa: PLC0415

        self._options = options
        self._settings, warnings = load_settings(options.settings)
        for warning in (*options.warnings, *warnings):
            self.warn(warning, show=True)

    def directories(self) -> tuple[Path, ...]:
        """The open folders; a client without any names a root, or nothing."""
        uris = [folder.uri for folder in self.workspace.folders.values()] or [self.workspace.root_uri]
        paths = [to_fs_path(uri) for uri in uris if uri and uri.startswith("file:")]
        return tuple(Path(path) for path in paths if path)

    # Telling the person

    def say(self, kind: types.MessageType, message: str) -> None:
        self.window_show_message(types.ShowMessageParams(type=kind, message=f"Hedgerow: {message}"))

    def tell_outcome(self, kind: types.MessageType, message: str) -> None:
        """Helix shows neither the answer of a command nor its error; every other client has a place for them."""
        if self._client_name == "helix":
            self.say(kind, message)

    def warn(self, message: str, *, show: bool = False) -> None:
        """Into the client's log, and in front of the person where they can mend it."""
        logger.warning("%s", message)
        self.window_log_message(types.LogMessageParams(type=types.MessageType.Warning, message=message))
        if show:
            self.say(types.MessageType.Warning, message)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls' last resort, which would pop up in front of the person."""
        if is_expected(error):
            logger.info("%s", error)
        else:
            logger.error("%s: %s", getattr(source, "__name__", source), error, exc_info=error)


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
