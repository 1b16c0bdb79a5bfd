"""Which lines of a text changed: one range from the first to the last of them. Pure; bytes in, no encoding assumed."""

from __future__ import annotations

from dataclasses import dataclass

_LOOKED_AT_FOR_NUL = 8000
"""As git does, to tell text from binary."""


@dataclass(frozen=True)
class Lines:
    """Lines from ``start`` up to, not including, ``end``, counted from 0. Empty where lines went."""

    start: int
    end: int


def is_binary(content: bytes) -> bool:
    return b"\0" in content[:_LOOKED_AT_FOR_NUL]


def changed_lines(before: bytes, after: bytes) -> Lines | None:
    """The lines of ``after`` that differ from ``before``; None when none does.

    Line endings are no difference: git may keep a file with others than the disk has.
    """
    old, new = _lines(before), _lines(after)
    if old == new:
        return None
    shorter = min(len(old), len(new))
    start = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    rest = shorter - start
    same = next((number for number in range(rest) if old[-1 - number] != new[-1 - number]), rest)
    return Lines(start, len(new) - same)


def all_lines(content: bytes) -> Lines:
    return Lines(0, len(_lines(content)))


def _lines(content: bytes) -> list[bytes]:
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    # What follows the last newline is a line only if there is something; but that the newline is missing is a
    # difference, so such a line is kept apart from the same one with its end.
    last = lines.pop()
    complete = [line + b"\n" for line in lines]
    return [*complete, last] if last else complete
