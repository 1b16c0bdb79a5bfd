"""`accept`: what a person has seen and agrees with goes into the reviewed tree. No file changes, no index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.diffs import ChangedFile
from hedgerow.git.errors import GitParseError
from hedgerow.git.objects import read_blob, write_blob
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.snapshots.contents import blob_id
from hedgerow.journal.snapshots.trees import TreeFile
from hedgerow.journal.steps import MoveRef
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.gathering import Gathering
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Kept
from hedgerow.protocol.review import AcceptParams

from ..paths import wire
from ..seeing.changes import version_of
from ..seeing.looking import version_id
from ..trees import tree_with
from ..works import Work, refuse_other_work, refuse_unreadable, reviewed_commit, waits_elsewhere, work_in
from .picking import Pick, Picked, gone_by, picked, too_large
from .selection import Change, accepted, choose, patched, split
from .withdrawing import plan_withdrawal


async def accept(tools: Tools, params: AcceptParams, caller: Caller) -> ChangeResult:
    """The command `accept`."""
    checkout = await prepared_checkout(tools, params.checkout, params, caller)
    draft = tools.agreement.agreed(params, "accept")
    if draft is not None:
        return await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    refuse_handed_off(tools, checkout, "accept")
    refuse_unreadable(checkout)
    work = await work_in(tools, checkout)
    if params.withdraw:
        draft = await plan_withdrawal(tools, work, params)
        if draft is None:
            message = f"nothing of it is accepted in {checkout.label}, so there is nothing to take back"
            return ChangeResult(message=message, checkouts=[checkout.id])
        return await tools.agreement.settle(draft, checkout.repository.git, params, caller)
    async with picked(tools, work, params) as found:
        draft = await _plan(tools, work, found, params, caller)
    if draft is None:
        return ChangeResult(message=nothing(checkout, params.paths, "accept"), checkouts=[checkout.id])
    return await tools.agreement.settle(draft, checkout.repository.git, params, caller)


async def _plan(tools: Tools, work: Work, found: Picked, params: AcceptParams, caller: Caller) -> Draft | None:
    checkout, git = work.checkout, tools.git
    gathering = Gathering()
    wholes = [pick for pick in found.picks if pick.ranges is None]
    parts = [pick for pick in found.picks if pick.ranges is not None]
    stays = {
        pick.path: why for pick in wholes if (why := too_large(checkout, found.working, pick.file, caller.settings))
    }
    if stays and not params.all:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{next(iter(stays.values()))}; commit it, or raise the limit")
    gathering.kept += [Kept(name=wire(path), path=wire(path), reason=why) for path, why in stays.items()]
    wholes = [pick for pick in wholes if pick.path not in stays]
    stored = await found.working.store([pick.path for pick in wholes if pick.file.new_mode is not None])
    refuse_changed_meanwhile(work, found, params, stored)
    changes: dict[bytes, TreeFile | None] = {}
    for pick in wholes:
        if pick.file.old_path is not None:
            changes[pick.file.old_path] = None
        changes[pick.path] = stored.get(pick.path)
    count = 0
    for pick in parts:
        number, file = await _part(tools, work, pick)
        count += number
        if number:
            if pick.file.old_path is not None:
                changes[pick.file.old_path] = None
            changes[pick.path] = file
    tree = await tree_with(git, checkout.repository.git, work.reviewed_tree, changes)
    if tree == work.reviewed_tree and not (work.moved and changes):
        return None
    await refuse_other_work(tools, work)
    commit = await reviewed_commit(tools, work, tree)
    title = titled("Accept", checkout, [pick.file for pick in found.picks if pick.path not in stays], count)
    gathering.steps.append(MoveRef(ref=work.ref, before=work.stored, after=commit, message=title))
    gathering.checkouts.append(checkout.id)
    gathering.effect(title, checkout)
    draft = gathering.gathered(
        checkout.repository, command="accept", title=title, message=titled("Accepted", checkout,
        [pick.file for pick in found.picks if pick.path not in stays], count), undo=UndoRecipe(how="invert"),
    )  # fmt: skip
    return draft.model_copy(update={"paths": (str(checkout.path),)})


def refuse_changed_meanwhile(work: Work, found: Picked, params: AcceptParams, stored: Mapping[bytes, TreeFile]) -> None:
    """A file that an agent writes between the look at it and its being stored is not what the person saw."""
    if params.seen is None:
        return
    if params.all:
        now = version_of(work, [pick.path for pick in found.picks])
    elif found.picks and found.picks[0].ranges is None and found.picks[0].path in stored:
        file = stored[found.picks[0].path]
        now = version_id(file.oid, file.mode)
    else:
        return
    if now != params.seen:
        raise gone_by(work.checkout.label if params.all else wire(found.picks[0].path))


async def _part(tools: Tools, work: Work, pick: Pick) -> tuple[int, TreeFile | None]:
    """How many changes are meant, and the file in the reviewed tree with them."""
    old, new = await both_versions(tools, work, pick)
    assert pick.patch is not None
    chosen = choose(map(Change.of, pick.patch.hunks), pick.ranges)
    file = pick.file
    if file.status == "D":
        return len(chosen), None
    mode = file.old_mode or file.new_mode
    assert mode is not None
    content = b"".join(accepted(old, new, chosen))
    oid = await write_blob(tools.git, content, cwd=work.checkout.repository.common_dir)
    return len(chosen), TreeFile(mode, oid)


async def both_versions(tools: Tools, work: Work, pick: Pick) -> tuple[list[bytes], list[bytes]]:
    """The lines of the reviewed version and of the checkout's, in git's form.

    Raises:
        GitParseError: what git said of the difference does not lead from one to the other.
    """
    assert pick.patch is not None
    repository = work.checkout.repository.git
    old: list[bytes] = []
    if pick.file.old_oid is not None:
        old = split(await read_blob(tools.git, pick.file.old_oid, cwd=repository.common_dir))
    new = patched(old, pick.patch.hunks)
    if pick.file.new_oid is not None and blob_id(repository, b"".join(new)) != pick.file.new_oid:
        raise GitParseError(f"the difference of {wire(pick.path)} does not add up")
    return old, new


def refuse_handed_off(tools: Tools, checkout: Checkout, verb: str) -> None:
    where = waits_elsewhere(tools, checkout)
    if where is not None:
        raise HedgerowError(
            ErrorCode.PROTECTED, f"the work of {checkout.label} is in {where} now; {verb} it there", checkout=where
        )


def titled(verb: str, checkout: Checkout, files: list[ChangedFile], hunks: int) -> str:
    """What is done, in the person's words."""
    names = [wire(file.path) for file in files]
    what = names[0] if len(names) == 1 else f"{len(names)} files"
    if hunks:
        what = f"{hunks} change{'s' if hunks != 1 else ''} in {what}"
    return f"{verb} {what} ({checkout.label})"


def nothing(checkout: Checkout, paths: list[str], verb: str) -> str:
    where = f"{Path(paths[0]).name} of {checkout.label}" if len(paths) == 1 else checkout.label
    return f"nothing of it is pending in {where}, so there is nothing to {verb}"
