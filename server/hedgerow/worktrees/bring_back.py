"""Bringing back: what was retired out of the trash by renames, or from its snapshot by laying it down."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hedgerow.checkouts.operation import busy_branches
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import resolve
from hedgerow.journal.guards import Absent, AnyGuard, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import WorktreeRecord
from hedgerow.journal.steps import (
    AddWorktree,
    AnyStep,
    Claim,
    HeadState,
    LayDown,
    Move,
    MoveRef,
    Record,
    SetHead,
    WriteFile,
)
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Plan
from hedgerow.protocol.worktrees import RestoreParams

from .naming import check_name, free_name, suggestion
from .places import known_admins, must_be_utf8, names_in, worktrees_directory
from .tools import Tools


@dataclass(frozen=True)
class Stored:
    """One snapshot as our database has it."""

    row: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def record(self) -> dict[str, Any] | None:
        """The row of the worktree at that moment, if it was ours."""
        return json.loads(self.row["record"]) if self.row["record"] else None

    @property
    def head(self) -> HeadState:
        return HeadState.model_validate(json.loads(self.row["head"]))


async def restore(tools: Tools, params: RestoreParams, caller: Caller) -> ChangeResult:
    """The command `restore`."""
    stored = await find_snapshot(tools, params.snapshot, caller, params.repository)
    repository = await tools.prepared(await tools.repositories.open(Path(stored.row["common_dir"]), caller), caller)
    draft = tools.agreement.agreed(params, "restore")
    if draft is None:
        draft = await plan_restore(tools, repository, stored, params, caller)
    return await tools.agreement.settle(draft, repository.git, params, caller)


def snapshot_row(tools: Tools, identity: str) -> dict[str, Any] | None:
    """Our row of a snapshot with exactly this id."""
    return tools.journal.database.row("SELECT * FROM snapshots WHERE id = ?", identity)


async def find_snapshot(tools: Tools, text: str, caller: Caller, repository: str | None = None) -> Stored:
    """A snapshot by its id, or the newest one of a checkout that was cleaned up, by that checkout's name or path.

    Names are looked for in the repository given, else in the ones that are open.

    Raises:
        HedgerowError: NO_SUCH_SNAPSHOT.
    """
    row = snapshot_row(tools, text)
    if row is not None:
        return Stored(row)
    if repository is not None:
        opened = [await tools.repositories.open(Path(repository), caller)]
    else:
        opened = await tools.repositories.open_all(caller)
    rows = [
        row
        for each in opened
        for row in tools.journal.database.rows(
            "SELECT * FROM snapshots WHERE repository = ? AND (name = ? OR path = ?) AND reason = 'before clean-up'",
            each.id, text, text,
        )
    ]  # fmt: skip
    if not rows:
        raise HedgerowError(
            ErrorCode.NO_SUCH_SNAPSHOT, f"there is no snapshot {text[:80]!r} here; `hedgerow history` lists them"
        )
    return Stored(max(rows, key=lambda row: float(row["created"])))


async def plan_restore(
    tools: Tools,
    repository: KnownRepository,
    stored: Stored,
    params: RestoreParams,
    caller: Caller,
    *,
    command: str = "restore",
) -> Draft:
    """The plan that brings a snapshot back: a new worktree, or the place it had.

    Raises:
        HedgerowError: its place is taken, its objects are gone.
    """
    if params.place == "old":
        operation = stored.row["operation"]
        retired = tools.journal.database.row("SELECT * FROM operations WHERE id = ? AND state = 'done'", operation)
        if (
            retired is not None
            and trash_of(tools, operation, Path(stored.row["path"])) is not None
            and retired["checkouts"]
        ):
            draft = await plan_bring_back(tools, repository, operation, command="restore", only=stored)
            if draft is not None:
                return draft
        path = Path(stored.row["path"])
        name = path.name
    else:
        directory = worktrees_directory(repository, caller.settings)
        taken = names_in(directory)
        wanted = check_name(params.name, taken) if params.name else None
        name = wanted or free_name(suggestion(stored.row["name"]) or "restored", taken)
        path = directory / name
    must_be_utf8(path)
    return await _lay_down(tools, repository, stored, path, name, command=command, undoes=None)


async def plan_bring_back(
    tools: Tools,
    repository: KnownRepository,
    operation: str,
    *,
    command: str,
    only: Stored | None = None,
) -> Draft | None:
    """Undo a retirement: renames out of the trash where everything is still there, else from the snapshots.

    Answers None for `only`, when that one cannot come out of the trash.

    Raises:
        HedgerowError: NAME_TAKEN when the place is occupied, NOT_UNDOABLE when nothing is left to bring back.
    """
    steps = tools.agreement.operations.steps(operation)
    stored = [
        Stored(row)
        for row in tools.journal.database.rows("SELECT * FROM snapshots WHERE operation = ? ORDER BY rowid", operation)
    ]
    if only is not None:
        stored = [one for one in stored if one.id == only.id]
    moves = [step for step in steps if isinstance(step, Move)]
    pairs = {moves[i].source: (moves[i], moves[i + 1]) for i in range(0, len(moves), 2)}
    draft_steps: list[AnyStep] = []
    guards: list[AnyGuard] = []
    effects: list[Effect] = []
    warnings: list[str] = []
    for one in stored:
        path = Path(one.row["path"])
        pair = pairs.get(str(path))
        if os.path.lexists(path):
            raise HedgerowError(
                ErrorCode.NAME_TAKEN, f"{path} is taken by now; restore {one.id} as a new worktree instead"
            )
        if pair is None or not all(os.path.lexists(move.target) for move in pair):
            if only is not None:
                return None
            if len(stored) == 1:
                return await _lay_down(tools, repository, one, path, path.name, command=command, undoes=operation)
            raise HedgerowError(
                ErrorCode.NOT_UNDOABLE,
                f"the trash was emptied; restore one by one: {', '.join(each.id for each in stored)}",
            )
        guards.append(Absent(path=str(path)))
        draft_steps += _branch_back(steps, one)
        draft_steps += _out_of_trash(pair)
        if one.record is not None:
            retired = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", one.record["id"])
            draft_steps.append(
                Record(
                    table="worktrees",
                    key=one.record["id"],
                    before=retired,
                    after={**one.record, "admin": _admin_back(pair)},
                )
            )
        detach = await _detached_if_busy(tools, repository, one, path, deleted=_deleted_branch(steps, one))
        if detach is not None:
            draft_steps.append(detach[0])
            warnings.append(detach[1])
        effects.append(Effect(text=f"bring {one.row['name']} back from the trash to {path}", path=str(path)))
    names = ", ".join(str(one.row["name"]) for one in stored)
    identities = tuple(one.record["id"] if one.record else str(one.row["checkout"]) for one in stored)
    return Draft(
        shown=Plan(
            token=new_token(), command=command, title=f"Bring {names} back", effects=effects, needs_agreement=False
        ),
        operation=new_id("o"),
        repository=repository.id,
        directory=str(repository.common_dir),
        steps=tuple(draft_steps),
        guards=tuple(guards),
        no_return=len(draft_steps),
        locks=identities,
        checkouts=identities,
        paths=tuple(str(one.row["path"]) for one in stored),
        undo=UndoRecipe(how="retire", worktrees=tuple(str(one.row["path"]) for one in stored)),
        undoes=operation,
        message=f"Brought {names} back",
        warnings=tuple(warnings),
    )


def trash_of(tools: Tools, operation: str, path: Path) -> Path | None:
    """Where an operation moved that directory, if it is still there."""
    for step in tools.agreement.operations.steps(operation):
        if isinstance(step, Move) and step.source == str(path) and os.path.lexists(step.target):
            return Path(step.target)
    return None


def _out_of_trash(pair: tuple[Move, Move]) -> list[AnyStep]:
    """The administrative directory first, so that git knows the place the moment the files are back.

    When its name was taken meanwhile it gets another, and the `.git` file of the worktree is rewritten.
    """
    directory, admin = pair
    back = admin.inverse()
    place = _admin_back(pair)
    if place == admin.source:
        return [back, directory.inverse()]
    rewritten = WriteFile.of(
        Path(directory.target) / ".git", f"gitdir: {admin.source}\n".encode(), f"gitdir: {place}\n".encode()
    )
    return [back.model_copy(update={"target": place}), rewritten, directory.inverse()]


def _admin_back(pair: tuple[Move, Move]) -> str:
    admin = Path(pair[1].source)
    if not os.path.lexists(admin):
        return str(admin)
    number = 1
    while os.path.lexists(admin.with_name(f"{admin.name}{number}")):
        number += 1
    return str(admin.with_name(f"{admin.name}{number}"))


def _branch_back(steps: list[Any], one: Stored) -> list[AnyStep]:
    return [step.inverse() for step in steps if isinstance(step, MoveRef) and step.ref == one.head.ref]


def _deleted_branch(steps: list[Any], one: Stored) -> bool:
    return any(isinstance(step, MoveRef) and step.ref == one.head.ref for step in steps)


async def _detached_if_busy(
    tools: Tools, repository: KnownRepository, one: Stored, path: Path, *, deleted: bool
) -> tuple[SetHead, str] | None:
    """HEAD comes back on its branch only if that has the value it had and is checked out nowhere else."""
    head = one.head
    if head.ref is None or head.oid is None or deleted:
        return None
    problem = await _branch_problem(tools, repository, head)
    if problem is None:
        return None
    step = SetHead(path=str(path), before=head, after=HeadState(oid=head.oid), message="restore detached")
    return step, f"{one.row['name']} comes back detached at {head.oid[:9]}: {problem}"


async def _branch_problem(tools: Tools, repository: KnownRepository, head: HeadState) -> str | None:
    assert head.ref is not None
    short = head.ref.removeprefix("refs/heads/")
    now = await resolve(tools.git, head.ref, cwd=repository.common_dir)
    if now != head.oid:
        return f"{short} has moved since" if now else f"{short} is gone"
    busy = busy_branches(await tools.discovery.checkouts_of(repository)).get(head.ref)
    return None if busy is None else f"{short} is checked out in {busy.label}"


async def _lay_down(
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
        problem = await _branch_problem(tools, repository, head)
        if problem is None:
            guards.append(RefIs(ref=head.ref, oid=head.oid))
        else:
            warnings.append(f"it comes back detached at {head.oid[:9]}: {problem}")
            head = HeadState(oid=head.oid)
    elif head.ref is not None and await resolve(git, head.ref, cwd=common_dir) is not None:
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
