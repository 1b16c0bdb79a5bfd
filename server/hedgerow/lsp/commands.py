"""One handler for each command of the table: one object in, one call of the app, one model out. No policy.

Its params are checked here, where a reply is certain.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pydantic import ValidationError

from hedgerow.protocol.commands import COMMANDS, Command
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.model import PROTOCOL_VERSION, Model
from hedgerow.protocol.plans import ChangeResult

from .calls import NOTHING_CHANGED
from .wire.errors import InvalidParams

if TYPE_CHECKING:
    from .server import HedgerowServer

Handler = Callable[[Sequence[object], "str | int | None"], Awaitable[Model]]


def register(server: HedgerowServer) -> None:
    """Make every command of the table one that clients may call."""
    for command in COMMANDS:
        server.command(command.id)(_handler(server, command))


def _handler(server: HedgerowServer, command: Command) -> Handler:
    async def handle(arguments: Sequence[object], token: str | int | None) -> Model:
        try:
            result = await carried_out(arguments, token)
        except (HedgerowError, InvalidParams) as error:
            server.tell_outcome(types.MessageType.Error, str(error.message))
            raise
        message = getattr(result, "message", None)
        if message:
            server.tell_outcome(types.MessageType.Info, str(message))
        return result

    async def carried_out(arguments: Sequence[object], token: str | int | None) -> Model:
        raw = one_object(command, arguments)
        completed = await server.calls.choose(command, raw)
        if completed is None:
            return ChangeResult(message=NOTHING_CHANGED)
        params, ignored = read_params(command, completed, client_version=server.client_version)
        for field in ignored:
            server.warn(f"{command.id}: '{field}' is not known to this version of Hedgerow and was ignored.")
        return await server.calls.run(command, params, token)

    return handle


def one_object(command: Command, arguments: Sequence[object]) -> dict[str, Any]:
    """The one object that a command takes; a missing one is empty.

    Raises:
        InvalidParams: it is something else.
    """
    if len(arguments) > 1:
        raise InvalidParams(command.id, [("", f"one object is expected, not {len(arguments)} arguments")])
    raw = arguments[0] if arguments and arguments[0] is not None else {}
    if not isinstance(raw, dict):
        raise InvalidParams(command.id, [("", "one object is expected")])
    return raw


def read_params(command: Command, raw: Mapping[str, Any], *, client_version: int) -> tuple[Model, list[str]]:
    """The params of a command, and the fields of a newer client that were left out.

    Raises:
        InvalidParams: a line for each field.
    """
    try:
        return command.params.model_validate(raw), []
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    unknown = [problem["loc"] for problem in problems if problem["type"] == "extra_forbidden"]
    if unknown and client_version > PROTOCOL_VERSION:
        known = cast("Mapping[str, Any]", _without(raw, unknown))
        params, ignored = read_params(command, known, client_version=PROTOCOL_VERSION)
        return params, [_dotted(place) for place in unknown] + ignored
    raise InvalidParams(command.id, [(_dotted(problem["loc"]), _worded(problem)) for problem in problems])


def _worded(problem: Mapping[str, Any]) -> str:
    ours = {"extra_forbidden": "there is no such field", "missing": "is required"}
    return ours.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")


def _dotted(place: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in place)


def _without(value: object, places: Sequence[Sequence[str | int]]) -> object:
    """A copy that lacks what is at these places."""
    here = {place[0] for place in places if len(place) == 1}
    below: dict[str | int, list[Sequence[str | int]]] = {}
    for place in places:
        if len(place) > 1:
            below.setdefault(place[0], []).append(place[1:])
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {key: _without(entries[key], below.get(key, [])) for key in entries if key not in here}
    if isinstance(value, list):
        return [_without(item, below.get(index, [])) for index, item in enumerate(value)]
    return value
