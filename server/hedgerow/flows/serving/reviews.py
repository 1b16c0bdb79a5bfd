"""Reviews while a server is up: news of whatever may change an answer, and rejections that wait for a turn to end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from hedgerow.checkouts.listing import Listing
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import ListChanged
from hedgerow.protocol.review import ReviewChanged
from hedgerow.watch.bus import Topic
from hedgerow.watch.changes import Edits

_MANY = 200
"""Paths of which a notification names each; of more than these, it says that any may be meant."""


class Reviews:
    """One per app.

    Args:
        edits: which files of a checkout were touched.
        run: starts work in the background.
        changed: told after something was changed by this process.
    """

    def __init__(
        self, tools: Tools, listing: Listing, edits: Topic[Edits], *,
        run: Callable[[Coroutine[Any, Any, None]], None], changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._tools = tools
        self._listing = listing
        self._edits = edits
        self._run = run
        self._changed = changed
        self._topic: Topic[ReviewChanged] = Topic("reviews")
        self._revision = 0
        self._waiting: dict[str, str] = {}
        self._heads: dict[str, tuple[str | None, str | None]] = {}
        self._sources: list[Callable[[], None]] = []
        self._turns: Callable[[], None] | None = None

    def subscribe(self, tell: Callable[[ReviewChanged], None]) -> Callable[[], None]:
        """Tell whenever what was asked about the files of a checkout may have another answer."""
        if not self._sources:
            self._sources = [self._edits.subscribe(self._touched), self._listing.subscribe(self._listed)]
        return self._topic.subscribe(tell)

    def tell(self, checkout: str, paths: Sequence[str] = (), notices: Sequence[str] = ()) -> None:
        """Files of a checkout, or any of them when none is named, differ otherwise than before, or stand otherwise."""
        self._revision += 1
        news = ReviewChanged(
            checkout=checkout, revision=self._revision, all=not paths, paths=list(paths), notices=list(notices)
        )
        self._topic.publish(news)

    def heard(self, touched: Iterable[str]) -> None:
        """Another process has changed something: these checkouts, by its operations, or rejections that wait."""
        database = self._tools.journal.database
        rows = database.rows("SELECT checkout, group_concat(id) AS ids FROM rejections GROUP BY checkout")
        waiting = {row["checkout"]: row["ids"] for row in rows}
        before, self._waiting = self._waiting, waiting
        differing = {one for one in before.keys() | waiting.keys() if before.get(one) != waiting.get(one)}
        for checkout in {*touched, *differing}:
            self.tell(checkout)

    def carry_out_what_waits(self, caller: Caller) -> None:
        """From now on whenever a turn ends, and for what has waited longer than the last server was up."""
        if self._turns is None:

            def ended(checkout: str) -> None:
                self._run(self._turn_ended(checkout, caller))

            self._turns = self._tools.turns.ends.subscribe(ended)
        for row in self._tools.journal.database.rows("SELECT DISTINCT checkout FROM rejections"):
            self._run(self._turn_ended(row["checkout"], caller))

    def close(self) -> None:
        for stop in self._sources:
            stop()
        if self._turns is not None:
            self._turns()

    async def _turn_ended(self, checkout: str, caller: Caller) -> None:
        from hedgerow.review.deciding.rejecting import carry_out_waiting  # noqa: PLC0415 - with all that changes something

        carried = await carry_out_waiting(self._tools, checkout, caller)
        if carried.paths:
            self._changed()
            self.tell(checkout, carried.paths, carried.notices)

    def _touched(self, edits: Edits) -> None:
        paths = [] if edits.paths is None or len(edits.paths) > _MANY else sorted(edits.paths)
        self.tell(edits.checkout, [path.decode("utf-8", "backslashreplace") for path in paths])

    def _listed(self, news: ListChanged) -> None:
        """A commit or a rebase may move the base, and with it what was accepted."""
        for row in news.changed:
            now = (row.head.oid, None if row.base is None else row.base.oid)
            if self._heads.setdefault(row.id, now) != now:
                self._heads[row.id] = now
                self.tell(row.id)
        for gone in news.removed:
            self._heads.pop(gone, None)
