"""Retiring worktrees: what protects them, what leaves its place, and the plan that moves them into the trash."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.default_branch import read_targets
from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import reachable_from_refs, read_head, read_ref
from hedgerow.git.status import read_status
from hedgerow.journal.bench import Bench
from hedgerow.journal.guards import NotHosted, NotInUse, NotLocked, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.steps import Move, MoveRef, Record
from hedgerow.journal.steps.heads import reflog
from hedgerow.planning.gathering import Gathering
from hedgerow.planning.snapshotting import Taking, take
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Kept, Loss

from .anchors import anchor
from .protections import Wanted, protection, to_stop


@dataclass
class Retirement(Gathering):
    """The parts of a plan that retires worktrees."""

    labels: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)


async def plan_retirement(
    tools: Tools,
    repository: KnownRepository,
    wanted: list[Wanted],
    caller: Caller,
    *,
    command: str,
    kept: list[Kept] | None = None,
    undoes: str | None = None,
    lossless_only: bool = False,
) -> Draft:
    """The plan that retires these worktrees.

    Args:
        kept: what is left alone for other reasons, to be told too.
        lossless_only: leave alone, and tell of, every worktree that would name a loss (automatic clean-up).

    Raises:
        HedgerowError: PROTECTED and the like, for a worktree that was named; others are only told of.
    """
    parts = Retirement(kept=list(kept or []))
    for number, one in enumerate(wanted):
        label = one.checkout.label
        caller.progress(f"looking at {label}", 100 * number // len(wanted))
        refusal = await protection(tools, one, caller)
        if refusal is not None:
            if one.named:
                raise HedgerowError(refusal.code, refusal.message, **{**refusal.data, "checkout": one.checkout.id})
            parts.leave(one.checkout, refusal.message)
            continue
        if lossless_only and await _has_changes(tools, one.checkout):
            parts.leave(one.checkout, "it has uncommitted changes")
            continue
        try:
            taking = await take(
                tools,
                repository,
                one.checkout.path,
                one.checkout.admin,
                label=label,
                settings=caller.settings,
                leaving={each.checkout.id for each in wanted},
            )
        except HedgerowError as error:
            if not os.path.lexists(one.checkout.path):
                raise HedgerowError(
                    ErrorCode.NO_SUCH_CHECKOUT, f"{label} was removed by someone else meanwhile"
                ) from None
            if one.named:
                raise
            parts.leave(one.checkout, error.message)
            continue
        losses = taking.losses(links=links_made(tools, one.checkout))
        if lossless_only and losses:
            reason = f"it holds {', '.join(loss.text for loss in losses)}"
            parts.leave(one.checkout, reason)
            continue
        await _add(tools, repository, parts, one, taking, losses)
    return _draft(repository, parts, command, undoes)


async def _has_changes(tools: Tools, checkout: Checkout) -> bool:
    """A cheap look that spares the whole reading of a worktree that automatic clean-up would leave alone anyway."""
    status = await read_status(tools.git, checkout.path)
    return bool(status.staged or status.unstaged or status.untracked or status.conflicted)


def links_made(tools: Tools, checkout: Checkout) -> list[str]:
    """Links that our own record says we made in a worktree, and that still are links."""
    record = tools.records.worktree(checkout.id)
    return [path for path in record.ledger.get("links", ()) if (checkout.path / path).is_symlink()] if record else []


async def _add(
    tools: Tools,
    repository: KnownRepository,
    parts: Retirement,
    one: Wanted,
    taking: Taking,
    losses: list[Loss],
) -> None:
    checkout, label = one.checkout, one.checkout.label
    bench = Bench(tools.journal, repository.git, parts.operation)
    row = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", checkout.id)
    hold = taking.hold(parts.operation, "before clean-up", checkout.id, label, row)
    parts.steps += [
        hold,
        Move.of(checkout.path, bench.trash_beside(checkout.path) / checkout.path.name, partner=checkout.admin),
        Move.of(checkout.admin, bench.trash_of_admin / checkout.admin.name),
    ]
    parts.guards += [
        NotLocked(admin=str(checkout.admin), name=label),
        NotHosted(home=checkout.id, name=label),
        NotInUse(path=str(checkout.path), name=label),
        taking.unchanged(checkout.admin, label),
    ]
    whose = "" if checkout.ours else f", which is not Hedgerow's (made by {checkout.owner}),"
    parts.asks |= not checkout.ours
    parts.effect(f"move {label}{whose} into the trash: {checkout.path}", checkout)
    for resident in to_stop(tools, checkout.id):
        parts.stops.append(resident.session)
        then = "which can be resumed" if resident.resumable else "whose conversation ends with it"
        parts.effect(f"stop the agent of the session {resident.label}, {then}", checkout)
        parts.asks |= not resident.resumable
    parts.losses += losses
    parts.includes(checkout, hold.row["id"])
    parts.labels.append(label)
    if one.delete_branch:
        await _add_branch(tools, repository, parts, checkout)
    if row is not None:
        retired = {**row, "state": "retired"}
        parts.after.append(Record(table="worktrees", key=checkout.id, before=row, after=retired))


async def _add_branch(tools: Tools, repository: KnownRepository, parts: Retirement, checkout: Checkout) -> None:
    """Delete its branch at the value seen, unless something else needs it; the snapshot holds the commits."""
    head = await read_head(tools.git, checkout.path)
    if head.ref is None or head.oid is None:
        parts.leave(checkout, f"{checkout.label} is on no branch, so none is deleted")
        return
    short = head.ref.removeprefix("refs/heads/")
    everything = await tools.discovery.checkouts_of(repository)
    others = busy_branches(one for one in everything if one.id != checkout.id)
    targets = await read_targets(tools.git, repository, None)
    if head.ref in others:
        parts.leave(checkout, f"the branch {short} stays: it is checked out in {others[head.ref].label} too")
        return
    if head.ref in {target.ref for target in (targets.default, targets.local) if target is not None}:
        parts.leave(checkout, f"the branch {short} stays: it is the default branch")
        return
    if await read_ref(tools.git, head.ref, cwd=repository.common_dir) != head.oid:
        parts.leave(checkout, f"the branch {short} stays: it is not where {checkout.label} is")
        return
    kept_by = [one.listed.head for one in everything if one.id != checkout.id and one.listed.head]
    alone = await reachable_from_refs(
        tools.git, repository.common_dir, head.oid, besides=(head.ref, "refs/hedgerow/*"), kept_by=kept_by
    )
    if alone:
        many = "s" if len(alone) > 1 else ""
        text = f"{len(alone)} commit{many} that only the branch {short} holds"
        parts.losses.append(Loss(kind="commits", text=text, count=len(alone), paths=[oid[:12] for oid in alone[:100]]))
    log = reflog(repository.common_dir, head.ref)
    keep = await anchor(
        tools, repository, [repository.common_dir / "logs" / head.ref], f"{parts.operation}-{checkout.id}", short,
        besides=(head.ref, "refs/hedgerow/*"),
    )  # fmt: skip
    if keep is not None:
        parts.steps.append(keep)
    parts.guards.append(RefIs(ref=head.ref, oid=head.oid))
    parts.after.append(MoveRef(ref=head.ref, before=head.oid, after=None, message=f"delete {short}", log=log))
    parts.effect(f"delete the branch {short} (at {head.oid[:9]})", ref=head.ref)
    parts.asks = True


def _done(parts: Retirement) -> str:
    """What was done, and the words that bring it back."""
    if not parts.labels:
        return "Nothing to clean up"
    if len(parts.labels) == 1:
        return f"Cleaned up {parts.labels[0]}; `hedgerow restore {parts.snapshots[0]}` brings it back"
    return f"Cleaned up {', '.join(parts.labels)}; `hedgerow undo {parts.operation}` brings them back"


def _draft(repository: KnownRepository, parts: Retirement, command: str, undoes: str | None) -> Draft:
    title = f"Clean up {', '.join(parts.labels)}" if parts.labels else "Nothing to clean up"
    undo = UndoRecipe(how="bringBack", worktrees=tuple(parts.checkouts), snapshots=tuple(parts.snapshots))
    draft = parts.gathered(repository, command=command, title=title, message=_done(parts), undo=undo, undoes=undoes)
    return draft.model_copy(update={"extra": {**draft.extra, "stops": parts.stops}}) if parts.stops else draft
