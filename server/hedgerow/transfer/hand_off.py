"""Hand-off: a worktree's work laid down in Local, and home again. Exact, or refused with nothing changed.

Local is switched before the changes are laid down, so nothing has to be merged on the way there. Local's own work
waits on a shelf (a snapshot), the worktree waits clean and detached. Ignored files stay where they are on both sides.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_refs
from hedgerow.journal import snapshots
from hedgerow.journal.guards import RefIs
from hedgerow.journal.plans import Draft
from hedgerow.journal.records import Hosting
from hedgerow.journal.snapshots.together import two
from hedgerow.journal.steps import HeadState, MoveRef, Record, StateData, Transition
from hedgerow.planning.branches import check_new_branch, refuse_elsewhere
from hedgerow.planning.naming import free_name, suggestion
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.transfer import HandOffParams

from .ends import End, read_end, refuse_other_sparse
from .parts import Parts, changes, short, spoken
from .shelf import from_shelf


async def plan_there(
    tools: Tools,
    repository: KnownRepository,
    worktree: Checkout,
    hosting: Hosting | None,
    params: HandOffParams,
    caller: Caller,
) -> Draft:
    """The plan that brings a worktree's work to Local; whose work is there already goes home first.

    Args:
        hosting: whose work that is, as it was when the direction was chosen: not that worktree's own.

    Raises:
        HedgerowError: why it cannot.
    """
    local = await _local(tools, repository)
    parts = Parts()
    doing = f"hand {worktree.label} off to Local"
    stays = hosting.stays(local.id) if hosting else ()
    coming, shelved = await two(
        read_end(tools, worktree, parts.operation, doing, caller),
        read_end(tools, local, parts.operation, doing, caller, stays=stays),
    )
    await refuse_other_sparse(tools, worktree, local)
    if coming.head.oid is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{worktree.label} has no commit yet; commit there first")
    home = await _home(tools, local, hosting, parts, doing, caller) if hosting else None
    if hosting is not None:
        _prove_hosted(hosting, shelved)
    for end in (coming, shelved, *([home] if home else [])):
        parts.change(end)

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
    ways = [
        (worktree, coming.value(tools), snapshots.State(commit=coming.head.oid)),
        (local, shelved.value(tools), coming.value(tools)),
    ]
    if hosting is not None and home is not None:
        ways.append(_send_home(tools, hosting, home, shelved, parts, doing))
        parts.effect(f"{hosting.label}'s work goes home first, to {home.checkout.path}", home.checkout)
    await parts.foresee(tools, *ways)
    changed = coming.taking.changed
    parts.effect(f"switch Local to {name}, with {changes(changed)} of {worktree.label}", local)
    parts.effect(f"leave {worktree.label} clean and detached at {coming.head.oid[:9]}, as the home", worktree)
    if hosting is None:
        parts.loses(shelved)
        if parts.losses:
            where = spoken(shelved.head)
            parts.effect(f"put Local's own work ({where}) aside until {worktree.label} goes home", local)
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
    return parts.draft(repository, "handOff", title, f"{worktree.label} is in Local now, on {name}")


async def plan_home(tools: Tools, repository: KnownRepository, hosting: Hosting, caller: Caller) -> Draft:
    """The plan that takes the work in Local home, and gives Local its branch and its shelf back.

    Raises:
        HedgerowError: why it cannot.
    """
    local = await _local(tools, repository)
    parts = Parts()
    doing = f"hand {hosting.label} home"
    leaving, home = await two(
        read_end(tools, local, parts.operation, doing, caller, stays=hosting.stays(local.id)),
        _home(tools, local, hosting, parts, doing, caller),
    )
    _prove_hosted(hosting, leaving)
    await refuse_other_sparse(tools, home.checkout, local)
    for end in (leaving, home):
        parts.change(end)
    head, back, shelf = await from_shelf(tools, repository, hosting, local, parts)
    parts.steps.append(
        Transition(path=str(local.path), source=leaving.state, target=back, head=(leaving.head, head), message=doing)
    )
    way_home = _send_home(tools, hosting, home, leaving, parts, doing)
    await parts.foresee(tools, (local, leaving.value(tools), shelf), way_home)
    parts.steps.append(Record(table="hosting", key=repository.id, before=hosting.row(), after=None))
    parts.effect(f"switch Local back to {spoken(head)}, with what was put aside", local)
    parts.effect(f"take {changes(leaving.taking.changed)} home to {hosting.path}", home.checkout)
    title = f"Hand {hosting.label} home"
    return parts.draft(repository, "handOff", title, f"{hosting.label} is home again; Local is on {spoken(head)}")


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
            f"Local is on {spoken(local.head)}, not on {short(hosting.branch)}, which came from {hosting.label}; "
            f"switch Local to {short(hosting.branch)} first",
        )
    if local.head.oid is None:
        raise HedgerowError(ErrorCode.CONFLICT, f"the branch {short(hosting.branch)} is gone; make it again first")


async def _home(tools: Tools, local: Checkout, hosting: Hosting, parts: Parts, doing: str, caller: Caller) -> End:
    """The home of what is in Local, which must wait as it was left.

    Raises:
        HedgerowError: it is gone, has work of its own by now, or its branch is somewhere else as well.
    """
    repository = local.repository
    await refuse_elsewhere(tools, repository, hosting.branch, besides=(local.id,))
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
            f"{end.label} is on {spoken(end.head)} by now, not detached at {hosting.home_head[:9]} as it was left; "
            f"bring it back there first (git switch --detach {hosting.home_head[:9]})",
        )
    if end.taking.changed:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{end.label} has {changes(end.taking.changed)} of its own by now; commit or move them first",
        )
    return end


def _send_home(
    tools: Tools, hosting: Hosting, home: End, work: End, parts: Parts, doing: str
) -> tuple[Checkout, snapshots.State, snapshots.State]:
    """The step, and the way to foresee."""
    head = HeadState(oid=work.head.oid) if hosting.made_branch else work.head
    clean = StateData(commit=hosting.home_head)
    parts.steps.append(
        Transition(path=str(home.checkout.path), source=clean, target=work.state, head=(home.head, head), message=doing)
    )
    return home.checkout, snapshots.State(commit=hosting.home_head), work.value(tools)


async def _branch(
    tools: Tools, repository: KnownRepository, coming: End, wanted: str | None, parts: Parts
) -> tuple[str, bool]:
    """The branch that Local will be on, and whether it is made for that."""
    head, label = coming.head, coming.label
    if head.ref is not None:
        if wanted is not None:
            raise HedgerowError(
                ErrorCode.BAD_PARAMS, f"{label} is on the branch {short(head.ref)} already; leave `branch` out"
            )
        await refuse_elsewhere(tools, repository, head.ref, besides=(coming.checkout.id,))
        parts.guards.append(RefIs(ref=head.ref, oid=head.oid))
        return head.ref, False
    if wanted is None:
        taken = [short(ref) for ref in await read_refs(tools.git, repository.common_dir, "refs/heads/")]
        wanted = free_name(suggestion(label) or "handed-off", taken)
    ref = await check_new_branch(tools, repository, wanted)
    parts.guards.append(RefIs(ref=ref, oid=None))
    parts.steps.append(MoveRef(ref=ref, before=None, after=head.oid, message=f"hand off {label}"))
    parts.effect(f"make the branch {wanted} for {label}, which is on none", ref=ref)
    return ref, True


def _listed(paths: Iterable[bytes]) -> str:
    return json.dumps(sorted(path.decode("utf-8", "surrogateescape") for path in paths))
