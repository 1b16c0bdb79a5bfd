"""Words for a terminal: nothing from outside reaches it as a control sequence, and short forms are right."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.cli.text import age, plural, size, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("ünïcødé-木", "ünïcødé-木"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("line\nbreak\ttab\rreturn", "line\\nbreak\\ttab\\rreturn"),
        ("c1 \x9b31m", "c1 \\x9b31m"),
        ("exe\u202etxt.", "exe\\u202etxt."),
        ("lone \udcff", "lone \\udcff"),
        ("[bold]markup[/]", "[bold]markup[/]"),
        ("family \N{MAN}\u200d\N{WOMAN}", "family \N{MAN}\u200d\N{WOMAN}"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_keep_their_breaks_and_nothing_else() -> None:
    assert visible("a\n\tb\r\x1b[2J", lines=True) == "a\n\tb\\r\\x1b[2J"


@given(st.text())
def test_nothing_steers_a_terminal(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f") & set(shown)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86400, "1d"),
        (13 * 86400, "13d"),
        (14 * 86400, "2w"),
        (365 * 86400, "1y"),
    ],
)
def test_age(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024, "10 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 40, "5.0 TiB"),
    ],
)
def test_size(count: int, shown: str) -> None:
    assert size(count) == shown


def test_plural() -> None:
    assert [plural(count, "file") for count in (0, 1, 2)] == ["0 files", "1 file", "2 files"]
