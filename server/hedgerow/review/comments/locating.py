"""Comments as they are shown: each with the place where it is by now. Reads files; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hedgerow.checkouts.checkout import Checkout
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.comments import Comment, CommentState
from hedgerow.protocol.review import BaseContentParams
from hedgerow.review.paths import wire
from hedgerow.review.seeing.contents import base_content
from hedgerow.review.seeing.working import whole
from hedgerow.review.works import work_in

from .anchors import Place, follow
from .prompt import Remark, title
from .reading import LARGEST, Lineless, Lines, read_working, split_lines
from .store import CommentStore, Stored

_EXCERPT = 4000
"""Characters of the lines of a comment, in an answer."""


@dataclass(frozen=True)
class Located:
    """Attributes:
    path: where the file is by now.
    place: None for a comment on the whole file, and where the file is gone.
    current: what its lines say now.
    """

    stored: Stored
    shown: Comment
    path: bytes
    place: Place | None
    current: Sequence[str] = ()

    @property
    def order(self) -> tuple[bytes, int, float]:
        return self.path, -1 if self.place is None else self.place.start, self.stored.created

    @property
    def remark(self) -> Remark:
        """For a prompt."""
        anchor, gone = self.stored.anchor, self.shown.state is CommentState.OUTDATED
        lines = self.shown.lines
        if anchor is not None and lines is None:
            lines = spelt(anchor.start, anchor.start + len(anchor.lines))
        excerpt = self.current if not gone else anchor.lines if anchor is not None else ()
        return Remark(wire(self.path), lines, excerpt, self.stored.text, self.stored.side == "base", gone)


@dataclass
class Locator:
    """Finds the places of comments in one checkout; each file is read once."""

    tools: Tools
    checkout: Checkout
    caller: Caller
    _files: dict[tuple[bytes, str], Lines | Lineless | None] = field(default_factory=dict)
    _renamed: dict[bytes, bytes] | None = None

    async def locate(self, stored: Stored) -> Located:
        path = stored.path
        file = await self.read(path, stored.side)
        if file is None and stored.side == "working":
            path = (await self._renames()).get(path, path)
            file = await self.read(path, stored.side)
        place: Place | None = None
        current: Sequence[str] = ()
        if stored.anchor is not None and isinstance(file, Lines):
            if stored.version == file.version:
                place = Place(stored.anchor.start, stored.anchor.start + len(stored.anchor.lines))
            else:
                old = CommentStore(self.tools.journal.database).version(stored.version)
                place = follow(stored.anchor, old, file.lines)
            current = file.lines[place.start : place.end]
        gone = file is None or (stored.anchor is not None and (place is None or place.gone))
        return Located(stored, shown(stored, self.checkout.id, path, place, gone=gone), path, place, current)

    async def read(self, path: bytes, side: str) -> Lines | Lineless | None:
        """One side of a file; None when there is none."""
        key = (path, side)
        if key not in self._files:
            self._files[key] = read_working(self.checkout, path) if side == "working" else await self._base(path)
        return self._files[key]

    async def _base(self, path: bytes) -> Lines | Lineless | None:
        params = BaseContentParams(checkout=self.checkout.id, path=wire(path), side="base")
        found = await base_content(self.tools, params, self.caller)
        if not found.exists:
            return None
        if found.binary:
            return Lineless("is a binary file")
        if len(found.text) > LARGEST:
            return Lineless(f"is larger than {LARGEST // 1024 // 1024} MiB")
        return Lines(split_lines(found.text), f"base-{found.oid}")

    async def _renames(self) -> dict[bytes, bytes]:
        """Where files of the base are by now, that have another name in the checkout."""
        if self._renamed is None:
            work = await work_in(self.tools, self.checkout)
            async with whole(self.tools.git, self.checkout, stays=work.stays) as working:
                changed = await working.changed(work.base_tree, count=False)
            self._renamed = {file.old_path: file.path for file in changed if file.old_path is not None}
        return self._renamed


def shown(stored: Stored, checkout: str, path: bytes, place: Place | None, *, gone: bool) -> Comment:
    """A comment for the wire."""
    excerpt = "" if stored.anchor is None else "\n".join(stored.anchor.lines)
    return Comment(
        id=stored.id,
        checkout=checkout,
        path=wire(path),
        side="base" if stored.side == "base" else "working",
        lines=None if place is None else spelt(place.start, place.end),
        text=stored.text,
        title=title(stored.text),
        excerpt=excerpt if len(excerpt) <= _EXCERPT else f"{excerpt[:_EXCERPT]}…",
        state=state_of(stored, gone=gone),
        sent=stored.sent,
        deleted=stored.deleted is not None,
        created=stored.created,
        changed=stored.changed,
    )


def state_of(stored: Stored, *, gone: bool) -> CommentState:
    if stored.resolved is not None:
        return CommentState.RESOLVED
    if gone:
        return CommentState.OUTDATED
    return CommentState.DRAFT if stored.sent is None else CommentState.SENT


def spelt(start: int, end: int) -> str:
    """Lines from 0 as a person writes them."""
    return f"{start + 1}" if end <= start + 1 else f"{start + 1}-{end}"
