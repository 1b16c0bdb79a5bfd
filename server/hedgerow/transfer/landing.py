"""`land`: a worktree's commits onto a branch, made in the object database, then laid down where the branch is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.ancestry import merge_base
from hedgerow.git.errors import readable
from hedgerow.git.merging import merge_trees
from hedgerow.git.refs import read_ref
from hedgerow.journal import snapshots
from hedgerow.journal.guards import NotCheckedOut, RefIs
from hedgerow.journal.plans import Draft
from hedgerow.journal.snapshots import FactKind, State, TreeFile
from hedgerow.journal.steps import BranchState, MoveRef, StateData, Transition
from hedgerow.planning.branches import refuse_elsewhere
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.transfer import LandParams

from .accepted import Accepted
from .authorship import author_of, commit_as_person, identity, message_of
from .ends import End, read_end
from .parts import Parts, changes, files, short

_DIRTY = (FactKind.MODIFIED, FactKind.STAGED, FactKind.CONFLICTED, FactKind.UNTRACKED, FactKind.HIDDEN)


@dataclass(frozen=True)
class _Landing:
    """Attributes:
    ref: the branch to land on, at ``onto``; ``base`` is what it shares with ``head``, the commit that lands.
    """

    repository: KnownRepository
    label: str
    ref: str
    onto: str
    head: str
    base: str

    @property
    def cwd(self) -> Path:
        return self.repository.common_dir


async def plan_land(
    tools: Tools, worktree: Checkout, params: LandParams, caller: Caller, *, accepted: Accepted | None = None
) -> Draft:
    """Everything `land` is going to do.

    Args:
        accepted: land this, committed or not, and not the worktree's commits.

    Raises:
        HedgerowError: why it cannot.
    """
    repository = worktree.repository
    parts = Parts()
    doing = f"land {worktree.label}"
    coming = await read_end(tools, worktree, parts.operation, doing, caller)
    if accepted is None:
        _refuse_uncommitted(coming)
    landing = await _landing(tools, coming, params.onto, accepted)
    parts.guards += coming.guards if accepted is None else [accepted.unmoved]
    parts.guards.append(RefIs(ref=landing.ref, oid=landing.onto))
    if accepted is None:
        commit = await _made(tools, landing, params, parts)
    else:
        commit = await _made_of_accepted(tools, landing, params, parts, accepted)
    name = short(landing.ref)
    message = f"{worktree.label} is on {name} now"
    title = f"Land {worktree.label} on {name}"
    if commit is None:
        return parts.draft(repository, "land", title, message)
    parts.effect(f"move {name} from {landing.onto[:9]} to {commit[:9]}", ref=landing.ref)
    await _lay_down(tools, landing, commit, parts, doing, caller)
    if params.then == "cleanUp":
        parts.effect(f"clean {worktree.label} up afterwards, if that loses nothing", worktree)
    draft = parts.draft(repository, "land", title, message)
    return draft.model_copy(
        update={"locks": (worktree.id, *draft.locks), "extra": {"then": params.then, "lands": worktree.id}}
    )


def _refuse_uncommitted(coming: End) -> None:
    count, hidden = coming.taking.changed, coming.taking.taken.fact(FactKind.HIDDEN)
    if count and count == len(hidden):
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{coming.label} has edits that git is told not to see, so that no commit has them: "
            f"'{readable(hidden[0])}'; let git see them first (git update-index --no-assume-unchanged "
            "--no-skip-worktree), or put them back",
        )
    if count:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{coming.label} has {changes(count)}, which {'is' if count == 1 else 'are'} in no commit; "
            f"commit {'it' if count == 1 else 'them'} first (hedgerow commit {coming.label} MESSAGE)",
        )


async def _landing(tools: Tools, coming: End, onto: str | None, accepted: Accepted | None) -> _Landing:
    repository, label = coming.checkout.repository, coming.label
    ref = f"refs/heads/{onto}" if onto is not None else None
    if ref is None:
        local = [one for one in await tools.discovery.checkouts_of(repository) if one.local]
        ref = local[0].listed.branch if local else None
        if ref is None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "Local is on no branch; say which branch to land on with `onto`")
    now = await read_ref(tools.git, ref, cwd=repository.common_dir)
    if now is None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"there is no branch {short(ref)[:60]!r} to land on")
    head = coming.head.oid
    if head is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{label} has no commit yet")
    if coming.head.ref == ref:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"{label} is on {short(ref)} itself; it has nothing to land there")
    mine = head if accepted is None else accepted.base or head
    base = await merge_base(tools.git, now, mine, cwd=repository.common_dir)
    if base is None:
        raise HedgerowError(ErrorCode.CONFLICT, f"{label} and {short(ref)} share no commit; they cannot be merged")
    if accepted is None and base == head:
        raise HedgerowError(ErrorCode.CONFLICT, f"{short(ref)} has every commit of {label} already; nothing to land")
    await _refuse_stale(tools, repository, ref, now)
    return _Landing(repository, label, ref, now, head, base)


async def _refuse_stale(tools: Tools, repository: KnownRepository, ref: str, now: str) -> None:
    """A branch that is behind what was last fetched of it would land on history that others have left."""
    out = await tools.git.read("for-each-ref", "--format=%(upstream)", ref, cwd=repository.common_dir)
    upstream = out.decode().strip()
    there = await read_ref(tools.git, upstream, cwd=repository.common_dir) if upstream else None
    if there is None:
        return
    count = (await tools.git.read("rev-list", "--count", there, f"^{now}", cwd=repository.common_dir)).decode().strip()
    if count != "0":
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{short(ref)} lacks {count} commit{'s' if count != '1' else ''} of "
            f"{upstream.removeprefix('refs/remotes/')}; bring it up to date first (git pull)",
        )


async def _made(tools: Tools, landing: _Landing, params: LandParams, parts: Parts) -> str | None:
    """The commit that the branch will be at; None when there are conflicts, which are noted."""
    if params.how == "fastForward":
        if landing.base != landing.onto:
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"{short(landing.ref)} has commits that {landing.label} does not have, so it cannot just be moved "
                "along; use merge, squash or rebase",
            )
        return landing.head
    person = await identity(tools.git, landing.cwd)
    if params.how == "rebase":
        return await _rebased(tools, landing, person, parts)
    merged = await _merged(tools, landing, landing.base, landing.onto, landing.head, parts)
    if merged is None:
        return None
    subjects = await tools.git.read(
        "log", "--reverse", "--format=* %s", landing.head, f"^{landing.onto}", cwd=landing.cwd
    )
    name = short(landing.ref)
    if params.how == "merge":
        message = params.message or f"Merge {landing.label} into {name}\n"
        return await commit_as_person(
            tools.git, landing.cwd, merged, (landing.onto, landing.head), message.encode(), person
        )
    one = subjects.count(b"\n") == 1
    made = await message_of(tools.git, landing.cwd, landing.head) if one else b"%s\n\n%s" % (
        f"Land {landing.label}".encode(), subjects
    )  # fmt: skip
    text = params.message.encode() if params.message else made
    return await commit_as_person(tools.git, landing.cwd, merged, (landing.onto,), text, person)


async def _made_of_accepted(
    tools: Tools, landing: _Landing, params: LandParams, parts: Parts, accepted: Accepted
) -> str | None:
    """One new commit: what was accepted cuts across the worktree's own, so it cannot be any of them."""
    if params.how != "squash":
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, "what was accepted lands as one new commit; say so with `how` squash (--how squash)"
        )
    trees = await tools.git.read("rev-parse", *(f"{one}^{{tree}}" for one in (landing.base, landing.onto)),
                                 cwd=landing.cwd)  # fmt: skip
    base, ours = trees.decode().split()
    merged = await merge_trees(tools.git, landing.repository.git, base=base, ours=ours, theirs=accepted.tree)
    parts.conflicts += [
        f"'{readable(path)}' has changed in both {landing.label} and {short(landing.ref)}"
        for path in merged.plain(merged.conflicts)
    ]
    if merged.conflicts:
        return None
    if merged.tree == ours:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{short(landing.ref)} has all that was accepted in {landing.label}; nothing to land"
        )
    text = params.message or f"Land what was accepted in {landing.label}\n"
    person = await identity(tools.git, landing.cwd)
    return await commit_as_person(tools.git, landing.cwd, merged.tree, (landing.onto,), text.encode(), person)


