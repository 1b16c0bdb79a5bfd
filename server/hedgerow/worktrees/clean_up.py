"""Which worktrees a clean-up is about: those named, those that have landed, those beyond the number to keep."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.default_branch import Targets, read_targets
from hedgerow.checkouts.landed import MERGED, REBASED, SQUASHED, how_landed
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutKind
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Kept
from hedgerow.protocol.worktrees import CleanUpParams

from .dropping import plan_dropping
from .protections import Wanted
from .retention import Candidate, surplus
from .retire import plan_retirement


async def clean_up(tools: Tools, params: CleanUpParams, caller: Caller) -> ChangeResult:
    """The command `cleanUp`."""
    draft = tools.agreement.agreed(params, "cleanUp")
    if draft is not None:
        repository = await tools.prepared(await tools.repositories.open(Path(draft.directory), caller), caller)
        return await tools.settle(draft, repository, params, caller)
    retiring = bool(params.checkouts or params.landed or params.retention)
    if retiring == bool(params.snapshots):
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, "say what to clean up: names, --landed or --retention; or else --snapshots"
        )
    if params.snapshots:
        repository = await tools.repository_to_change(params.repository, caller)
        draft = plan_dropping(tools, repository, params.snapshots)
        return await tools.settle(draft, repository, params, caller)
    named = [await tools.discovery.find(text, caller) for text in params.checkouts] if params.repository is None else []
    if named and params.repository is None:
        repositories = {one.repository.common_dir: one.repository for one in named}
        if len(repositories) > 1:
            raise HedgerowError(
                ErrorCode.AMBIGUOUS, "these worktrees belong to several repositories; clean up one repository at a time"
            )
        repository = await tools.prepared(next(iter(repositories.values())), caller)
    else:
        repository = await tools.repository_to_change(params.repository, caller)
    wanted = [
        Wanted(await tools.discovery.find(text, caller, repository), named=True, delete_branch=params.delete_branch)
        for text in params.checkouts
    ]
    kept: list[Kept] = []
    everything = await tools.discovery.checkouts_of(repository)
    if params.landed:
        wanted += await _landed(tools, repository, everything, params.delete_branch, kept)
    if params.retention:
        wanted += [Wanted(one, named=False) for one in beyond_retention(everything, caller)]
    unique = list({one.checkout.id: one for one in reversed(wanted)}.values())[::-1]
    draft = await plan_retirement(
        tools,
        repository,
        unique,
        caller,
        command="cleanUp",
        kept=kept,
        lossless_only=params.retention and caller.automatic,
    )
    if not draft.checkouts:
        return ChangeResult(message=draft.message, kept=draft.shown.kept)
    return await tools.settle(draft, repository, params, caller)


async def retire_surplus(
    tools: Tools, repository: KnownRepository, caller: Caller, *, spare: Collection[str] = ()
) -> ChangeResult | None:
    """Retire managed worktrees beyond the number to keep, where that names no loss; None when there are none.

    Args:
        spare: ids that stay in any case: what was made this very moment.
    """
    beyond = beyond_retention(await tools.discovery.checkouts_of(repository), caller)
    wanted = [Wanted(one, named=False) for one in beyond if one.id not in spare]
    if not wanted:
        return None
    draft = await plan_retirement(tools, repository, wanted, caller, command="cleanUp", lossless_only=True)
    if not draft.checkouts:
        return None
    recipe = draft.undo.model_copy(update={"automatic": True})
    draft = draft.model_copy(update={"undo": recipe})
    return await tools.settle(draft, repository, CleanUpParams(retention=True), caller)


def beyond_retention(checkouts: list[Checkout], caller: Caller) -> list[Checkout]:
    """Managed worktrees beyond the number to keep, longest idle first."""
    managed = {one.id: one for one in checkouts if one.kind is CheckoutKind.MANAGED and one.record is not None}
    candidates = [
        Candidate(one.id, last_active(one), "locked" if one.listed.locked is not None else None)
        for one in managed.values()
    ]
    return [managed[one.id] for one in surplus(candidates, caller.settings.retention)]


def last_active(checkout: Checkout) -> float:
    """Last sign of work: our record, git's index and HEAD log, the directory itself."""
    times = [checkout.record.active if checkout.record is not None else 0.0]
    for path in (checkout.admin / "index", checkout.admin / "logs" / "HEAD", checkout.path):
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return max(times)


async def _landed(
    tools: Tools, repository: KnownRepository, checkouts: list[Checkout], delete_branch: bool, kept: list[Kept]
) -> list[Wanted]:
    local = next((one for one in checkouts if one.local), None)
    targets = await read_targets(tools.git, repository, local.listed.branch if local else None)
    found: list[Wanted] = []
    for one in checkouts:
        if one.kind is not CheckoutKind.MANAGED or one.listed.head is None:
            continue
        reason = await _not_landed(tools, repository, one, targets)
        if reason is None:
            found.append(Wanted(one, named=False, delete_branch=delete_branch and one.branch is not None))
        else:
            kept.append(Kept(checkout=one.id, name=one.label, path=str(one.path), reason=reason))
    return found


async def _not_landed(tools: Tools, repository: KnownRepository, checkout: Checkout, targets: Targets) -> str | None:
    """Why its work does not count as landed; None when it is proved to be on a default branch."""
    head = checkout.listed.head
    if head is None or head == checkout.base:
        return "it has no commits of its own yet"
    branches = targets.besides(checkout.listed.branch)
    if not branches:
        return "there is no default branch to compare it with"
    for branch in branches:
        if await how_landed(tools.git, tools.records, repository, head, branch.oid) in (MERGED, SQUASHED, REBASED):
            return None
    return f"its work is not on {branches[0].name}"
