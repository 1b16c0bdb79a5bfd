"""Making a worktree: where, from what, with which of Local's files, and with its set-up."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_head, read_refs
from hedgerow.journal.agreement import refuse_unsaved
from hedgerow.journal.bench import Bench
from hedgerow.journal.guards import Absent, AnyGuard, RefIs, Unchanged
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.records import WorktreeRecord
from hedgerow.journal.steps import (
    AddWorktree,
    AnyStep,
    Claim,
    HeadState,
    MoveRef,
    Populate,
    Provision,
    Record,
    SetHead,
    Transition,
)
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Plan, SetupReport, SetupScript
from hedgerow.protocol.worktrees import CreateParams, RestoreParams, SetupChoice

from .bring_back import Stored, plan_restore, snapshot_row
from .include import INCLUDE_FILE, directories_to_link, files_to_copy, ignored_directories
from .naming import check_name, free_name, made_up_name, suggestion
from .places import known_admins, must_be_utf8, names_in, worktrees_directory
from .setup import Script, find_script, may_run, run_script
from .snapshotting import Taking, take
from .start_points import StartPoint, resolve_start
from .tools import Tools


@dataclass(frozen=True)
class Carried:
    """Local's uncommitted changes on their way."""

    taking: Taking
    move: bool


async def create(tools: Tools, params: CreateParams, caller: Caller) -> ChangeResult:
    """The command `create`."""
    repository = await tools.repository_to_change(params.repository, caller)
    draft = tools.agreement.agreed(params, "create")
    if draft is None and params.from_ is not None and (row := snapshot_row(tools, params.from_)) is not None:
        draft = await _from_snapshot(tools, repository, Stored(row), params, caller)
    if draft is None:
        draft = await plan_create(tools, repository, params, caller)
    script, runs = _decide_setup(draft, params.setup)
    skipped = params.setup is not None and params.setup.skip
    reports: list[SetupReport] = []

    async def last(_bench: Bench) -> None:
        if script is not None:
            reports.append(await _set_up(tools, repository, draft, script, runs, skipped, caller))

    result = await tools.agreement.settle(draft, repository.git, params, caller, last=last)
    if result.plan is not None:
        return result
    report = reports[0] if reports else None
    warnings = [*result.warnings]
    if report is not None and report.state == "failed":
        warnings.append(f"the set-up script failed ({report.exit_code}); its output is in {report.log}")
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
    taken = [*names_in(directory), *(record.name for record in tools.records.worktrees(repository.id))]
    start_check = check_name(params.name, taken) if params.name is not None else None
    start = await resolve_start(git, repository, params.from_, caller.settings)
    name = start_check or await _name_for(start, params, taken)
    path = directory / name
    must_be_utf8(path)
    branch_steps, branch_guards, branch_effects = await _branch(tools, repository, params.branch, start, path)
    carried = await _carried(tools, repository, params, start, caller)
    script, setup_shown = await _script(tools, repository, start, params.setup, caller)

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
    provision = await _provision(tools, repository, path, caller)
    ready = {
        **record.row(),
        "state": "ready",
        "ledger": {"copies": list(provision.copies), "links": list(provision.links)} if provision else {},
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
        steps.append(Transition(path=str(path), source=start.oid, target=carried.taking.taken.oid))
        guards.append(
            Unchanged(
                path=str(local),
                admin=str(common_dir),
                name="Local",
                fingerprint=carried.taking.taken.fingerprint,
                rebuildable=carried.taking.rebuildable,
            ),
        )
        count = carried.taking.changed
        verb = "move" if carried.move else "copy"
        effects.append(
            Effect(text=f"{verb} Local's {count} uncommitted change{'s' if count != 1 else ''} there", path=str(local))
        )
        locks.append(f"local-{repository.id}")
        if carried.move:
            hold = carried.taking.hold(operation, f"before create {name}", f"local-{repository.id}", "Local")
            held = (hold.row["id"],)
            steps += [hold, Transition(path=str(local), source=carried.taking.taken.oid, target=start.oid)]
            effects.append(Effect(text="leave Local as its last commit has it (ignored files stay)", path=str(local)))
    if provision is not None:
        steps.append(provision)
        what = [f"{len(provision.copies)} ignored files that {INCLUDE_FILE} names"] if provision.copies else []
        what += [f"links to {', '.join(provision.links)}"] if provision.links else []
        effects.append(Effect(text=f"give it {' and '.join(what)}", path=str(path)))
    steps.append(Claim(path=str(path), before=record.row(), after=ready))
    if setup_shown is not None and setup_shown.allowed:
        effects.append(Effect(text=f"run {setup_shown.path}", path=setup_shown.path))
    asked = setup_shown is not None and not setup_shown.allowed and params.setup is None
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
        message=f"Created {name} at {path}",
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


async def check_new_branch(tools: Tools, repository: KnownRepository, branch: str) -> str:
    """The full ref of a branch that can be made.

    Raises:
        HedgerowError: BAD_NAME or BRANCH_EXISTS.
    """
    if branch.startswith("-") or not await tools.git.test(
        "check-ref-format", f"refs/heads/{branch}", cwd=repository.common_dir
    ):
        raise HedgerowError(ErrorCode.BAD_NAME, f"{branch[:60]!r} cannot be a branch's name (git check-ref-format)")
    refs = await read_refs(tools.git, repository.common_dir, "refs/heads/")
    for other in refs:
        short = other.removeprefix("refs/heads/")
        if short == branch:
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS,
                f"the branch {branch} exists already; start from it with --from {branch}, or pick another name",
            )
        if short.casefold() == branch.casefold():
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS, f"{branch} differs from the branch {short} only in case; pick another name"
            )
        if short.startswith(branch + "/") or branch.startswith(short + "/"):
            raise HedgerowError(
                ErrorCode.BRANCH_EXISTS, f"git cannot have {branch} beside the branch {short}; pick another name"
            )
    return f"refs/heads/{branch}"


