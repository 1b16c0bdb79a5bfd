"""How soon something is read again: at once as a rule, less and less often while it never rests."""

from __future__ import annotations

import itertools

from hedgerow.watch.pace import LONGEST, SHARE, SOON, Pace


def test_what_is_touched_now_and_then_is_read_soon() -> None:
    pace = Pace()
    for now in (10.0, 20.0, 30.0):
        assert pace.due(now) == now + SOON
        pace.read(now + SOON, 0.01)


def test_what_is_touched_without_end_is_read_less_and_less_often() -> None:
    pace, now, readings = Pace(), 0.0, []
    while now < 60:
        now = pace.due(now)
        readings.append(now)
        pace.read(now, 0.01)
    pauses = [later - sooner for sooner, later in itertools.pairwise(readings)]
    assert pauses[0] < 0.5
    assert LONGEST <= pauses[-1] <= LONGEST + 0.1
    assert len(readings) < 20


def test_what_takes_long_to_read_takes_no_more_than_its_share() -> None:
    pace = Pace()
    pace.read(0.0, 10.0)
    assert pace.due(10.0) == 10.0 + SHARE * 10.0


def test_after_a_rest_it_is_read_soon_again() -> None:
    pace, now = Pace(), 0.0
    for _ in range(20):
        now = pace.due(now)
        pace.read(now, 0.01)
    now += 3 * LONGEST
    pace.read(pace.due(now), 0.01)
    assert pace.due(now + 1) == now + 1 + SOON
