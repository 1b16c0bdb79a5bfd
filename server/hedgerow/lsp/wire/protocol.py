"""pygls' protocol with its defects mended; no command is known here.

Each mend has a test on the wire in tests/lsp. They rely on names inside pygls, which is why its version is pinned.
What pygls 2.1 does otherwise: params that do not fit, a missing `params`, a nested `jsonrpc` key, a batch and malformed
JSON are never answered; custom params become named tuples, slowly; a cancelled command runs on; a token for progress is
not handed over; requests are served before `initialize`; `exit` without `shutdown` ends with 0; tracebacks are sent.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import re
from collections.abc import Generator, Hashable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage
from pygls.protocol.language_server import lsp_method

from .errors import (
    INVALID_REQUEST,
    NOT_INITIALIZED,
    PARSE_ERROR,
    REQUEST_CANCELLED,
    UNEXPECTED,
    InvalidParams,
    is_expected,
    response_error,
)
from .frames import LARGEST_BODY, BadHeader, Body, TooLarge, frame

if TYPE_CHECKING:
    from ..server import HedgerowServer
    from .streams import Writer

logger = logging.getLogger(__name__)

_SURROGATE = re.compile("[\ud800-\udfff]")
_WHERE = re.compile(r"^(.*) @ \w+\.?(.*)$", re.DOTALL)


class HedgerowProtocol(LanguageServerProtocol):
    _server: HedgerowServer

    def __init__(self, server: HedgerowServer, converter: cattrs.Converter) -> None:
        super().__init__(server, converter)
        self._initialized = False
        self.channel: Writer | None = None
        """Used instead of pygls' own writer, which makes its caller wait."""

    # What arrives

    def receive(self, message: Body | TooLarge | BadHeader) -> None:
        """One message from the client. Whatever it is, nothing is raised and every request is answered."""
        if isinstance(message, TooLarge):
            self._refuse(
                message.id,
                INVALID_REQUEST,
                f"The message is too large: {message.size} bytes, where at most {LARGEST_BODY} are taken.",
            )
        elif isinstance(message, BadHeader):
            self._refuse(None, PARSE_ERROR, f"The message cannot be read: {message.reason}.")
        else:
            try:
                data = json.loads(message.content.decode("utf-8"))
            except (ValueError, RecursionError) as error:
                self._refuse(None, PARSE_ERROR, f"The message is not JSON: {error}.")
            else:
                self._receive(data)

    def _receive(self, data: Any) -> None:
        if isinstance(data, list):
            return self._refuse(None, INVALID_REQUEST, "Batches are not part of the language server protocol.")
        if not isinstance(data, dict):
            return self._refuse(None, INVALID_REQUEST, "A message is a JSON object.")
        message_id, method = data.get("id"), data.get("method")
        known_id = message_id if isinstance(message_id, (str, int)) and not isinstance(message_id, bool) else None
        if data.get("jsonrpc") != "2.0":
            return self._refuse(known_id, INVALID_REQUEST, 'A message says "jsonrpc": "2.0".')
        if method is None and "id" in data and ("result" in data or "error" in data):
            return self._receive_response(data)
        if not isinstance(method, str):
            return self._refuse(known_id, INVALID_REQUEST, "A message names its method.")
        if "id" not in data:
            return self._receive_notification(method, data)
        if known_id is None:
            return self._refuse(None, INVALID_REQUEST, "The id of a request is a string or an integer.")
        return self._receive_request(known_id, method, data)

    def _receive_request(self, message_id: str | int, method: str, data: dict[str, Any]) -> None:
        if self._shutdown:
            return self._refuse(message_id, INVALID_REQUEST, "The server is shutting down.")
        if method == types.INITIALIZE:
            if self._initialized:
                return self._refuse(message_id, INVALID_REQUEST, "The server is initialized already.")
            self._drop_unreadable_capabilities(data)
        elif not self._initialized:
            return self._refuse(message_id, NOT_INITIALIZED, "The server waits for initialize.")
        if message_id in self._request_futures:
            return self._refuse(message_id, INVALID_REQUEST, "A request with this id is still being served.")
        try:
            request = self._structure(method, data)
        except InvalidParams as error:
            return self._send_error(message_id, response_error(error))
        contextvars.copy_context().run(self._handle_request, message_id, method, request.params)
        return None

    def _receive_notification(self, method: str, data: dict[str, Any]) -> None:
        if method != types.EXIT and (self._shutdown or not self._initialized):
            logger.warning("ignored outside a session: %s", method)
            return
        try:
            notification = self._structure(method, data)
        except InvalidParams as error:
            logger.warning("ignored: %s", error.message)
            return
        contextvars.copy_context().run(self._handle_notification, method, notification.params)

    def _receive_response(self, data: dict[str, Any]) -> None:
        try:
            message = super().structure_message(data)
        except JsonRpcException:
            future = self._request_futures.pop(data["id"], None) if isinstance(data["id"], (str, int)) else None
            if future is not None and not future.done():
                future.set_exception(JsonRpcInternalError("The client's answer cannot be understood."))
            return
        if self._request_futures.get(message.id, _DONE).done():  # Its asker has given up.
            self._request_futures.pop(message.id, None)
            return
        self._handle_response(message.id, getattr(message, "result", None), getattr(message, "error", None))

    def _structure(self, method: str, data: dict[str, Any]) -> Any:
        """Typed for what LSP defines, as it came for anything else.

        Raises:
            InvalidParams: a line for each field.
        """
        message_type = self.get_message_type(method)
        if message_type is None:
            params = data.get("params")
            if "id" in data:
                return JsonRPCRequestMessage(data["id"], method, "2.0", params)
            return JsonRPCNotification(method, "2.0", params)
        try:
            return self._converter.structure(data, message_type)
        except Exception as error:  # noqa: BLE001 - whatever the converter trips over, the params did not fit
            raise InvalidParams(method, _fields(error)) from None

    def _drop_unreadable_capabilities(self, data: dict[str, Any]) -> None:
        """A capability that this version cannot read must not keep a newer editor out."""
        params = data.get("params")
        capabilities = params.get("capabilities") if isinstance(params, dict) else None
        if not isinstance(capabilities, dict):
            return
        for name in list(capabilities):
            try:
                self._converter.structure({name: capabilities[name]}, types.ClientCapabilities)
            except Exception:  # noqa: BLE001 - the same, for one section
                logger.warning("capabilities of the client that cannot be read: %s", name)
                del capabilities[name]

    # What is done

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        result = yield from super().lsp_initialize(params)
        result.capabilities.experimental = self._server.experimental_capabilities()
        if self._server.base_documents.offered(params.capabilities):
            self._server.base_documents.advertise(result)
        self._initialized = True
        # Run when this reply has been written.
        asyncio.get_running_loop().call_soon(self._server.begin, params)
        return result

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """One task for the whole of it, so that cancelling the request reaches what works."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise InvalidParams(params.command, [("", "there is no such command")])
        return await handler(params.arguments or [], params.work_done_token)

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_params: Any) -> None:  # type: ignore[override]
        current = self.msg_id
        self._shutdown = True
        for message_id, future in list(self._request_futures.items()):
            if message_id != current and not future.done():
                future.cancel()

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_params: Any) -> None:  # type: ignore[override]
        self._server.stop("exit was asked for")

    @property
    def was_shut_down(self) -> bool:
        return bool(self._shutdown)

    # What is answered

    def _send_handler_result(self, future: Future[Any], *, msg_id: str | int) -> None:
        self._request_futures.pop(msg_id, None)
        if future.cancelled():
            error = types.ResponseError(code=REQUEST_CANCELLED, message="Cancelled.")
            return self._send_error(msg_id, error)
        failure = future.exception()
        if failure is None:
            try:
                return self._send_response(msg_id, future.result())
            except Exception as unsendable:  # noqa: BLE001 - a result that cannot be sent is answered all the same
                failure = unsendable
        if not is_expected(failure):
            logger.error("request %r failed", msg_id, exc_info=failure)
        return self._send_error(msg_id, response_error(failure))

    def _send_response(self, msg_id: str | int, result: Any = None, error: types.ResponseError | None = None) -> None:
        if error is not None:
            self._send_error(msg_id, error)
        elif hasattr(result, "__pydantic_serializer__"):
            head = b'{"jsonrpc":"2.0","id":%b,"result":' % json.dumps(msg_id).encode()
            self._send_body(head + model_json(result) + b"}")
        else:
            self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": self._converter.unstructure(result)})

    def _send_error(self, msg_id: str | int | None, error: types.ResponseError) -> None:
        body: dict[str, Any] = {"code": error.code, "message": error.message}
        if error.data is not None:
            body["data"] = error.data
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "error": body})

    def _refuse(self, msg_id: str | int | None, code: int, message: str) -> None:
        logger.warning("refused: %s", message)
        self._send_error(msg_id, types.ResponseError(code=code, message=message))

    def notify_model(self, method: str, params: Any, key: Hashable) -> None:
        """A notification of ours. Of those with one key only the newest reaches a client that reads slowly."""
        head = b'{"jsonrpc":"2.0","method":%b,"params":' % json.dumps(method).encode()
        self._send_body(head + model_json(params) + b"}", key)

    def notify_latest(self, method: str, params: Any, key: Hashable) -> None:
        """The same for a notification of LSP."""
        params = self._converter.unstructure(params)
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params}, separators=(",", ":"))
        self._send_body(body.encode(), key)

    def _send_data(self, data: Any) -> None:
        body = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
        self._send_body(body.encode())

    def _send_body(self, body: bytes, key: Hashable | None = None) -> None:
        if self.channel is None:
            logger.error("nobody to send to: %s", body[:200])
        else:
            self.channel.write(frame(body), key)


_DONE: Future[None] = Future()
_DONE.set_result(None)


def model_json(model: Any) -> bytes:
    """A pydantic model as it goes over the wire; text that is no Unicode (a file name) with replacement characters."""
    try:
        return cast("bytes", model.__pydantic_serializer__.to_json(model, by_alias=True))
    except Exception:  # noqa: BLE001 - lone surrogates; anything else fails again below
        text = json.dumps(model.model_dump(mode="python", by_alias=True), ensure_ascii=False, default=str)
        return _SURROGATE.sub("\ufffd", text).encode()


def _fields(error: Exception) -> list[tuple[str, str]]:
    """Each field that does not fit, in the wire's spelling."""
    if not isinstance(error, cattrs.BaseValidationError):
        return [("params", UNEXPECTED if isinstance(error, JsonRpcException) else "cannot be understood")]
    problems: list[tuple[str, str]] = []
    for line in cattrs.transform_error(error, path="message"):
        match = _WHERE.match(line)
        what, where = (match[1], match[2]) if match else (line, "")
        field = re.sub(r"_+([a-z])", lambda found: found[1].upper(), where).removeprefix("params.")
        problems.append((field or "params", what))
    return problems
