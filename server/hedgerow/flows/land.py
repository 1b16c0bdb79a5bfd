"""`land`, and what becomes of the worktree afterwards: an operation of its own, and only where it names no loss."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.transfer import LandParams
from hedgerow.protocol.worktrees import CleanUpParams
from hedgerow.transfer.landing import plan_land
from hedgerow.worktrees.clean_up import clean_up

from .accepted import accepted_of


async def land(tools: Tools, params: LandParams, caller: Caller) -> ChangeResult:
    """The command `land`."""
    worktree = await prepared_checkout(tools, params.checkout, params, caller)
    draft = tools.agreement.agreed(params, "land")
    if draft is None:
        accepted = await accepted_of(tools, worktree, params.only)
        draft = await plan_land(tools, worktree, params, caller, accepted=accepted)
    elif draft.extra.get("lands", worktree.id) != worktree.id:
        raise HedgerowError(ErrorCode.UNKNOWN_TOKEN, f"this plan lands another worktree than {worktree.label}")
    result = await tools.agreement.settle(draft, worktree.repository.git, params, caller)
    if result.plan is not None or draft.extra.get("then") != "cleanUp":
        return result
    wanted = CleanUpParams(checkouts=[worktree.id], repository=str(worktree.repository.path))
    try:
        cleaned = await clean_up(tools, wanted, replace(caller, automatic=False))
    except (HedgerowError, asyncio.CancelledError) as error:  # it has landed, and that is told
        why = error.message if isinstance(error, HedgerowError) else "its clean-up was cancelled"
        return result.model_copy(update={"warnings": [*result.warnings, f"{worktree.label} stays: {why}"]})
    if cleaned.plan is not None:
        losses = ", ".join(loss.text for loss in cleaned.plan.losses) or "it asks"
        stays = f"{worktree.label} stays ({losses}); `hedgerow clean-up {worktree.label}` asks about that"
        return result.model_copy(update={"warnings": [*result.warnings, stays]})
    return result.model_copy(update={"message": f"{result.message} {cleaned.message}"})
