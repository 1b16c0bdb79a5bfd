"""`show`: an operation, a snapshot or a checkout, by its id or name."""

from __future__ import annotations

from hedgerow.journal.history import show_operation, show_snapshot
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.worktrees import ShowParams, ShowResult
from hedgerow.worktrees.stored import find_snapshot


async def show(tools: Tools, params: ShowParams, caller: Caller) -> ShowResult:
    found = await show_operation(tools.journal, params.id) or await show_snapshot(tools.journal, params.id)
    if found is not None:
        return found
    try:
        checkout = await tools.discovery.find(params.id, caller)
    except HedgerowError:
        try:
            stored = await find_snapshot(tools, params.id, caller, params.repository)
        except HedgerowError:
            raise HedgerowError(
                ErrorCode.NO_SUCH_OPERATION,
                f"there is no operation, snapshot or checkout {params.id[:60]!r}; see `hedgerow history`",
            ) from None
        found = await show_snapshot(tools.journal, stored.id)
        assert found is not None
        return found
    lines = [
        f"{checkout.label} ({checkout.kind.value}, {checkout.owner})",
        f"path    {checkout.path}",
        f"state   {checkout.state.value}",
        f"head    {checkout.branch or 'detached'} {(checkout.listed.head or '')[:12]}",
        f"base    {(checkout.base or 'none')[:12]} (from {checkout.started_from or 'unknown'})",
    ]  # fmt: skip
    return ShowResult(text="\n".join(lines))
