"""Making a worktree: where, from what, with which of Local's files, and with its set-up."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.bench import Bench
from hedgerow.journal.guards import Absent, AnyGuard, RefIs
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import WorktreeRecord
from hedgerow.journal.steps import (
    AddWorktree,
    AnyStep,
    Claim,
    HeadState,
    MoveRef,
    Populate,
    Record,
    SetHead,
    StateData,
    Transition,
)
from hedgerow.planning.branches import check_new_branch
from hedgerow.planning.naming import check_name, free_name, made_up_name, suggestion
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Plan, SetupReport
from hedgerow.protocol.worktrees import Change, CreateParams, RestoreParams, SetupChoice

from .carry import carried_changes, provision
from .consent import decided, offered_script, set_up
from .include import INCLUDE_FILE
from .places import known_admins, must_be_utf8, taken_names, worktrees_directory
from .restore import plan_restore
from .start_points import StartPoint, resolve_start
from .stored import Stored, snapshot_row


async def create(tools: Tools, params: CreateParams, caller: Caller) -> ChangeResult:
    """The command `create`."""
    repository = await tools.repository_to_change(params.repository, caller)
    draft = tools.agreement.agreed(params, "create")
    if draft is None and params.from_ is not None and (row := snapshot_row(tools, params.from_)) is not None:
        draft = await _from_snapshot(tools, repository, Stored(row), params, caller)
    if draft is None:
        draft = await plan_create(tools, repository, params, caller)
    return await carry_out_create(tools, repository, draft, params, params.setup, caller)


async def carry_out_create(
    tools: Tools, repository: KnownRepository, draft: Draft, params: Change, setup: SetupChoice | None, caller: Caller
) -> ChangeResult:
    """Settle a plan that makes a worktree, with its set-up at the end."""
    script, runs = decided(draft, setup)
    skipped = setup is not None and setup.skip
    reports: list[SetupReport] = []

    async def last(_bench: Bench) -> None:
        if script is not None:
            reports.append(await set_up(tools, repository, draft, script, runs, skipped, caller))

    result = await tools.agreement.settle(draft, repository.git, params, caller, last=last)
    if result.plan is not None:
        return result
    report = reports[0] if reports else None
    warnings = [*result.warnings]
    if report is not None and report.state == "failed":
        warnings.append(f"the set-up script failed ({report.exit_code}); its output is in {report.log}")
    if report is not None and not Path(result.paths[0]).is_dir():
        warnings.append(f"{result.paths[0]} is gone since the set-up script ran; `hedgerow repair` tidies up after it")
    return result.model_copy(update={"setup": report, "warnings": warnings})


async def _from_snapshot(
    tools: Tools, repository: KnownRepository, stored: Stored, params: CreateParams, caller: Caller
) -> Draft:
    """A worktree that starts as a snapshot was: the same as restoring it under a new name."""
    if stored.row["repository"] != repository.id:
        raise HedgerowError(ErrorCode.BAD_START, f"the snapshot {stored.id} is of another repository")
    if params.branch is not None or params.carry != "none":
        raise HedgerowError(
            ErrorCode.BAD_PARAMS,
            "a worktree from a snapshot starts as the snapshot was: name its branch after",
        )
    restoring = RestoreParams(snapshot=stored.id, name=params.name, repository=params.repository)
    return await plan_restore(tools, repository, stored, restoring, caller, command="create")


async def plan_create(tools: Tools, repository: KnownRepository, params: CreateParams, caller: Caller) -> Draft:
    """Everything `create` is going to do.

    Raises:
        HedgerowError: why it cannot.
    """
    git, common_dir = tools.git, repository.common_dir
    directory = worktrees_directory(repository, caller.settings)
    taken = taken_names(directory, tools.records.worktrees(repository.id))
    start_check = check_name(params.name, taken) if params.name is not None else None
    start = await resolve_start(git, repository, params.from_, caller.settings)
    name = start_check or await _name_for(start, params, taken)
    path = directory / name
    must_be_utf8(path)
    branch_steps, branch_guards, branch_effects = await _branch(tools, repository, params.branch, start, path)
    carried = await carried_changes(tools, repository, params, start, caller)
    script, setup_shown = await offered_script(tools, repository, start, params.setup, caller)

    record = WorktreeRecord(
        id=new_id("w"),
        repository=repository.id,
        path=str(path),
        admin="",
        token=secrets.token_hex(16),
        name=name,
        label=name,
        kept=params.keep,
        state="making",
        base=start.oid,
        started_from=start.text,
        setup="none",
        created=time.time(),
        active=time.time(),
    )
    operation = new_id("o")
    provided = await provision(tools, repository, path, caller)
    ready = {
        **record.row(),
        "state": "ready",
        "ledger": {"copies": list(provided.copies), "links": list(provided.links)} if provided else {},
    }
    steps: list[AnyStep] = [
        Record(table="worktrees", key=record.id, before=None, after=record.row()),
        AddWorktree(
            path=str(path),
            oid=start.oid,
            known=known_admins(repository),
            from_directory=str(repository.local or common_dir),
        ),
        Populate(path=str(path)),
        *branch_steps,
    ]
    effects = [Effect(text=f"make {path} from {start.described}", path=str(path)), *branch_effects]
    guards: list[AnyGuard] = [Absent(path=str(path)), *branch_guards]
    held: tuple[str, ...] = ()
    locks: list[str] = [record.id]
    if carried is not None:
        local = repository.path
        hold = carried.hold(operation, f"before create {name}", repository)
        clean = StateData(commit=start.oid)
        changes = StateData(oid=carried.taking.taken.oid, snapshot=hold.row["id"])
        held = (hold.row["id"],)
        steps += [hold, Transition(path=str(path), source=clean, target=changes, fresh=True)]
        guards.append(carried.unchanged(local, common_dir))
        effects.append(Effect(text=f"{params.carry} {carried.described} there", path=str(local)))
        locks.append(f"local-{repository.id}")
        if carried.move:
            steps.append(Transition(path=str(local), source=changes, target=clean))
            effects.append(Effect(text="leave Local as its last commit has it (ignored files stay)", path=str(local)))
    if provided is not None:
        steps.append(provided)
        count = len(provided.copies)
        what = [f"{count} ignored file{'s' if count != 1 else ''} that {INCLUDE_FILE} names"] if count else []
        what += [f"links to {', '.join(provided.links)}"] if provided.links else []
        effects.append(Effect(text=f"give it {' and '.join(what)}", path=str(path)))
    steps.append(Claim(path=str(path), before=record.row(), after=ready))
    if setup_shown is not None and setup_shown.allowed:
        effects.append(Effect(text=f"run {setup_shown.path}", path=setup_shown.path))
    skips = params.setup is not None and params.setup.skip
    asked = setup_shown is not None and not setup_shown.allowed and not skips
    shown = Plan(
        token=new_token(),
        command="create",
        title=f"Create {name} from {start.described}",
        effects=effects,
        setup=setup_shown,
        needs_agreement=asked and not caller.automatic,
    )
    return Draft(
        shown=shown,
        operation=operation,
        repository=repository.id,
        directory=str(common_dir),
        steps=tuple(steps),
        guards=tuple(guards),
        no_return=len(steps),
        locks=tuple(locks),
        snapshots=held,
        checkouts=(record.id,),
        paths=(str(path),),
        undo=UndoRecipe(how="retire", worktrees=(record.id,), snapshots=held),
        message=f"Created {name} from {start.described} at {path}",
        touches=() if carried is None else (str(repository.path),),
        extra={
            "script": None if script is None else {"path": script.path, "content": script.content.decode("latin-1")},
            "pull": start.pull is not None,
            "name": name,
            "worktree": record.id,
        },
    )


async def _name_for(start: StartPoint, params: CreateParams, taken: list[str]) -> str:
    if start.pull is not None:
        return free_name(f"pr-{start.pull}", taken)
    if params.branch and suggestion(params.branch.rsplit("/", 1)[-1]):
        return free_name(suggestion(params.branch.rsplit("/", 1)[-1]), taken)
    return made_up_name(taken)


async def _branch(
    tools: Tools, repository: KnownRepository, branch: str | None, start: StartPoint, path: Path
) -> tuple[list[AnyStep], list[AnyGuard], list[Effect]]:
    if branch is None:
        return [], [], []
    ref = await check_new_branch(tools, repository, branch)
    steps: list[AnyStep] = [
        MoveRef(ref=ref, before=None, after=start.oid, message=f"create {branch}"),
        SetHead(
            path=str(path),
            before=HeadState(oid=start.oid),
            after=HeadState(ref=ref, oid=start.oid),
            message=f"create {branch}",
        ),
    ]
    return (
        steps,
        [RefIs(ref=ref, oid=None)],
        [Effect(text=f"make the branch {branch} there (it tracks nothing)", ref=ref)],
    )
