"""Comments move with their lines: matching, following and prompts as values."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.protocol.sentence import harmless
from hedgerow.review.comments.anchors import Anchor, Place, anchor_at, find_lines, follow
from hedgerow.review.comments.matching import match_lines
from hedgerow.review.comments.prompt import Remark, prompt, title
from hedgerow.review.comments.reading import Lineless, Lines, as_lines, packed, unpacked

OLD = [
    "import os",
    "",
    "def first():",
    "    return 1",
    "",
    "def second():",
    "    return 2",
    "",
    "def third():",
    "    pass",
]
SECOND = anchor_at(OLD, 5, 7)

lines = st.lists(st.sampled_from(["a", "b", "c", "}", "", "x = 1", "return None"]), max_size=40)


def inserted(at: int, *new: str) -> list[str]:
    return [*OLD[:at], *new, *OLD[at:]]


FOLLOWED = {
    "nothing changed": (OLD, Place(5, 7)),
    "lines above": (inserted(0, "# one", "# two"), Place(7, 9)),
    "lines below": (inserted(9, "# one"), Place(5, 7)),
    "a line within": (inserted(6, "    # why"), Place(5, 8)),
    "lines above are gone": (OLD[2:], Place(3, 5)),
    "one of its lines changed": ([*OLD[:6], "    return 22", *OLD[7:]], Place(5, 6)),
    "moved to the end": ([*OLD[:5], *OLD[8:], "", *OLD[5:7]], Place(8, 10)),
    "moved to the top": ([*OLD[5:8], *OLD[:5], *OLD[8:]], Place(0, 2)),
    "gone": ([*OLD[:5], *OLD[8:]], Place(5, 6, gone=True)),
    "replaced": ([*OLD[:5], "class Second:", "    value = 2", *OLD[7:]], Place(5, 6, gone=True)),
    "the file is empty": ([], Place(0, 0, gone=True)),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_lines_are_followed(name: str) -> None:
    new, place = FOLLOWED[name]
    assert follow(SECOND, OLD, new) == place


@pytest.mark.parametrize("name", ["nothing changed", "lines above", "lines below", "lines above are gone", "gone"])
def test_without_the_old_version_the_text_is_looked_for(name: str) -> None:
    new, place = FOLLOWED[name]
    assert follow(SECOND, None, new) == place


def test_a_line_that_stands_elsewhere_too_is_not_taken_for_the_one_that_went() -> None:
    old = ["def one():", "    return None", "", "def two():", "    return None"]
    new = ["def one():", "    return None", "", "def two():", "    raise Error"]
    assert follow(anchor_at(old, 4, 5), old, new).gone
    assert follow(anchor_at(old, 1, 2), old, new) == Place(1, 2)


def test_a_bracket_that_is_still_there_does_not_keep_a_comment() -> None:
    old = ["start {", "  work();", "}", "end"]
    new = ["start {", "  other();", "}", "end"]
    assert follow(anchor_at(old, 1, 3), old, new).gone
    assert follow(anchor_at(old, 2, 3), old, new) == Place(2, 3)


def test_what_comes_back_has_its_comment_again() -> None:
    gone = [*OLD[:5], *OLD[8:]]
    assert follow(SECOND, OLD, gone).gone
    assert follow(SECOND, OLD, OLD) == Place(5, 7)


def test_of_two_places_the_surroundings_decide() -> None:
    new = ["x", "same", "y", "a", "same", "b"]
    assert find_lines(Anchor(0, ("same",), ("a",), ("b",)), new, 0) == 4
    assert find_lines(Anchor(0, ("same",), ("x",), ("y",)), new, 5) == 1
    assert find_lines(Anchor(0, ("same",), ("q",), ("q",)), new, 0) is None


@given(old=lines, new=lines)
def test_matched_lines_are_the_same_and_keep_their_order(old: list[str], new: list[str]) -> None:
    matched = match_lines(old, new)
    assert len(matched) == len(old)
    assert all(place is None or new[place] == old[number] for number, place in enumerate(matched))
    places = [place for place in matched if place is not None]
    assert places == sorted(set(places))


@given(old=lines)
def test_a_version_matches_itself(old: list[str]) -> None:
    assert match_lines(old, old) == list(range(len(old)))


@given(old=lines, above=lines, below=lines, data=st.data())
def test_a_telling_line_is_found_wherever_text_is_added_around_it(
    old: list[str], above: list[str], below: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(old)))
    old = [*old[:at], "the line that it is about", *old[at:]]
    new = [*above, *old, *below]
    assert follow(anchor_at(old, at, at + 1), old, new) == Place(len(above) + at, len(above) + at + 1)


@given(old=lines, new=lines, data=st.data())
def test_a_place_is_always_inside(old: list[str], new: list[str], data: st.DataObject) -> None:
    old = [*old, "last"]
    start = data.draw(st.integers(0, len(old) - 1))
    end = data.draw(st.integers(start + 1, len(old)))
    for known in (old, None):
        place = follow(anchor_at(old, start, end), known, new)
        assert 0 <= place.start <= place.end <= len(new)
        assert place.gone or place.start < place.end


def test_large_files_are_followed_in_no_time() -> None:
    old = [f"line {number}" if number % 3 else "}" for number in range(60_000)]
    new = ["new", *old[:30_000], "in the middle", *old[30_100:], "end"]
    begun = time.process_time()
    assert follow(anchor_at(old, 45_001, 45_002), old, new) == Place(44_903, 44_904)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ()),
        (b"one\ntwo\n", ("one", "two")),
        (b"one\ntwo", ("one", "two")),
        (b"one\r\ntwo\rthree\n\n", ("one", "two", "three", "")),
        (b"\xef\xbb\xbfone\n", ("one",)),
        ("é\n".encode("utf-16"), ("é",)),
        (b"caf\xe9\n", ("café",)),
    ],
)
def test_lines_are_those_of_an_editor(content: bytes, expected: tuple[str, ...]) -> None:
    read = as_lines(content)
    assert isinstance(read, Lines)
    assert read.lines == expected
    assert unpacked(packed(read)) == expected


def test_a_binary_file_has_no_lines() -> None:
    assert isinstance(as_lines(b"\x7fELF\0\0"), Lineless)


# -- prompts -----------------------------------------------------------------------------------------


def test_a_prompt_names_path_lines_and_what_they_say() -> None:
    remarks = [
        Remark("src/login.py", "12-13", ["def login():", "    pass"], "Check the password.\nTwice."),
        Remark("README.md", None, [], "Say how to start it."),
        Remark("src/old.py", "4", ["was = here"], "Why did this go?", base=True),
        Remark("src/new.py", "7", ["said = this"], "Too long.", gone=True),
    ]
    assert prompt(remarks) == (
        "Please address these 4 review comments on your work in this checkout.\n\n"
        "1. src/login.py, lines 12-13:\n\n```\ndef login():\n    pass\n```\n\nCheck the password.\nTwice.\n\n"
        "2. README.md (the whole file):\n\nSay how to start it.\n\n"
        "3. src/old.py, line 4, as it was before your changes:\n\n```\nwas = here\n```\n\nWhy did this go?\n\n"
        "4. src/new.py, line 7; it was about what has changed or gone since, which said:\n\n"
        "```\nsaid = this\n```\n\nToo long.\n"
    )
    assert prompt([]) == ""


def test_an_excerpt_cannot_end_its_fence() -> None:
    text = prompt([Remark("a.md", "1", ["```", "````"], "x")])
    assert "\n`````\n```\n````\n`````\n" in text


def test_a_long_excerpt_is_counted() -> None:
    text = prompt([Remark("a", "1-100", [f"line {number}" for number in range(100)], "x")])
    assert "line 39\n… and 60 more lines\n" in text
    assert "line 40" not in text


HOSTILE = "\x1b[201~\x1b[31mrm -rf\x1b[0m \x1b]0;title\x07\x9b2J\x00\r\nnext\u202eback\u2028x\ud800"


def test_nothing_in_a_prompt_steers_a_terminal() -> None:
    text = prompt([Remark(HOSTILE, "1", [HOSTILE], HOSTILE)])
    assert "\x1b" not in text
    assert "201~" not in text
    assert {unicodedata.category(char) for char in text if char not in "\n\t"}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})
    assert "\u202e" not in text
    assert "rm -rf" in text
    text.encode()


@given(st.text())
def test_whatever_is_written_is_harmless(text: str) -> None:
    shown = harmless(text)
    assert all(char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"} for char in shown)
    assert title(text).isprintable() or not title(text).isascii()
    assert "\n" not in title(text)


def test_a_title_is_the_first_line_that_says_something() -> None:
    assert title("\n  \n  Why   twice?\nAnd so on") == "Why twice?"
    assert title("\x1b[31mred\x1b[0m") == "red"
    assert title("\x1b[0m") == "…"
    assert len(title("long " * 100)) <= 120
