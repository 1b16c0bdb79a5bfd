"""`handOff`: a worktree's work to Local, home again, or Local's to a new worktree; its sessions go with it.

Their agents are stopped between turns before anything moves, and started again in the new place after.
"""

from __future__ import annotations

from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import local_id
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.operations import to_the_end
from hedgerow.journal.plans import Draft
from hedgerow.journal.records import Hosting
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.transfer import HandOffParams
from hedgerow.protocol.worktrees import CreateParams
from hedgerow.review.moving import moved_along
from hedgerow.sessions.roll import Known
from hedgerow.transfer.hand_off import plan_home, plan_there
from hedgerow.worktrees.create import carry_out_create, plan_create

from .sessions.desk import Desk
from .sessions.moving import (
    along,
    go_on,
    known_sessions,
    refuse_others_at_work,
    refuse_others_since,
    start_again,
    stop_moving,
    with_sessions,
)


async def hand_off(desk: Desk, params: HandOffParams, caller: Caller) -> ChangeResult:
    """The command `handOff`."""
    tools = desk.tools
    draft = tools.agreement.agreed(params, "handOff")
    if draft is not None:
        repository = await tools.prepared(await tools.repositories.open(Path(draft.directory), caller), caller)
    else:
        checkout, session = await _meant(desk, params, caller)
        repository = checkout.repository
        draft = await _planned(desk, checkout, session, params, caller)
    if _only_shown(draft, params):
        return await _settle(tools, draft, repository, params, caller)
    if params.token is not None:
        await refuse_others_since(desk, draft, caller)
    try:
        await stop_moving(desk, draft, caller)
        if params.token is None and params.interrupt and draft.extra.get("live"):
            # What it was writing when the plan was made may have come to more since.
            stopped = draft.extra
            draft = await _planned(desk, checkout, session, params, caller)
            draft = draft.model_copy(update={"extra": {**draft.extra, "live": stopped["live"]}})
        result = await _settle(tools, draft, repository, params, caller)
        if result.operation is None:
            await start_again(desk, draft.extra.get("live", ()), caller)
            return result
    except BaseException:
        await to_the_end(start_again(desk, draft.extra.get("live", ()), caller))
        raise
    told = await to_the_end(go_on(desk, draft, caller))  # the work has moved, whoever is cancelled now
    return result.model_copy(update={"warnings": [*result.warnings, *told]}) if told else result


async def _planned(desk: Desk, checkout: Checkout, session: str | None, params: HandOffParams, caller: Caller) -> Draft:
    # Read once: another process may hand something off meanwhile, and then this plan is refused when it is carried out.
    hosting = desk.tools.records.hosting(checkout.repository.id)
    draft = await _plan(desk.tools, checkout.repository, checkout, hosting, params, caller)
    return await _with_sessions(desk, draft, checkout, hosting, session, params, caller)


async def _meant(desk: Desk, params: HandOffParams, caller: Caller) -> tuple[Checkout, str | None]:
    """The checkout, by its own name or that of a session; and the session, if one was named."""
    session = None if params.session is None else (await desk.find(params.session, caller)).row.id
    try:
        return await prepared_checkout(desk.tools, params.checkout, params, caller), session
    except HedgerowError as error:
        if error.code is not ErrorCode.NO_SUCH_CHECKOUT:
            raise
        try:
            row = (await desk.find(params.checkout, caller)).row
        except HedgerowError:
            raise error from None
        if row.checkout is None:
            raise HedgerowError(
                ErrorCode.NO_SUCH_CHECKOUT,
                f"the directory that {row.label} works in is gone; `hedgerow resume {row.id}` restores it",
            ) from None
        return await prepared_checkout(desk.tools, row.checkout, params, caller), row.id


async def _with_sessions(
    desk: Desk,
    draft: Draft,
    checkout: Checkout,
    hosting: Hosting | None,
    session: str | None,
    params: HandOffParams,
    caller: Caller,
) -> Draft:
    known = await known_sessions(desk, caller)
    checkouts = await desk.checkouts(caller)
    moves: list[tuple[list[Known], str, str]] = []
    if "worktree" in draft.extra:
        going = along(known, checkout.id, session, all_of_it=False)
        moves.append((going, "the new worktree", draft.extra["worktree"]))
    else:
        local = local_id(checkout.repository)
        comes = not checkout.local and (hosting is None or checkout.id != hosting.home)
        if hosting is not None:  # all of it, where it only makes room
            going = along(known, local, None if comes else session, all_of_it=True, home=hosting.home)
            moves.append((going, hosting.label, hosting.home))
        if comes:
            moves.append((along(known, checkout.id, session, all_of_it=True), "Local", local))
    refuse_others_at_work(known, [one for going, _, _ in moves for one in going], draft, checkouts)
    for going, target, to in moves:
        draft = with_sessions(draft, going, target, to, interrupt=params.interrupt)
    return draft


def _only_shown(draft: Draft, params: HandOffParams) -> bool:
    """The plan is not carried out by this call, so that nobody is stopped for it."""
    return bool(params.dry_run or draft.shown.conflicts or (params.token is None and draft.shown.needs_agreement))


async def _plan(
    tools: Tools,
    repository: KnownRepository,
    checkout: Checkout,
    hosting: Hosting | None,
    params: HandOffParams,
    caller: Caller,
) -> Draft:
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
        return await plan_there(tools, repository, checkout, hosting, params, caller)
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
