"""Sessions whose work moves: stopped before, and gone on with where the work is after."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.journal.plans import Draft
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Effect
from hedgerow.protocol.sessions import Host, Phase
from hedgerow.sessions.phases import IN_TURN
from hedgerow.sessions.roll import Known

from .at_work import running
from .desk import Desk, places_of
from .resume import relaunch
from .steering import let_go

logger = logging.getLogger(__name__)


async def known_sessions(desk: Desk, caller: Caller) -> list[Known]:
    """Every session, seen just now, by the checkouts of the repositories that are open."""
    checkouts = await desk.checkouts(caller)
    await desk.take_in()
    await desk.roll.look()
    return desk.roll.known(places_of(checkouts, desk.tools))


def along(
    known: Sequence[Known], source: str, named: str | None, *, all_of_it: bool, home: str | None = None
) -> list[Known]:
    """The sessions that go where the work of a checkout goes.

    Args:
        source: the checkout's id.
        named: only this one, by its id.
        all_of_it: the checkout lets go of all its work, so that every session there goes along; else only one does.
        home: of sessions in Local, those that came from this worktree.
    """
    there = [one for one in known if one.row.checkout == source and not one.row.archived]
    if home is not None:
        there = [one for one in there if one.record is not None and one.record.home == home]
    if named is not None:
        return [one for one in there if one.row.id == named]
    if all_of_it:
        return [one for one in there if running(one.row) or one.row.ours]
    live = [one for one in there if running(one.row)]
    return live if len(live) == 1 else []


def with_sessions(draft: Draft, moving: Sequence[Known], target: str, to: str, *, interrupt: bool) -> Draft:
    """The plan, with what becomes of the agents.

    Args:
        to: id of the checkout that they go on in; ``target`` its name.

    Raises:
        HedgerowError: BUSY for one in the middle of a turn; UNSUPPORTED for one that we cannot stop.
    """
    effects: list[Effect] = []
    live: list[str] = []
    for one in moving:
        label, row = one.row.label, one.row
        if not running(row):
            effects.append(Effect(text=f"the conversation {label} goes on in {target} when it is resumed"))
            continue
        if row.host is not Host.TMUX:
            raise HedgerowError(
                ErrorCode.UNSUPPORTED,
                f"the session {label} runs in a terminal that is not ours"
                + (f" (process {row.pid})" if row.pid else "")
                + "; end it there first, and it can be resumed in the new place",
            )
        if row.phase is Phase.UNKNOWN:
            raise HedgerowError(
                ErrorCode.BUSY,
                f"nobody can tell whether the session {label} is in the middle of something; stop it first",
            )
        if row.phase in IN_TURN and not interrupt:
            raise HedgerowError(
                ErrorCode.BUSY,
                f"the session {label} is in the middle of a turn ({row.phase.value}); wait, or say `interrupt`",
            )
        effects.append(Effect(text=f"stop the agent of {label}, and start it again in {target}"))
        live.append(row.id)
    if not moving:
        return draft
    shown = draft.shown.model_copy(update={"effects": [*draft.shown.effects, *effects]})
    sessions = {**draft.extra.get("sessions", {}), **{one.row.id: to for one in moving}}
    live = [*draft.extra.get("live", ()), *live]
    extra = {**draft.extra, "sessions": sessions, "live": live, "interrupt": interrupt}
    return draft.model_copy(update={"shown": shown, "extra": extra})


def refuse_others_at_work(
    known: Sequence[Known], moving: Sequence[Known], draft: Draft, checkouts: Sequence[Checkout]
) -> None:
    """No files are changed under an agent that is in the middle of something, whichever end it works at.

    Raises:
        HedgerowError: BUSY, with the session.
    """
    touched = {one.id for one in checkouts if str(one.path) in draft.touches}
    going = {one.row.id for one in moving}
    for one in known:
        if one.row.checkout in touched and one.row.phase in IN_TURN and one.row.id not in going:
            where = next(each.label for each in checkouts if each.id == one.row.checkout)
            raise HedgerowError(
                ErrorCode.BUSY,
                f"the session {one.row.label} is {one.row.phase.value} in {where}, whose files would change",
            )


async def refuse_others_since(desk: Desk, draft: Draft, caller: Caller) -> None:
    """The same, of a plan that was made a while ago.

    Raises:
        HedgerowError: BUSY, with the session.
    """
    known = await known_sessions(desk, caller)
    moving = [one for one in known if one.row.id in draft.extra.get("sessions", {})]
    refuse_others_at_work(known, moving, draft, await desk.checkouts(caller))


async def start_again(desk: Desk, sessions: Sequence[str], caller: Caller) -> None:
    """Nothing was changed after all: who was stopped for it goes on where they were."""
    for session in sessions:
        try:
            known = await desk.find(session, caller)
            if not running(known.row) and known.record is not None:
                await relaunch(desk, known, Path(known.record.path), None, "auto", caller)
        except HedgerowError as error:
            logger.warning("%s was stopped and could not be started again: %s", session, error.message)


async def stop_moving(desk: Desk, draft: Draft, caller: Caller) -> None:
    """Stop the agents that a plan is about to move.

    Raises:
        HedgerowError: BUSY when one has begun a turn since the plan was made.
    """
    for session in draft.extra.get("live", ()):
        known = await desk.find(session, caller)
        if running(known.row):
            await let_go(desk, known, interrupt=bool(draft.extra.get("interrupt")))


async def go_on(desk: Desk, draft: Draft, caller: Caller) -> list[str]:
    """Note where the sessions of a plan are now, and start again what was stopped; answers what did not come out."""
    told: list[str] = []
    sessions: dict[str, str] = draft.extra.get("sessions", {})
    if not sessions:
        return told
    checkouts = await desk.checkouts(caller)
    known = {one.row.id: one for one in await known_sessions(desk, caller)}
    for session, to in sessions.items():
        one = known.get(session)
        place = next((each.path for each in checkouts if each.id == to), None)
        if one is None or place is None:
            continue
        record = await desk.record(one)
        home = record.home or next((each for each in draft.checkouts if not each.startswith("local-")), None)
        if "gone" in draft.extra:
            home = None
        desk.roll.store.change(record.id, path=str(place), home=home)
        if session not in draft.extra.get("live", ()):
            continue
        try:
            again = next(each for each in await known_sessions(desk, caller) if each.row.id == session)
            await relaunch(desk, again, place, None, "auto", caller, moved=True)
        except HedgerowError as error:
            told.append(
                f"{one.row.label} was moved, and its agent could not be started again: {error.message}; "
                f"`hedgerow resume {session}` tries once more"
            )
    desk.changed()
    return told
