"""Planning a mend for each thing that is broken in a repository's list of worktrees. Quarantines, never deletes.

Other tools' worktrees are found too and mended only when named one by one.
"""

from __future__ import annotations

import os

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import resolve
from hedgerow.journal.bench import Bench
from hedgerow.journal.guards import Absent, AnyGuard, Broken, NotLocked
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.steps import AnyStep, Listing, Move, Record, WriteFile
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Kept, Plan
from hedgerow.protocol.worktrees import RepairParams

from .anchors import anchor
from .findings import Finding, findings


async def repair(tools: Tools, params: RepairParams, caller: Caller) -> ChangeResult:
    """The command `repair`."""
    repository = await tools.repository_to_change(params.repository, caller)
    draft = tools.agreement.agreed(params, "repair")
    if draft is None:
        found = await findings(tools, repository, caller)
        chosen = _chosen(found, params.only)
        kept = [
            Kept(
                name=one.name, path=str(one.path), reason=one.problem or f"{one.text}; mend it by name: repair {one.id}"
            )
            for one in found
            if one not in chosen
        ]
        if not chosen:
            message = "nothing to mend" if not found else "nothing was mended"
            return ChangeResult(message=message, kept=kept)
        draft = await _plan(tools, repository, chosen, kept)
    return await tools.agreement.settle(draft, repository.git, params, caller)


def _chosen(found: list[Finding], only: list[str]) -> list[Finding]:
    by_id = {one.id: one for one in found}
    if not only:
        return [one for one in found if one.ours and one.problem is None]
    chosen: list[Finding] = []
    for text in only:
        named = [by_id[text]] if text in by_id else [one for one in found if one.name == text]
        if len(named) > 1:
            places = " and ".join(f"{one.id} ({one.path})" for one in named)
            raise HedgerowError(ErrorCode.AMBIGUOUS, f"{text!r} names several: {places}; say which by its id")
        one = named[0] if named else None
        if one is None:
            known = ", ".join(f"{each.id} ({each.name})" for each in found) or "none"
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"there is no finding {text[:60]!r}; there are: {known}")
        if one.problem is not None:
            raise HedgerowError(ErrorCode.PROTECTED, f"{one.text}: {one.problem}")
        chosen.append(one)
    return chosen


async def _plan(tools: Tools, repository: KnownRepository, chosen: list[Finding], kept: list[Kept]) -> Draft:
    operation = new_id("o")
    bench = Bench(tools.journal, repository.git, operation)
    steps: list[AnyStep] = []
    guards: list[AnyGuard] = []
    effects: list[Effect] = []
    for number, one in enumerate(chosen):
        if one.kind == "moved":
            assert one.admin is not None and one.found is not None and one.path is not None
            gitdir = one.admin / "gitdir"
            steps.append(WriteFile.of(gitdir, gitdir.read_bytes(), os.fsencode(one.found / ".git") + b"\n"))
            guards.append(Absent(path=str(one.path)))
            effects.append(Effect(text=f"tell git that {one.path.name} is at {one.found}", path=str(one.found)))
        elif one.kind == "pointer":
            assert one.admin is not None and one.path is not None
            dotgit = one.path / ".git"
            steps.append(WriteFile.of(dotgit, dotgit.read_bytes(), b"gitdir: " + os.fsencode(one.admin) + b"\n"))
            effects.append(Effect(text=f"tell {one.name} where its repository is now", path=str(one.path)))
        elif one.kind == "orphaned":
            steps.append(await _listed_again(tools, repository, one))
            effects.append(
                Effect(
                    text=f"put {one.name} on git's list again, detached where it was started: every file stays as it "
                    "is, and what differs shows as uncommitted; commits made in it are not on a branch (git fsck)",
                    path=str(one.path),
                )
            )
        elif one.admin is not None:
            named = [one.admin / file for file in ("HEAD", "ORIG_HEAD", "MERGE_HEAD", "logs/HEAD")]
            keep = await anchor(tools, repository, named, f"{operation}-{number}", one.name)
            if keep is not None:
                steps.append(keep)
                effects.append(Effect(text=f"keep commits that only {one.name} held, as {keep.ref}", ref=keep.ref))
            steps.append(Move.of(one.admin, bench.trash_of_admin / one.admin.name))
            guards.append(NotLocked(admin=str(one.admin), name=one.name))
            guards.append(Broken(admin=str(one.admin), name=one.name))
            effects.append(Effect(text=f"take {one.name} off git's list: {one.text}", path=str(one.admin)))
        if one.record is not None and one.kind != "orphaned":
            row = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", one.record)
            assert row is not None
            change = {"state": "retired"}
            if one.kind == "moved":
                change = {"path": str(one.found)}
            elif one.kind == "pointer":
                change = {"admin": str(one.admin), "path": str(one.path)}
            steps.append(Record(table="worktrees", key=one.record, before=row, after={**row, **change}))
            if one.kind == "forgotten":
                effects.append(Effect(text=f"forget {one.name}: {one.text}", checkout=one.record))
    count = len(chosen)
    title = f"Mend {count} worktree{'s' if count != 1 else ''}: {', '.join(one.name for one in chosen)}"
    return Draft(
        shown=Plan(token=new_token(), command="repair", title=title, effects=effects, kept=kept, needs_agreement=True),
        operation=operation,
        repository=repository.id,
        directory=str(repository.common_dir),
        steps=tuple(steps),
        guards=tuple(guards),
        no_return=len(steps),
        locks=tuple(one.record for one in chosen if one.record),
        undo=UndoRecipe(how="invert"),
        checkouts=tuple(one.record for one in chosen if one.record),
        message=title.replace("Mend", "Mended", 1),
    )


async def _listed_again(tools: Tools, repository: KnownRepository, one: Finding) -> Listing:
    record = tools.records.worktree(one.record or "")
    assert record is not None and record.base is not None
    oid = await resolve(tools.git, record.base, cwd=repository.common_dir)
    if oid is None:
        raise HedgerowError(
            ErrorCode.PROTECTED, f"{one.text}: the commit it was started from is gone; copy what you need from there"
        )
    return Listing(path=record.path, admin=record.admin, oid=oid, identity=record.id, token=record.token)
