"""What keeps a worktree from being retired: a table of checks, each with the sentence that says why not.

Looked at when a plan is made; what can change until its token comes back is guarded again by the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import prove_identity
from hedgerow.checkouts.operation import operation_in
from hedgerow.journal.agreement import refuse_unsaved
from hedgerow.journal.occupants import named, occupants
from hedgerow.planning.tools import Tools
from hedgerow.planning.turns import Resident
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError


@dataclass(frozen=True)
class Wanted:
    """One worktree to retire.

    Attributes:
        named: the person named this one (a foreign or kept worktree is only retired then).
        delete_branch: also delete its branch.
    """

    checkout: Checkout
    named: bool
    delete_branch: bool = False


Check = Callable[[Tools, Wanted, Caller], Awaitable[str | HedgerowError | None]]


async def protection(tools: Tools, wanted: Wanted, caller: Caller) -> HedgerowError | None:
    """Why this worktree may not be retired now; None when it may."""
    for check in PROTECTIONS.values():
        reason = await check(tools, wanted, caller)
        if reason is not None:
            return HedgerowError(ErrorCode.PROTECTED, reason) if isinstance(reason, str) else reason
    return None


async def _local(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    return "Local is where you work; it is never removed" if wanted.checkout.kind is CheckoutKind.LOCAL else None


async def _foreign(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    if wanted.checkout.kind is CheckoutKind.FOREIGN and not wanted.named:
        return f"{wanted.checkout.label} was made by someone else ({wanted.checkout.owner})"
    return None


async def _kept(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    return (
        f"{wanted.checkout.label} is kept" if wanted.checkout.kind is CheckoutKind.KEPT and not wanted.named else None
    )


async def _state(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    if wanted.checkout.state is CheckoutState.OK:
        return None
    return f"{wanted.checkout.label} is {wanted.checkout.state.value}; `hedgerow repair` plans a mend for it"


async def _locked(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    if not (wanted.checkout.admin / "locked").exists():
        return None
    return (
        f"{wanted.checkout.label} is locked ({wanted.checkout.listed.locked or 'git worktree lock'}); unlock it first"
    )


async def _hosted(tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    hosting = tools.records.hosting(wanted.checkout.repository.id)
    if hosting is None or hosting.home != wanted.checkout.id:
        return None
    return f"{wanted.checkout.label} is the home of the work that is in Local now; hand it home first"


async def _identity(_tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    return prove_identity(wanted.checkout)


async def _operation(tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    operation = await operation_in(tools.git, wanted.checkout)
    if operation is None:
        return None
    return f"{wanted.checkout.label} is in the middle of a {operation}; finish or abort it first"


async def _session(tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    for one in tools.turns.residents(wanted.checkout.id):
        if one.busy is not None:
            return f"the session {one.label} is {one.busy} in {wanted.checkout.label}; stop it first"
        if one.running and not one.stoppable:
            return (
                f"the session {one.label} runs in {wanted.checkout.label}, in a terminal that is not ours; end it there"
            )
        if one.running and not one.resumable and not wanted.named:
            return f"the session {one.label} runs in {wanted.checkout.label}, and its conversation would end with it"
        if one.pinned and not wanted.named:
            return f"the session {one.label} is pinned to {wanted.checkout.label}"
    return None


async def _in_use(tools: Tools, wanted: Wanted, _caller: Caller) -> str | None:
    ours = [one.pid for one in to_stop(tools, wanted.checkout.id) if one.pid is not None]
    found = await asyncio.to_thread(occupants, wanted.checkout.path, besides=ours)
    if not found:
        return None
    return f"{wanted.checkout.label} is in use by {named(found)}; end it, or leave the directory, first"


async def _unsaved(_tools: Tools, wanted: Wanted, caller: Caller) -> HedgerowError | None:
    try:
        refuse_unsaved(caller, wanted.checkout.path, "clean up")
    except HedgerowError as error:
        return error
    return None


def to_stop(tools: Tools, checkout: str) -> list[Resident]:
    """Our own agents between turns: they are stopped when the plan is carried out, and are in nobody's way."""
    return [one for one in tools.turns.residents(checkout) if one.running and one.stoppable and one.busy is None]


PROTECTIONS: dict[str, Check] = {
    "local": _local,
    "foreign": _foreign,
    "kept": _kept,
    "state": _state,
    "locked": _locked,
    "hosted": _hosted,
    "identity": _identity,
    "operation": _operation,
    "session": _session,
    "inUse": _in_use,
    "unsaved": _unsaved,
}
"""By name, in the order in which a person wants to hear of them. Tests switch each off and expect harm."""