async def _rebased(tools: Tools, landing: _Landing, person: dict[str, str], parts: Parts) -> str | None:
    out = await tools.git.read(
        "rev-list", "--reverse", "--topo-order", "--parents", landing.head, f"^{landing.onto}", cwd=landing.cwd
    )
    tip = landing.onto
    for line in out.decode().splitlines():
        commit, *parents = line.split()
        if len(parents) != 1:
            raise HedgerowError(
                ErrorCode.CONFLICT, f"{landing.label} holds a merge ({commit[:9]}), which cannot be rebased; use merge"
            )
        if parents[0] == tip:
            tip = commit
            continue
        merged = await _merged(tools, landing, parents[0], tip, commit, parts)
        if merged is None:
            return None
        before = (await tools.git.read("rev-parse", f"{tip}^{{tree}}", cwd=landing.cwd)).decode().strip()
        if merged == before:
            continue  # the branch has this change already
        author = await author_of(tools.git, landing.cwd, commit)
        message = await message_of(tools.git, landing.cwd, commit)
        tip = await commit_as_person(tools.git, landing.cwd, merged, (tip,), message, {**person, **author})
    return tip


async def _merged(tools: Tools, landing: _Landing, base: str, ours: str, theirs: str, parts: Parts) -> str | None:
    trees = await tools.git.read("rev-parse", *(f"{oid}^{{tree}}" for oid in (base, ours, theirs)), cwd=landing.cwd)
    one, two, three = trees.decode().split()
    merged = await merge_trees(tools.git, landing.repository.git, base=one, ours=two, theirs=three)
    parts.conflicts += [
        f"'{readable(path)}' has changed in both {landing.label} and {short(landing.ref)}"
        for path in merged.plain(merged.conflicts)
    ]
    return None if merged.conflicts else merged.tree


