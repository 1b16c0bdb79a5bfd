"""Two sides that take turns, and the ratio of their medians."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Timed = Callable[[int], Awaitable[float]]
"""Does the thing for the round of that number and answers the seconds of what counts of it."""


@dataclass(frozen=True)
class Line:
    """One figure.

    Attributes:
        name: what was measured, and against what.
        ours, theirs: medians, in ``unit``.
        aim: the ratio that it should not exceed; None where there is none.
        samples: everything measured, for `--json`.
    """

    name: str
    against: str
    ours: float
    theirs: float
    aim: float | None = None
    unit: str = "s"
    samples: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs if self.theirs else float("inf") if self.ours else 0.0

    @property
    def ratio_of_fastest(self) -> float | None:
        """The same of each side's fastest run, which a busy machine disturbs least; None for a single sample."""
        ours, theirs = self.samples.get("ours", []), self.samples.get("theirs", [])
        return min(ours) / min(theirs) if len(ours) > 1 and min(theirs, default=0) else None

    @property
    def holds(self) -> bool | None:
        return None if self.aim is None else self.ratio <= self.aim


class Stopwatch:
    seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began


async def interleaved(
    rounds: int, ours: Timed, theirs: Timed, *, writes: bool = False
) -> tuple[list[float], list[float]]:
    """Run both in turn, the first round (number 0) for nothing; which begins alternates too.

    Args:
        writes: let the disk settle before each, so that what one side wrote is not written at the other's expense.
    """
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for side in order:
            if writes:
                os.sync()
            seconds = await (ours, theirs)[side](number)
            if number:
                found[side].append(seconds)
    return found


def line(
    name: str, against: str, ours: list[float], theirs: list[float], aim: float | None = None, unit: str = "s"
) -> Line:
    return Line(
        name, against, statistics.median(ours), statistics.median(theirs), aim, unit, {"ours": ours, "theirs": theirs}
    )
