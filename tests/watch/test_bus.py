"""A topic tells every listener, whatever another one does."""

from __future__ import annotations

import pytest

from hedgerow.watch.bus import Topic


def test_listeners_are_told_in_order_until_they_stop() -> None:
    topic: Topic[int] = Topic("numbers")
    heard: list[tuple[str, int]] = []
    stop_first = topic.subscribe(lambda number: heard.append(("first", number)))
    topic.subscribe(lambda number: heard.append(("second", number)))

    topic.publish(1)
    stop_first()
    stop_first()
    topic.publish(2)

    assert heard == [("first", 1), ("second", 1), ("second", 2)]


def test_a_listener_that_fails_is_logged_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    topic: Topic[int] = Topic("numbers")
    heard: list[int] = []
    topic.subscribe(lambda number: 1 // number)
    topic.subscribe(heard.append)

    topic.publish(0)

    assert heard == [0]
    assert "a listener of numbers failed" in caplog.text


def test_a_listener_may_end_its_own_subscription_while_it_is_told() -> None:
    topic: Topic[int] = Topic("numbers")
    heard: list[int] = []

    def once(number: int) -> None:
        heard.append(number)
        stop()

    stop = topic.subscribe(once)
    topic.subscribe(heard.append)

    topic.publish(1)
    topic.publish(2)

    assert heard == [1, 1, 2]
