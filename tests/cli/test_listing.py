"""The list: one line a row at any width, and a sentence for whatever is not well."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from tests.cli.pages import HOSTILE, NOW, Page, listing, row

from hedgerow.cli.views.listing import changes, distance, head, landed, mark, problems, show_list
from hedgerow.protocol.checkouts import (
    Base,
    CheckoutKind,
    CheckoutState,
    Counts,
    Head,
    HeadKind,
    Landed,
    ListResult,
    Locked,
    SetupState,
)


def test_a_list_says_what_there_is() -> None:
    page = listing(
        row(id="w2", label="other", kind=CheckoutKind.FOREIGN, owner="codex", active=NOW),
        row(base=Base(oid="0" * 40, ahead=2, behind=1), counts=Counts(staged=1, unstaged=2, untracked=3, conflicted=4)),
        row(id="w0", label="Local", kind=CheckoutKind.LOCAL, active=NOW - 86400),
        row(
            id="w3", label="old", kind=CheckoutKind.KEPT, landed=Landed(state="landed", how="squashed"), active=NOW - 60
        ),
    )
    assert [line.split() for line in page.lines] == [
        ["project", "/code/project"],
        ["label", "head", "base", "changes", "landed", "age"],
        ["·", "Local", "feature/fix", "1d"],
        ["old", "kept", "feature/fix", "squashed", "1m"],
        ["!", "fix", "feature/fix", "+2", "-1", "!4", "+1", "~2", "?3", "2h"],
        ["other", "by", "codex", "feature/fix", "now"],
    ]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_row_stays_one_line_and_within_the_width(width: int) -> None:
    rows = [
        row(
            id=f"w{number}",
            label=HOSTILE,
            head=Head(kind=HeadKind.BRANCH, branch="feature/" + "x" * 90),
            base=Base(oid="0" * 40, ahead=1234, behind=567),
            counts=Counts(staged=123, unstaged=456, untracked=789),
            landed=Landed(state="landed", how="squashed"),
            size_bytes=123_456_789,
        )
        for number in range(3)
    ]
    page = listing(*rows, width=width)
    assert len(page.lines) == 2 + len(rows)
    assert all(cell_len(line) <= width for line in page.lines)
    assert all("…" in line for line in page.lines[2:])
    if width >= 80:
        assert all("+123 ~456 ?789" in line and "+1234 -567" in line for line in page.lines[2:])


def test_sentences_below_the_table_say_what_is_not_well() -> None:
    page = listing(
        row(label="gone", state=CheckoutState.MISSING),
        row(id="w2", label="odd", problem="its index cannot be read."),
        row(id="w3", label="set", setup=SetupState.FAILED),
        problems=["a .jj directory is here: changes are refused."],
        trusted=False,
    )
    assert "not trusted" in page.lines[0]
    assert page.lines[-4:] == [
        "! a .jj directory is here: changes are refused.",
        "! gone: its directory is gone; `hedgerow repair` looks.",
        "! odd: its index cannot be read.",
        "! set: its set-up failed.",
    ]


def test_no_repository_is_said() -> None:
    page = Page()
    show_list(ListResult(revision=0, repositories=[], checkouts=[]), page.console)
    assert page.text.startswith("No repository here.")


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("head", Head(kind=HeadKind.DETACHED, oid="abcdef0123456789"), "@abcdef01"),
        ("head", Head(kind=HeadKind.UNBORN, branch="main"), "main (no commit yet)"),
        ("head", Head(kind=HeadKind.UNKNOWN), "?"),
        ("operation", "rebase", "feature/fix (rebase)"),
    ],
)
def test_head(field: str, value: object, shown: str) -> None:
    assert head(row(**{field: value})) == shown


def test_what_is_not_known_yet_is_not_shown_as_nothing() -> None:
    waiting = row(pending=True, counts=None)
    assert (changes(waiting), mark(waiting).plain) == ("…", "…")
    assert changes(row(counts=None)) == ""
    assert distance(row(base=Base(oid="0", ahead=None, behind=None))) == ""
    assert landed(row(landed=Landed(state="unknown"))) == "unknown"
    assert landed(row(landed=Landed(state="open"))) == ""


@pytest.mark.parametrize("state", list(CheckoutState))
def test_every_state_but_ok_has_its_sentence(state: CheckoutState) -> None:
    assert bool(problems(row(state=state))) == (state is not CheckoutState.OK)


def test_locked_is_said() -> None:
    assert "fix locked" in listing(row(locked=Locked(reason="usb stick"))).text
