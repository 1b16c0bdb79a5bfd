"""`sync`: one checkout's changes in another, all of them or what was accepted."""

from __future__ import annotations

from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.transfer import SyncParams
from hedgerow.transfer.sync import plan_sync

from .accepted import accepted_of


async def sync(tools: Tools, params: SyncParams, caller: Caller) -> ChangeResult:
    """The command `sync`."""
    destination = await prepared_checkout(tools, params.to, params, caller)
    draft = tools.agreement.agreed(params, "sync")
    if draft is None:
        source = await tools.discovery.find(params.from_, caller, destination.repository)
        if source.id == destination.id:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"{source.label} cannot be synced with itself")
        accepted = await accepted_of(tools, source, params.only)
        draft = await plan_sync(tools, source, destination, params, caller, accepted=accepted)
    return await tools.agreement.settle(draft, destination.repository.git, params, caller)
