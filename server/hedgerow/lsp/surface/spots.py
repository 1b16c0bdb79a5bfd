"""Which file of which checkout a document is. Asked once for each document, until checkouts come or go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pygls.uris import to_fs_path

from hedgerow.protocol.checkouts import CheckoutKind, ListChanged
from hedgerow.protocol.errors import HedgerowError

if TYPE_CHECKING:
    from hedgerow.app import App

    from ..calls import Calls

_BASE = re.compile(r"hedgerow-base:(?://[^/]*)?/([^/]+)/(base|reviewed)/(.+)")
_REMEMBERED = 2000


@dataclass(frozen=True)
class Spot:
    """Attributes:
    checkout: its id.
    path: as commands take it.
    side: `working` for a file, else which base document it is.
    place: of a file.
    own: it is the person's own work, which they do not review.
    """

    checkout: str
    path: str
    side: str
    place: Path | None = None
    own: bool = False


class Spots:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: dict[str, Spot | None] = {}
        self._checkouts: set[str] = set()

    async def of(self, app: App, uri: str) -> Spot | None:
        """None for what is in no checkout that is open here and trusted."""
        if uri not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[uri] = await self._find(app, uri)
        return self._known[uri]

    def known(self, uri: str) -> Spot | None:
        """Without asking."""
        return self._known.get(uri)

    def list_changed(self, news: ListChanged) -> None:
        rows = {row.id for row in news.changed}
        whose = any(row.kind is CheckoutKind.LOCAL for row in news.changed)  # work may have been handed off to it
        if whose or news.removed or news.repositories or not rows <= self._checkouts:
            self.forget()
        self._checkouts |= rows

    def forget(self) -> None:
        self._known.clear()

    async def _find(self, app: App, uri: str) -> Spot | None:
        base = _BASE.fullmatch(uri)
        if base is not None:
            raw = unquote(base[3], errors="surrogateescape").encode("utf-8", "surrogateescape")
            return Spot(unquote(base[1]), raw.decode("utf-8", "backslashreplace"), base[2])
        place = to_fs_path(uri) if uri.startswith("file:") else None
        if not place:
            return None
        try:
            found = await app.whereabouts(Path(place), self._calls.caller())
        except HedgerowError:
            return None
        return None if found is None else Spot(found.checkout, found.path, "working", Path(place), found.own)
