"""Commands to a session that runs: `send`, `answer`, `stop`, `attach`, `logs`."""

from __future__ import annotations

import time

from hedgerow.journal.locks import session_lock
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import (
    AnswerParams,
    AttachParams,
    AttachResult,
    Host,
    Launch,
    LogsParams,
    LogsResult,
    Phase,
    Question,
    QuestionKind,
    SendParams,
    SessionResult,
    StopParams,
)
from hedgerow.sessions.agents.agent import Answer
from hedgerow.sessions.phases import IN_TURN, LIVE
from hedgerow.sessions.roll import Known

from .desk import Desk
from .launching import ENDING_SECONDS


async def send(desk: Desk, params: SendParams, caller: Caller) -> SessionResult:
    """The command `send`."""
    if not params.text.strip():
        raise HedgerowError(ErrorCode.BAD_PARAMS, "there is nothing to send")
    known = await desk.find(params.session, caller)
    await deliver(desk, known, params.text)
    return SessionResult(session=await desk.again(known.row.id, caller), message=f"Sent to {known.row.label}")


async def deliver(desk: Desk, known: Known, text: str) -> None:
    """Give a session's agent a prompt.

    Raises:
        HedgerowError: it does not run, waits for an answer, or cannot be reached.
    """
    if known.row.phase not in LIVE and known.row.pid is None:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{known.row.label} does not run; `hedgerow resume {known.row.id}` takes a prompt along"
        )
    if known.row.phase is Phase.WAITING:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"{known.row.label} waits for an answer first: {known.row.detail or 'see its terminal'}"
        )
    now = time.time()  # what comes of it may be over when it has been seen to begin, and nobody has looked at that
    await desk.agent(known.row.agent).send(await desk.held(known), text)
    await looked_at(desk, known, now)


async def answer(desk: Desk, params: AnswerParams, caller: Caller) -> SessionResult:
    """The command `answer`."""
    known = await desk.find(params.session, caller)
    question = known.row.question
    if known.row.phase is not Phase.WAITING or question is None:
        raise HedgerowError(ErrorCode.STALE_PLAN, f"{known.row.label} asks nothing now ({known.row.phase.value})")
    if params.question is not None and params.question != question.id:
        raise HedgerowError(
            ErrorCode.STALE_PLAN, f"{known.row.label} asks something else by now: {question.text}", question=question.id
        )
    if not question.answerable:
        where = question.where or f"in its terminal; `hedgerow attach {known.row.id}` says how to get there"
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"only you answer this, {where}")
    given, now = _answer(question, params), time.time()
    await desk.agent(known.row.agent).answer(await desk.held(known), question, given)
    await looked_at(desk, known, now)
    said = {True: "Approved", False: "Denied", None: "Answered"}[given.approve]
    return SessionResult(session=await desk.again(known.row.id, caller), message=f"{said}: {question.text}")


def _answer(question: Question, params: AnswerParams) -> Answer:
    """Raises:
    HedgerowError: BAD_PARAMS, for what is no answer to this question.
    """
    if question.kind is QuestionKind.APPROVAL:
        if params.decision is None or params.options:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "this is answered with `approve` or `deny`")
        if params.decision == "approve" and params.text is not None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "words go with `deny`, as the reason; or send them after")
        return Answer(approve=params.decision == "approve", text=params.text)
    if params.decision is not None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "this is no approval; answer with --options or --text")
    if question.kind is QuestionKind.CHOICE and params.options:
        labels = [option.label for option in question.options]
        unknown = [one for one in params.options if one not in labels]
        if unknown:
            raise HedgerowError(
                ErrorCode.BAD_PARAMS, f"{unknown[0][:60]!r} is none of its options: {', '.join(labels)}"
            )
        if len(params.options) > 1 and not question.several:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "only one option may be chosen")
        return Answer(options=tuple(params.options))
    if params.options or not (params.text or "").strip():
        raise HedgerowError(ErrorCode.BAD_PARAMS, "say one of its options, or words with --text")
    return Answer(text=params.text)


async def stop(desk: Desk, params: StopParams, caller: Caller) -> SessionResult:
    """The command `stop`."""
    known = await desk.find(params.session, caller)
    if known.row.phase not in LIVE and known.row.pid is None:
        return SessionResult(session=known.row, message=f"{known.row.label} does not run")
    await let_go(desk, known, interrupt=params.interrupt)
    desk.changed()
    row = await desk.again(known.row.id, caller)
    return SessionResult(session=row, message=f"Stopped {row.label}; `hedgerow resume {row.id}` goes on")


