"""What was put aside from Local, for the branch as it is by now: as it was, or applied three-way where it has moved."""

from __future__ import annotations

import json

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.errors import readable
from hedgerow.git.merging import merge_trees
from hedgerow.git.refs import read_ref
from hedgerow.journal import snapshots
from hedgerow.journal.guards import NotCheckedOut, RefIs
from hedgerow.journal.records import Hosting
from hedgerow.journal.snapshots import Held, State, TreeFile
from hedgerow.journal.steps import HeadState, StateData
from hedgerow.planning.branches import refuse_elsewhere
from hedgerow.planning.tools import Tools

from .parts import Parts, short


async def from_shelf(
    tools: Tools, repository: KnownRepository, hosting: Hosting, local: Checkout, parts: Parts
) -> tuple[HeadState, StateData, State]:
    """HEAD and state that Local gets back. Conflicts are noted in the plan.

    Raises:
        HedgerowError: its branch is checked out elsewhere.
    """
    head = HeadState.model_validate(json.loads(hosting.local_head))
    oid = hosting.shelf_oid
    if head.ref is not None:
        name = short(head.ref)
        await refuse_elsewhere(tools, repository, head.ref)
        now = await read_ref(tools.git, head.ref, cwd=repository.common_dir)
        parts.guards.append(RefIs(ref=head.ref, oid=now))
        parts.guards.append(NotCheckedOut(ref=head.ref))
        if now is None and head.oid is not None:
            parts.warnings.append(f"{name} is gone, so Local is detached at {head.oid[:9]}, where it was")
            head = HeadState(oid=head.oid)
        elif now is not None and now != head.oid:
            parts.effect(f"apply what was put aside to {name}, which has moved to {now[:9]}", local)
            oid = await _applied(tools, repository, hosting, local, now, parts)
            head = HeadState(ref=head.ref, oid=now)
    kept_dir = tools.journal.state.kept / hosting.shelf
    return head, StateData(oid=oid, snapshot=hosting.shelf), State(snapshot=oid, kept_dir=kept_dir)


async def _applied(
    tools: Tools, repository: KnownRepository, hosting: Hosting, local: Checkout, now: str, parts: Parts
) -> str:
    """The shelf on another commit: its index and its files each merged, so that staged stays staged."""
    git, known = tools.git, repository.git
    held = await snapshots.load(git, known, hosting.shelf_oid)
    old = known.empty_tree if held.commit is None else await _tree(tools, repository, held.commit)
    new = await _tree(tools, repository, now)
    staged = await _tree(tools, repository, f"{held.oid}^2")
    index = await merge_trees(git, known, base=old, ours=new, theirs=staged)
    whole = await snapshots.full_tree(git, known, local.path, held)
    files = await merge_trees(git, known, base=old, ours=new, theirs=whole)
    conflicts = sorted({*index.plain(index.conflicts), *files.plain(files.conflicts)})
    if conflicts:
        parts.conflicts += [
            f"'{readable(path)}' was put aside with changes, and has changed on its branch since" for path in conflicts
        ]
        return hosting.shelf_oid
    why = f"Local's work on {now[:9]}"
    between = await _composed(tools, local, held, staged, index.tree, why, commit=now)
    base = await snapshots.full_tree(git, known, local.path, between)
    done = await _composed(tools, local, between, base, files.tree, why)
    parts.keep_composed(done.oid)
    return done.oid


async def _composed(
    tools: Tools, local: Checkout, held: Held, old: str, new: str, why: str, *, commit: str | None = None
) -> Held:
    git, known = tools.git, local.repository.git
    changes: dict[bytes, TreeFile | None] = {
        path: change.new for path, change in (await snapshots.tree_changes(git, known, old, new)).items()
    }
    oid = await snapshots.compose(git, known, local.path, local.admin, held, changes, why=why, commit=commit)
    return await snapshots.load(git, known, oid)


async def _tree(tools: Tools, repository: KnownRepository, commit: str) -> str:
    return (await tools.git.read("rev-parse", f"{commit}^{{tree}}", cwd=repository.common_dir)).decode().strip()
