"""Whether an agent is at work in a checkout, as far as plans must know it. Who really knows hands it in (see `app`)."""

from __future__ import annotations

from typing import Protocol

from hedgerow.watch.bus import Topic


class Turns(Protocol):
    """What somebody knows of the turns of agents."""

    @property
    def ends(self) -> Topic[str]:
        """Tells the id of a checkout in which a turn has ended."""
        ...

    def in_turn(self, checkout: str) -> bool:
        """Whether an agent is in a turn in a checkout, by its id."""
        ...


class NoTurns:
    """Nobody knows of any agent, so none is in a turn."""

    def __init__(self) -> None:
        self.ends: Topic[str] = Topic("ends of turns")

    def in_turn(self, _checkout: str) -> bool:
        return False
