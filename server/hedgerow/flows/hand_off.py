"""`handOff`: a worktree's work to Local, home again, or Local's to a new worktree.

Sessions have their place here: the agent is stopped before `settle`, between turns, and resumed in the new place after.
"""

from __future__ import annotations

from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.plans import Draft
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.transfer import HandOffParams
from hedgerow.protocol.worktrees import CreateParams
from hedgerow.review.moving import moved_along
from hedgerow.transfer.hand_off import plan_home, plan_there
from hedgerow.worktrees.create import carry_out_create, plan_create


async def hand_off(tools: Tools, params: HandOffParams, caller: Caller) -> ChangeResult:
    """The command `handOff`."""
    draft = tools.agreement.agreed(params, "handOff")
    if draft is not None:
        repository = await tools.prepared(await tools.repositories.open(Path(draft.directory), caller), caller)
        return await _settle(tools, draft, repository, params, caller)
    checkout = await prepared_checkout(tools, params.checkout, params, caller)
    draft = await _plan(tools, checkout.repository, checkout, params, caller)
    return await _settle(tools, draft, checkout.repository, params, caller)


async def _plan(
    tools: Tools, repository: KnownRepository, checkout: Checkout, params: HandOffParams, caller: Caller
) -> Draft:
    hosting = tools.records.hosting(repository.id)
    here = hosting is not None and (checkout.local or checkout.id == hosting.home)
    other = "home" if here else "new" if checkout.local else "local"
    to = other if params.to == "other" else params.to
    if to == "home":
        if hosting is None or not here:
            whose = "Local's work came from nowhere else" if checkout.local else f"{checkout.label} is home"
            raise HedgerowError(ErrorCode.CONFLICT, f"{whose}; there is nothing to hand home")
        return await plan_home(tools, repository, hosting, caller)
    if to == "local":
        if checkout.local or here:
            raise HedgerowError(ErrorCode.CONFLICT, f"the work of {checkout.label} is in Local already")
        return await plan_there(tools, repository, checkout, params, caller)
    if not checkout.local:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"{checkout.label} is a worktree already; only Local's work goes to a new one"
        )
    if hosting is not None:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"Local's work came from {hosting.label}; hand it home, or pick what to start from"
        )
    wanted = CreateParams.model_validate(
        {"name": params.name, "branch": params.branch, "carry": params.changes, "from": "HEAD"}
    )
    draft = await plan_create(tools, repository, wanted, caller)
    update: dict[str, object] = {"shown": draft.shown.model_copy(update={"command": "handOff"})}
    if params.changes != "none":
        along = await moved_along(tools, checkout, draft.extra["worktree"], leaves=params.changes == "move")
        update |= {"steps": (*draft.steps, *along), "no_return": draft.no_return + len(along)}
    return draft.model_copy(update=update)


async def _settle(
    tools: Tools, draft: Draft, repository: KnownRepository, params: HandOffParams, caller: Caller
) -> ChangeResult:
    if "worktree" in draft.extra:
        return await carry_out_create(tools, repository, draft, params, None, caller)
    return await tools.agreement.settle(draft, repository.git, params, caller)
