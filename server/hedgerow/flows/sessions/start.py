"""`start` and `fork`: a worktree if one is wanted, its set-up, and an agent at work in it, in one step."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.plans import Draft, new_id
from hedgerow.planning.finding import prepared_checkout
from hedgerow.planning.naming import free_name, suggestion
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.sessions import ForkParams, StartParams, StartResult
from hedgerow.protocol.worktrees import CreateParams
from hedgerow.sessions.agents.agent import Agent, Order
from hedgerow.sessions.roll import Known
from hedgerow.sessions.store import SessionRecord
from hedgerow.worktrees.create import carry_out_create, plan_create
from hedgerow.worktrees.places import taken_names, worktrees_directory

from .desk import Desk
from .launching import agent_home, arguments_for, choose_agent, lack_of_terminal, launch, refuse_prompt

_WORDS_OF_A_NAME = 4
_LABEL = 60


async def start(desk: Desk, params: StartParams, caller: Caller) -> StartResult:
    """The command `start`."""
    return await _begin(desk, params, caller, None)


async def fork(desk: Desk, params: ForkParams, caller: Caller) -> StartResult:
    """The command `fork`."""
    source = await desk.find(params.session, caller)
    if source.row.conversation is None:
        raise HedgerowError(ErrorCode.CONFLICT, f"{source.row.label} has no conversation yet that could be forked")
    if params.agent is not None and params.agent != source.row.agent:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"{source.row.label} is a conversation of {source.row.agent}; no other agent reads it"
        )
    return await _begin(desk, params, caller, source)


async def _begin(desk: Desk, params: StartParams, caller: Caller, source: Known | None) -> StartResult:
    """Raises:
    HedgerowError: what is missing, before anything was made.
    """
    if params.checkout is not None:
        _refuse_both(params)
        checkout = await prepared_checkout(desk.tools, params.checkout, params, caller)
        _refuse_unfit(checkout)
        agent = choose_agent(desk, _name(params, source), checkout.repository.local, caller)
        refuse_prompt(agent, params.prompt)
        if params.dry_run:
            return StartResult(message=f"would start {agent.title} in {checkout.label}")
        made = ChangeResult(checkouts=[checkout.id], paths=[str(checkout.path)])
    else:
        repository = await _repository(desk, params, source, caller)
        agent = choose_agent(desk, _name(params, source), repository.local, caller)
        refuse_prompt(agent, params.prompt)
        await lack_of_terminal(desk, params.terminal, caller)
        draft = desk.tools.agreement.agreed(params, _verb(source))
        if draft is None:
            draft = await _plan(desk, repository, params, source, caller)
        made = await carry_out_create(desk.tools, repository, draft, params, params.setup, caller)
        if made.plan is not None:
            return StartResult.model_validate(made.model_dump(by_alias=False))
        checkout = await desk.tools.discovery.find(made.checkouts[0], caller, repository)
    try:
        return await _launched(desk, agent, checkout, params, source, made, caller)
    except (HedgerowError, asyncio.CancelledError) as error:
        if made.operation is None:
            raise
        # The worktree stands, and may have had its set-up run or changes moved into it: that is not thrown away.
        told = f"starting {agent.title} there was cancelled; `hedgerow list` shows what came of it"
        if isinstance(error, HedgerowError):
            told = f"{agent.title} could not be started there: {error.message}"
        return StartResult.model_validate({**made.model_dump(by_alias=False), "warnings": [*made.warnings, told]})


def _verb(source: Known | None) -> str:
    return "start" if source is None else "fork"


def _name(params: StartParams, source: Known | None) -> str | None:
    return params.agent if source is None else source.row.agent


async def _repository(desk: Desk, params: StartParams, source: Known | None, caller: Caller) -> KnownRepository:
    """A fork stays in the repository of what it was forked from, whichever is open."""
    if source is None or params.repository is not None or source.row.repository is None:
        return await desk.tools.repository_to_change(params.repository, caller)
    for one in await desk.tools.repositories.open_all(caller):
        if one.id == source.row.repository:
            return await desk.tools.prepared(one, caller)
    return await desk.tools.repository_to_change(source.row.path, caller)


async def _plan(
    desk: Desk, repository: KnownRepository, params: StartParams, source: Known | None, caller: Caller
) -> Draft:
    name = params.name
    if name is None and (params.prompt or source is not None):
        taken = taken_names(
            worktrees_directory(repository, caller.settings), desk.tools.records.worktrees(repository.id)
        )
        words = suggestion(first_words(params.prompt)) if params.prompt else ""
        if not words and source is not None:
            words = suggestion(f"{source.row.label}-fork") or ""
        name = free_name(words, taken) if words else None
    wanted = CreateParams.model_validate(
        {"name": name, "from": params.from_ or await _start_of(desk, source, caller), "branch": params.branch,
         "carry": params.carry, "keep": params.keep, "setup": params.setup}
    )  # fmt: skip
    draft = await plan_create(desk.tools, repository, wanted, caller)
    return draft.model_copy(update={"shown": draft.shown.model_copy(update={"command": _verb(source)})})


async def _start_of(desk: Desk, source: Known | None, caller: Caller) -> str | None:
    """A fork starts at the commit where the conversation works."""
    if source is None or source.row.checkout is None:
        return None
    checkouts = await desk.checkouts(caller)
    return next((one.listed.head for one in checkouts if one.id == source.row.checkout), None)


def first_words(prompt: str) -> str:
    """Of a prompt, as a name: `fix the login test` becomes `fix-the-login-test`."""
    words = re.findall(r"[\w.+]+", prompt.split("\n", 1)[0])[:_WORDS_OF_A_NAME]
    return "-".join(word.lower().strip(".+") for word in words)[:40].strip("-")


async def _launched(
    desk: Desk, agent: Agent, checkout: Checkout, params: StartParams, source: Known | None, made: ChangeResult,
    caller: Caller,
) -> StartResult:  # fmt: skip
    local = checkout.repository.local
    home = agent_home(desk, agent, checkout, caller) if source is None else _home_of(desk, agent, source)
    label = params.label or (" ".join(params.prompt.split())[:_LABEL] if params.prompt else None)
    if label is None and source is not None:
        label = f"{source.row.label} (fork)"
    arguments = (*arguments_for(agent, local, caller), *params.arguments)
    record = SessionRecord(
        id=new_id("a"),
        agent=agent.name,
        agent_home=str(home),
        path=str(checkout.path),
        repository=checkout.repository.id,
        checkout=checkout.id,
        home=None if checkout.local else checkout.id,
        label=label,
        parent=None if source is None else source.row.id,
        arguments=arguments,
    )
    order = Order(
        session=record.id,
        cwd=checkout.path,
        environment=desk.environment,
        inbox=desk.inbox,
        hook=desk.hook,
        trusted_root=local,
        prompt=params.prompt,
        resume=None if source is None else source.row.conversation,
        fork=source is not None,
        transcript=transcript_of(source),
        label=label,
        arguments=arguments,
        agent_home=home if home != agent.home(desk.environment) else None,
    )
    caller.progress(f"starting {agent.title} in {checkout.label}", None)
    launched = await launch(desk, agent, record, order, params.terminal, caller)
    desk.changed()
    row = await desk.again(record.id, caller)
    told = f"Started {agent.title} in {checkout.label}; `hedgerow attach {record.id}` shows it"
    if launched.launch is not None:
        told = f"{agent.title} is ready to start in {checkout.label}: run it in a terminal"
    return StartResult.model_validate(
        {**made.model_dump(by_alias=False), "message": told, "session": row, "launch": launched.launch,
         "adds": list(launched.adds)}
    )  # fmt: skip


def _home_of(desk: Desk, agent: Agent, source: Known) -> Path:
    return source.sighting.agent_home if source.sighting is not None else agent.home(desk.environment)


def transcript_of(source: Known | None) -> Path | None:
    if source is None:
        return None
    if source.sighting is not None and source.sighting.transcript is not None:
        return source.sighting.transcript
    recorded = source.record.transcript if source.record is not None else None
    return None if recorded is None else Path(recorded)


def _refuse_both(params: StartParams) -> None:
    asked = [name for name, given in (("name", params.name), ("from", params.from_), ("branch", params.branch),
                                      ("keep", params.keep), ("setup", params.setup)) if given]  # fmt: skip
    if params.carry != "none":
        asked.append("carry")
    if asked:
        raise HedgerowError(
            ErrorCode.BAD_PARAMS, f"`checkout` names one that is there; {', '.join(asked)} is for a new worktree"
        )


def _refuse_unfit(checkout: Checkout) -> None:
    if checkout.state is not CheckoutState.OK:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{checkout.label} is {checkout.state.value}; `hedgerow repair` plans a mend for it"
        )
    if checkout.in_local:
        raise HedgerowError(ErrorCode.CONFLICT, f"the work of {checkout.label} is in Local now; start it there")
