"""Who is at work where, for those who make plans: the roll of sessions as it was last looked at."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING

from hedgerow.planning.turns import Resident
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.sessions import Host, Phase, SessionRow
from hedgerow.sessions.phases import AT_WORK, IN_TURN, LIVE
from hedgerow.watch.bus import Topic

if TYPE_CHECKING:
    from .desk import Desk


class AtWork:
    """The `Turns` of plans.

    Args:
        desk: made when it is first needed.
    """

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self.ends: Topic[str] = Topic("ends of turns")
        self._desk = desk
        self._rows: list[SessionRow] = []

    def take(self, rows: Sequence[SessionRow]) -> None:
        """The sessions as they are now; tells of the turns that have ended since the last time."""
        busy_before = {row.checkout for row in self._rows if row.phase in AT_WORK}
        self._rows = list(rows)
        for checkout in busy_before - {row.checkout for row in rows if row.phase in AT_WORK}:
            if checkout is not None:
                self.ends.publish(checkout)

    def in_turn(self, checkout: str) -> bool:
        return any(row.checkout == checkout and row.phase in IN_TURN for row in self._rows)

    def only_one_in_turn(self, checkout: str) -> str | None:
        """Id of the session in a turn in a checkout, when there is exactly one."""
        busy = [row.id for row in self._rows if row.checkout == checkout and row.phase in IN_TURN]
        return busy[0] if len(busy) == 1 else None

    def residents(self, checkout: str) -> Sequence[Resident]:
        return [resident(row) for row in self._rows if row.checkout == checkout and (running(row) or row.pinned)]

    @contextlib.asynccontextmanager
    async def stopped(self, sessions: Sequence[str], caller: Caller) -> AsyncIterator[None]:
        if not sessions:
            yield
            return
        # With all that changes something.
        from hedgerow.journal.operations import to_the_end  # noqa: PLC0415

        from .moving import start_again  # noqa: PLC0415
        from .steering import let_go, refuse_in_turn  # noqa: PLC0415

        desk = self._desk()
        known = [one for session in sessions if running((one := await desk.find(session, caller)).row)]
        for one in known:  # all of them before the first is stopped
            refuse_in_turn(one)
        ended: list[str] = []
        try:
            for one in known:
                if one.row.conversation is not None:  # else there is nothing to go on with
                    ended.append(one.row.id)
                await let_go(desk, one, interrupt=False)
            yield
        except BaseException:
            await to_the_end(start_again(desk, ended, caller))
            raise


def running(row: SessionRow) -> bool:
    """Whether an agent holds this session now."""
    return row.phase in LIVE or row.pid is not None or row.host is not Host.NOTHING


def resident(row: SessionRow) -> Resident:
    busy = row.phase in AT_WORK
    return Resident(
        session=row.id,
        label=row.label,
        busy=("at work" if row.phase is Phase.UNKNOWN else row.phase.value) if busy else None,
        pinned=row.pinned,
        stoppable=row.ours and row.host is Host.TMUX,
        running=running(row),
        pid=row.pid,
        resumable=row.conversation is not None,
    )
