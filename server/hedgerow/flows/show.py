"""`show`: an operation, a snapshot or a checkout, by its id or name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.history import show_operation, show_snapshot, show_stored
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.worktrees import ShowParams, ShowResult
from hedgerow.worktrees.stored import find_snapshot


async def show(tools: Tools, params: ShowParams, caller: Caller) -> ShowResult:
    if params.repository is not None:
        place = (caller.directories[0] if caller.directories else Path.cwd()) / params.repository
        caller = replace(caller, directories=(place,))
    opened = [one for one in await tools.repositories.open_each(caller) if isinstance(one, KnownRepository)]
    places = {one.id: one.common_dir for one in opened}
    found = await show_operation(tools.journal, params.id) or await show_snapshot(tools.journal, params.id, places)
    if found is not None:
        return found
    try:
        checkout = await tools.discovery.find(params.id, caller)
    except HedgerowError:
        try:
            stored = await find_snapshot(tools, params.id, caller)
        except HedgerowError:
            raise HedgerowError(
                ErrorCode.NO_SUCH_OPERATION,
                f"there is no operation, snapshot or checkout {params.id[:60]!r}; see `hedgerow history`",
            ) from None
        return await show_stored(tools.journal, stored.row, places)
    lines = [
        f"{checkout.label} ({checkout.kind.value}, {checkout.owner})",
        f"path    {checkout.path}",
        f"state   {checkout.state.value}",
        f"head    {checkout.branch or 'detached'} {(checkout.listed.head or '')[:12]}",
        f"base    {(checkout.base or 'none')[:12]} (from {checkout.started_from or 'unknown'})",
    ]  # fmt: skip
    return ShowResult(text="\n".join(lines))
