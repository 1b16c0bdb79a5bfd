"""What is known of an open document: its hunks, its comments, and where they are in the text as it is typed.

Asked of the app once for each version on disk, never for a key: meanwhile lines are only counted along.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from hedgerow.protocol.comments import Comment, CommentsParams, CommentsResult
from hedgerow.protocol.errors import HedgerowError
from hedgerow.protocol.review import HunksParams, HunksResult

from .lines import Numbers, shifted, split
from .spots import Spot

if TYPE_CHECKING:
    from hedgerow.app import App
    from hedgerow.protocol.caller import Caller

logger = logging.getLogger(__name__)

_READ = 2 * 1024 * 1024
"""Bytes of a file beyond which nothing is shown in it."""
_REMEMBERED = 200
_MARK = "\ufeff"


@dataclass(frozen=True)
class Look:
    """A document at one moment.

    Attributes:
        text: its lines as the person sees them.
        moved: where a line of the version on disk, from 0, is in them.
        numbers: git's lines as the editor's.
        saved: what the person sees is what is on disk, whatever ends its lines.
    """

    spot: Spot
    text: Sequence[str]
    moved: Callable[[int], int]
    numbers: Numbers
    saved: bool
    hunks: HunksResult | None = None
    comments: Sequence[Comment] = ()


@dataclass
class _Known:
    stamp: object
    text: str
    hunks: HunksResult | None = None
    comments: Sequence[Comment] | None = None
    asked: set[str] = field(default_factory=set)


class Looks:
    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    async def look(
        self, app: App, uri: str, spot: Spot, shown: str, caller: Caller, *, hunks: bool = False, comments: bool = False
    ) -> Look | None:
        """What is asked for of a document; None where there is nothing to know.

        Args:
            shown: its text as the person sees it.
        """
        known = self._of(uri, spot, shown)
        if known is None:
            return None
        try:
            if hunks and "hunks" not in known.asked:
                between = "base" if spot.side == "base" else "reviewed"
                params = HunksParams(checkout=spot.checkout, path=spot.path, between=between)
                known.hunks = cast("HunksResult", await app.call("hunks", params, caller))
                known.asked.add("hunks")
            if comments and "comments" not in known.asked:
                known.comments = await _comments(app, spot, caller)
                known.asked.add("comments")
        except HedgerowError as error:
            logger.info("nothing is shown in %s: %s", uri, error.message)
            return None
        text, on_disk = split(shown.removeprefix(_MARK)), split(known.text.removeprefix(_MARK))
        moved = shifted(on_disk, text)
        return Look(spot, text, moved, Numbers(known.text), text == on_disk, known.hunks, known.comments or ())

    def forget(self, *, checkout: str | None = None, path: str | None = None, comments: bool = False) -> None:
        """What was asked is asked again: of every document, of those of a checkout, or of one file in it.

        Args:
            comments: comments alone.
        """
        if comments:
            for known in self._known.values():
                known.asked.discard("comments")
        elif checkout is None:
            self._known.clear()
        else:
            self._known = {
                uri: known
                for uri, known in self._known.items()
                if not _is_of(known.stamp, checkout) or (path is not None and not _is_of(known.stamp, checkout, path))
            }

    def _of(self, uri: str, spot: Spot, shown: str) -> _Known | None:
        stamp: Any = (spot.checkout, spot.path)
        text = shown
        if spot.place is not None:
            try:
                found = os.stat(spot.place)
            except OSError:
                return None
            if found.st_size > _READ:
                return None
            stamp = (*stamp, found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns)
        known = self._known.get(uri)
        if known is not None and known.stamp == stamp:
            return known
        if spot.place is not None:
            read = _read(spot.place)
            if read is None:
                return None
            text = read
        while len(self._known) >= _REMEMBERED:
            self._known.pop(next(iter(self._known)))
        known = self._known[uri] = _Known(stamp, text)
        return known


async def _comments(app: App, spot: Spot, caller: Caller) -> list[Comment]:
    if spot.side == "reviewed":
        return []  # neither side that comments are made on
    params = CommentsParams(checkout=spot.checkout, path=spot.path)
    found = cast("CommentsResult", await app.call("comments", params, caller))
    return [comment for comment in found.comments if comment.side == spot.side]


def _read(place: os.PathLike[str]) -> str | None:
    try:
        with open(place, "rb") as file:
            content = file.read(_READ + 1)
    except OSError:
        return None
    for encoding, mark in (("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"), ("utf-8-sig", b"")):
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                break
    return content.decode("latin-1")


def _is_of(stamp: Any, checkout: str, path: str | None = None) -> bool:
    return bool(stamp[0] == checkout and (path is None or stamp[1] == path))
