"""The plan that lays a snapshot down in a new worktree, under its old id where that is free."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_ref, resolve
from hedgerow.journal.guards import Absent, AnyGuard, NotCheckedOut, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import WorktreeRecord
from hedgerow.journal.steps import (
    AddWorktree,
    AnyStep,
    Claim,
    HeadState,
    LayDown,
    Record,
)
from hedgerow.planning.branches import branch_problem
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Effect, Plan

from .places import known_admins
from .stored import Stored


async def plan_laying_down(
    tools: Tools,
    repository: KnownRepository,
    stored: Stored,
    path: Path,
    name: str,
    *,
    command: str,
    undoes: str | None,
) -> Draft:
    git, common_dir = tools.git, repository.common_dir
    if await resolve(git, stored.row["oid"], cwd=common_dir) is None:
        raise HedgerowError(ErrorCode.NO_SUCH_SNAPSHOT, f"the snapshot {stored.id} is no longer in the repository")
    head = stored.head
    guards: list[AnyGuard] = [Absent(path=str(path))]
    warnings: list[str] = []
    if head.ref is not None and head.oid is not None:
        problem = await branch_problem(tools, repository, head)
        if problem is None:
            guards += [RefIs(ref=head.ref, oid=head.oid), NotCheckedOut(ref=head.ref)]
        else:
            warnings.append(f"it comes back detached at {head.oid[:9]}: {problem}")
            head = HeadState(oid=head.oid)
    elif head.ref is not None and await read_ref(git, head.ref, cwd=common_dir) is not None:
        raise HedgerowError(
            ErrorCode.BRANCH_EXISTS,
            f"{head.ref.removeprefix('refs/heads/')} had no commit then and has one now, so it cannot come back",
        )
    old = stored.record
    now = time.time()
    # Under its old id where that is free, so that what is remembered of it still fits.
    current = None if old is None else tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", old["id"])
    reuse = old is not None and current is not None and current["state"] == "retired" and str(path) == old["path"]
    same = old if reuse else None
    making = WorktreeRecord(
        id=str(same["id"]) if same else new_id("w"),
        repository=repository.id,
        path=str(path),
        admin="",
        token=str(same["token"]) if same else secrets.token_hex(16),
        name=name,
        label=str(same["label"]) if same else name,
        kept=bool(old["kept"]) if old else False,
        state="making",
        base=old["base"] if old else head.oid,
        started_from=old["started_from"] if old else stored.id,
        setup=old["setup"] if old else "none",
        created=float(same["created"]) if same else now,
        active=now,
    ).row()
    anchor = head.oid or await resolve(git, f"{stored.row['oid']}^1", cwd=common_dir)
    assert anchor is not None
    steps: tuple[AnyStep, ...] = (
        Record(table="worktrees", key=making["id"], before=current if reuse else None, after=making),
        AddWorktree(
            path=str(path),
            oid=anchor,
            known=known_admins(repository),
            from_directory=str(repository.local or common_dir),
        ),
        LayDown(path=str(path), snapshot=stored.id, oid=str(stored.row["oid"]), head=head),
        Claim(path=str(path), before=making, after={**making, "state": "ready"}),
    )
    return Draft(
        shown=Plan(
            token=new_token(),
            command=command,
            title=f"Restore {stored.row['name']} at {path}",
            effects=[Effect(text=f"lay the snapshot {stored.id} down at {path}", path=str(path))],
            needs_agreement=False,
        ),
        operation=new_id("o"),
        repository=repository.id,
        directory=str(common_dir),
        steps=steps,
        guards=tuple(guards),
        no_return=len(steps),
        locks=(making["id"],),
        checkouts=(making["id"],),
        paths=(str(path),),
        undo=UndoRecipe(how="retire", worktrees=(str(path),)),
        undoes=undoes,
        message=f"Restored {stored.row['name']} at {path}",
        warnings=tuple(warnings),
    )
