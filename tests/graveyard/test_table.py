"""The table and the tests agree: every id once, every `tested` row with its test, no test without its row."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
_ROW = re.compile(
    r"^\| ★?([A-Z]{2}\d\d) \| ([^|]+) \| (tested|coming \([^)]+\)|not applicable: [^|]+) \|$", re.MULTILINE
)
_TEST = re.compile(r"^(?:async )?def test_([A-Z]{2}\d\d)_", re.MULTILINE)
ROWS = 127
"""How many cases were collected; a row can change its place, but none may be dropped."""


def _rows() -> dict[str, str]:
    text = (HERE / "README.md").read_text()
    found = _ROW.findall(text)
    assert len(found) == len([line for line in text.splitlines() if re.match(r"\| ★?[A-Z]{2}\d", line)]), (
        "a malformed row"
    )
    assert [row for row, count in Counter(row for row, _, _ in found).items() if count > 1] == []
    return {row: state for row, _, state in found}


def _tests() -> set[str]:
    return {row for path in HERE.glob("test_*.py") for row in _TEST.findall(path.read_text())}


def test_every_case_has_a_row() -> None:
    assert len(_rows()) == ROWS


def test_tested_rows_have_tests() -> None:
    tested = {row for row, state in _rows().items() if state == "tested"}
    assert tested - _tests() == set()


def test_tests_have_rows() -> None:
    tested = {row for row, state in _rows().items() if state == "tested"}
    assert _tests() - tested == set()
