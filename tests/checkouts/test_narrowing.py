"""When a look at the touched files tells the whole: decided on values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hedgerow.checkouts.narrowing import MOST_PATHS, Ground, Known, kept, may_build_on, merged
from hedgerow.git.status import Status

GROUND = Ground("here", "stamps", (0, 0))
WHOLE = Status(
    changes={b"edited": b".M", b"staged": b"M.", b"both": b"MD", b"added": b"A."}, untracked=[b"new", b"dir/"]
)


def known(status: Status = WHOLE) -> Known:
    found = kept(status, GROUND, 10.0)
    assert found is not None
    return found


def test_counts_are_of_paths_that_may_be_both_staged_and_edited() -> None:
    assert known().counts.model_dump() == {"staged": 3, "unstaged": 2, "untracked": 2, "conflicted": 0}


@pytest.mark.parametrize(
    "status",
    [
        replace(WHOLE, conflicted=[b"x"]),
        replace(WHOLE, plain=False),
        replace(WHOLE, changes={b"x": b".A"}),
        replace(WHOLE, changes={b"%d" % number: b".M" for number in range(5000)}),
        replace(WHOLE, untracked=[b"%d" % number for number in range(5000)]),
    ],
    ids=["unmerged", "a submodule", "only announced", "many changes", "many untracked"],
)
def test_what_is_no_ground_is_not_kept(status: Status) -> None:
    assert kept(status, GROUND, 10.0) is None


@pytest.mark.parametrize(
    ("touched", "may"),
    [
        ({b"edited"}, True),
        ({b"anything", b"deep/er/one"}, True),
        ({b"staged", b"both"}, True),
        (set(), False),
        ({b"new"}, False),
        ({b"dir/inside/it"}, False),
        ({b"dir"}, False),
        ({b"dir2/x"}, True),
        ({b"edited", b"dir/x"}, False),
        ({b"%d" % number for number in range(MOST_PATHS)}, True),
        ({b"%d" % number for number in range(MOST_PATHS + 1)}, False),
    ],
)
def test_which_touched_files_can_be_asked_for_alone(touched: set[bytes], may: bool) -> None:
    assert may_build_on(known(), GROUND, touched, 20.0) is may


@pytest.mark.parametrize(
    "ground", [replace(GROUND, place="there"), replace(GROUND, stamps=""), replace(GROUND, distrusted=(0, 1))]
)
def test_on_other_ground_nothing_is_built(ground: Ground) -> None:
    assert not may_build_on(known(), ground, {b"edited"}, 20.0)


def test_now_and_then_a_whole_one_is_made() -> None:
    later = merged(known(), {b"edited"}, Status(changes={b"edited": b".M"}), 500.0)
    assert later is not None
    assert may_build_on(later, GROUND, {b"edited"}, 600.0)
    assert not may_build_on(later, GROUND, {b"edited"}, 620.0)


@pytest.mark.parametrize(
    ("touched", "says", "unstaged"),
    [
        ({b"edited"}, {b"edited": b".M"}, 2),
        ({b"edited"}, {}, 1),
        ({b"clean"}, {b"clean": b".D"}, 3),
        ({b"clean"}, {}, 2),
        ({b"staged"}, {b"staged": b"MT"}, 3),
        ({b"both", b"edited"}, {b"both": b"M."}, 0),
    ],
)
def test_files_that_differ_or_no_longer_do(touched: set[bytes], says: dict[bytes, bytes], unstaged: int) -> None:
    whole = merged(known(), touched, Status(changes=says), 20.0)
    assert whole is not None
    assert whole.counts.model_dump() == {"staged": 3, "unstaged": unstaged, "untracked": 2, "conflicted": 0}
    assert (whole.at, whole.whole, whole.ground) == (20.0, 10.0, GROUND)


@pytest.mark.parametrize(
    ("touched", "says"),
    [
        ({b"edited"}, Status(untracked=[b"edited"])),
        ({b"edited"}, Status(ignored=[b"edited"])),
        ({b"edited"}, Status(conflicted=[b"edited"])),
        ({b"edited"}, Status(changes={b"edited": b".M"}, plain=False)),
        ({b"edited"}, Status(changes={b"edited": b".M", b"edited/below": b".D"})),
        ({b"edited"}, Status(changes={b"edited": b"MM"})),
        ({b"edited"}, Status(changes={b"edited": b".A"})),
        ({b"staged"}, Status()),
        ({b"staged"}, Status(changes={b"staged": b"D."})),
        ({b"added"}, Status(changes={b"added": b".M"})),
    ],
)
def test_an_answer_about_more_than_files_is_thrown_away(touched: set[bytes], says: Status) -> None:
    assert merged(known(), touched, says, 20.0) is None
