"""What an edit was: a table of what a file held, what was seen to happen, and what it holds."""

from __future__ import annotations

import pytest

from hedgerow.flows.serving.edit_kinds import Edit, edits_of
from hedgerow.protocol.follow import EditKind
from hedgerow.watch.changes import Touch
from hedgerow.watch.lines import Lines
from hedgerow.watch.seen import MISSING, Content

OLD, NEW = Content(b"a\nb\n", stamp=(4, 1)), Content(b"a\nB\n", stamp=(4, 2))
OF_GIT = Content(b"a\nb\n")
LARGE, LARGE_LATER = Content(None, stamp=(10**7, 1)), Content(None, stamp=(10**7, 2))
BINARY = Content(b"\0", stamp=(1, 1))
WRITTEN, MADE, MOVED_IN, GONE = Touch.CLOSED, Touch.MADE | Touch.NEW, Touch.MADE | Touch.CLOSED, Touch.GONE


@pytest.mark.parametrize(
    ("touch", "before", "now", "expected"),
    [
        (WRITTEN, OLD, NEW, Edit(b"x", EditKind.CHANGED, Lines(1, 2))),
        (WRITTEN, OLD, OLD, None),
        (MOVED_IN, OLD, NEW, Edit(b"x", EditKind.CHANGED, Lines(1, 2))),
        (WRITTEN, OF_GIT, NEW, Edit(b"x", EditKind.CHANGED, Lines(1, 2))),
        (WRITTEN, OF_GIT, Content(b"a\r\nb\r\n", stamp=(6, 1)), None),
        (WRITTEN, OLD, Content(b"a\r\nb\r\n", stamp=(6, 1)), Edit(b"x", EditKind.CHANGED, None)),
        (Touch.META, OLD, OLD, None),
        (MADE, MISSING, NEW, Edit(b"x", EditKind.CREATED, Lines(0, 2))),
        (MADE, None, NEW, Edit(b"x", EditKind.CREATED, Lines(0, 2))),
        (MOVED_IN, None, NEW, Edit(b"x", EditKind.CREATED, Lines(0, 2))),
        (WRITTEN, None, NEW, Edit(b"x", EditKind.CHANGED, Lines(0, 2))),
        (GONE, OLD, MISSING, Edit(b"x", EditKind.DELETED)),
        (GONE, OF_GIT, MISSING, Edit(b"x", EditKind.DELETED)),
        (GONE, None, MISSING, Edit(b"x", EditKind.DELETED)),
        (MADE | GONE, MISSING, MISSING, None),
        (MOVED_IN | GONE, None, MISSING, None),
        (WRITTEN, OLD, BINARY, Edit(b"x", EditKind.BINARY)),
        (MADE, MISSING, BINARY, Edit(b"x", EditKind.BINARY)),
        (WRITTEN, BINARY, NEW, Edit(b"x", EditKind.CHANGED, Lines(0, 2))),
        (WRITTEN, LARGE, LARGE_LATER, Edit(b"x", EditKind.CHANGED, large=True)),
        (Touch.META, LARGE, LARGE, None),
        (WRITTEN, OLD, LARGE, Edit(b"x", EditKind.CHANGED, large=True)),
        (WRITTEN, LARGE, NEW, Edit(b"x", EditKind.CHANGED, Lines(0, 2))),
        (WRITTEN, OLD, Content(b"elsewhere", link=True), Edit(b"x", EditKind.CHANGED)),
    ],
)
def test_one_file(touch: Touch, before: Content | None, now: Content, expected: Edit | None) -> None:
    assert edits_of({b"x": touch}, {}, {b"x": before}, {b"x": now}) == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("touches", "before", "now", "expected"),
    [
        pytest.param(
            {b"a": GONE | Touch.CLOSED, b"b": MOVED_IN}, {b"a": OLD, b"b": None}, {b"a": MISSING, b"b": OLD},
            [Edit(b"b", EditKind.RENAMED, None, b"a")], id="renamed",
        ),
        pytest.param(
            {b"a": GONE | Touch.CLOSED, b"b": MOVED_IN}, {b"a": OLD, b"b": MISSING}, {b"a": MISSING, b"b": NEW},
            [Edit(b"b", EditKind.RENAMED, Lines(1, 2), b"a")], id="renamed and edited",
        ),
        pytest.param(
            {b"a": MADE | GONE, b"b": MOVED_IN}, {b"a": MISSING, b"b": OLD}, {b"a": MISSING, b"b": NEW},
            [Edit(b"b", EditKind.CHANGED, Lines(1, 2))], id="atomic save",
        ),
        pytest.param(
            {b"a": MADE | GONE, b"b": MOVED_IN}, {b"a": None, b"b": None}, {b"a": MISSING, b"b": NEW},
            [Edit(b"b", EditKind.CREATED, Lines(0, 2))], id="atomic save of a new file",
        ),
        pytest.param(
            {b"a": GONE | Touch.CLOSED, b"b": MOVED_IN}, {b"a": OLD, b"b": NEW}, {b"a": MISSING, b"b": OLD},
            [Edit(b"a", EditKind.DELETED), Edit(b"b", EditKind.CHANGED, Lines(1, 2))], id="moved over another",
        ),
        pytest.param(
            {b"a": MADE | GONE | Touch.CLOSED, b"b": MOVED_IN}, {b"a": OLD, b"b": None}, {b"a": NEW, b"b": OLD},
            [Edit(b"a", EditKind.CHANGED, Lines(1, 2)), Edit(b"b", EditKind.CREATED, Lines(0, 2))], id="backup",
        ),
    ],
)  # fmt: skip
def test_moves(
    touches: dict[bytes, Touch], before: dict[bytes, Content | None], now: dict[bytes, Content], expected: list[Edit]
) -> None:
    assert edits_of(touches, {b"b": b"a"}, before, now) == expected
