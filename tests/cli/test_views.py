"""Results for reading: one line a row at any width, nothing that steers the terminal, nothing left out that matters."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from hedgerow.cli.views.change import show_change
from hedgerow.cli.views.doctor import show_doctor
from hedgerow.cli.views.history import show_history
from hedgerow.cli.views.listing import changes, distance, head, landed, mark, problems, show_list
from hedgerow.cli.views.plan import show_plan
from hedgerow.cli.views.shown import show_one
from hedgerow.protocol.checkouts import (
    Base,
    CheckoutKind,
    CheckoutRow,
    CheckoutState,
    Counts,
    Head,
    HeadKind,
    Landed,
    ListResult,
    Locked,
    RepositoryRow,
    SetupState,
)
from hedgerow.protocol.plans import (
    ChangeResult,
    Effect,
    Kept,
    Loss,
    Operation,
    Plan,
    SetupReport,
    SetupScript,
    Snapshot,
)
from hedgerow.protocol.worktrees import Check, DoctorResult, HistoryResult, ShownFile, ShowResult

HOSTILE = "\x1b[31mred\x07\u202etxt [bold red]x[/] :smile:\r\n" + "long " * 40
NOW = 1_800_000_000.0


class Page:
    """A terminal of ``width`` columns that remembers what was printed."""

    def __init__(self, width: int = 80) -> None:
        self._file = io.StringIO()
        self.console = Console(file=self._file, width=width, markup=False, highlight=False, emoji=False)

    @property
    def text(self) -> str:
        return self._file.getvalue()

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.text.splitlines()]


def row(**fields: Any) -> CheckoutRow:
    usual = {
        "id": "w1",
        "repository": "r1",
        "path": "/work/project.worktrees/fix",
        "name": "fix",
        "label": "fix",
        "kind": CheckoutKind.MANAGED,
        "owner": "hedgerow",
        "head": Head(kind=HeadKind.BRANCH, branch="feature/fix", oid="1" * 40),
        "counts": Counts(),
        "active": NOW - 7200,
    }
    return CheckoutRow(**{**usual, **fields})


REPOSITORY = RepositoryRow(id="r1", name="project", path="/work/project", common_dir="/work/project/.git", trusted=True)


def listing(*rows: CheckoutRow, width: int = 80, **fields: Any) -> Page:
    page = Page(width)
    repository = REPOSITORY.model_copy(update=fields)
    show_list(ListResult(revision=1, repositories=[repository], checkouts=list(rows)), page.console, now=NOW)
    return page


def operation(**fields: Any) -> Operation:
    usual: dict[str, Any] = {
        "id": "o1",
        "repository": "r1",
        "command": "cleanUp",
        "title": "Cleaned up fix",
        "state": "done",
        "started": NOW - 60,
        "undoable": True,
    }
    return Operation(**{**usual, **fields})


def snapshot(**fields: Any) -> Snapshot:
    usual: dict[str, Any] = {
        "id": "s1",
        "repository": "r1",
        "checkout": "w1",
        "name": "fix",
        "path": "/work/project.worktrees/fix",
        "ref": "refs/hedgerow/snapshots/s1",
        "oid": "2" * 40,
        "created": NOW - 60,
        "reason": "clean-up",
        "head": "main",
        "size_bytes": 2048,
        "files": 3,
    }
    return Snapshot(**{**usual, **fields})


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
        ["project", "/work/project"],
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
        "! set: its set-up failed; `hedgerow show` has the log.",
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


FULL_PLAN = Plan(
    token="t",
    command="cleanUp",
    title="Clean up fix",
    effects=[Effect(text="move /work/project.worktrees/fix to the trash")],
    losses=[
        Loss(kind="untracked", text="12 untracked files", count=12, paths=[f"new-{n}.txt" for n in range(12)]),
        Loss(kind="rebuildable", text="node_modules, 3 GiB", count=1, paths=["node_modules"], kept="no"),
    ],
    conflicts=["a.txt was changed on both sides"],
    kept=[Kept(name="other", reason="a process runs in it")],
    setup=SetupScript(path=".hedgerow/setup.sh", sha256="c" * 64, text="#!/bin/sh\n\tmake\x1b[2J\n", allowed=False),
    needs_agreement=True,
)


def test_a_plan_says_everything_a_person_agrees_to() -> None:
    page = Page()
    show_plan(FULL_PLAN, page.console)
    lines = [line.strip() for line in page.lines]
    assert lines[0] == "Clean up fix"
    assert "move /work/project.worktrees/fix to the trash" in lines
    assert "12 untracked files (stays restorable)" in lines
    assert [line for line in lines if line.startswith("new-")] == [f"new-{n}.txt" for n in range(8)]
    assert "and 4 more" in lines
    assert "node_modules, 3 GiB (is not kept)" in lines
    assert "a.txt was changed on both sides" in lines
    assert "other: a process runs in it" in lines
    assert "Set-up script (not allowed yet)" in lines
    assert any("make\\x1b[2J" in line for line in lines)
    assert any("c" * 64 in line for line in lines)
    assert any("hedgerow undo" in line for line in lines)


def test_a_plan_that_keeps_nothing_promises_nothing() -> None:
    page = Page()
    show_plan(FULL_PLAN.model_copy(update={"losses": FULL_PLAN.losses[1:]}), page.console)
    assert "hedgerow undo" not in page.text


def test_what_was_done_says_how_to_take_it_back() -> None:
    out, err = Page(), Page()
    result = ChangeResult(
        operation=operation(),
        message="Created fix at /work/fix",
        paths=["/work/fix", "/work/also"],
        kept=[Kept(name="other", reason="pinned")],
        setup=SetupReport(state="failed", exit_code=2, log="/log"),
        warnings=["the remote was not asked"],
    )
    show_change(result, out.console, err.console)
    assert out.lines == [
        "Created fix at /work/fix",
        "/work/also",
        "Left alone",
        "  other: pinned",
        "Set-up failed (exit code 2).",
        "Its log: /log",
        "Undo with `hedgerow undo o1`.",
    ]
    assert err.lines == ["! the remote was not asked"]


def test_history() -> None:
    page = Page()
    history = HistoryResult(
        operations=[operation(), operation(id="o2", state="rolledBack", undoable=False)], snapshots=[snapshot()]
    )
    show_history(history, page.console, now=NOW)
    assert [line.split() for line in page.lines] == [
        ["operation", "age", "what", "state"],
        ["o1", "1m", "Cleaned", "up", "fix", "done,", "can", "be", "undone"],
        ["o2", "1m", "Cleaned", "up", "fix", "rolled", "back"],
        [],
        ["snapshot", "age", "of", "head", "files", "size"],
        ["s1", "1m", "fix", "main", "3", "2.0", "KiB"],
        ["1", "snapshot,", "about", "2.0", "KiB."],
    ]


def test_no_history_is_said() -> None:
    page = Page()
    show_history(HistoryResult(operations=[], snapshots=[]), page.console)
    assert page.text == "Nothing has happened here yet.\n"


def test_one_snapshot_says_how_plain_git_recovers_it() -> None:
    page = Page()
    recover = ["git stash apply --index refs/hedgerow/snapshots/s1"]
    files = [ShownFile(path="a.txt", status="modified"), ShownFile(path="b\x1b.txt", status="untracked")]
    show_one(ShowResult(snapshot=snapshot(), files=files, recover=recover), page.console)
    assert "  M a.txt" in page.lines
    assert "  ? b\\x1b.txt" in page.lines
    assert page.lines[-1] == f"  {recover[0]}"


def test_a_checkout_is_shown_as_text() -> None:
    page = Page()
    show_one(ShowResult(text="fix\npath /work\x1b[31m\n"), page.console)
    assert page.lines == ["fix", "path /work\\x1b[31m"]


def test_doctor() -> None:
    page = Page()
    checks = [Check(name="git", ok=True, text="2.39.5"), Check(name="state", ok=False, text="is full")]
    show_doctor(DoctorResult(version="0.1.0", checks=checks), page.console)
    assert page.lines == ["Hedgerow 0.1.0", "ok  git: 2.39.5", "!!  state: is full"]


def hostile_page() -> Page:
    page = listing(
        row(label=HOSTILE, owner=HOSTILE, kind=CheckoutKind.FOREIGN, problem=HOSTILE),
        row(
            id="w2",
            operation=HOSTILE,
            head=Head(kind=HeadKind.BRANCH, branch=HOSTILE),
            landed=Landed(state="landed", how=HOSTILE),
        ),
        name=HOSTILE,
        path=HOSTILE,
        problems=[HOSTILE],
    )
    kept = Kept(name=HOSTILE, reason=HOSTILE)
    script = SetupScript(path=HOSTILE, sha256="c" * 64, text=HOSTILE, allowed=False)
    plan = Plan(
        token=HOSTILE,
        command="cleanUp",
        title=HOSTILE,
        effects=[Effect(text=HOSTILE)],
        losses=[Loss(kind="ignored", text=HOSTILE, count=3, paths=[HOSTILE], kept=HOSTILE)],
        conflicts=[HOSTILE],
        kept=[kept],
        setup=script,
        needs_agreement=True,
    )
    show_plan(plan, page.console)
    report = SetupReport(state="failed", log=HOSTILE)
    done = operation(id=HOSTILE, title=HOSTILE, state=HOSTILE, error=HOSTILE, command=HOSTILE, undone_by=HOSTILE)
    result = ChangeResult(
        operation=done, message=HOSTILE, paths=[HOSTILE, "x"], kept=[kept], setup=report, warnings=[HOSTILE]
    )
    show_change(result, page.console, page.console)
    held = snapshot(id=HOSTILE, name=HOSTILE, head=HOSTILE, path=HOSTILE, reason=HOSTILE, ref=HOSTILE)
    show_history(HistoryResult(operations=[done], snapshots=[held]), page.console, now=NOW)
    files = [ShownFile(path=HOSTILE, status=HOSTILE)]
    show_one(ShowResult(operation=done, snapshot=held, files=files, recover=[HOSTILE]), page.console)
    show_one(ShowResult(text=HOSTILE), page.console)
    show_doctor(DoctorResult(version=HOSTILE, checks=[Check(name=HOSTILE, ok=True, text=HOSTILE)]), page.console)
    return page


def test_no_view_lets_anything_from_outside_steer_the_terminal() -> None:
    text = hostile_page().text
    assert text.count("red") > 20
    steering = {char for char in text if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n"}
    assert steering == set()
    assert "[bold red]x[/]" in text
    assert ":smile:" in text
