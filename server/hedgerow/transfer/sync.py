"""`sync`: one checkout's changes in another, by a three-way merge in the object database, or in place of its own."""

from __future__ import annotations

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.ancestry import merge_base
from hedgerow.git.errors import readable
from hedgerow.git.merging import merge_trees
from hedgerow.git.objects import commit_tree
from hedgerow.git.refs import read_ref, read_refs
from hedgerow.journal import snapshots
from hedgerow.journal.guards import RefIs
from hedgerow.journal.plans import Draft
from hedgerow.journal.snapshots import Held, State, TreeFile
from hedgerow.journal.snapshots.together import two
from hedgerow.journal.steps import BranchState, HeadState, MoveRef, StateData, Transition
from hedgerow.planning.branches import check_new_branch, refuse_elsewhere
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Loss
from hedgerow.protocol.transfer import SyncParams

from .accepted import Accepted
from .ends import End, read_end, refuse_other_sparse
from .markers import with_names
from .parts import Parts, changes, files, short, spoken

SYNCS = "refs/hedgerow/syncs/"
"""Below it, for each pair of checkouts, what the source held when they were last synced: the next one's base."""


async def plan_sync(
    tools: Tools, source: Checkout, destination: Checkout, params: SyncParams, caller: Caller,
    *, accepted: Accepted | None = None,
) -> Draft:  # fmt: skip
    """Everything `sync` is going to do.

    Args:
        accepted: bring this, and not all that the source holds.

    Raises:
        HedgerowError: why it cannot.
    """
    if accepted is not None and params.method != "apply":
        raise HedgerowError(ErrorCode.BAD_PARAMS, "what was accepted is brought as changes; use the method apply")
    parts = Parts()
    doing = f"sync {source.label} to {destination.label}"
    coming, there = await two(
        read_end(tools, source, parts.operation, doing, caller),
        read_end(tools, destination, parts.operation, doing, caller),
    )
    await refuse_other_sparse(tools, source, destination)
    if coming.head.oid is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{source.label} has no commit yet")
    parts.change(there)
    parts.guards += coming.guards
    parts.asks = not destination.ours and not destination.local
    if params.method == "overwrite":
        await _overwrite(tools, coming, there, params, parts, doing)
    else:
        await _apply(tools, coming, there, params, parts, doing, accepted)
    which = "changes" if accepted is None else "accepted changes"
    what = source.label if accepted is None else f"what was accepted in {source.label}"
    return parts.draft(
        destination.repository, "sync", f"Sync {what} to {destination.label}",
        f"{destination.label} has the {which} of {source.label}",
    )  # fmt: skip


async def _overwrite(tools: Tools, coming: End, there: End, params: SyncParams, parts: Parts, doing: str) -> None:
    source, destination = coming.checkout, there.checkout
    oid = coming.head.oid
    assert oid is not None
    head, branch = HeadState(oid=oid), None
    if params.branch is not None:
        head = await _branch_at(tools, destination, params.branch, oid, parts)
    elif there.head.ref is not None:
        head = HeadState(ref=there.head.ref, oid=oid)
        if there.head.oid != oid:
            await refuse_elsewhere(tools, destination.repository, there.head.ref, besides=(destination.id,))
            parts.guards.append(RefIs(ref=there.head.ref, oid=there.head.oid))
            branch = BranchState(ref=there.head.ref, before=there.head.oid, after=oid)
            parts.effect(
                f"move {short(there.head.ref)} from {(there.head.oid or 'nothing')[:9]} to {oid[:9]}",
                destination, ref=there.head.ref,
            )  # fmt: skip
            await _count_commits(tools, there, oid, parts)
    parts.steps.append(coming.hold)
    parts.steps.append(
        Transition(
            path=str(destination.path), source=there.state, target=coming.state, head=(there.head, head),
            branch=branch, message=doing,
        )
    )  # fmt: skip
    parts.effect(
        f"make files and index of {destination.label} those of {source.label}, with its "
        f"{changes(coming.taking.changed)}", destination,
    )  # fmt: skip
    parts.loses(there)
    await parts.foresee(tools, (destination, there.value(tools), coming.value(tools)))
    pair = _pair(source, destination, None)
    await _remember(tools, coming, destination, await _full(tools, coming), parts, pair)


