"""A session that has ended: if nothing came of it, its worktree is let go."""

from __future__ import annotations

import logging

from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.sessions import SessionRow
from hedgerow.protocol.worktrees import CleanUpParams
from hedgerow.worktrees.protections import Wanted
from hedgerow.worktrees.retire import plan_retirement

from .desk import Desk
from .moving import known_sessions

logger = logging.getLogger(__name__)


async def let_worktree_go(desk: Desk, row: SessionRow, caller: Caller) -> bool:
    """Retire the worktree of a session whose agent has gone by itself, if that loses nothing at all.

    Only one that Hedgerow made, on the commit it started from, without a file changed, and with no other session.
    """
    tools = desk.tools
    try:
        checkouts = await desk.checkouts(caller)
        checkout = next((one for one in checkouts if one.id == row.checkout), None)
        if checkout is None or checkout.kind is not CheckoutKind.MANAGED or checkout.record is None:
            return False
        if checkout.listed.head != checkout.record.base or checkout.branch is not None:
            return False
        known = await known_sessions(desk, caller)
        if any(one.row.checkout == row.checkout and one.row.id != row.id for one in known):
            return False
        repository = await tools.prepared(checkout.repository, caller)
        draft = await plan_retirement(
            tools, repository, [Wanted(checkout, named=False)], caller, command="cleanUp", lossless_only=True
        )
        if not draft.checkouts:
            return False
        recipe = draft.undo.model_copy(update={"automatic": True})
        draft = draft.model_copy(update={"undo": recipe})
        await tools.settle(draft, repository, CleanUpParams(retention=True), caller)
    except HedgerowError as error:
        logger.info("%s keeps its worktree: %s", row.label, error.message)
        return False
    return True
