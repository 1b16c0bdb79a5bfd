"""Hunks and comments of a document as places in its text, and the commands that belong to them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from hedgerow.protocol.comments import Comment, CommentState
from hedgerow.protocol.review import Hunk, HunkState

from .looks import Look


@dataclass(frozen=True)
class Mark:
    """A hunk in the text that the person sees.

    Attributes:
        first, last: its lines, from 0; the same line for one that is not on this side.
        empty: it has no lines on this side: the other side's would stand above ``first``.
    """

    hunk: Hunk
    first: int
    last: int
    empty: bool

    @property
    def waits(self) -> bool:
        """Its rejection waits for the end of the agent's turn."""
        return self.hunk.state is HunkState.QUEUED

    def touches(self, first: int, last: int) -> bool:
        """Whether a selection of lines is on it; what was deleted is between two lines, and is at both."""
        return self.first - int(self.empty) <= last and first <= self.last


def open_marks(look: Look) -> Iterator[Mark]:
    """Hunks that are not accepted yet, in their order."""
    for hunk in look.hunks.hunks if look.hunks is not None else ():
        if hunk.state is HunkState.ACCEPTED:
            continue
        start, count = (
            (hunk.new_start, hunk.new_count) if look.spot.side == "working" else (hunk.old_start, hunk.old_count)
        )
        end = max(0, len(look.text) - 1)
        if count:
            first, last = look.numbers.first(start - 1), look.numbers.first(start + count - 1) - 1
            yield Mark(hunk, min(look.moved(first), end), min(look.moved(max(first, last)), end), empty=False)
        else:
            place = min(look.moved(look.numbers.first(start)), end)
            yield Mark(hunk, place, place, empty=True)


def is_open(comment: Comment) -> bool:
    return comment.state is not CommentState.RESOLVED and not comment.deleted


def lines_of(look: Look, comment: Comment) -> tuple[int, int]:
    """Its lines in the text, from 0; the first line for a comment on the whole file."""
    if comment.lines is None:
        return 0, 0
    first, _, last = comment.lines.partition("-")
    end = max(0, len(look.text) - 1)
    start = min(look.moved(int(first) - 1), end)
    return start, max(start, min(look.moved(int(last or first) - 1), end))


def of_hunk(verb: str, title: str, look: Look, mark: Mark, **more: Any) -> types.Command:
    """A command on one hunk, by its id: it is refused if the file is another by then."""
    return _command(verb, title, look, hunks=[mark.hunk.id], **more)


def of_file(verb: str, title: str, look: Look) -> types.Command:
    """A command on everything of one file, bound to the version that is seen."""
    seen = look.hunks.version if look.hunks is not None else None
    return _command(verb, title, look, **({} if seen is None else {"seen": seen}))


def of_lines(verb: str, title: str, look: Look, first: int, last: int) -> types.Command:
    """A command on lines of the file, from 0, bound to the version that is seen."""
    seen = look.hunks.version if look.hunks is not None else None
    lines = f"{first + 1}-{last + 1}" if last > first else f"{first + 1}"
    return _command(verb, title, look, lines=[lines], **({} if seen is None else {"seen": seen}))


def comment_on(title: str, look: Look, first: int, last: int) -> types.Command:
    """What the client completes with words. The quote binds it to what the person sees."""
    lines = f"{first + 1}-{last + 1}" if last > first else f"{first + 1}"
    arguments = {
        "checkout": look.spot.checkout, "path": look.spot.path, "lines": lines,
        "quote": "\n".join(look.text[first : last + 1]),
    }  # fmt: skip
    if look.spot.side == "base":
        arguments["side"] = "base"
    return types.Command(title, "hedgerow.comment", arguments=[arguments])


def edit(title: str, comment: Comment, **what: Any) -> types.Command:
    return types.Command(title, "hedgerow.editComment", arguments=[{"id": comment.id, **what}])


def _command(verb: str, title: str, look: Look, **more: Any) -> types.Command:
    arguments = {"checkout": look.spot.checkout, "paths": [look.spot.path], **more}
    return types.Command(title, f"hedgerow.{verb}", arguments=[arguments])
