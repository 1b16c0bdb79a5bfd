"""Who is at work in a checkout, as far as plans must know it. Who really knows hands it in (see `app`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from hedgerow.protocol.caller import Caller
from hedgerow.watch.bus import Topic


@dataclass(frozen=True)
class Resident:
    """A session whose agent runs in a checkout, or that is pinned to it.

    Attributes:
        busy: it is in the middle of something, or that cannot be ruled out; in words, else None.
        stoppable: we host it, so that it can be stopped between turns and resumed later.
        pid: its process, where it has one.
        resumable: once stopped, its conversation can be gone on with.
    """

    session: str
    label: str
    busy: str | None
    pinned: bool
    stoppable: bool
    running: bool
    pid: int | None
    resumable: bool = True


class Turns(Protocol):
    """What somebody knows of agents at work."""

    @property
    def ends(self) -> Topic[str]:
        """Tells the id of a checkout in which a turn has ended."""
        ...

    def in_turn(self, checkout: str) -> bool:
        """Whether an agent is in a turn in a checkout, by its id."""
        ...

    def residents(self, checkout: str) -> Sequence[Resident]:
        """The sessions in a checkout, by its id."""
        ...

    def stopped(self, sessions: Sequence[str], caller: Caller) -> AbstractAsyncContextManager[None]:
        """Around a change that agents are stopped for, between turns; where it fails, they go on again.

        Raises:
            HedgerowError: one is in the middle of something by now.
        """
        ...


class NoTurns:
    """Nobody knows of any agent, so none is at work."""

    def __init__(self) -> None:
        self.ends: Topic[str] = Topic("ends of turns")

    def in_turn(self, _checkout: str) -> bool:
        return False

    def residents(self, _checkout: str) -> Sequence[Resident]:
        return ()

    def stopped(self, sessions: Sequence[str], _caller: Caller) -> AbstractAsyncContextManager[None]:
        assert not sessions, "there are none"
        return nullcontext()
