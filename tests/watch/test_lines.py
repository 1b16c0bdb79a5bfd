"""Which lines changed: one range, by lines, whatever their endings."""

from __future__ import annotations

import random

import pytest

from hedgerow.watch.lines import Lines, all_lines, changed_lines, is_binary


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"", b"", None),
        (b"a\nb\n", b"a\nb\n", None),
        (b"a\nb\n", b"a\r\nb\r\n", None),
        (b"a\nb\n", b"a\nB\n", Lines(1, 2)),
        (b"a\nb\nc\n", b"A\nb\nC\n", Lines(0, 3)),
        (b"a\nc\n", b"a\nb\nc\n", Lines(1, 2)),
        (b"a\nb\nc\n", b"a\nc\n", Lines(1, 1)),
        (b"a\nb\n", b"a\n", Lines(1, 1)),
        (b"a\n", b"", Lines(0, 0)),
        (b"", b"a\nb\n", Lines(0, 2)),
        (b"a\nb", b"a\nb\n", Lines(1, 2)),
        (b"a\na\na\n", b"a\na\n", Lines(2, 2)),
        (b"a\na\n", b"a\na\na\n", Lines(2, 3)),
        (b"\xff\xfe\n", b"\xff\xfd\n", Lines(0, 1)),
    ],
)
def test_changed_lines(before: bytes, after: bytes, expected: Lines | None) -> None:
    assert changed_lines(before, after) == expected


def test_what_is_outside_of_the_range_is_as_it_was() -> None:
    chance = random.Random(7)
    for _ in range(500):
        before = [chance.choice((b"x\n", b"y\n", b"z\n")) for _ in range(chance.randrange(12))]
        after = list(before)
        for _ in range(chance.randrange(4)):
            place = chance.randrange(len(after) + 1)
            after[place : place + chance.randrange(3)] = [b"new\n"] * chance.randrange(3)
        found = changed_lines(b"".join(before), b"".join(after))
        if found is None:
            assert before == after
            continue
        rest = len(after) - found.end
        assert after[: found.start] == before[: found.start]
        assert after[found.end :] == before[len(before) - rest :]
        assert found.start <= found.end <= len(after)


def test_all_lines_and_binary() -> None:
    assert all_lines(b"a\nb") == Lines(0, 2)
    assert all_lines(b"a\nb\n") == Lines(0, 2)
    assert is_binary(b"a\0b")
    assert not is_binary("ü\n".encode("latin-1"))
