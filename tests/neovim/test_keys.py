"""The keys of the list that change a session or move its work, pressed as a person presses them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.neovim.test_review import told
from tests.neovim.test_sessions import asked, go_to, open_list, sessions, shown, start_session, until_phase
from tests.neovim.test_worktrees import answer_plan, rows
from tests.support.home import Home
from tests.support.oracle import Oracle, difference, hedgerows_own, of_area, of_ref
from tests.support.repositories import Playground
from tests.support.scripted import put_on_path, settings_of
from tests.support.until import until

pytestmark = pytest.mark.neovim


@pytest.fixture
def environment(environment: dict[str, str], home: Home) -> dict[str, str]:
    settings_of(home, agent="scripted")
    return environment | {"PATH": f"{Path(sys.executable).parent}:{put_on_path(home)}"}


def line_with(editor: Editor, words: str) -> None:
    try:
        until(lambda: any(words in line for line in shown(editor)), words)
    except AssertionError as error:
        raise AssertionError(f"{error}: {shown(editor)}, {editor.lua('return _G.notified')}") from None


def test_marks_of_a_session(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    start_session(editor, "Graft; say grafted", "name=graft")
    until_phase(editor, "Graft", "done")
    assert "K in the list: what was added" in notified(editor)[0]
    open_list(editor)
    go_to(editor, "Graft")
    editor.type("m")
    until_phase(editor, "Graft", "idle")
    editor.type("m")
    told(editor, "has done nothing that you have not looked at.")
    editor.type("r")
    assert asked(editor, 1)[0].startswith("Rename: ")
    editor.lua("_G.answer('Scion')")
    line_with(editor, "Scion")
    editor.type("P")
    line_with(editor, "pinned")
    editor.type("P")
    until(lambda: not sessions(editor)["Scion"].get("pinned"), "it to be pinned no longer")
    editor.type("p")
    until(lambda: rows(editor)["graft"]["kind"] == "kept", "its worktree to be kept")
    editor.type("p")
    until(lambda: rows(editor)["graft"]["kind"] == "managed", "its worktree to be handed back")
    editor.type("F")
    told(editor, "Scion has no conversation that could be copied.")
    editor.type("K")
    editor.wait("return vim.bo.filetype == 'hedgerow'")
    assert any("HEDGEROW_HOOK" in line for line in editor.lines()), "what the launch added"
    editor.type("q")

    worktree = Path(rows(editor)["graft"]["path"])
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    editor.type("A")
    assert any("stop the agent" in line for line in answer_plan(editor, "y"))
    told(editor, "Archived Scion")
    assert not worktree.exists()
    editor.type("gp")
    line_with(editor, "archived")
    go_to(editor, "Scion")
    editor.type("A")
    until(lambda: not any("archived" in line for line in shown(editor)), "it to be in the list again")
    editor.type("u")
    until(worktree.exists, "its worktree to be back")
    assert not editor.lua("return vim.v.errmsg")


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
def test_work_is_landed_and_handed_off_with_its_session(
    start: Start, orchard: Path, home: Home, playground: Playground
) -> None:
    oracle = Oracle(home)
    editor = start(orchard, "apple.txt")
    start_session(editor, "Graft; say grafted", "name=graft")
    row = until_phase(editor, "Graft", "done")
    worktree = Path(row["path"])
    playground.commit(worktree, "Graft a branch", {"graft.txt": "grafted\n"})
    before = oracle.observe(orchard)
    open_list(editor)
    go_to(editor, "Graft")
    line_with(editor, "1 ahead")
    editor.type("L")
    told(editor, "graft is on main now")
    assert (orchard / "graft.txt").read_text() == "grafted\n"
    editor.type("u")
    told(editor, "Undone: graft is on main now")
    ours = [hedgerows_own, of_area("reflog")]
    assert difference(before, oracle.observe(orchard), except_for=ours) == []

    playground.write(worktree, {"apple.txt": "a sweet apple\n"})
    before = oracle.observe(orchard)
    editor.type("L")
    told(editor, "commit it first (:Hedgerow commit graft MESSAGE)")
    editor.type("h")
    assert any("pear.txt" in line for line in answer_plan(editor, "y")), "Local's own work leaves its place"
    until(lambda: sessions(editor)[row["label"]]["path"] == str(orchard), "the session to be in Local")
    until_phase(editor, "Graft", "done")
    assert (orchard / "apple.txt").read_text() == "a sweet apple\n"
    go_to(editor, "Graft")
    editor.type("h")
    until(lambda: sessions(editor)[row["label"]]["path"] == str(worktree), "the session to be home")
    until_phase(editor, "Graft", "done")
    made = [*ours, of_ref("refs/heads/graft")]  # a branch for what was detached
    assert difference(before, oracle.observe(orchard), except_for=made) == []
    assert not editor.lua("return vim.v.errmsg")
