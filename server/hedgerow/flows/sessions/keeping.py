"""What a person says of a session without its agent hearing of it: `pin`, `archive`, `markSeen`, `rename`."""

from __future__ import annotations

import time
from pathlib import Path

from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.sessions import ArchiveParams, MarkSeenParams, Phase, PinParams, SessionResult, StartResult
from hedgerow.protocol.worktrees import RenameParams
from hedgerow.sessions.phases import AT_WORK, LIVE
from hedgerow.sessions.roll import Known
from hedgerow.worktrees.marks import rename as rename_checkout
from hedgerow.worktrees.protections import Wanted
from hedgerow.worktrees.retire import plan_retirement

from .desk import Desk, places_of
from .steering import let_go, looked_at


async def pin(desk: Desk, params: PinParams, caller: Caller) -> SessionResult:
    """The command `pin`."""
    known = await desk.find(params.session, caller)
    record = await desk.record(known)
    desk.roll.store.change(record.id, pinned=int(params.pinned))
    desk.changed()
    said = "Pinned" if params.pinned else "No longer pinned:"
    return SessionResult(session=await desk.again(record.id, caller), message=f"{said} {known.row.label}")


async def mark_seen(desk: Desk, params: MarkSeenParams, caller: Caller) -> SessionResult:
    """The command `markSeen`."""
    known = await desk.find(params.session, caller)
    await looked_at(desk, known)
    desk.changed()
    return SessionResult(session=await desk.again(known.row.id, caller), message=f"Seen: {known.row.label}")


async def rename(desk: Desk, params: RenameParams, caller: Caller) -> ChangeResult:
    """The command `rename`: of a checkout, or else of a session."""
    try:
        return await rename_checkout(desk.tools, params, caller)
    except HedgerowError as error:
        if error.code is not ErrorCode.NO_SUCH_CHECKOUT or params.token is not None:
            raise
        try:
            known = await desk.find(params.checkout, caller)
        except HedgerowError as other:
            raise (error if other.code is ErrorCode.NO_SUCH_SESSION else other) from None
    label = " ".join(params.label.split())
    if not label or len(label) > 100 or not label.isprintable():
        raise HedgerowError(ErrorCode.BAD_NAME, "a label is one line of at most 100 characters")
    if params.dry_run:
        return ChangeResult(message=f"would call {known.row.label} {label!r}")
    record = await desk.record(known)
    desk.roll.store.change(record.id, label=label)
    desk.changed()
    return ChangeResult(message=f"{known.row.label} is called {label!r} now")


async def archive(desk: Desk, params: ArchiveParams, caller: Caller) -> StartResult:
    """The command `archive`."""
    known = await desk.find(params.session, caller)
    if not params.archived:
        record = await desk.record(known)
        desk.roll.store.change(record.id, archived=None)
        desk.changed()
        row = await desk.again(record.id, caller)
        return StartResult(session=row, message=f"{row.label} is in the list again")
    if known.row.phase in AT_WORK:
        raise HedgerowError(
            ErrorCode.BUSY, f"{known.row.label} {_words(known.row.phase)}; stop it first, or wait until it is done"
        )
    result = StartResult(message=f"Archived {known.row.label}")
    if params.clean_up:
        result = await _with_its_worktree(desk, known, params, caller)
        if result.plan is not None:
            return result
    elif params.dry_run:
        return StartResult(message=f"would archive {known.row.label}")
    elif known.row.phase in LIVE:
        await let_go(desk, known, interrupt=False)
    record = await desk.record(known)
    desk.roll.store.change(record.id, archived=time.time(), pinned=0)
    desk.changed()
    return result.model_copy(update={"session": await desk.again(record.id, caller)})


async def _with_its_worktree(desk: Desk, known: Known, params: ArchiveParams, caller: Caller) -> StartResult:
    """Archive it, and clean up the worktree that was there for it alone."""
    row, tools = known.row, desk.tools
    draft = tools.agreement.agreed(params, "archive")
    said = f"Archived {row.label}"
    if draft is None:
        checkouts = await desk.checkouts(caller) if row.checkout is not None else []
        checkout = next((one for one in checkouts if one.id == row.checkout), None)
        others = [
            one.row.label
            for one in await everyone(desk, caller)
            if one.row.checkout == row.checkout and one.row.id != row.id and not one.row.archived
        ]
        if checkout is None or checkout.kind is not CheckoutKind.MANAGED or others or row.pinned:
            if params.dry_run:
                return StartResult(message=f"would archive {row.label}")
            if row.phase in LIVE:
                await let_go(desk, known, interrupt=False)
            kept = f"; {', '.join(others)} still works in {checkout.label}" if others and checkout else ""
            return StartResult(message=said + kept)
        repository = await tools.prepared(checkout.repository, caller)
        draft = await plan_retirement(tools, repository, [Wanted(checkout, named=True)], caller, command="archive")
        draft = draft.model_copy(update={"extra": {**draft.extra, "archives": row.id}})
    else:
        if draft.extra.get("archives") != row.id:
            raise HedgerowError(ErrorCode.UNKNOWN_TOKEN, "this plan is to archive another session; plan again")
        repository = await tools.prepared(await tools.repositories.open(Path(draft.directory), caller), caller)
    done = await tools.settle(draft, repository, params, caller)
    message = done.message if done.plan is not None or params.dry_run else f"{said}; {done.message}"
    return StartResult.model_validate({**done.model_dump(by_alias=False), "message": message})


def _words(phase: Phase) -> str:
    return "may be at work" if phase is Phase.UNKNOWN else f"is {phase.value}"


async def everyone(desk: Desk, caller: Caller) -> list[Known]:
    """Every session, as it was seen just now."""
    return desk.roll.known(places_of(await desk.checkouts(caller), desk.tools))
