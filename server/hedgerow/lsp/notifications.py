"""What the server tells without being asked: changes of the list, of reviews and of comments, and how it is.

Each kind has one key, so a client that reads slowly gets the newest of it and sees from its revision that others were
left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hedgerow.protocol.checkouts import ListChanged, ServerStatus
from hedgerow.protocol.comments import CommentsChanged
from hedgerow.protocol.review import ReviewChanged
from hedgerow.protocol.sessions import Attention

from .wire.protocol import HedgerowProtocol

if TYPE_CHECKING:
    from hedgerow.app import App

LIST_CHANGED = "hedgerow/listChanged"
SERVER_STATUS = "hedgerow/serverStatus"
REVIEW_CHANGED = "hedgerow/reviewChanged"
COMMENTS_CHANGED = "hedgerow/commentsChanged"
ATTENTION = "hedgerow/attention"


class Notifications:
    def __init__(self, protocol: HedgerowProtocol) -> None:
        self._protocol = protocol
        self._subscriptions: list[Callable[[], None]] = []

    def follow(self, app: App) -> None:
        self._subscriptions = [
            app.on_list_changed(self.list_changed),
            app.on_status(self.status),
            app.on_review_changed(self.review_changed),
            app.on_comments_changed(self.comments_changed),
            app.on_attention(self.attention),
        ]

    def stop(self) -> None:
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions = []

    def list_changed(self, news: ListChanged) -> None:
        self._protocol.notify_model(LIST_CHANGED, news, LIST_CHANGED)

    def review_changed(self, news: ReviewChanged) -> None:
        self._protocol.notify_model(REVIEW_CHANGED, news, (REVIEW_CHANGED, news.checkout))

    def comments_changed(self, news: CommentsChanged) -> None:
        self._protocol.notify_model(COMMENTS_CHANGED, news, COMMENTS_CHANGED)

    def attention(self, news: Attention) -> None:
        self._protocol.notify_model(ATTENTION, news, (ATTENTION, news.session.id))

    def status(self, status: ServerStatus) -> None:
        self._protocol.notify_model(SERVER_STATUS, status, SERVER_STATUS)
