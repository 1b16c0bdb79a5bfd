"""`undo`: each operation says how it is undone; this finds the room that plans it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_head, read_ref
from hedgerow.git.status import read_status
from hedgerow.journal import snapshots
from hedgerow.journal.guards import AnyGuard, NotCheckedOut, RefIs
from hedgerow.journal.inversion import plan_inversion
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.records import Hosting
from hedgerow.journal.steps import BranchState, HeadState, Move, MoveRef, Record, Step, Transition
from hedgerow.planning.snapshotting import same_content, take, unchanged
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Kept
from hedgerow.protocol.worktrees import UndoParams
from hedgerow.worktrees.bring_back import plan_bring_back
from hedgerow.worktrees.protections import Wanted
from hedgerow.worktrees.retire import plan_retirement
from hedgerow.worktrees.stored import snapshot_row


async def plan_undo(tools: Tools, params: UndoParams, caller: Caller) -> tuple[KnownRepository, Draft]:
    """Undo one operation; an undo is an operation and can be undone.

    In the plan's `extra`: `leaves`, the worktree whose work goes home from Local; `comes`, the one whose work comes
    there; `gone`, worktrees whose work goes back to Local for good.

    Raises:
        HedgerowError: NO_SUCH_OPERATION, NOT_UNDOABLE.
    """
    row = await _operation(tools, params, caller)
    recipe = UndoRecipe.model_validate(json.loads(row["undo"]))
    if row["state"] == "undone":
        raise HedgerowError(
            ErrorCode.NOT_UNDOABLE,
            f"{row['title']}: this was undone already (by {row['undone_by']}; undo that instead)",
        )
    if row["state"] != "done":
        why = {
            "running": "this is under way, or was cut short",
            "failed": f"this could neither be done nor be taken back whole ({row['error']})",
        }.get(row["state"], "this changed nothing, so there is nothing to undo")
        raise HedgerowError(ErrorCode.NOT_UNDOABLE, f"{row['title']}: {why}")
    repository = await tools.repository_of(row, caller, params.repository)
    draft = await _plan(tools, repository, row, recipe, caller)
    if recipe.how == "retire" and row["command"] == "handOff":
        draft = draft.model_copy(update={"extra": {**draft.extra, "gone": json.loads(row["checkouts"])}})
    return repository, draft


async def _plan(
    tools: Tools, repository: KnownRepository, row: dict[str, Any], recipe: UndoRecipe, caller: Caller
) -> Draft:
    identity = row["id"]
    steps = tools.agreement.operations.steps(identity)
    if recipe.how == "none":
        raise HedgerowError(ErrorCode.NOT_UNDOABLE, recipe.why or "this cannot be undone")
    if recipe.how == "bringBack":
        draft = await plan_bring_back(tools, repository, identity, command="undo")
        assert draft is not None
        again = [
            inverse
            for step in reversed(steps)
            if isinstance(step, Transition) and (inverse := step.inverse()) is not None
        ]
        if not again:
            return draft
        whole = draft.model_copy(update={"steps": (*draft.steps, *again), "no_return": len(draft.steps) + len(again)})
        return await _guarded(tools, repository, whole, recipe, caller)
    if recipe.how == "retire":
        wanted = [Wanted(await _made(tools, repository, row, text, caller), named=True) for text in recipe.worktrees]
        steps, kept = await _without_branches_in_use(tools, repository, steps, [one.checkout for one in wanted])
        retired = await plan_retirement(tools, repository, wanted, caller, command="undo", undoes=identity, kept=kept)
        inverted = plan_inversion(row["title"], undoes=identity, besides=retired, steps=steps)
        return await _guarded(tools, repository, inverted, recipe, caller)

    inverted = plan_inversion(
        row["title"],
        undoes=identity,
        besides=None,
        steps=steps,
        repository=repository.id,
        directory=str(repository.common_dir),
        checkouts=tuple(json.loads(row["checkouts"])),
    )
    noted = [step for step in inverted.steps if isinstance(step, Record) and step.table == "hosting"]
    hosted = [Hosting(**row) for step in noted for row in (step.before, step.after) if row is not None]
    for step in noted:
        found = {"leaves": step.before, "comes": step.after}
        homes = {name: row["home"] for name, row in found.items() if row is not None}
        inverted = inverted.model_copy(update={"extra": {**inverted.extra, **homes}})
    return await _guarded(tools, repository, inverted, recipe, caller, hosted)


async def _made(tools: Tools, repository: KnownRepository, row: dict[str, Any], text: str, caller: Caller) -> Checkout:
    """The worktree that an operation made or brought back, and no other that is in its place by now.

    Raises:
        HedgerowError: NOT_UNDOABLE when it is gone.
    """
    try:
        found = await tools.discovery.find(text, caller, repository)
    except HedgerowError as error:
        if error.code is not ErrorCode.NO_SUCH_CHECKOUT:
            raise
        raise HedgerowError(
            ErrorCode.NOT_UNDOABLE,
            f"{row['title']}: that worktree is gone since; bring it back first (see `hedgerow history`)",
        ) from None
    made = json.loads(row["checkouts"])
    if found.id in made:
        return found
    theirs = any(one.startswith("x-") for one in made)
    if theirs and found.admin_directory is not None:  # its entry came back under another name, and so has another id
        moved = (str(found.admin), found.admin_directory.inode)
        steps = tools.agreement.operations.steps(row["id"])
        if any(isinstance(step, Move) and (step.target, step.inode) == moved for step in steps):
            return found
    raise HedgerowError(ErrorCode.NOT_UNDOABLE, f"{row['title']}: another worktree is at {found.path} by now")


async def _without_branches_in_use(
    tools: Tools, repository: KnownRepository, steps: list[Step], leaving: list[Checkout]
) -> tuple[list[Step], list[Kept]]:
    """The steps without the making of branches that have work on them since, or are checked out elsewhere by now."""
    gone = {one.id for one in leaving}
    busy = busy_branches(one for one in await tools.discovery.checkouts_of(repository) if one.id not in gone)
    remaining: list[Step] = []
    kept: list[Kept] = []
    for step in steps:
        if isinstance(step, MoveRef) and step.before is None and step.ref.startswith("refs/heads/"):
            short = step.ref.removeprefix("refs/heads/")
            reason = f"it is checked out in {busy[step.ref].label}" if step.ref in busy else "it has moved since"
            if step.ref in busy or await read_ref(tools.git, step.ref, cwd=repository.common_dir) != step.after:
                kept.append(Kept(name=short, reason=f"the branch {short} stays: {reason}"))
                continue
        remaining.append(step)
    return remaining, kept


async def _guarded(
    tools: Tools,
    repository: KnownRepository,
    draft: Draft,
    recipe: UndoRecipe,
    caller: Caller,
    hosted: Sequence[Hosting] = (),
) -> Draft:
    """The same plan, if every checkout it would lay a state down in is still as the operation left it."""
    guards = list(draft.guards)
    touches = list(draft.touches)
    everything = {one.path: one for one in await tools.discovery.checkouts_of(repository)}
    for step in draft.steps:
        if not isinstance(step, Transition) or step.fresh:
            continue
        path = Path(step.path)
        checkout = everything.get(path)
        if checkout is None:
            raise HedgerowError(ErrorCode.NOT_UNDOABLE, f"there is no checkout at {path} any more")
        guards += _still_held(tools, step)
        stays = frozenset(path for one in hosted for path in one.stays(checkout.id))
        if not await _is_in(tools, checkout, step, stays, caller):
            kept = ", ".join(recipe.snapshots)
            raise HedgerowError(
                ErrorCode.NOT_UNDOABLE,
                f"{path} has changed since; what it held then is in the snapshot {kept} (hedgerow restore {kept})",
            )
        guards.append(await unchanged(tools, checkout, caller.settings))
        if step.head is not None:
            guards += await _branch_is_back(tools, repository, draft, step.head[1], everything.values())
        touches.append(str(path))
    return draft.model_copy(update={"guards": tuple(guards), "touches": tuple(touches)})


def _still_held(tools: Tools, step: Transition) -> list[AnyGuard]:
    """The guards that what is laid down, and what gives way to it, is in snapshots that nobody has let go of.

    Raises:
        HedgerowError: NOT_UNDOABLE when one was let go.
    """
    guards: list[AnyGuard] = []
    for identity in dict.fromkeys(one.snapshot for one in (step.target, step.source) if one.snapshot is not None):
        row = snapshot_row(tools, identity)
        if row is None:
            raise HedgerowError(
                ErrorCode.NOT_UNDOABLE,
                f"the snapshot {identity}, which holds what was in {step.path}, was let go since",
            )
        guards.append(RefIs(ref=row["ref"], oid=row["oid"]))
    return guards


async def _branch_is_back(
    tools: Tools, repository: KnownRepository, draft: Draft, head: HeadState, everything: Collection[Checkout]
) -> list[AnyGuard]:
    """The guard that a checkout finds the branch it goes back to where it left it.

    Raises:
        HedgerowError: NOT_UNDOABLE when it has moved, or is checked out elsewhere by now.
    """
    if head.ref is None:
        return []
    name = head.ref.removeprefix("refs/heads/")
    changing = {step.path for step in draft.steps if isinstance(step, Transition)}
    busy = busy_branches(one for one in everything if str(one.path) not in changing).get(head.ref)
    if busy is not None:
        raise HedgerowError(ErrorCode.NOT_UNDOABLE, f"{name} is checked out in {busy.label} by now ({busy.path})")
    moves: list[MoveRef | BranchState] = [step for step in draft.steps if isinstance(step, MoveRef)]
    moves += [step.branch for step in draft.steps if isinstance(step, Transition) and step.branch is not None]
    if any(move.ref == head.ref for move in moves):
        return []  # it is moved back by compare-and-swap
    now = await read_ref(tools.git, head.ref, cwd=repository.common_dir)
    if now != head.oid:
        raise HedgerowError(ErrorCode.NOT_UNDOABLE, f"{name} has moved since (it is at {(now or 'nothing')[:9]})")
    guards: list[AnyGuard] = [RefIs(ref=head.ref, oid=now)]
    if head.ref not in busy_branches(everything):  # else it is in one that changes, too
        guards.append(NotCheckedOut(ref=head.ref))
    return guards


async def _is_in(tools: Tools, checkout: Checkout, step: Transition, stays: frozenset[bytes], caller: Caller) -> bool:
    """Whether a checkout still is as a transition left it; untracked files that came since matter to no clean one."""
    repository, path, state = checkout.repository, checkout.path, step.source
    if state.commit is not None:
        head = await read_head(tools.git, path)
        status = await read_status(tools.git, path)
        return head.oid == state.commit and not (status.staged or status.unstaged or status.conflicted)
    assert state.oid is not None
    taking = await take(
        tools, repository, path, checkout.admin, label=checkout.label, settings=caller.settings, stays=stays
    )
    if await same_content(tools.git, repository.common_dir, taking.taken.oid, state.oid):
        return True
    # Rules that came with the work, or that only one end has, make untracked what was ignored, and the other way round;
    # attributes make the same bytes another object.
    now = await snapshots.load(tools.git, repository.git, taking.taken.oid)
    then = await snapshots.load(tools.git, repository.git, state.oid)
    came, gone = now.untracked.keys() - then.untracked.keys(), then.untracked.keys() - now.untracked.keys()
    before = snapshots.State(snapshot=step.target.oid, commit=step.target.commit)
    shown = await snapshots.ignored_in(tools.git, repository.git, checkout.admin, before, came)
    if shown or gone:
        taking = await take(
            tools, repository, path, checkout.admin, label=checkout.label, settings=caller.settings,
            stays=stays | shown, goes=gone,
        )  # fmt: skip
        now = await snapshots.load(tools.git, repository.git, taking.taken.oid)
    out = await tools.git.read(
        "rev-parse", f"{now.oid}^2^{{tree}}", f"{then.oid}^2^{{tree}}", cwd=repository.common_dir
    )
    staged_now, staged_then = out.split()
    return now.commit == then.commit and staged_now == staged_then and now.work == then.work


async def _operation(tools: Tools, params: UndoParams, caller: Caller) -> dict[str, Any]:
    database = tools.journal.database
    if params.operation is not None:
        row = database.row("SELECT * FROM operations WHERE id = ?", params.operation)
        if row is None:
            raise HedgerowError(
                ErrorCode.NO_SUCH_OPERATION,
                f"there is no operation {params.operation[:40]!r}; `hedgerow history` lists them",
            )
        return row
    repository = await tools.repository_to_change(params.repository, caller)
    rows = database.rows(
        "SELECT * FROM operations WHERE repository = ? AND state = 'done' AND command != 'undo'"
        " ORDER BY started DESC, rowid DESC",
        repository.id,
    )
    for row in rows:
        recipe = UndoRecipe.model_validate(json.loads(row["undo"]))
        if recipe.how != "none" and not recipe.automatic:
            return row
    raise HedgerowError(ErrorCode.NO_SUCH_OPERATION, f"there is nothing to undo in {repository.name}")