async def _lay_down(tools: Tools, landing: _Landing, commit: str, parts: Parts, doing: str, caller: Caller) -> None:
    """Where the branch is checked out, files and index go along; what is uncommitted there stays as it is."""
    everything = await tools.discovery.checkouts_of(landing.repository)
    place = busy_branches(everything).get(landing.ref)
    if place is None:
        parts.guards.append(NotCheckedOut(ref=landing.ref))
        parts.steps.append(MoveRef(ref=landing.ref, before=landing.onto, after=commit, message=doing))
        return
    name = short(landing.ref)
    await refuse_elsewhere(tools, landing.repository, landing.ref, besides=(place.id,))
    there = await read_end(tools, place, parts.operation, doing, caller)
    if there.head.ref != landing.ref:
        raise HedgerowError(ErrorCode.BRANCH_BUSY, f"{name} is busy in {place.label} ({place.path})", checkout=place.id)
    parts.change(there)
    git, known = tools.git, landing.repository.git
    differing = await snapshots.tree_changes(git, known, f"{landing.onto}^{{tree}}", f"{commit}^{{tree}}")
    dirty = {path for kind in _DIRTY for path in there.taking.taken.fact(kind)}
    held = await snapshots.load(git, known, there.taking.taken.oid)
    blocked = sorted(
        path for path in differing
        if path in dirty or path in held.manifest.absent or any(one.startswith(path + b"/") for one in dirty)
        or any(path.startswith(one + b"/") for one in dirty)
    )  # fmt: skip
    parts.conflicts += [f"'{readable(path)}' has uncommitted changes in {place.label}" for path in blocked]
    if blocked:
        return
    given: dict[bytes, TreeFile | None] = {path: change.new for path, change in differing.items()}
    oid = await snapshots.compose(
        git, known, place.path, place.admin, held, given, why=f"{name} at {commit[:9]}", commit=commit
    )
    kept = str(there.hold.row["id"])
    parts.keep_composed(oid)
    parts.steps.append(
        Transition(
            path=str(place.path), source=there.state, target=StateData(oid=oid, snapshot=kept), message=doing,
            branch=BranchState(ref=landing.ref, before=landing.onto, after=commit),
        )
    )  # fmt: skip
    parts.effect(f"update {files(len(given))} in {place.label}, which is on {name}", place)
    target = State(snapshot=oid, kept_dir=tools.journal.state.kept / kept)
    await parts.foresee(tools, (place, there.value(tools), target))
