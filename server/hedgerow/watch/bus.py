"""One kind of news inside one process. Keeps no history; a listener that fails does not stop the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger(__name__)

News = TypeVar("News")


class Topic(Generic[News]):
    """Tells each listener, in the order in which they came, on the thread that publishes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: dict[object, Callable[[News], None]] = {}

    def subscribe(self, tell: Callable[[News], None]) -> Callable[[], None]:
        """Answers what ends the subscription; ending it twice is no error."""
        key = object()
        self._listeners[key] = tell

        def stop() -> None:
            self._listeners.pop(key, None)

        return stop

    def publish(self, news: News) -> None:
        for tell in list(self._listeners.values()):
            try:
                tell(news)
            except Exception:
                logger.exception("a listener of %s failed", self.name)
