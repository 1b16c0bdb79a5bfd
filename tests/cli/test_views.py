"""Results for reading: nothing that steers the terminal, nothing left out that matters."""

from __future__ import annotations

import unicodedata
from typing import Any

from tests.cli.pages import HOSTILE, NOW, Page, listing, operation, row, snapshot

from hedgerow.cli.views.change import show_change
from hedgerow.cli.views.comments import show_comment, show_comments, show_prompt
from hedgerow.cli.views.doctor import show_doctor
from hedgerow.cli.views.history import show_history
from hedgerow.cli.views.plan import show_plan
from hedgerow.cli.views.shown import show_one
from hedgerow.protocol.checkouts import (
    CheckoutKind,
    Head,
    HeadKind,
    Landed,
)
from hedgerow.protocol.comments import Comment, CommentResult, CommentsResult, CommentState, SendCommentsResult
from hedgerow.protocol.plans import (
    ChangeResult,
    Effect,
    Kept,
    Loss,
    Plan,
    SetupReport,
    SetupScript,
)
from hedgerow.protocol.worktrees import Check, DoctorResult, HistoryResult, ShownFile, ShowResult

FULL_PLAN = Plan(
    token="t",
    command="cleanUp",
    title="Clean up fix",
    effects=[Effect(text="move /code/project.worktrees/fix to the trash")],
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
    assert "move /code/project.worktrees/fix to the trash" in lines
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
        message="Created fix at /code/fix",
        paths=["/code/fix", "/code/also"],
        kept=[Kept(name="other", reason="pinned")],
        setup=SetupReport(state="failed", exit_code=2, log="/log"),
        warnings=["the remote was not asked"],
    )
    show_change(result, out.console, err.console)
    assert out.lines == [
        "Created fix at /code/fix",
        "/code/also",
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


def comment(**fields: Any) -> Comment:
    known: dict[str, Any] = {
        "id": "c1", "checkout": "w1", "path": "src/login.py", "side": "working", "lines": "12-14", "text": "Why?",
        "title": "Why?", "excerpt": "x", "state": CommentState.DRAFT, "created": NOW, "changed": NOW,
    }  # fmt: skip
    return Comment(**(known | fields))


def test_comments() -> None:
    page = Page()
    gone = comment(id="c2", lines=None, side="base", state=CommentState.OUTDATED, deleted=True)
    show_comments(CommentsResult(comments=[comment(), gone], revision=2), page.console)
    show_comments(CommentsResult(comments=[], revision=2), page.console)
    rows = [" ".join(line.split()) for line in page.text.splitlines()]
    assert rows == [
        "comment state on what",
        "c1 draft src/login.py:12-14 Why?",
        "c2 deleted src/login.py (base) Why?",
        "There are no comments here.",
    ]


def test_a_prompt_stands_alone_so_that_it_can_be_passed_on() -> None:
    out, err = Page(), Page()
    prompt = "Please address this.\n\n" + "long " * 40 + "\n"
    sent = SendCommentsResult(checkout="w1", prompt=prompt, comments=[comment()], message="1 comment sent")
    show_prompt(sent, out.console, err.console)
    assert out.text == prompt
    assert err.text == "1 comment sent\n"


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
    said = Comment(
        id=HOSTILE, checkout=HOSTILE, path=HOSTILE, side="base", lines="1-2", text=HOSTILE, title=HOSTILE,
        excerpt=HOSTILE, state=CommentState.SENT, created=NOW, changed=NOW,
    )  # fmt: skip
    show_comments(CommentsResult(comments=[said], revision=1), page.console)
    show_comment(CommentResult(comment=said, message=HOSTILE), page.console)
    sent = SendCommentsResult(checkout=HOSTILE, prompt=HOSTILE, comments=[said], message=HOSTILE)
    show_prompt(sent, page.console, page.console)
    show_doctor(DoctorResult(version=HOSTILE, checks=[Check(name=HOSTILE, ok=True, text=HOSTILE)]), page.console)
    return page


def test_no_view_lets_anything_from_outside_steer_the_terminal() -> None:
    text = hostile_page().text
    assert text.count("red") > 20
    steering = {char for char in text if unicodedata.category(char) in {"Cc", "Cf"} and char != "\n"}
    assert steering == set()
    assert "[bold red]x[/]" in text
    assert ":smile:" in text
