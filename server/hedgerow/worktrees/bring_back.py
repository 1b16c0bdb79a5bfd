"""Bringing back: what was retired out of the trash by renames, or from its snapshot by laying it down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_ref
from hedgerow.journal.guards import Absent, AnyGuard, NotCheckedOut, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.steps import (
    AnyStep,
    HeadState,
    Move,
    MoveRef,
    Record,
    SetHead,
    WriteFile,
)
from hedgerow.planning.branches import branch_problem
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Effect, Plan

from .laying_down import plan_laying_down
from .stored import Stored


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
    moves = [step for step in steps if isinstance(step, Move)]
    pairs = {moves[i].source: (moves[i], moves[i + 1]) for i in range(0, len(moves), 2)}
    away = [one for one in stored if not _is_back(tools, one, pairs.get(str(one.row["path"])))]
    stored = away if only is None else [one for one in stored if one.id == only.id]
    if not stored:
        raise HedgerowError(ErrorCode.NOT_UNDOABLE, "everything of it was brought back already")
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
                return await plan_laying_down(
                    tools, repository, one, path, path.name, command=command, undoes=operation
                )
            raise HedgerowError(
                ErrorCode.NOT_UNDOABLE,
                f"the trash was emptied; restore one by one: {', '.join(each.id for each in stored)}",
            )
        guards.append(Absent(path=str(path)))
        branch_steps, branch_guards, detach = await _branch_back(tools, repository, steps, one, path)
        guards += branch_guards
        draft_steps += branch_steps
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
        undoes=operation if {one.id for one in away} <= {one.id for one in stored} else None,
        message=f"Brought {names} back",
        warnings=tuple(warnings),
    )


def trash_of(tools: Tools, operation: str, path: Path) -> Path | None:
    """Where an operation moved that directory, if it is still there."""
    for step in tools.agreement.operations.steps(operation):
        if isinstance(step, Move) and step.source == str(path) and os.path.lexists(step.target):
            return Path(step.target)
    return None


def _is_back(tools: Tools, one: Stored, pair: tuple[Move, Move] | None) -> bool:
    """Whether it was restored into its old place by itself."""
    if not os.path.lexists(one.row["path"]):
        return False
    if one.record is None:
        return pair is not None and not os.path.lexists(pair[0].target)
    record = tools.records.worktree(one.record["id"])
    return record is not None and record.state != "retired"


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


async def _branch_back(
    tools: Tools, repository: KnownRepository, steps: list[Any], one: Stored, path: Path
) -> tuple[list[AnyStep], list[AnyGuard], tuple[SetHead, str] | None]:
    """HEAD comes back on its branch only if that has the value it had, or none, and is checked out nowhere else.

    Answers the steps that make the branch again, what must hold of it, and else how HEAD comes back detached.
    """
    head = one.head
    if head.ref is None or head.oid is None:
        return [], [], None
    deleted: list[AnyStep] = [step.inverse() for step in steps if isinstance(step, MoveRef) and step.ref == head.ref]
    if deleted and await read_ref(tools.git, head.ref, cwd=repository.common_dir) is None:
        return deleted, [RefIs(ref=head.ref, oid=None)], None
    problem = await branch_problem(tools, repository, head)
    if problem is None:
        return [], [RefIs(ref=head.ref, oid=head.oid), NotCheckedOut(ref=head.ref)], None
    step = SetHead(path=str(path), before=head, after=HeadState(oid=head.oid), message="restore detached")
    return [], [], (step, f"{one.row['name']} comes back detached at {head.oid[:9]}: {problem}")
