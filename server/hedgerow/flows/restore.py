"""`restore`: a snapshot as a worktree again, and what was accepted of its work with it."""

from __future__ import annotations

from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.worktrees import RestoreParams
from hedgerow.review.moving import taken_over
from hedgerow.worktrees.restore import plan_restore
from hedgerow.worktrees.stored import find_snapshot


async def restore(tools: Tools, params: RestoreParams, caller: Caller) -> ChangeResult:
    """The command `restore`."""
    stored = await find_snapshot(tools, params.snapshot, caller, params.repository)
    repository = await tools.repository_of(stored.row, caller, params.repository)
    draft = tools.agreement.agreed(params, "restore")
    if draft is None:
        draft = await plan_restore(tools, repository, stored, params, caller)
        before, made = stored.row["checkout"], draft.checkouts
        if before is not None and len(made) == 1 and made[0] != before:
            along = await taken_over(tools, repository, before, made[0])
            # Before the steps that are only carried forward: there is nothing to take back after them.
            at = draft.no_return
            steps = (*draft.steps[:at], *along, *draft.steps[at:])
            draft = draft.model_copy(update={"steps": steps, "no_return": at + len(along)})
    return await tools.agreement.settle(draft, repository.git, params, caller)
