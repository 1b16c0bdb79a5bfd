"""`reject`: files, or some of their lines, become again what was accepted last. What was there is held for undo.

While an agent is in a turn nothing is written under it: rejections wait, and are carried out at its end where the file
still is what the person saw.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import prove_identity
from hedgerow.checkouts.operation import operation_in
from hedgerow.journal.guards import StillWaits
from hedgerow.journal.plans import Draft
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.review import RejectParams
from hedgerow.protocol.worktrees import Change

from ..paths import path_in, wire
from ..seeing.changes import version_of
from ..seeing.looking import look, patch_of
from ..seeing.working import some
from ..works import Work, refuse_unreadable, work_in
from .accepting import nothing, refuse_handed_off, titled
from .picking import Pick, Picked, gone_by, picked
from .rewriting import plan_rewrite
from .selection import Range
from .waiting import Rejection, Waiting

logger = logging.getLogger(__name__)


async def reject(tools: Tools, params: RejectParams, caller: Caller) -> ChangeResult:
    """The command `reject`."""
    checkout = await prepared_checkout(tools, params.checkout, params, caller)
    draft = tools.agreement.agreed(params, "reject")
    if draft is not None:
        if any(map(tools.turns.in_turn, draft.checkouts)) and not params.dry_run:
            raise HedgerowError(
                ErrorCode.BUSY, f"an agent in {checkout.label} is in a turn by now; rejected anew, it waits for its end"
            )
        return await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    if params.withdraw:
        return _withdraw(tools, checkout, params)
    await _refuse_unfit(tools, checkout)
    work = await work_in(tools, checkout)
    async with picked(tools, work, params) as found:
        if not found.picks:
            return ChangeResult(message=nothing(checkout, params.paths, "reject"), checkouts=[checkout.id])
        if tools.turns.in_turn(checkout.id) and not params.dry_run:
            return await _wait(tools, work, found)
        draft = await plan_rewrite(tools, work, found.working, found.picks, caller, all_of_it=params.all)
        if params.all and params.seen not in (None, version_of(work, [pick.path for pick in found.picks])):
            raise gone_by(checkout.label)
    if draft is None:
        return ChangeResult(message=nothing(checkout, params.paths, "reject"), checkouts=[checkout.id])
    return await tools.agreement.settle(draft, checkout.repository.git, params, caller)


async def _refuse_unfit(tools: Tools, checkout: Checkout) -> None:
    """Raises:
    HedgerowError: PROTECTED: files of this checkout may not be written now.
    """
    refuse_unreadable(checkout)
    refuse_handed_off(tools, checkout, "reject")
    if not checkout.local:
        disproof = prove_identity(checkout)
        if disproof is not None:
            raise HedgerowError(ErrorCode.PROTECTED, disproof)
    running = await operation_in(tools.git, checkout)
    if running is not None:
        raise HedgerowError(
            ErrorCode.PROTECTED,
            f"{checkout.label} is in the middle of a {running}; finish or abort it first",
            checkout=checkout.id,
        )


async def _wait(tools: Tools, work: Work, found: Picked) -> ChangeResult:
    """Note what is to be rejected when the turn has ended."""
    checkout, waiting = work.checkout, Waiting(tools.journal.database)
    for pick in found.picks:
        version = pick.version
        if not version:
            async with some(tools.git, checkout, [pick.path]) as one:
                version = (await look(one, work, pick.path)).version
        waiting.add(checkout.repository.id, checkout.id, pick.path, version, pick.ranges)
    what = titled("Reject", checkout, [pick.file for pick in found.picks], 0)
    return ChangeResult(
        message=f"{what}: waits for the end of the agent's turn", checkouts=[checkout.id], paths=[str(checkout.path)]
    )


def _withdraw(tools: Tools, checkout: Checkout, params: RejectParams) -> ChangeResult:
    waiting = Waiting(tools.journal.database)
    paths = None if params.all else {path_in(checkout, text, behind_links=True) for text in params.paths}
    rows = [row for row in waiting.of(checkout.id) if paths is None or row.path in paths]
    for row in rows:
        waiting.forget(row.id)
    count = len({row.path for row in rows})
    message = "no rejection waits there"
    if count:
        message = f"Taken back: the rejection of {count} file{'s' if count != 1 else ''} that waited"
    return ChangeResult(message=message, checkouts=[checkout.id])


@dataclass
class Carried:
    """What became of rejections that waited in one checkout.

    Attributes:
        notices: sentences for the person about what could not be done.
    """

    checkout: str
    paths: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


async def carry_out_waiting(tools: Tools, checkout_id: str, caller: Caller) -> Carried:
    """Reject what has waited in a checkout, now that no agent is in a turn there. All of it is one operation."""
    carried, waiting = Carried(checkout_id), Waiting(tools.journal.database)
    rows = waiting.of(checkout_id)
    if not rows or tools.turns.in_turn(checkout_id):
        return carried
    carried.paths = sorted({wire(row.path) for row in rows})
    try:
        checkout = await _again(tools, rows[0], caller)
        await _refuse_unfit(tools, checkout)
        work = await work_in(tools, checkout)
        draft, done = await _plan_waiting(tools, work, rows, carried, caller)
        if carried.notices and _gone(waiting, rows):
            return await carry_out_waiting(tools, checkout_id, caller)
        if draft is not None:
            await tools.agreement.settle(draft, checkout.repository.git, Change(), caller)
    except HedgerowError as error:
        if _gone(waiting, rows):
            return await carry_out_waiting(tools, checkout_id, caller)
        if error.code in _LATER:
            carried.notices.append(f"a rejection still waits: {error.message}")
            return carried
        carried.notices.append(f"not rejected: {error.message}")
        done = rows
    for row in done:
        waiting.forget(row.id)
    return carried


def _gone(waiting: Waiting, rows: Sequence[Rejection]) -> bool:
    """Whether another server has carried some of it out meanwhile, or the person has withdrawn it: then what waits is
    looked at anew, and what is said of it is not about those."""
    return not {row.id for row in rows} <= {row.id for row in waiting.of(rows[0].checkout)}


_LATER = {ErrorCode.BUSY, ErrorCode.UNSAVED_TEXT}


async def _again(tools: Tools, row: Rejection, caller: Caller) -> Checkout:
    places = dict(tools.records.repositories())
    known = {"repository": row.repository, "common_dir": places.get(row.repository, "")}
    repository = await tools.repository_of(known, caller)
    return await tools.discovery.find(row.checkout, caller, repository)


async def _plan_waiting(
    tools: Tools, work: Work, rows: Sequence[Rejection], carried: Carried, caller: Caller
) -> tuple[Draft | None, list[Rejection]]:
    """One plan for all that still is what was seen, and the rows that are then done with."""
    by_path: dict[bytes, list[Rejection]] = {}
    for row in rows:
        by_path.setdefault(row.path, []).append(row)
    async with some(tools.git, work.checkout, list(by_path)) as working:
        picks: list[Pick] = []
        for path, wanted in by_path.items():
            patch = await patch_of(working, work.reviewed_tree, path)
            version = (await look(working, work, path, seen=patch)).version
            seen = [row for row in wanted if row.seen == version]
            if len(seen) < len(wanted):
                carried.notices.append(f"not rejected: {wire(path)} has changed since it was shown")
            if patch is None or not seen:
                continue
            ranges = _together(seen)
            if ranges is not None and not patch.hunks:
                ranges = None
            picks.append(Pick(patch.file, None if ranges is None else patch, ranges, version))
        if not picks:
            return None, list(rows)
        draft = await plan_rewrite(tools, work, working, picks, caller, all_of_it=True)
    if draft is None:
        return None, list(rows)
    guards = (*draft.guards, *(StillWaits(id=row.id) for row in rows))
    return draft.model_copy(update={"guards": guards}), list(rows)


def _together(rows: Sequence[Rejection]) -> tuple[Range, ...] | None:
    ranges: list[Range] = []
    for row in rows:
        if row.lines is None:
            return None
        ranges += row.lines
    return tuple(ranges)