async def _count_commits(tools: Tools, there: End, oid: str, parts: Parts) -> None:
    """Commits that leave the branch; the snapshot holds them."""
    if there.head.oid is None:
        return
    cwd = there.checkout.repository.common_dir
    out = await tools.git.read("rev-list", "--format=%h %s", "--no-commit-header", there.head.oid, f"^{oid}", cwd=cwd)
    lines = [readable(line) for line in out.splitlines()]
    if lines:
        text = f"{len(lines)} commit{'s' if len(lines) != 1 else ''} of {spoken(there.head)}"
        parts.losses.append(Loss(kind="commits", text=text, count=len(lines), paths=lines[:100]))


async def _apply(
    tools: Tools, coming: End, there: End, params: SyncParams, parts: Parts, doing: str, accepted: Accepted | None
) -> None:
    source, destination = coming.checkout, there.checkout
    repository = destination.repository
    git, known = tools.git, repository.git
    held = await _held(tools, there)
    theirs_held = await _held(tools, coming)
    head, from_ = there.head, held
    if params.branch is not None:
        head, from_ = await _switched(tools, there, held, params.branch, parts)
    pair = _pair(source, destination, accepted)
    shared = coming.head.oid if accepted is None else accepted.base
    base = await _base(tools, coming.label, shared, from_, destination, pair)
    ours = await snapshots.full_tree(git, known, destination.path, from_)
    theirs = await _full(tools, coming)
    if accepted is not None:
        theirs = accepted.tree
        parts.guards.append(accepted.unmoved)
    merged = await merge_trees(git, known, base=base, ours=ours, theirs=theirs)
    tree, left = merged.tree, list(merged.conflicts)
    if left and params.markers:
        tree, left = await with_names(git, known, merged, ours, theirs, destination.label, source.label)
        for path in sorted(set(merged.conflicts) - set(left)):
            parts.effect(f"put conflict markers into '{readable(path)}'", destination)
    parts.conflicts += [_worded(path, source, destination, params.markers) for path in merged.plain(left)]
    differing = {} if left else await snapshots.tree_changes(git, known, ours, tree)
    outside = sorted((differing.keys() & set(held.manifest.absent)) | (differing.keys() & _beside(held)))
    parts.conflicts += [
        f"'{readable(path)}' is not among what git checks out in {destination.label}" for path in outside
    ]
    if parts.conflicts:
        return
    given: dict[bytes, TreeFile | None] = {path: change.new for path, change in differing.items()}
    oid = await snapshots.compose(
        git, known, destination.path, destination.admin, from_, given, why=doing, taken_from=theirs_held
    )
    kept = str(there.hold.row["id"])
    parts.keep_composed(oid)
    parts.steps.append(
        Transition(
            path=str(destination.path), source=there.state, target=StateData(oid=oid, snapshot=kept), message=doing,
            head=None if head == there.head else (there.head, head),
        )
    )  # fmt: skip
    parts.effect(
        f"bring changes to {files(len(given))} from {source.label}, uncommitted" if given
        else f"bring nothing: {destination.label} has all of {source.label} already", destination,
    )  # fmt: skip
    large = [one.path for one in theirs_held.manifest.kept if not one.ignored]
    if large:
        parts.warnings.append(f"{files(len(large))} over the size limit did not go along ({readable(large[0])})")
    target = State(snapshot=oid, kept_dir=tools.journal.state.kept / kept)
    new = (await snapshots.load(git, known, oid)).untracked.keys() & given.keys()
    hidden = sorted(await snapshots.ignored_in(git, known, destination.admin, target, new))
    if hidden:
        text = f"git ignores {files(len(hidden))} of it in {destination.label} and will not show"
        parts.warnings.append(f"{text} {'it' if len(hidden) == 1 else 'them'} there ({readable(hidden[0])})")
    await parts.foresee(tools, (destination, there.value(tools), target))
    await _remember(tools, coming, destination, theirs, parts, pair)


def _worded(path: bytes, source: Checkout, destination: Checkout, markers: bool) -> str:
    text = f"'{readable(path)}' has changed in both {source.label} and {destination.label}"
    return f"{text}, in a way that markers cannot show" if markers else text


def _beside(held: Held) -> set[bytes]:
    """Files of the destination that are too large for git, which a merge cannot see."""
    return {one.path for one in held.manifest.kept if not one.ignored}


