"""What differs within the lines of a hunk. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from hedgerow.protocol.review import Words, WordSpan

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 2000
"""Of a hunk that a person still reads word by word; comparing takes the square of this in the worst case."""


def words_of(old: Sequence[str], new: Sequence[str]) -> Words | None:
    """Spans of both sides; None where only one side has lines, or there is too much of it.

    Args:
        old, new: the lines, without their ends.
    """
    if not old or not new:
        return None
    before, after = _tokens(old), _tokens(new)
    if len(before) + len(after) > _MOST_TOKENS:
        return None
    matcher = difflib.SequenceMatcher(None, [text for text, *_ in before], [text for text, *_ in after], autojunk=False)
    changed = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    return Words(
        old=_spans(before, [(first, last) for _, first, last, _, _ in changed]),
        new=_spans(after, [(first, last) for _, _, _, first, last in changed]),
    )


def _tokens(lines: Sequence[str]) -> list[tuple[str, int, int, int]]:
    """(text, line, start, end); the end of each line is a token that spans nothing."""
    found: list[tuple[str, int, int, int]] = []
    for number, line in enumerate(lines):
        at = 0
        for match in _TOKEN.finditer(line):
            size = len(match[0].encode("utf-16-le", "surrogatepass")) // 2
            found.append((match[0], number, at, at + size))
            at += size
        found.append(("\n", number, at, at))
    return found


def _spans(tokens: Sequence[tuple[str, int, int, int]], blocks: Sequence[tuple[int, int]]) -> list[WordSpan]:
    spans: list[list[int]] = []
    for first, last in blocks:
        for _, line, start, end in tokens[first:last]:
            if start == end:
                continue
            if spans and spans[-1][0] == line and spans[-1][2] == start:
                spans[-1][2] = end
            else:
                spans.append([line, start, end])
    return [WordSpan(line=line, start=start, end=end) for line, start, end in spans]