async def _carried(
    tools: Tools, repository: KnownRepository, params: CreateParams, start: StartPoint, caller: Caller
) -> Carried | None:
    if params.carry == "none":
        return None
    if repository.local is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, "a bare repository has no Local whose changes could be carried")
    head = await read_head(tools.git, repository.local)
    if head.oid != start.oid:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"Local's changes are on {(head.oid or 'no commit')[:9]}: they can be carried to a worktree from there, "
            f"not from {start.described}",
        )
    refuse_unsaved(caller, repository.local, "carry Local's changes")
    caller.progress("reading Local's changes", None)
    taking = await take(
        tools, repository, repository.local, repository.common_dir, label="Local", settings=caller.settings
    )
    return Carried(taking, move=params.carry == "move")


async def _script(
    tools: Tools, repository: KnownRepository, start: StartPoint, setup: SetupChoice | None, caller: Caller
) -> tuple[Script | None, SetupScript | None]:
    if not caller.settings.setup:
        return None, None
    script = await find_script(tools.git, repository.common_dir, start.oid, setup.choice if setup else None)
    if script is None:
        return None, None
    allowed = may_run(
        script, setup, remembered=tools.records.allowed(repository.id, script.sha256), pull=start.pull is not None
    )
    return script, SetupScript(path=script.path, sha256=script.sha256, text=script.text, allowed=allowed)


def _decide_setup(draft: Draft, setup: SetupChoice | None) -> tuple[Script | None, bool]:
    kept = draft.extra.get("script")
    if kept is None:
        return None, False
    script = Script(kept["path"], kept["content"].encode("latin-1"))
    assert draft.shown.setup is not None
    if setup is not None and (setup.skip or setup.sha256 is not None):
        return script, may_run(script, setup, remembered=False, pull=draft.extra["pull"])
    return script, draft.shown.setup.allowed


async def _set_up(
    tools: Tools, repository: KnownRepository, draft: Draft, script: Script, runs: bool, skipped: bool, caller: Caller
) -> SetupReport:
    worktree = draft.extra["worktree"]
    if not runs:
        state = "skipped" if skipped else "notAllowed"
        tools.journal.database.change("worktrees", {"id": worktree}, {"setup": state})
        return SetupReport(state=state, path=script.path, sha256=script.sha256)
    tools.journal.database.change("worktrees", {"id": worktree}, {"setup": "running"})
    if not draft.extra["pull"]:
        tools.records.allow(repository.id, script.sha256)
    log = tools.journal.state.logs / f"setup-{worktree}.log"
    caller.progress(f"running {script.path}", None)
    code = await run_script(
        script, local=repository.local, worktree=Path(draft.paths[0]), name=draft.extra["name"], log=log, caller=caller
    )
    state = "done" if code == 0 else "failed"
    tools.journal.database.change("worktrees", {"id": worktree}, {"setup": state})
    return SetupReport(state=state, path=script.path, sha256=script.sha256, log=str(log), exit_code=code)


async def _provision(tools: Tools, repository: KnownRepository, path: Path, caller: Caller) -> Provision | None:
    local = repository.local
    if local is None:
        return None
    copies = await files_to_copy(tools.git, local)
    links: list[str] = []
    if caller.settings.symlink_directories:
        links = directories_to_link(local, await ignored_directories(tools.git, local), caller.settings)
    if not copies and not links:
        return None
    inside = tuple(one for one in copies if not any(one.startswith(link + "/") for link in links))
    return Provision(source=str(local), path=str(path), copies=inside, links=tuple(links))
