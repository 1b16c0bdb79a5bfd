"""Which line of a new version each line of the old one is. Pure.

A patience diff: lines that are there once on both sides are fixed points, and what lies between them is compared
closely. So the answer for one line does not depend on what happened far away, and large files stay cheap.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Sequence

_CLOSELY = 250_000
"""Old lines times new lines of a stretch without fixed points that is still compared: some tenths of a second."""


def match_lines(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each old line the number of the same line in the new version, from 0; None where it is gone."""
    found: list[int | None] = [None] * len(old)
    stretches = [(0, len(old), 0, len(new))]
    while stretches:
        first, last, start, end = stretches.pop()
        while first < last and start < end and old[first] == new[start]:
            found[first] = start
            first, start = first + 1, start + 1
        while first < last and start < end and old[last - 1] == new[end - 1]:
            last, end = last - 1, end - 1
            found[last] = end
        if first == last or start == end:
            continue
        fixed = _fixed_points(old, first, last, new, start, end)
        if fixed:
            for here, there in fixed:
                found[here] = there
                stretches.append((first, here, start, there))
                first, start = here + 1, there + 1
            stretches.append((first, last, start, end))
        elif (last - first) * (end - start) <= _CLOSELY:
            compared = difflib.SequenceMatcher(None, old[first:last], new[start:end], autojunk=False)
            for block in compared.get_matching_blocks():
                for offset in range(block.size):
                    found[first + block.a + offset] = start + block.b + offset
    return found


def _fixed_points(
    old: Sequence[str], first: int, last: int, new: Sequence[str], start: int, end: int
) -> list[tuple[int, int]]:
    """Lines that are there once on both sides, as many as keep their order."""
    ours, theirs = _once(old, first, last), _once(new, start, end)
    pairs = [(here, theirs[line]) for line, here in ours.items() if line in theirs]
    return _longest_rise(sorted(pairs))


def _once(lines: Sequence[str], first: int, last: int) -> dict[str, int]:
    places: dict[str, int] = {}
    again: set[str] = set()
    for number in range(first, last):
        line = lines[number]
        if line in places:
            again.add(line)
        places[line] = number
    return {line: number for line, number in places.items() if line not in again}


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs, sorted by their first numbers, in which the second ones rise too."""
    ends: list[int] = []  # the smallest second number with which a rise of each length can end
    holders: list[int] = []
    before: list[int] = []
    for place, (_, number) in enumerate(pairs):
        length = bisect_left(ends, number)
        before.append(holders[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        holders[length : length + 1] = [place]
    rise: list[tuple[int, int]] = []
    place = holders[-1] if holders else -1
    while place >= 0:
        rise.append(pairs[place])
        place = before[place]
    return rise[::-1]
