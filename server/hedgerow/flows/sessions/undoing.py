"""`undo`, with the sessions whose work it moves: they are where that is, as with the hand-off that is undone."""

from __future__ import annotations

from pathlib import Path

from hedgerow.flows.undo import plan_undo
from hedgerow.journal.operations import to_the_end
from hedgerow.journal.plans import Draft
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.worktrees import UndoParams
from hedgerow.sessions.roll import Known

from .at_work import running
from .desk import Desk
from .moving import (
    go_on,
    known_sessions,
    refuse_others_at_work,
    refuse_others_since,
    start_again,
    stop_moving,
    with_sessions,
)


async def undo(desk: Desk, params: UndoParams, caller: Caller) -> ChangeResult:
    """The command `undo`."""
    tools = desk.tools
    draft = tools.agreement.agreed(params, "undo")
    if draft is not None:
        repository = await tools.prepared(await tools.repositories.open(Path(draft.directory), caller), caller)
    else:
        repository, draft = await plan_undo(tools, params, caller)
        draft = await _with_sessions(desk, draft, caller)
    if params.dry_run or (params.token is None and draft.shown.needs_agreement):
        return await tools.settle(draft, repository, params, caller)
    if params.token is not None and not draft.extra.keys().isdisjoint(("leaves", "comes")):
        await refuse_others_since(desk, draft, caller)
    try:
        await stop_moving(desk, draft, caller)
        result = await tools.settle(draft, repository, params, caller)
        if result.operation is None:
            await start_again(desk, draft.extra.get("live", ()), caller)
            return result
    except BaseException:
        await to_the_end(start_again(desk, draft.extra.get("live", ()), caller))
        raise
    told = await to_the_end(go_on(desk, draft, caller))  # the work has moved, whoever is cancelled now
    return result.model_copy(update={"warnings": [*result.warnings, *told]}) if told else result


async def _with_sessions(desk: Desk, draft: Draft, caller: Caller) -> Draft:
    """The plan, if it moves somebody's work, with what becomes of the sessions."""
    leaves, comes, gone = (draft.extra.get(name) for name in ("leaves", "comes", "gone"))
    if leaves is None and comes is None and gone is None:
        return draft
    checkouts = await desk.checkouts(caller)
    known = [one for one in await known_sessions(desk, caller) if not one.row.archived]
    local = f"local-{draft.repository}"
    if gone is not None:  # its own plan stops those who are there
        moving = [one for one in known if one.row.checkout in gone and one.row.ours]
        extra = {**draft.extra, "sessions": {one.row.id: local for one in moving}}
        return draft.model_copy(update={"extra": extra})
    place = {str(one.path): one for one in checkouts}
    touched = {place[path].id for path in draft.touches if path in place}
    label = next((one.label for one in checkouts if one.id == leaves), "its home")
    moves = [
        ([one for one in known if one.row.checkout in touched and _is_of(one, home)], target, to)
        for home, target, to in ((leaves, label, str(leaves)), (comes, "Local", local))
        if home is not None
    ]
    refuse_others_at_work(known, [one for moving, _, _ in moves for one in moving], draft, checkouts)
    for moving, target, to in moves:
        draft = with_sessions(draft, moving, target, to, interrupt=False)
    return draft


def _is_of(one: Known, home: str) -> bool:
    """Whether a session goes where the work of a worktree goes."""
    its = one.row.checkout == home or (one.record is not None and one.record.home == home)
    return its and (running(one.row) or one.row.ours)
