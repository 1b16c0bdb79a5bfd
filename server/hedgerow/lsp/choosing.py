"""Asks with buttons which worktree or snapshot is meant, when a plain editor runs a command without arguments.

Only where one choice is all that the command needs; what needs typed text says so by itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types

from hedgerow.protocol.checkouts import CheckoutKind, CheckoutRow, ListParams, ListResult
from hedgerow.protocol.commands import Command
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.worktrees import HistoryParams, HistoryResult

from .asking import CANCEL, pressed
from .sessions import choose_session
from .wire.protocol import HedgerowProtocol

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.caller import Caller

_OFFERED = 12
"""Buttons; most recent first. The shell takes any name."""
_KINDS = {
    "keep": {CheckoutKind.MANAGED},
    "adopt": {CheckoutKind.FOREIGN},
    "cleanUp": {CheckoutKind.MANAGED, CheckoutKind.KEPT, CheckoutKind.FOREIGN},
    "follow": {CheckoutKind.LOCAL, CheckoutKind.MANAGED, CheckoutKind.KEPT, CheckoutKind.FOREIGN},
}


async def choose(
    protocol: HedgerowProtocol, app: App, command: Command, arguments: dict[str, Any], caller: Caller
) -> dict[str, Any] | None:
    """The arguments with what the person chose; as they are where there is nothing to choose; None for no answer."""
    if command.verb == "comment" and "text" not in arguments:
        raise HedgerowError(ErrorCode.BAD_PARAMS, _on_the_shell(arguments))
    if command.group == "sessions":
        return await choose_session(protocol, app, command, arguments, caller)
    if not set(arguments) <= {"repository"}:
        return arguments
    repository = arguments.get("repository")
    if command.verb in _KINDS:
        offered = await _checkouts(app, repository, _KINDS[command.verb], caller)
    elif command.primary == ("snapshot",):
        offered = await _snapshots(app, repository, caller)
    else:
        return arguments
    if not offered:
        return arguments
    (field,) = command.primary
    more = f" (the {_OFFERED} most recent of {len(offered)})" if len(offered) > _OFFERED else ""
    buttons = _distinct(offered[:_OFFERED])
    title = await pressed(protocol, types.MessageType.Info, f"{command.title}: which one{more}?", [*buttons, CANCEL])
    if title is None:
        return None
    chosen = buttons[title]
    return {**arguments, field: [chosen] if field == "checkouts" else chosen}


def _on_the_shell(arguments: Mapping[str, Any]) -> str:
    """How to say something all the same, where an editor has no place to type it."""
    where = [str(arguments[name]) for name in ("checkout", "path") if name in arguments] or ["CHECKOUT", "PATH"]
    options = [f"--{name}={arguments[name]}" for name in ("lines", "side") if name in arguments]
    command = f"{shlex.join(['hedgerow', 'comment', *where])} 'your words' {shlex.join(options)}".strip()
    return f"a comment needs words, which this editor does not ask for; on the shell: {command}"


async def _checkouts(
    app: App, repository: str | None, kinds: set[CheckoutKind], caller: Caller
) -> list[tuple[str, str]]:
    listed = cast("ListResult", await app.call("list", ListParams(repository=repository), caller))
    rows = [row for row in listed.checkouts if row.kind in kinds]

    def recent(row: CheckoutRow) -> float:
        return -(row.active or row.created or 0)

    return [(row.id, row.label) for row in sorted(rows, key=recent)]


async def _snapshots(app: App, repository: str | None, caller: Caller) -> list[tuple[str, str]]:
    history = cast("HistoryResult", await app.call("history", HistoryParams(repository=repository), caller))
    newest_first = sorted(history.snapshots, key=lambda snapshot: -snapshot.created)
    return [(snapshot.id, f"{snapshot.name} ({snapshot.id})") for snapshot in newest_first]


def _distinct(offered: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Button to id; two of one name are told apart by their ids."""
    names = [name for _, name in offered]
    taken = {CANCEL, *(name for name in names if names.count(name) > 1)}
    return {f"{name} ({identity})" if name in taken else name: identity for identity, name in offered}
