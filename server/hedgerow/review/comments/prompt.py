"""One prompt of several comments. Pure.

What goes into it comes from the person and from files, and ends in a terminal: nothing in it may steer one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hedgerow.protocol.sentence import harmless

_LINES = 40
"""Of an excerpt; the rest is counted."""
_LONG = 400
"""Characters of a line of an excerpt."""


@dataclass(frozen=True)
class Remark:
    """What a prompt says of one comment.

    Attributes:
        lines: as a person writes them; None for the whole file.
        excerpt: what they say now, or said when they were there.
        base: on the version that the work is reviewed against.
        gone: the lines have changed since.
    """

    path: str
    lines: str | None
    excerpt: Sequence[str]
    text: str
    base: bool = False
    gone: bool = False


def title(text: str, limit: int = 120) -> str:
    """The first line that says something, on one line of a list."""
    lines = [" ".join(line.split()) for line in harmless(text).split("\n")]
    first = next((line for line in lines if line), "…")
    return first if len(first) <= limit else f"{first[: limit - 1].rstrip()}…"


def prompt(remarks: Sequence[Remark]) -> str:
    """Empty for no remarks."""
    if not remarks:
        return ""
    opening = (
        "Please address this review comment on your work in this checkout."
        if len(remarks) == 1
        else f"Please address these {len(remarks)} review comments on your work in this checkout."
    )
    parts = [opening]
    for number, remark in enumerate(remarks, 1):
        parts.append(f"{number}. {_where(remark)}")
        if remark.excerpt:
            parts.append(_fenced(remark.excerpt))
        parts.append(harmless(remark.text).strip())
    return "\n\n".join(parts) + "\n"


def _where(remark: Remark) -> str:
    path = " ".join(harmless(remark.path).split("\n"))
    if remark.lines is None:
        place = f"{path} (the whole file)"
    else:
        place = f"{path}, {'lines' if '-' in remark.lines else 'line'} {remark.lines}"
    if remark.base:
        place += ", as it was before your changes"
    if remark.gone:
        return f"{place}; it was about what has changed or gone since" + (", which said:" if remark.excerpt else ":")
    return f"{place}:"


def _fenced(excerpt: Sequence[str]) -> str:
    lines = [harmless(line).replace("\n", " ") for line in excerpt[:_LINES]]
    lines = [line if len(line) <= _LONG else f"{line[:_LONG]}…" for line in lines]
    if len(excerpt) > _LINES:
        lines.append(f"… and {len(excerpt) - _LINES} more lines")
    longest = max((len(run) for run in re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *lines, fence])
