"""Which changes a person means, and what a file is with them accepted or rejected. Pure: lines in, lines out.

A change is one of git's hunks without context: some lines of the old version that others of the new one replace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hedgerow.git.diffs import Hunk

Range = tuple[int, int]
"""Lines of the new version, from 1, both ends included; 0 is above the first."""


@dataclass(frozen=True)
class Change:
    """Half-open, from 0."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @classmethod
    def of(cls, hunk: Hunk) -> Change:
        old = hunk.old_start - 1 if hunk.old_count else hunk.old_start
        new = hunk.new_start - 1 if hunk.new_count else hunk.new_start
        return cls(old, old + hunk.old_count, new, new + hunk.new_count)

    @property
    def range(self) -> Range:
        """The lines that choose all of it: for a deletion, the line above."""
        if self.new_start == self.new_end:
            return self.new_start, self.new_start
        return self.new_start + 1, self.new_end


@dataclass(frozen=True)
class Chosen:
    """Attributes:
    lines: numbers from 0 of the new lines that are meant; all of them, for a whole change.
    """

    change: Change
    lines: frozenset[int]

    @property
    def whole(self) -> bool:
        return len(self.lines) == self.change.new_end - self.change.new_start


def choose(changes: Iterable[Change], ranges: Sequence[Range] | None) -> list[Chosen]:
    """What a person means by ranges of lines; None means everything."""
    found = []
    for change in changes:
        lines = range(change.new_start, change.new_end)
        if ranges is None:
            found.append(Chosen(change, frozenset(lines)))
        elif not lines:
            if any(first <= change.new_start <= last for first, last in ranges):
                found.append(Chosen(change, frozenset()))
        else:
            meant = frozenset(line for line in lines if any(first <= line + 1 <= last for first, last in ranges))
            if meant:
                found.append(Chosen(change, meant))
    return found


def accepted(old: Sequence[bytes], new: Sequence[bytes], chosen: Iterable[Chosen]) -> list[bytes]:
    """The old version with what was chosen of the new one."""
    lines: list[bytes] = []
    at = 0
    for one in chosen:
        change = one.change
        lines += old[at : change.old_start]
        lines += _middle(old, new, one, take=True)
        at = change.old_end
    return _joined([*lines, *old[at:]])


def rejected(old: Sequence[bytes], new: Sequence[bytes], chosen: Iterable[Chosen]) -> list[bytes]:
    """The new version with the old one's lines in place of what was chosen."""
    lines: list[bytes] = []
    at = 0
    for one in chosen:
        change = one.change
        lines += new[at : change.new_start]
        lines += _middle(old, new, one, take=False)
        at = change.new_end
    return _joined([*lines, *new[at:]])


def _middle(old: Sequence[bytes], new: Sequence[bytes], one: Chosen, *, take: bool) -> list[bytes]:
    """A change of which some lines are chosen, after those were taken into the old version, or out of the new one.

    Where as many lines replace as many, they are pairs. Elsewhere, what is replaced goes with the first line that is
    accepted, and comes back only with the last one that is rejected.
    """
    change = one.change
    before = old[change.old_start : change.old_end]
    after = new[change.new_start : change.new_end]
    if one.whole:
        return list(after if take else before)
    chosen = [change.new_start + number in one.lines for number in range(len(after))]
    if len(before) == len(after):
        return [after[n] if chosen[n] is take else before[n] for n in range(len(after))]
    return [line for line, meant in zip(after, chosen, strict=True) if meant is take]


def _joined(lines: list[bytes]) -> list[bytes]:
    """Only the last line may lack its end; one that is no longer the last gets the end that its neighbour has."""
    for number, line in enumerate(lines[:-1]):
        if not line.endswith(b"\n"):
            near = lines[number + 1] if number + 2 < len(lines) or number == 0 else lines[number - 1]
            lines[number] = line + (b"\r\n" if near.endswith(b"\r\n") else b"\n")
    return lines


def split(content: bytes) -> list[bytes]:
    """Lines as git counts them: a line feed ends one, nothing else does."""
    lines = content.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def patched(old: Sequence[bytes], hunks: Iterable[Hunk]) -> list[bytes]:
    """The new version, from the old one and all that differs."""
    lines: list[bytes] = []
    at = 0
    for hunk in hunks:
        change = Change.of(hunk)
        lines += old[at : change.old_start]
        lines += hunk.new_lines
        at = change.old_end
    return [*lines, *old[at:]]
