"""Running an agent: which one, hosted by what, and what is written down of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.journal.locks import checkout_lock, session_lock
from hedgerow.journal.operations import to_the_end
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Host, Launch
from hedgerow.protocol.settings import RepositorySettings
from hedgerow.sessions.agents.agent import Agent, Order, Prepared
from hedgerow.sessions.inbox import Inbox
from hedgerow.sessions.store import SessionRecord
from hedgerow.sessions.terminals.terminals import Terminal

from .desk import Desk

_OF_THE_EDITOR = ("VSCODE_", "ELECTRON_", "NVIM", "TMUX", "GIT_", "HEDGEROW_", "CLAUDECODE", "CLAUDE_CODE_")
"""Variables of whatever started us, which would mislead an agent in a terminal of its own."""

ENDING_SECONDS = 45.0
"""An agent that is being stopped has ended by then, one way or the other."""


@dataclass(frozen=True)
class Launched:
    """An agent that was started, or that the editor is to start."""

    record: SessionRecord
    launch: Launch | None
    adds: tuple[str, ...]


def choose_agent(desk: Desk, name: str | None, local: Path | None, caller: Caller) -> Agent:
    """The agent that is named, else the one that the settings say, else the only one on PATH.

    Raises:
        HedgerowError: NO_AGENT.
    """
    own = of_repository(local, caller)
    wanted = name or own.agent or caller.settings.agent
    if wanted:
        agent = desk.agent(wanted)
        if agent.program(desk.environment) is None:
            raise HedgerowError(ErrorCode.NO_AGENT, f"{agent.title} is not on your PATH; install it, or start another")
        return agent
    found = [agent for agent in desk.roll.agents.values() if agent.program(desk.environment) is not None]
    if len(found) == 1:
        return found[0]
    if not found:
        raise HedgerowError(ErrorCode.NO_AGENT, "no agent is on your PATH; install Codex or Claude Code")
    names = " or ".join(agent.name for agent in found)
    raise HedgerowError(
        ErrorCode.AMBIGUOUS,
        f"say which agent: {names}; or set `agent` in the settings",
        agents=[agent.name for agent in found],
    )


def refuse_prompt(agent: Agent, prompt: str | None) -> None:
    """Before anything is made.

    Raises:
        HedgerowError: UNSUPPORTED when the agent cannot be launched with a prompt.
    """
    if prompt is not None and not agent.takes_prompt:
        raise HedgerowError(
            ErrorCode.UNSUPPORTED, f"{agent.title} takes no prompt when it starts; start it without, and send it then"
        )


def of_repository(local: Path | None, caller: Caller) -> RepositorySettings:
    """What the person has set for one repository."""
    for path, own in caller.settings.repositories.items():
        if local is not None and Path(path).expanduser() == local:
            return own
    return RepositorySettings()


def arguments_for(agent: Agent, local: Path | None, caller: Caller) -> tuple[str, ...]:
    """Arguments that the agent is always started with: those for the repository, else those for everywhere."""
    own = of_repository(local, caller).agent_arguments.get(agent.name)
    return tuple(own if own is not None else caller.settings.agent_arguments.get(agent.name, ()))


async def lack_of_terminal(desk: Desk, terminal: str, caller: Caller) -> str | None:
    """Why an agent cannot be hosted in tmux and goes to the editor; None when it is hosted there.

    Raises:
        HedgerowError: UNSUPPORTED when the person wants tmux and there is none.
    """
    wanted = caller.settings.terminal if terminal == "auto" else terminal
    if wanted == "editor":
        return "a terminal of the editor hosts it, as you asked"
    lack = await desk.terminals.available()
    if lack is not None and wanted == "tmux":
        raise HedgerowError(ErrorCode.UNSUPPORTED, lack)
    return lack


def agent_home(desk: Desk, agent: Agent, checkout: Checkout, caller: Caller) -> Path:
    """Where the agent keeps the conversation: its usual place, or one of the worktree's own if that is set.

    Raises:
        HedgerowError: it cannot be there.
    """
    usual = agent.home(desk.environment)
    if not caller.settings.codex_home_per_worktree or checkout.local:
        return usual
    return agent.home_of_worktree(usual, desk.tools.journal.state.root / agent.name / checkout.id)


async def launch(
    desk: Desk, agent: Agent, record: SessionRecord, order: Order, terminal: str, caller: Caller
) -> Launched:
    """Start the agent in a terminal of ours, or say how the editor starts it. What is known is written down first,
    so that whatever the agent says at once finds its session.

    Raises:
        HedgerowError: it cannot be started; nothing runs. Or it runs already.
    """
    # One that is being stopped is gone by then, and what is noted of its end comes before what is noted here.
    why = f"starting {record.label or record.agent}"
    async with desk.tools.journal.locks.held([session_lock(record.id)], why=why, patience=ENDING_SECONDS):
        return await _launch(desk, agent, record, order, terminal, caller)


async def _launch(
    desk: Desk, agent: Agent, record: SessionRecord, order: Order, terminal: str, caller: Caller
) -> Launched:
    lack = await lack_of_terminal(desk, terminal, caller)
    pane = await desk.terminals.find(record.id) if lack is None else None
    if pane is not None and (await pane.state()).alive:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{record.label or record.id} runs already; two agents would spoil its conversation"
        )
    prepared = await agent.prepare(order)
    now = time.time()
    record = replace(
        record,
        conversation=prepared.conversation or record.conversation,
        launched=now,
        stopped=None,
        exit_status=None,
        ended=None,
        pid=None,
        archived=None,
        seen=now,
        ours=True,
        prompted=order.prompt is not None,
        path=str(order.cwd),
        host=Host.TMUX if lack is None else Host.EDITOR,
        terminal=record.id if lack is None else None,
    )
    before = desk.roll.store.find(record.id)
    desk.roll.store.put(record)
    environment = launch_environment(desk.environment, prepared, order)
    if lack is not None:
        changed = {name: value for name, value in environment.items() if desk.environment.get(name) != value}
        argv = Inbox(desk.inbox).hosted(record.id, prepared.argv)
        started = Launch(argv=argv, cwd=str(order.cwd), env=changed)
        return Launched(record, started, (*prepared.adds, lack))
    try:
        pane = await _terminal(desk, record, prepared, order, environment)
    except BaseException:
        await to_the_end(_none_left(desk, record.id))
        there = desk.roll.store.find(record.id)
        if before is not None:  # a hand-off may have noted meanwhile where its work is
            if there is not None and there.path != record.path:
                before = replace(before, path=there.path, home=there.home)
            desk.roll.store.put(before)
        else:
            desk.roll.store.forget(record.id)
        raise
    desk.roll.store.change(record.id, pid=pane.pid)
    if prepared.arrived is not None:
        await prepared.arrived()
    return Launched(replace(record, pid=pane.pid), None, prepared.adds)


async def _none_left(desk: Desk, session: str) -> None:
    """Tmux may have begun what was cancelled."""
    with contextlib.suppress(HedgerowError):
        pane = await desk.terminals.find(session)
        if pane is not None and (await pane.state()).alive:
            await pane.kill()


async def _terminal(
    desk: Desk, record: SessionRecord, prepared: Prepared, order: Order, environment: Mapping[str, str]
) -> Terminal:
    """Its terminal, in a directory that nothing takes away meanwhile: from then on, the agent in it is seen there.

    Raises:
        HedgerowError: the directory is gone, or its work has been handed off, or tmux refuses.
    """
    names = [] if record.checkout is None else [checkout_lock(record.checkout)]
    async with desk.tools.journal.locks.held(names, why=f"starting {record.agent}"):
        if not order.cwd.is_dir():
            raise HedgerowError(ErrorCode.CONFLICT, f"{order.cwd} was cleaned up in this moment; try again")
        gone = desk.tools.journal.database.row("SELECT label FROM hosting WHERE home = ?", record.checkout)
        if gone is not None:
            raise HedgerowError(
                ErrorCode.CONFLICT,
                f"the work of {gone['label']} is in Local now; go on there, or here once it was handed home",
            )
        return await desk.terminals.start(record.id, prepared.argv, order.cwd, environment)


def launch_environment(person: Mapping[str, str], prepared: Prepared, order: Order) -> dict[str, str]:
    """All of an agent's environment: the person's, without what belongs to the editor or shell that started us."""
    kept = {name: value for name, value in person.items() if not name.startswith(_OF_THE_EDITOR)}
    ours = {"HEDGEROW_SESSION": order.session, "HEDGEROW_WORKTREE": str(order.cwd)}
    return {**kept, **prepared.env, **ours}
