"""One end of a transfer: a checkout with everything in it, taken, and fit to be changed. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.identity import prove_identity
from hedgerow.checkouts.operation import operation_in
from hedgerow.git.configuration import read_configuration, truth
from hedgerow.journal import snapshots
from hedgerow.journal.agreement import refuse_unsaved
from hedgerow.journal.guards import AnyGuard, NotLocked
from hedgerow.journal.steps import HeadState, Hold, StateData
from hedgerow.planning.snapshotting import Taking, take
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError


@dataclass(frozen=True)
class End:
    """Attributes:
    hold: the step that keeps what was taken.
    """

    checkout: Checkout
    taking: Taking
    hold: Hold

    @property
    def label(self) -> str:
        return self.checkout.label

    @property
    def head(self) -> HeadState:
        return HeadState.of(self.taking.taken.head)

    @property
    def state(self) -> StateData:
        return StateData(oid=self.taking.taken.oid, snapshot=str(self.hold.row["id"]))

    @property
    def guards(self) -> list[AnyGuard]:
        found: list[AnyGuard] = [self.taking.unchanged(self.checkout.admin, self.label)]
        if not self.checkout.local:
            found.append(NotLocked(admin=str(self.checkout.admin), name=self.label))
        return found

    def value(self, tools: Tools) -> snapshots.State:
        """The state for foreseeing what a transition meets."""
        return snapshots.State(
            snapshot=self.taking.taken.oid, kept_dir=tools.journal.state.kept / str(self.hold.row["id"])
        )


async def read_end(
    tools: Tools, checkout: Checkout, operation: str, reason: str, caller: Caller, *, stays: Collection[bytes] = ()
) -> End:
    """Take a checkout that is going to be changed.

    Raises:
        HedgerowError: why it cannot be.
    """
    await refuse_unfit(tools, checkout, caller, reason)
    caller.progress(f"reading {checkout.label}", None)
    taking = await take(
        tools, checkout.repository, checkout.path, checkout.admin, label=checkout.label, settings=caller.settings,
        stays=stays, reason=reason,
    )  # fmt: skip
    row = None
    if checkout.ours:
        row = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", checkout.id)
    return End(checkout, taking, taking.hold(operation, reason, checkout.id, checkout.label, row))


async def refuse_unfit(tools: Tools, checkout: Checkout, caller: Caller, doing: str) -> None:
    """Raises:
    HedgerowError: its state, a lock, an operation in progress or unsaved text keeps it from being changed.
    """
    label = checkout.label
    if checkout.state is not CheckoutState.OK:
        raise HedgerowError(
            ErrorCode.PROTECTED,
            checkout.problem or f"{label} is {checkout.state.value}; `hedgerow repair` plans a mend for it",
        )
    if not checkout.local:
        disproof = prove_identity(checkout)
        if disproof is not None:
            raise HedgerowError(ErrorCode.PROTECTED, disproof)
        if (checkout.admin / "locked").exists():
            why = checkout.listed.locked or "git worktree lock"
            raise HedgerowError(ErrorCode.PROTECTED, f"{label} is locked ({why}); unlock it first")
    running = await operation_in(tools.git, checkout)
    if running is not None:
        raise HedgerowError(
            ErrorCode.PROTECTED,
            f"{label} is in the middle of a {running}; finish or abort it first",
            checkout=checkout.id,
        )
    refuse_unsaved(caller, checkout.path, doing)


async def refuse_other_sparse(tools: Tools, one: Checkout, other: Checkout) -> None:
    """Files that only one side has on disk cannot be compared, so they would get lost between the two.

    Raises:
        HedgerowError: UNSUPPORTED.
    """
    if await _sparse(tools, one) != await _sparse(tools, other):
        raise HedgerowError(
            ErrorCode.UNSUPPORTED,
            f"{one.label} and {other.label} check out different parts of the repository (git sparse-checkout); "
            "give both the same patterns first",
        )


async def _sparse(tools: Tools, checkout: Checkout) -> bytes | None:
    pairs = await read_configuration(tools.git, checkout.path, r"^core\.sparsecheckout$")
    if not pairs or not truth(pairs[-1][1]):
        return None
    try:
        return (checkout.admin / "info" / "sparse-checkout").read_bytes()
    except FileNotFoundError:
        return b""
