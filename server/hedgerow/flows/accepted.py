"""`only: accepted`: the reviewed tree of a checkout, for the room that brings work elsewhere."""

from __future__ import annotations

from hedgerow.checkouts.checkout import Checkout
from hedgerow.journal.guards import RefIs
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.review.works import waits_elsewhere, work_in
from hedgerow.transfer.accepted import Accepted


async def accepted_of(tools: Tools, checkout: Checkout, only: str | None) -> Accepted | None:
    """What was accepted in a checkout; None when all of its work is meant.

    Raises:
        HedgerowError: nothing was accepted, or the work is elsewhere by now.
    """
    if only is None:
        return None
    where = waits_elsewhere(tools, checkout)
    if where is not None:
        raise HedgerowError(ErrorCode.PROTECTED, f"the work of {checkout.label} is in {where} now; bring it from there")
    work = await work_in(tools, checkout)
    if work.untouched:
        raise HedgerowError(ErrorCode.CONFLICT, f"nothing of {checkout.label} was accepted yet (hedgerow accept)")
    return Accepted(work.reviewed_tree, work.base, RefIs(ref=work.ref, oid=work.stored))