async def _switched(tools: Tools, there: End, held: Held, branch: str, parts: Parts) -> tuple[HeadState, Held]:
    """The destination as it would be on another branch. On a new one all stays; on another existing one its files
    change, so it must have no changes of its own."""
    destination = there.checkout
    repository = destination.repository
    ref = f"refs/heads/{branch}"
    now = await read_ref(tools.git, ref, cwd=repository.common_dir)
    if now is None or there.head.ref == ref:
        if there.head.ref == ref:
            return there.head, held
        if there.head.oid is None:
            raise HedgerowError(ErrorCode.UNSUPPORTED, f"{destination.label} has no commit yet; commit there first")
        return await _branch_at(tools, destination, branch, there.head.oid, parts), held
    await refuse_elsewhere(tools, destination.repository, ref, besides=(destination.id,))
    if there.taking.changed:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{destination.label} has {changes(there.taking.changed)}; commit them before it is switched to {branch}",
        )
    parts.guards.append(RefIs(ref=ref, oid=now))
    parts.effect(f"switch {destination.label} to {branch}", destination, ref=ref)
    git, known = tools.git, repository.git
    old = there.head.oid or known.empty_tree
    differing = await snapshots.tree_changes(git, known, f"{old}^{{tree}}", f"{now}^{{tree}}")
    given: dict[bytes, TreeFile | None] = {path: change.new for path, change in differing.items()}
    oid = await snapshots.compose(
        git, known, destination.path, destination.admin, held, given, why=f"on {branch}", commit=now
    )
    return HeadState(ref=ref, oid=now), await snapshots.load(git, known, oid)


async def _branch_at(tools: Tools, destination: Checkout, branch: str, oid: str, parts: Parts) -> HeadState:
    """A new branch for the destination; an existing one only where it is there already."""
    ref = f"refs/heads/{branch}"
    now = await read_ref(tools.git, ref, cwd=destination.repository.common_dir)
    if now is not None:
        await refuse_elsewhere(tools, destination.repository, ref, besides=(destination.id,))
        parts.asks = True
        parts.guards.append(RefIs(ref=ref, oid=now))
        if now != oid:
            parts.steps.append(MoveRef(ref=ref, before=now, after=oid, message=f"sync to {branch}"))
            parts.effect(f"move {branch} from {now[:9]} to {oid[:9]}", destination, ref=ref)
        return HeadState(ref=ref, oid=oid)
    ref = await check_new_branch(tools, destination.repository, branch)
    parts.guards.append(RefIs(ref=ref, oid=None))
    parts.steps.append(MoveRef(ref=ref, before=None, after=oid, message=f"sync to {branch}"))
    parts.effect(f"make the branch {branch} at {oid[:9]} for {destination.label}", destination, ref=ref)
    return HeadState(ref=ref, oid=oid)


async def _base(tools: Tools, label: str, commit: str | None, there: Held, destination: Checkout, pair: str) -> str:
    """What both sides have in common: what they shared at the last sync, else the tree of the nearest commit that the
    destination shares with ``commit``."""
    cwd = destination.repository.common_dir
    last = await read_ref(tools.git, pair, cwd=cwd)
    if last is None and commit is not None and there.commit is not None:
        last = await merge_base(tools.git, commit, there.commit, cwd=cwd)
    if last is None:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{label} and {destination.label} share no commit, so there is nothing to compare with; "
            "use the method overwrite",
        )
    return (await tools.git.read("rev-parse", f"{last}^{{tree}}", cwd=cwd)).decode().strip()


async def _remember(tools: Tools, coming: End, destination: Checkout, tree: str, parts: Parts, pair: str) -> None:
    """What the source brings now is what the two share from now on."""
    ref, repository = pair, destination.repository
    before = (await read_refs(tools.git, repository.common_dir, ref)).get(ref)
    label = f"{coming.label} when it was synced to {destination.label}\n"
    now = await commit_tree(tools.git, tree, parents=(), message=label, cwd=repository.common_dir)
    parts.steps.append(MoveRef(ref=ref, before=before, after=now, message="sync"))


def _pair(one: Checkout, other: Checkout, accepted: Accepted | None) -> str:
    """What was accepted is not all of it, so it is remembered apart."""
    return SYNCS + "/".join(sorted((one.id, other.id))) + ("" if accepted is None else "-accepted")


async def _held(tools: Tools, end: End) -> Held:
    return await snapshots.load(tools.git, end.checkout.repository.git, end.taking.taken.oid)


async def _full(tools: Tools, end: End) -> str:
    repository = end.checkout.repository
    return await snapshots.full_tree(tools.git, repository.git, end.checkout.path, await _held(tools, end))
