"""Where a comment's lines are by now. Pure: the lines of the version it was made on, and those of a later one.

A place is worked out from the version the comment was made on each time, and never written down: so lines that were
taken away and come back have their comment again, and every editor sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .matching import match_lines

CONTEXT = 3
"""Lines before and after that tell one place from another."""


@dataclass(frozen=True)
class Anchor:
    """Lines of a file as they were when the comment was made.

    Attributes:
        start: the first of them, from 0.
        before, after: what stood around them.
    """

    start: int
    lines: tuple[str, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Lines from ``start`` up to and without ``end``, from 0.

    Attributes:
        gone: they are no longer there; the place is where they were.
    """

    start: int
    end: int
    gone: bool = False


def anchor_at(lines: Sequence[str], start: int, end: int) -> Anchor:
    return Anchor(
        start,
        tuple(lines[start:end]),
        tuple(lines[max(0, start - CONTEXT) : start]),
        tuple(lines[end : end + CONTEXT]),
    )


def follow(anchor: Anchor, old: Sequence[str] | None, new: Sequence[str]) -> Place:
    """Where the lines of an anchor are in a new version.

    Args:
        old: the version that the anchor is of; None when it was too large to be kept, so that only the lines
            themselves can be looked for.
    """
    end = anchor.start + len(anchor.lines)
    matched: list[int | None] = []
    if old is not None:
        matched = match_lines(old, new)
        here = [place for place in matched[anchor.start : end] if place is not None]
        if here and (_telling(new[place] for place in here) or not _telling(anchor.lines)):
            return Place(here[0], here[-1] + 1)
    taken = {place for place in matched if place is not None}
    near = _near(matched, anchor.start) if old is not None else anchor.start
    found = find_lines(anchor, new, near, taken)
    if found is not None:
        return Place(found, found + len(anchor.lines))
    start = min(near, max(0, len(new) - 1))
    return Place(start, min(start + 1, len(new)), gone=True)


def find_lines(anchor: Anchor, new: Sequence[str], near: int, taken: Iterable[int] = ()) -> int | None:
    """The place of exactly these lines: the only one, else the one whose surroundings fit best.

    Args:
        near: of two that fit as well, the nearer one, if anything around it fits.
        taken: lines that are known to be others.
    """
    count = len(anchor.lines)
    if not count or not _telling(anchor.lines):
        return None
    used = set(taken)
    first = anchor.lines[0]
    places = [
        place
        for place, line in enumerate(new)
        if line == first
        and tuple(new[place : place + count]) == anchor.lines
        and used.isdisjoint(range(place, place + count))
    ]
    if len(places) <= 1:
        return places[0] if places else None
    best = max(places, key=lambda place: (_fit(anchor, new, place), -abs(place - near)))
    return best if _fit(anchor, new, best) else None


def _fit(anchor: Anchor, new: Sequence[str], place: int) -> int:
    """How many lines around a place are as they were, counted outwards from it."""
    end = place + len(anchor.lines)
    before, after = reversed(new[max(0, place - CONTEXT) : place]), new[end : end + CONTEXT]
    return _same(reversed(anchor.before), before) + _same(anchor.after, after)


def _same(ours: Iterable[str], theirs: Iterable[str]) -> int:
    count = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            break
        count += 1
    return count


def _near(matched: Sequence[int | None], start: int) -> int:
    """Where a line would be that is gone: after the last one before it that is still there."""
    for place in reversed(matched[:start]):
        if place is not None:
            return place + 1
    return 0


def _telling(lines: Iterable[str]) -> bool:
    """Blank lines and closing brackets stand everywhere; that they are still there says nothing."""
    return any(any(char.isalnum() for char in line) for line in lines)