def refuse_in_turn(known: Known) -> None:
    """Raises:
    HedgerowError: BUSY.
    """
    if known.row.phase in IN_TURN:
        raise HedgerowError(
            ErrorCode.BUSY,
            f"{known.row.label} is in the middle of a turn ({known.row.phase.value}); wait, or say `interrupt`",
        )


async def let_go(desk: Desk, known: Known, *, interrupt: bool) -> None:
    """End a session's agent in an orderly way; nothing writes the conversation any more.

    Raises:
        HedgerowError: it is in the middle of a turn, or runs where we cannot end it.
    """
    label = known.row.label
    if not interrupt:
        refuse_in_turn(known)
    ours = known.record is not None and known.record.ours and known.row.host in (Host.TMUX, Host.EDITOR)
    agent, held = desk.agent(known.row.agent), await desk.held(known)
    if not ours and held.pane is None and known.row.host is not Host.TMUX:
        raise HedgerowError(
            ErrorCode.UNSUPPORTED,
            f"{label} runs in a terminal that is not ours"
            + (f" (process {known.row.pid})" if known.row.pid else "")
            + "; end it there",
        )
    locks = desk.tools.journal.locks
    async with locks.held([session_lock(known.row.id)], why=f"stopping {label}", patience=ENDING_SECONDS):
        if known.row.phase in IN_TURN and known.row.phase is not Phase.STARTING:
            await agent.interrupt(held)
        if known.record is not None:  # said before it ends: else it would seem to have gone by itself
            desk.roll.store.change(known.record.id, stopped=time.time())
        try:
            if known.row.conversation is not None or held.pane is None:
                await agent.quit(held)
            await _close_terminal(desk, known)
        except BaseException:
            if known.record is not None:
                desk.roll.store.change(known.record.id, stopped=known.record.stopped)
            raise
        if known.record is not None:
            desk.roll.store.change(known.record.id, pid=None, host=str(Host.NOTHING), terminal=None)
    await desk.roll.look()


async def _close_terminal(desk: Desk, known: Known) -> None:
    if known.record is not None and known.record.terminal is not None:
        pane = await desk.terminals.find(known.record.terminal)
        if pane is not None:
            await pane.kill()


async def attach(desk: Desk, params: AttachParams, caller: Caller) -> AttachResult:
    """The command `attach`."""
    known = await desk.find(params.session, caller)
    pane = None
    if known.record is not None and known.record.terminal is not None:
        pane = await desk.terminals.find(known.record.terminal)
    if pane is not None:
        argv, env = desk.terminals.attach_argv(pane.session), desk.terminals.attach_env()
        await looked_at(desk, known)
        return AttachResult(launch=Launch(argv=argv, cwd=known.row.path, env=env), session=known.row)
    if known.row.host is Host.EDITOR:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"{known.row.label} runs in a terminal of the editor; look there")
    if known.row.pid is not None or known.row.phase in LIVE:
        where = f" (process {known.row.pid})" if known.row.pid is not None else ""
        raise HedgerowError(
            ErrorCode.UNSUPPORTED, f"{known.row.label} runs in a terminal that somebody else opened{where}; look there"
        )
    raise HedgerowError(
        ErrorCode.CONFLICT, f"{known.row.label} does not run; `hedgerow resume {known.row.id}` starts it again"
    )


async def logs(desk: Desk, params: LogsParams, caller: Caller) -> LogsResult:
    """The command `logs`."""
    known = await desk.find(params.session, caller)
    path = known.sighting.transcript if known.sighting is not None else None
    text = known.row.last_message or ""
    if known.record is not None and known.record.terminal is not None:
        pane = await desk.terminals.find(known.record.terminal)
        if pane is not None:
            text = await pane.capture(params.lines)
    return LogsResult(text=text, path=None if path is None else str(path))


async def looked_at(desk: Desk, known: Known, moment: float | None = None) -> None:
    """A person is with this session, or was at a moment: what it did until then is seen."""
    record = await desk.record(known)
    desk.roll.store.change(record.id, seen=moment or time.time())
    desk.changed()
