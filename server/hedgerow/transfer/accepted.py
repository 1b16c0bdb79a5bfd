"""What a person has accepted of a checkout's work, to be brought in place of all of it. A value; who reviews hands it
in."""

from __future__ import annotations

from dataclasses import dataclass

from hedgerow.journal.guards import RefIs


@dataclass(frozen=True)
class Accepted:
    """Attributes:
    tree: the files with everything that was accepted, and nothing else that differs from the base.
    base: the commit that it was accepted against; None before the first one.
    unmoved: the guard that nothing else is accepted meanwhile.
    """

    tree: str
    base: str | None
    unmoved: RefIs
