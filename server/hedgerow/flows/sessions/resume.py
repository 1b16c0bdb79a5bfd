"""`resume`: going on with a conversation where its work is, brought back first if it was cleaned up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.flows.restore import restore
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import ResumeParams, StartResult
from hedgerow.protocol.worktrees import RestoreParams
from hedgerow.sessions.agents.agent import Order
from hedgerow.sessions.phases import LIVE
from hedgerow.sessions.roll import Known
from hedgerow.sessions.store import SessionRecord

from .desk import Desk
from .launching import Launched, launch
from .start import transcript_of


async def resume(desk: Desk, params: ResumeParams, caller: Caller) -> StartResult:
    """The command `resume`."""
    known = await desk.find(params.session, caller)
    refuse_live(known)
    path = Path(known.record.path if known.record is not None else known.row.path)
    restored: list[str] = []
    if not path.is_dir():
        if params.dry_run:
            return StartResult(message=f"would restore {path.name} and resume {known.row.label} there")
        path, restored = await _bring_back(desk, known, path, caller)
    elif params.dry_run:
        return StartResult(message=f"would resume {known.row.label} in {path}")
    try:
        launched = await relaunch(desk, known, path, params.prompt, params.terminal, caller)
    except HedgerowError:
        if path.is_dir() or restored:
            raise
        path, restored = await _bring_back(desk, known, path, caller)  # it was let go in this very moment
        launched = await relaunch(desk, known, path, params.prompt, params.terminal, caller)
    desk.changed()
    row = await desk.again(known.row.id, caller)
    told = f"Resumed {row.label} in {path.name}; `hedgerow attach {row.id}` shows it"
    if launched.launch is not None:
        told = f"{row.label} is ready to go on in {path.name}: run it in a terminal"
    return StartResult(
        message=told, session=row, launch=launched.launch, adds=list(launched.adds), warnings=restored,
        checkouts=[row.checkout] if row.checkout else [], paths=[str(path)] if row.checkout else [],
    )  # fmt: skip


def refuse_live(known: Known) -> None:
    """There is one writer of a conversation at most.

    Raises:
        HedgerowError: CONFLICT, with where it runs.
    """
    if known.row.phase in LIVE or known.row.pid is not None:
        where = f" (process {known.row.pid})" if known.row.pid is not None else ""
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"{known.row.label} runs already{where}; `hedgerow attach {known.row.id}` says where, and two agents on "
            "one conversation would spoil it",
        )
    if known.row.conversation is None:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{known.row.label} ended before it had a conversation; start a new one"
        )


async def relaunch(
    desk: Desk, known: Known, path: Path, prompt: str | None, terminal: str, caller: Caller, *, moved: bool = False
) -> Launched:
    """Start the agent again on a conversation, in a directory; told where it is, if that is not where it was.

    Args:
        moved: its work is somewhere else than when it last spoke.
    """
    agent = desk.agent(known.row.agent)
    if agent.program(desk.environment) is None:
        raise HedgerowError(ErrorCode.NO_AGENT, f"{agent.title} is not on your PATH; install it")
    checkouts = await _checkouts(desk, caller)
    there = next((one for one in checkouts if one.path == path), None)
    record = replace(await desk.record(known), checkout=None if there is None else there.id)
    was = known.sighting.cwd if known.sighting is not None else Path(record.path)
    if moved or was != path:
        note = f"Your working directory is {path} now; the work was moved here from {was}."
        prompt = note if not prompt else f"{note}\n\n{prompt}"
    home = Path(record.agent_home)
    order = Order(
        session=record.id,
        cwd=path,
        environment=desk.environment,
        inbox=desk.inbox,
        hook=desk.hook,
        trusted_root=next(
            (one.repository.local for one in checkouts if one.repository.id == known.row.repository), None
        ),
        prompt=prompt,
        resume=known.row.conversation,
        transcript=transcript_of(known),
        label=record.label,
        arguments=record.arguments,
        agent_home=home if home != agent.home(desk.environment) else None,
    )
    caller.progress(f"starting {agent.title} again in {path.name}", None)
    launched = await launch(desk, agent, record, order, terminal, caller)
    if launched.record.conversation != known.row.conversation:
        desk.roll.store.supersede(replace(record, conversation=known.row.conversation))
    return launched


async def _checkouts(desk: Desk, caller: Caller) -> list[Checkout]:
    try:
        return await desk.checkouts(caller)
    except HedgerowError:
        return []


async def _bring_back(desk: Desk, known: Known, path: Path, caller: Caller) -> tuple[Path, list[str]]:
    """Restore what was cleaned up, into its old place if that is free.

    Raises:
        HedgerowError: nothing of it was kept.
    """
    record: SessionRecord | None = known.record
    tools = desk.tools
    row = tools.journal.database.row(
        "SELECT id, name FROM snapshots WHERE (path = ? OR checkout = ?) AND dropped IS NULL"
        " AND reason = 'before clean-up' ORDER BY created DESC LIMIT 1",
        str(path), record.checkout if record is not None else "",
    )  # fmt: skip
    if row is None:
        raise HedgerowError(
            ErrorCode.NO_SUCH_SNAPSHOT,
            f"{path} is gone and no snapshot of it was kept; `hedgerow fork {known.row.id}` goes on in a new worktree",
        )
    result = await restore(tools, RestoreParams(snapshot=row["id"], place="old"), caller)
    if result.plan is not None or not result.paths:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{row['name']} cannot be restored by itself; `hedgerow restore {row['id']}` asks"
        )
    return Path(result.paths[0]), [f"{row['name']} was restored first: it had been cleaned up"]
