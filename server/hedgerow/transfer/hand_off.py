"""Hand-off: a worktree's work laid down in Local, and home again. Exact, or refused with nothing changed.

Local is switched before the changes are laid down, so nothing has to be merged on the way there. Local's own work
waits on a shelf (a snapshot), the worktree waits clean and detached. Ignored files stay where they are on both sides.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_ref, read_refs
from hedgerow.journal import snapshots
from hedgerow.journal.guards import AnyGuard, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import Hosting
from hedgerow.journal.snapshots import FactKind
from hedgerow.journal.steps import AnyStep, HeadState, MoveRef, Record, StateData, Transition
from hedgerow.planning.branches import check_new_branch
from hedgerow.planning.naming import free_name, suggestion
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Effect, Loss, Plan
from hedgerow.protocol.transfer import HandOffParams

from .ends import End, read_end, refuse_other_sparse

_STAY = {FactKind.IGNORED.value, FactKind.REBUILDABLE.value}


@dataclass
class _Parts:
    """What a plan is made of, gathered in the order in which it is carried out."""

    operation: str
    steps: list[AnyStep] = field(default_factory=list)
    guards: list[AnyGuard] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    asks: bool = False

    def add_end(self, end: End) -> None:
        self.ends.append(end)
        self.steps.append(end.hold)
        self.guards += end.guards


async def plan_there(
    tools: Tools, repository: KnownRepository, worktree: Checkout, params: HandOffParams, caller: Caller
) -> Draft:
    """The plan that brings a worktree's work to Local; whose work is there already goes home first.

    Raises:
        HedgerowError: why it cannot.
    """
    local = await _local(tools, repository)
    hosting = tools.records.hosting(repository.id)
    parts = _Parts(new_id("o"))
    doing = f"hand {worktree.label} off to Local"
    coming = await read_end(tools, worktree, parts.operation, doing, caller)
    await refuse_other_sparse(tools, worktree, local)
    if coming.head.oid is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{worktree.label} has no commit yet; commit there first")
    stays = hosting.stays(local.id) if hosting else ()
    shelved = await read_end(tools, local, parts.operation, doing, caller, stays=stays)
    home = await _home(tools, repository, hosting, parts, doing, caller) if hosting else None
    if hosting is not None:
        _prove_hosted(hosting, shelved)
    for end in (coming, shelved, *([home] if home else [])):
        parts.add_end(end)

    branch, made = await _branch(tools, repository, coming, params.branch, parts)
    waiting = HeadState(oid=coming.head.oid)
    clean = StateData(commit=coming.head.oid)
    name = branch.removeprefix("refs/heads/")
    leaving = HeadState(ref=branch, oid=coming.head.oid)
    parts.steps.append(
        Transition(
            path=str(worktree.path), source=coming.state, target=clean, head=(coming.head, waiting), message=doing
        )
    )
    parts.steps.append(
        Transition(
            path=str(local.path), source=shelved.state, target=coming.state, head=(shelved.head, leaving),
            message=doing,
        )
    )  # fmt: skip
    await _foresee(tools, worktree, coming.value(tools), snapshots.State(commit=coming.head.oid), parts)
    await _foresee(tools, local, shelved.value(tools), coming.value(tools), parts)
    if hosting is not None and home is not None:
        await _send_home(tools, hosting, home, shelved, parts, doing)
        _effect(parts, f"{hosting.label}'s work goes home first, to {home.checkout.path}", home.checkout)
    changed = coming.taking.changed
    _effect(parts, f"switch Local to {name}, with {_changes(changed)} of {worktree.label}", local)
    _effect(parts, f"leave {worktree.label} clean and detached at {coming.head.oid[:9]}, as the home", worktree)
    if hosting is None:
        losses = [loss for loss in shelved.taking.losses() if loss.kind not in _STAY]
        parts.losses += losses
        if losses:
            _effect(parts, f"put Local's own work on {_spoken(shelved.head)} aside until then", local)
    parts.asks |= not worktree.ours
    now = Hosting(
        repository=repository.id,
        home=worktree.id,
        label=worktree.label,
        path=str(worktree.path),
        home_head=coming.head.oid,
        branch=branch,
        made_branch=int(made),
        local_head=hosting.local_head if hosting else json.dumps(shelved.head.model_dump()),
        shelf=hosting.shelf if hosting else str(shelved.hold.row["id"]),
        shelf_oid=hosting.shelf_oid if hosting else shelved.taking.taken.oid,
        home_ignored=_listed(coming.taking.ignored),
        local_ignored=_listed({*shelved.taking.ignored, *stays}),
        since=time.time(),
    )
    parts.steps.append(
        Record(table="hosting", key=repository.id, before=hosting.row() if hosting else None, after=now.row())
    )
    title = f"Hand {worktree.label} off to Local"
    return _draft(repository, parts, title, f"{worktree.label} is in Local now, on {name}", local)


async def plan_home(tools: Tools, repository: KnownRepository, hosting: Hosting, caller: Caller) -> Draft:
    """The plan that takes the work in Local home, and gives Local its branch and its shelf back.

    Raises:
        HedgerowError: why it cannot.
    """
    local = await _local(tools, repository)
    parts = _Parts(new_id("o"))
    doing = f"hand {hosting.label} home"
    leaving = await read_end(tools, local, parts.operation, doing, caller, stays=hosting.stays(local.id))
    _prove_hosted(hosting, leaving)
    home = await _home(tools, repository, hosting, parts, doing, caller)
    await refuse_other_sparse(tools, home.checkout, local)
    for end in (leaving, home):
        parts.add_end(end)
    head, back, shelf = await _shelf(tools, repository, hosting, parts)
    parts.steps.append(
        Transition(path=str(local.path), source=leaving.state, target=back, head=(leaving.head, head), message=doing)
    )
    await _foresee(tools, local, leaving.value(tools), shelf, parts)
    await _send_home(tools, hosting, home, leaving, parts, doing)
    parts.steps.append(Record(table="hosting", key=repository.id, before=hosting.row(), after=None))
    _effect(parts, f"switch Local back to {_spoken(head)}, with what was put aside", local)
    _effect(parts, f"take {_changes(leaving.taking.changed)} home to {hosting.path}", home.checkout)
    title = f"Hand {hosting.label} home"
    return _draft(repository, parts, title, f"{hosting.label} is home again; Local is on {_spoken(head)}", local)


async def _local(tools: Tools, repository: KnownRepository) -> Checkout:
    for one in await tools.discovery.checkouts_of(repository):
        if one.local:
            return one
    raise HedgerowError(ErrorCode.UNSUPPORTED, "a bare repository has no Local to hand anything off to")


def _prove_hosted(hosting: Hosting, local: End) -> None:
    """Local must still be on the branch that came; else nobody can tell whose work is in it."""
    if local.head.ref != hosting.branch:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"Local is on {_spoken(local.head)}, not on {_short(hosting.branch)}, which came from {hosting.label}; "
            f"switch Local to {_short(hosting.branch)} first",
        )
    if local.head.oid is None:
        raise HedgerowError(ErrorCode.CONFLICT, f"the branch {_short(hosting.branch)} is gone; make it again first")


async def _home(
    tools: Tools, repository: KnownRepository, hosting: Hosting, parts: _Parts, doing: str, caller: Caller
) -> End:
    """The home of what is in Local, which must wait as it was left.

    Raises:
        HedgerowError: it is gone, or has work of its own by now.
    """
    found = [one for one in await tools.discovery.checkouts_of(repository) if one.id == hosting.home]
    if not found:
        raise HedgerowError(
            ErrorCode.NO_SUCH_CHECKOUT,
            f"{hosting.label}, where Local's work came from, is gone ({hosting.path}). Undo its removal, or commit in "
            f"Local; what Local held before is in the snapshot {hosting.shelf} (hedgerow restore {hosting.shelf})",
        )
    end = await read_end(tools, found[0], parts.operation, doing, caller, stays=hosting.stays(hosting.home))
    if end.head.ref is not None or end.head.oid != hosting.home_head:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{end.label} is on {_spoken(end.head)} by now, not detached at {hosting.home_head[:9]} as it was left; "
            f"bring it back there first (git switch --detach {hosting.home_head[:9]})",
        )
    if end.taking.changed:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{end.label} has {_changes(end.taking.changed)} of its own by now; commit or move them first",
        )
    return end


async def _send_home(tools: Tools, hosting: Hosting, home: End, work: End, parts: _Parts, doing: str) -> None:
    head = HeadState(oid=work.head.oid) if hosting.made_branch else work.head
    path = home.checkout.path
    clean = snapshots.State(commit=hosting.home_head)
    parts.steps.append(
        Transition(
            path=str(path), source=StateData(commit=hosting.home_head), target=work.state, head=(home.head, head),
            message=doing,
        )
    )  # fmt: skip
    await _foresee(tools, home.checkout, clean, work.value(tools), parts)


async def _shelf(
    tools: Tools, repository: KnownRepository, hosting: Hosting, parts: _Parts
) -> tuple[HeadState, StateData, snapshots.State]:
    """HEAD that Local gets back, and the state.

    Raises:
        HedgerowError: its branch is checked out elsewhere.
    """
    head = HeadState.model_validate(json.loads(hosting.local_head))
    kept_dir = tools.journal.state.kept / hosting.shelf
    whole = StateData(oid=hosting.shelf_oid, snapshot=hosting.shelf)
    if head.ref is None:
        return head, whole, snapshots.State(snapshot=hosting.shelf_oid, kept_dir=kept_dir)
    busy = busy_branches(await tools.discovery.checkouts_of(repository)).get(head.ref)
    if busy is not None:
        raise HedgerowError(
            ErrorCode.BRANCH_BUSY,
            f"Local's branch {_short(head.ref)} is checked out in {busy.label} ({busy.path}); switch that one first",
            checkout=busy.id,
        )
    now = await read_ref(tools.git, head.ref, cwd=repository.common_dir)
    parts.guards.append(RefIs(ref=head.ref, oid=now))
    if now != head.oid:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"Local's branch {_short(head.ref)} has moved meanwhile (it is at {(now or 'nothing')[:9]})",
        )
    return head, whole, snapshots.State(snapshot=hosting.shelf_oid, kept_dir=kept_dir)


async def _branch(
    tools: Tools, repository: KnownRepository, coming: End, wanted: str | None, parts: _Parts
) -> tuple[str, bool]:
    """The branch that Local will be on, and whether it is made for that."""
    head, label = coming.head, coming.label
    if head.ref is not None:
        if wanted is not None:
            raise HedgerowError(
                ErrorCode.BAD_PARAMS, f"{label} is on the branch {_short(head.ref)} already; leave `branch` out"
            )
        parts.guards.append(RefIs(ref=head.ref, oid=head.oid))
        return head.ref, False
    if wanted is None:
        taken = [_short(ref) for ref in await read_refs(tools.git, repository.common_dir, "refs/heads/")]
        wanted = free_name(suggestion(label) or "handed-off", taken)
    ref = await check_new_branch(tools, repository, wanted)
    parts.guards.append(RefIs(ref=ref, oid=None))
    parts.steps.append(MoveRef(ref=ref, before=None, after=head.oid, message=f"hand off {label}"))
    parts.effects.append(Effect(text=f"name the detached work of {label} {wanted}", ref=ref))
    return ref, True


async def _foresee(
    tools: Tools, checkout: Checkout, source: snapshots.State, target: snapshots.State, parts: _Parts
) -> None:
    problem = await snapshots.foresee(
        tools.git, checkout.repository.git, checkout.path, checkout.admin, source=source, target=target
    )
    if problem is not None:
        parts.conflicts.append(f"in {checkout.label}: {problem}")


def _draft(repository: KnownRepository, parts: _Parts, title: str, message: str, local: Checkout) -> Draft:
    checkouts = [end.checkout for end in parts.ends]
    held = tuple(str(end.hold.row["id"]) for end in parts.ends)
    return Draft(
        shown=Plan(
            token=new_token(),
            command="handOff",
            title=title,
            effects=parts.effects,
            losses=parts.losses,
            conflicts=parts.conflicts,
            needs_agreement=bool(parts.losses) or parts.asks,
        ),
        operation=parts.operation,
        repository=repository.id,
        directory=str(repository.common_dir),
        steps=tuple(parts.steps),
        guards=tuple(parts.guards),
        no_return=len(parts.steps),
        locks=tuple(one.id for one in checkouts),
        snapshots=held,
        checkouts=tuple(one.id for one in checkouts),
        paths=(str(local.path), *(str(one.path) for one in checkouts if not one.local)),
        undo=UndoRecipe(how="invert", snapshots=held),
        message=message,
        warnings=tuple(parts.warnings),
        touches=tuple(str(one.path) for one in checkouts),
    )


def _effect(parts: _Parts, text: str, checkout: Checkout) -> None:
    parts.effects.append(Effect(text=text, checkout=checkout.id, path=str(checkout.path)))


def _listed(paths: Iterable[bytes]) -> str:
    return json.dumps(sorted(path.decode("utf-8", "surrogateescape") for path in paths))


def _changes(count: int) -> str:
    return f"{count} uncommitted change{'s' if count != 1 else ''}"


def _short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def _spoken(head: HeadState) -> str:
    return _short(head.ref) if head.ref is not None else (head.oid or "nothing")[:9]
