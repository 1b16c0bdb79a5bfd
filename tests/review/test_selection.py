"""Choosing parts of a difference: whatever is accepted and rejected, in whatever order, nothing else changes."""

from __future__ import annotations

import difflib
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.git.diffs import Hunk
from hedgerow.review.deciding.selection import Change, accepted, choose, patched, rejected, split

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"\xff\n", b"\r\n", b"x\ry\n"]), max_size=12)
FILES = st.builds(lambda lines, tail: b"".join(lines) + tail, LINES, st.sampled_from([b"", b"end", b"\r", b"z\xff"]))


def changes_between(old: list[bytes], new: list[bytes]) -> list[Change]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [Change(a, b, c, d) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


@given(FILES)
def test_lines_are_gits(content: bytes) -> None:
    assert b"".join(split(content)) == content
    assert all(line.endswith(b"\n") and b"\n" not in line[:-1] for line in split(content)[:-1])


@settings(max_examples=300)
@given(FILES, FILES)
def test_all_or_nothing(old_file: bytes, new_file: bytes) -> None:
    old, new = split(old_file), split(new_file)
    changes = changes_between(old, new)
    assert accepted(old, new, choose(changes, None)) == new
    assert rejected(old, new, choose(changes, None)) == old
    assert accepted(old, new, []) == old
    assert rejected(old, new, []) == new


@settings(max_examples=300)
@given(FILES, FILES, st.randoms(use_true_random=False))
def test_changes_are_rejected_one_by_one_in_any_order(old_file: bytes, new_file: bytes, random: object) -> None:
    old, now = split(old_file), split(new_file)
    while changes := changes_between(old, now):
        change = random.choice(changes)  # type: ignore[attr-defined]
        now = rejected(old, now, choose(changes, [change.range]))
    assert now == old


@settings(max_examples=300)
@given(FILES, FILES, st.randoms(use_true_random=False))
def test_changes_are_accepted_one_by_one_in_any_order(old_file: bytes, new_file: bytes, random: object) -> None:
    reviewed, new = split(old_file), split(new_file)
    while changes := changes_between(reviewed, new):
        change = random.choice(changes)  # type: ignore[attr-defined]
        reviewed = accepted(reviewed, new, choose(changes, [change.range]))
    assert reviewed == new


@settings(max_examples=300)
@given(FILES, FILES, st.sets(st.integers(0, 12)))
def test_some_accepted_and_the_rest_rejected_leaves_exactly_those(
    old_file: bytes, new_file: bytes, wanted: set[int]
) -> None:
    old, new = split(old_file), split(new_file)
    changes = changes_between(old, new)
    ranges = [change.range for number, change in enumerate(changes) if number in wanted]
    reviewed = accepted(old, new, choose(changes, ranges))
    left = changes_between(reviewed, new)
    assert rejected(reviewed, new, choose(left, None)) == reviewed
    kept = [change for number, change in enumerate(changes) if number in wanted]
    expected: list[bytes] = []
    at = 0
    for change in kept:
        expected += [*old[at : change.old_start], *new[change.new_start : change.new_end]]
        at = change.old_end
    joined = b"".join([*expected, *old[at:]])
    assert b"".join(reviewed).replace(b"\r", b"").replace(b"\n", b"") == joined.replace(b"\r", b"").replace(b"\n", b"")


@settings(max_examples=300)
@given(FILES, FILES, st.integers(0, 14), st.integers(0, 14))
def test_lines_outside_the_range_stay(old_file: bytes, new_file: bytes, first: int, size: int) -> None:
    old, new = split(old_file), split(new_file)
    changes = changes_between(old, new)
    chosen = choose(changes, [(first, first + size)])
    after = rejected(old, new, chosen)
    kept = [line for number, line in enumerate(new) if not first <= number + 1 <= first + size]
    remaining = iter(line.rstrip(b"\r\n") for line in after)
    assert all(any(line.rstrip(b"\r\n") == one for one in remaining) for line in kept)


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(2, 2)], "a B c d e\n"),  # one of two lines that replace two: they are pairs
        ([(2, 3)], "a B C d e\n"),
        ([(5, 5)], "a b c d X e\n"),  # one of two new lines
        ([(4, 6)], "a b c d X Y e\n"),
        ([(0, 1)], "a b c d e\n"),
    ],
)
def test_lines_of_a_change(ranges: list[tuple[int, int]], expected: str) -> None:
    old = [f"{word}\n".encode() for word in ["a", "b", "c", "d", "e"]]
    new = [f"{word}\n".encode() for word in ["a", "B", "C", "d", "X", "Y", "e"]]
    changes = [Change(1, 3, 1, 3), Change(4, 4, 4, 6)]
    found = accepted(old, new, choose(changes, ranges))
    assert b"".join(found).decode().split() == expected.split()


def test_a_patch_leads_from_one_version_to_the_other() -> None:
    hunks = [
        Hunk(1, 1, 1, 2, [b"-a", b"+A", b"+AA"]),
        Hunk(3, 1, 3, 0, [b"-c"]),
        Hunk(4, 1, 4, 1, [b"-d", b"\\ No newline at end of file", b"+d"]),
    ]
    old = [b"a\n", b"b\n", b"c\n", b"d"]
    new = patched(old, hunks)
    assert new == [b"A\n", b"AA\n", b"b\n", b"d\n"]
    for count in range(4):
        for some in itertools.combinations(hunks, count):
            chosen = choose(map(Change.of, hunks), [Change.of(hunk).range for hunk in some])
            assert accepted(old, new, chosen) == patched(old, some)
