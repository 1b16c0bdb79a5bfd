"""Lines and positions in a document, as the protocol counts them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate

from lsprotocol import types

_END = re.compile(r"\r\n|\n|\r")

Units = Callable[[str], int]
"""How long a text is in the encoding of positions that was agreed on with the client."""


def split(text: str) -> list[str]:
    """Lines without their endings; at least one, the last may be empty."""
    return _END.split(text)


def whole(lines: Sequence[str], first: int, last: int, units: Units) -> types.Range:
    """From the first word of one line to the end of another, both from 0 and inside the document."""
    first, last = _inside(lines, first), _inside(lines, last)
    text = lines[first]
    blank = len(text) - len(text.lstrip())
    return types.Range(
        types.Position(first, units(text[:blank]) if blank < len(text) else 0),
        types.Position(last, units(lines[last])),
    )


def _inside(lines: Sequence[str], line: int) -> int:
    return max(0, min(line, len(lines) - 1))


class Numbers:
    """Git's numbers of lines as those of an editor, to which a carriage return alone ends a line too."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] | None = None
        if re.search(r"\r(?!\n)", text):
            counts = [len(_END.findall(part)) for part in text.split("\n")]  # each newline is one more, added below
            self._starts = list(accumulate((count + 1 for count in counts), initial=0))

    def first(self, number: int) -> int:
        """The editor's line, from 0, at which git's line begins, from 0."""
        if self._starts is None:
            return number
        return self._starts[min(number, len(self._starts) - 1)]


def shifted(old: Sequence[str], new: Sequence[str]) -> Callable[[int], int]:
    """Where a line is after one stretch of a document was typed in; inside that stretch, at its beginning.

    Cheap enough for each key: nothing but what is the same at both ends is looked at.
    """
    if old == new:
        return lambda line: line
    least = min(len(old), len(new))
    above = next((place for place in range(least) if old[place] != new[place]), least)
    below = next((place for place in range(least - above) if old[-1 - place] != new[-1 - place]), least - above)

    def moved(line: int) -> int:
        if line < above:
            return line
        if line >= len(old) - below:
            return line + len(new) - len(old)
        return min(line, max(above, len(new) - below - 1))

    return moved
