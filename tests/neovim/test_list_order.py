"""In which order the list stands, and how its rows read: tables of values, run in each Neovim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.neovim.conftest import ROOT
from tests.neovim.editor import Editor
from tests.neovim.test_pure import CLEAN, LOCAL, REPOSITORY, listed, row

pytestmark = pytest.mark.neovim

NOW = 1_800_000_000


@pytest.fixture(scope="module")
def editor(neovim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    home = tmp_path_factory.mktemp("home")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(home)}
    editor = Editor(neovim, home, env, ["--clean", "--cmd", f"set runtimepath+={ROOT / 'editors/neovim'}"])
    yield editor
    editor.close()


def session(identity: str, phase: str, **facts: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "agent": "codex",
        "repository": "r1",
        "path": "/src/gone",
        "label": f"label {identity}",
        "phase": phase,
        "root": identity,
        "since": NOW,
        "started": NOW,
        "host": "tmux",
        **facts,
    }


def draw(editor: Editor, *sessions: dict[str, Any], checkouts: tuple[dict[str, Any], ...] = (), **options: Any) -> str:
    """The lines of the list, without those of the repository."""
    code = """
    local result, options = ...
    local rows = require('hedgerow.rows').from_list(require('hedgerow.compat').plain(result))
    return require('hedgerow.sessions.drawing').draw(rows, options).text.lines
    """
    result = {**listed(*checkouts), "sessions": list(sessions)}
    lines = editor.lua(code, result, {"directory": "/elsewhere", "now": NOW, "width": 80, **options})
    return "\n".join(lines[: lines.index(f"orchard  {REPOSITORY['path']}") - 1])


def ids_in(text: str) -> list[str]:
    return [line.split("label ")[1].split()[0] for line in text.splitlines() if "label " in line]


def test_what_needs_the_person_comes_first(editor: Editor) -> None:
    text = draw(
        editor,
        *(
            session(phase, phase)
            for phase in ("parked", "idle", "unknown", "working", "starting", "done", "failed", "waiting", "ended")
        ),
    )
    assert [line for line in text.splitlines()[1:] if line and line[0] != " "] == [
        "Needs you",
        "Failed",
        "Done, and not looked at yet",
        "Working",
        "Running",
        "Idle",
        "Parked",
    ]
    assert text.splitlines()[0] == "Hedgerow  1 needs you, 1 failed, 1 done, 2 working  g? shows the keys"


@pytest.mark.parametrize(
    ("phase", "order"),
    [("waiting", ["old", "new"]), ("working", ["first", "second"]), ("idle", ["new", "old"])],
)
def test_rows_of_one_group_stay_where_they_are(editor: Editor, phase: str, order: list[str]) -> None:
    old = session(order[order.index("old")] if "old" in order else "first", phase, since=NOW - 100, started=NOW - 300)
    new = session("new" if "new" in order else "second", phase, since=NOW, started=NOW - 200)
    if phase == "working":  # by when they were started, whatever turn they are in
        old["since"], new["since"] = NOW, NOW - 100
    assert ids_in(draw(editor, new, old)) == ids_in(draw(editor, old, new)) == order


def test_forks_stand_below_their_root_where_the_family_needs_the_person_most(editor: Editor) -> None:
    family = [session("fork", "waiting", root="root", started=NOW + 1), session("root", "parked")]
    text = draw(editor, session("other", "done"), *family)
    assert ids_in(text) == ["root", "fork", "other"]
    assert "└ label fork" in text
    assert text.splitlines()[2] == "Needs you"


def test_a_family_that_is_held_stays(editor: Editor) -> None:
    rows = [session("a", "idle"), session("b", "done")]
    assert ids_in(draw(editor, *rows)) == ["b", "a"]
    assert ids_in(draw(editor, *rows, held={"a": {"group": 3, "key": 0}})) == ["a", "b"]


def test_only_a_few_that_are_parked_unless_asked_for(editor: Editor) -> None:
    parked = [session(f"p{number}", "parked", since=NOW - number) for number in range(8)]
    text = draw(editor, *parked)
    assert ids_in(text) == ["p0", "p1", "p2", "p3", "p4"]
    assert "and 3 more: gp shows them" in text
    assert len(ids_in(draw(editor, *parked, past=True))) == 8


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"since": NOW - 59}, "now"),
        ({"since": NOW - 60}, "1m"),
        ({"since": NOW - 7200}, "2h"),
        ({"since": NOW - 3 * 86400}, "3d"),
        ({"question": {"text": "wants to run: npm test"}}, "wants to run: npm test"),
        ({"phase": "done", "lastMessage": "\n\nAll is well.\nReally."}, "All is well."),
        ({"phase": "failed", "detail": "ended with exit status 3"}, "ended with exit status 3"),
        ({"pinned": True}, "pinned"),
        ({"problems": ["a second writer is on it"]}, "a second writer is on it"),
        ({"label": "evil\nlabel\x1b[31m"}, "evil?label?[31m"),
        ({"checkout": "c2"}, "beta at 1a2b3c4 1 changed"),
        ({}, "its worktree is gone"),
    ],
)
def test_what_a_row_says(editor: Editor, facts: dict[str, Any], words: str) -> None:
    beta = row("c2", "beta", counts=CLEAN | {"unstaged": 1})
    assert words in draw(editor, session("a", "waiting") | facts, checkouts=(LOCAL, beta))


def test_no_row_is_wider_than_the_window_and_a_long_list_is_quick(editor: Editor) -> None:
    rows = [row(f"c{number}", f"worktree-{number}", counts=CLEAN) for number in range(300)]
    long = {"text": "wants to run: " + "x" * 300}
    sessions = [session(f"s{n}", "waiting", checkout=f"c{n}", label="梨" * 40, question=long) for n in range(300)]
    assert all(len(line) <= 80 for line in draw(editor, *sessions, checkouts=tuple(rows)).splitlines())
    code = """
    local rows = require('hedgerow.rows').from_list(...)
    local began = vim.uv.hrtime()
    require('hedgerow.sessions.drawing').draw(rows, { directory = '/elsewhere', now = 0, width = 80 })
    return (vim.uv.hrtime() - began) / 1e6
    """
    milliseconds = editor.lua(code, {**listed(*rows), "sessions": sessions})
    print(f"300 sessions and 300 checkouts are drawn in {milliseconds:.1f} ms")
    assert milliseconds < 1000


def test_what_stands_below_is_whole_or_says_how_much_more(editor: Editor) -> None:
    code = "return require('hedgerow.sessions.detail').below(...)"
    command = "\n".join(f"line {number}" for number in range(20))
    asking = session("a", "waiting", question={"text": "wants to run it", "command": command, "answerable": True})
    lines = [line[1][0] for line in editor.lua(code, asking, 80, 8)]
    assert lines == [f"line {number}" for number in range(7)] + ["… 13 more lines: K shows them"]
    whole = "\n".join(editor.lua("return require('hedgerow.sessions.detail').everything(...).lines", asking))
    assert all(f"    line {number}" in whole for number in range(20))
