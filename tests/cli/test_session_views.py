"""Sessions for reading: the table, what is asked, what is answered; whatever agents call themselves."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len
from tests.cli.pages import HOSTILE, NOW, REPOSITORY, Page, row

from hedgerow.cli.views.listing import show_list
from hedgerow.cli.views.sessions import (
    grouped,
    phase_in_words,
    show_answer,
    show_question,
    show_sessions,
    show_started,
    spelt,
    tokens,
)
from hedgerow.protocol.checkouts import CheckoutKind, ListResult
from hedgerow.protocol.plans import Plan
from hedgerow.protocol.sessions import (
    AttachResult,
    Launch,
    LogsResult,
    Option,
    Phase,
    Question,
    QuestionKind,
    SessionResult,
    SessionRow,
    StartResult,
)


def session(identity: str = "a1", **fields: Any) -> SessionRow:
    usual: dict[str, Any] = {
        "id": identity, "agent": "claude", "path": "/code/project.worktrees/fix", "label": "fix the login test",
        "phase": Phase.WORKING, "root": identity, "since": NOW - 120, "repository": "r1", "checkout": "w1",
    }  # fmt: skip
    return SessionRow(**{**usual, **fields})


ASKS = Question(
    id="q",
    kind=QuestionKind.APPROVAL,
    text="wants to run: npm test",
    command="npm test\n--watch=false",
    answerable=True,
)


def test_a_list_with_sessions() -> None:
    page = Page(100)
    rows = [
        session("a1", phase=Phase.WAITING, detail="wants to run: npm test", question=ASKS, tokens=12_345),
        session("a2", phase=Phase.FAILED, detail="the agent ended with exit status 7", since=NOW - 3600, agent="tool"),
        session("a3", phase=Phase.DONE, label="docs", tokens=950, pinned=True),
        session("a4", label="tests", tokens=3_400_000),
        session("a5", label="a try", root="a3", phase=Phase.IDLE),
        session("a6", label="old", phase=Phase.PARKED, since=NOW - 86400, checkout=None, path="/gone", archived=True),
    ]
    local = row(id="local", label="Local", kind=CheckoutKind.LOCAL, active=NOW - 86400)
    show_list(
        ListResult(revision=1, repositories=[REPOSITORY], checkouts=[local, row()], sessions=rows),
        page.console,
        now=NOW,
    )
    assert page.lines == [
        "project  /code/project",
        "   label     head         base  changes  landed  age",
        "·  Local     feature/fix                          1d",
        "   fix       feature/fix                          2h",
        "",
        "   session                agent   phase                                       in     tokens  age",
        "?  fix the login test a1  claude  waiting: wants to run: npm test             fix       12k   2m",
        "!  fix the login test a2  tool    failed: the agent ended with exit status 7  fix             1h",
        "✓  docs pinned a3         claude  done                                        fix       950   2m",
        "   └ a try a5             claude  idle                                        fix             2m",
        "▸  tests a4               claude  working                                     fix      3.4M   2m",
        "   old archived a6        claude  parked                                      /gone           1d",
    ]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_row_stays_within_the_width_whatever_it_is_called(width: int) -> None:
    page = Page(width)
    rows = [
        session(f"a{n}", label=HOSTILE, detail=HOSTILE, agent="an-agent", model=HOSTILE, tokens=999_999)
        for n in range(3)
    ]
    show_sessions(rows, {"w1": HOSTILE}, page.console, NOW)
    assert all(cell_len(line) <= width for line in page.lines)
    assert all(char.isprintable() for line in page.lines for char in line)
    assert "\u202e" not in page.text


def test_what_is_wrong_with_one_stands_below() -> None:
    page = Page()
    show_sessions([session(problems=["2 processes write this conversation at once"])], {}, page.console, NOW)
    assert page.lines[-1] == "! fix the login test: 2 processes write this conversation at once"


def test_nothing_is_shown_of_none() -> None:
    page = Page()
    show_sessions([], {}, page.console, NOW)
    assert page.text == ""


def test_sessions_of_other_repositories_stand_at_the_end() -> None:
    page = Page()
    there = session(repository="r9", checkout=None, path="/elsewhere")
    show_list(
        ListResult(revision=1, repositories=[REPOSITORY], checkouts=[row()], sessions=[there]), page.console, now=NOW
    )
    at = page.lines.index("elsewhere")
    assert any("/elsewhere" in line for line in page.lines[at:])


def test_forks_stand_below_what_they_came_from() -> None:
    rows = [
        session("a4", root="a1"),
        session("a2"),
        session("a1"),
        session("a3", root="a1"),
        session("a5", root="gone"),
    ]
    assert [one.id for one in grouped(rows)] == ["a2", "a1", "a4", "a3", "a5"]


@pytest.mark.parametrize(
    ("count", "shown"), [(None, ""), (0, "0"), (999, "999"), (1000, "1k"), (999_999, "999k"), (10**6, "1.0M")]
)
def test_tokens(count: int | None, shown: str) -> None:
    assert tokens(count) == shown


def test_a_phase_in_words() -> None:
    assert phase_in_words(session()) == "working"
    assert phase_in_words(session(phase=Phase.WAITING, detail="wants to run: ls")) == "waiting: wants to run: ls"


def test_a_question_is_shown_whole_and_how_it_is_answered() -> None:
    page = Page()
    show_question(ASKS, "a1", page.console)
    assert page.lines == [
        "? wants to run: npm test",
        "    npm test",
        "    --watch=false",
        "  hedgerow answer a1 approve   (or deny)",
    ]
    page = Page()
    options = [Option(label="red", description="as roses"), Option(label="blue")]
    choice = Question(id="q", kind=QuestionKind.CHOICE, text="which colour", options=options, answerable=True)
    show_question(choice, "a1", page.console)
    assert page.lines[1:] == [
        "  red: as roses", "  blue", "  hedgerow answer a1 --options …   (or --text …)",
    ]  # fmt: skip
    page = Page()
    show_question(ASKS.model_copy(update={"answerable": False, "where": "in its terminal"}), "a1", page.console)
    assert page.lines[-1] == "  answered in its terminal"


def test_what_was_started_tells_what_was_added_and_how_it_is_run() -> None:
    out, err = Page(), Page()
    launch = Launch(argv=["codex", "it's"], cwd="/a b", env={"HEDGEROW_SESSION": "a1"})
    started = StartResult(message="Started", session=session(), adds=["A hook is there."], launch=launch)
    show_started(started, out.console, err.console)
    assert out.lines == ["cd '/a b' && HEDGEROW_SESSION=a1 codex 'it'\"'\"'s'"]
    assert err.lines == ["  A hook is there."]
    out = Page()
    asked = started.model_copy(
        update={"plan": Plan(token="t", command="start", title="Create fix", effects=[], needs_agreement=True)}
    )
    show_started(asked, out.console, out.console)
    assert out.text == ""


def test_answers() -> None:
    out, err = Page(), Page()
    show_answer(SessionResult(session=session(question=ASKS), message="Sent to it"), out.console, err.console)
    assert out.lines[:2] == ["Sent to it", "? wants to run: npm test"]
    out = Page()
    show_answer(LogsResult(text="one\n\x1b[31mtwo\n", path="/log"), out.console, err.console)
    assert out.lines[:1] == ["one"]
    assert "\x1b" not in out.text
    assert err.lines == ["recorded in /log"]
    out = Page()
    attach = Launch(argv=["tmux", "-L", "x"], cwd="/code")
    show_answer(AttachResult(launch=attach, session=session()), out.console, err.console)
    assert out.lines == [spelt(attach)] == ["cd /code && tmux -L x"]
