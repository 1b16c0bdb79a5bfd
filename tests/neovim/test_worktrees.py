"""A person's work in a real Neovim, on a real repository, with the real server."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.support.home import Home
from tests.support.oracle import Oracle, difference, hedgerows_own, moved_difference, of_area, of_ref
from tests.support.repositories import Playground, Program
from tests.support.until import until

from hedgerow.protocol.commands import COMMANDS

pytestmark = pytest.mark.neovim

PLAN_IS_ANSWERABLE = """
local footer = vim.bo.filetype == 'hedgerow-plan' and vim.api.nvim_win_get_config(0).footer
return footer and footer[1][1]:find('y ', 1, true) and vim.api.nvim_buf_get_lines(0, 0, -1, false)
"""


def open_list(editor: Editor) -> None:
    editor.type(":Hedgerow list<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-sessions'")
    complete_row(editor, "Local")


def rows(editor: Editor) -> dict[str, dict[str, Any]]:
    """The rows that this Neovim knows, by label."""
    found = editor.lua(
        "local rows = require('hedgerow.live').rows(); return rows and vim.tbl_values(rows.checkouts) or {}"
    )
    return {row["label"]: row for row in found}


def complete_row(editor: Editor, label: str) -> dict[str, Any]:
    """The row of a checkout, once nothing of it is pending."""

    def complete() -> dict[str, Any] | None:
        row = rows(editor).get(label)
        return row if row and not row["pending"] else None

    return dict(until(complete, f"the whole row of {label}; {editor.lua('return _G.notified')}"))


def line_of(editor: Editor, label: str) -> str:
    """The line of a checkout in the buffer of the list, once it is there and its row is settled.

    The answer of a command and the news of its row come on their own ways: right after the answer the line may still
    say what was true a moment ago.
    """
    return str(
        editor.wait(
            """
            for _, line in ipairs(vim.api.nvim_buf_get_lines(vim.fn.bufnr('hedgerow://sessions'), 0, -1, false)) do
              if
                line:find('^[ *] ' .. vim.pesc(...) .. '%s')
                and not line:find('…$')
                and not line:find('being made$')
              then
                return line
              end
            end
            """,
            label,
        )
    )


def answer_plan(editor: Editor, key: str) -> list[str]:
    """Wait for a plan, press a key, wait until it is gone; what it said."""
    said = list(editor.wait(PLAN_IS_ANSWERABLE))
    editor.type(key)
    editor.wait("return vim.bo.filetype ~= 'hedgerow-plan'")
    return said


def last_told(editor: Editor, notified: Notified, after: int) -> str:
    return notified(editor, after + 1)[after]


def test_from_beginning_to_end(start: Start, orchard: Path, home: Home, notified: Notified) -> None:
    oracle = Oracle(home)
    editor = start(orchard, "apple.txt")
    open_list(editor)
    assert line_of(editor, "Local").split(None, 3)[:3] == ["*", "Local", "main"]
    assert line_of(editor, "Local").endswith("1 staged, 1 changed, 1 new")

    editor.type(":Hedgerow create name=fix-login carry=copy<CR>")
    assert "fix-login" in last_told(editor, notified, 0)
    assert line_of(editor, "fix-login").endswith("1 staged, 1 changed, 1 new")
    worktree = Path(rows(editor)["fix-login"]["path"])
    assert (worktree / "pear.txt").read_text() == "a yellow pear\n"
    (worktree / ".env").write_text("TOKEN=secret\n")
    (worktree / "new.txt").write_text("not committed\n")
    before = oracle.observe(orchard)

    editor.type(":Hedgerow cleanUp fix-login<CR>")
    plan = "\n".join(answer_plan(editor, "y"))
    for name in ("pear.txt", "quince.txt", "plum tree.txt", "new.txt", ".env"):
        assert name in plan
    cleaned = last_told(editor, notified, 1)
    assert cleaned.startswith("Cleaned up fix-login")
    assert cleaned.count(":Hedgerow ") == 1
    assert not worktree.exists()
    until(lambda: "fix-login" not in rows(editor), "the row to be gone")

    editor.type(":Hedgerow restore fix-login<CR>")
    assert "fix-login" in last_told(editor, notified, 2)
    assert line_of(editor, "fix-login")
    restored = Path(rows(editor)["fix-login"]["path"])
    assert moved_difference(before, worktree, oracle.observe(orchard), restored) == []

    editor.type(":Hedgerow undo<CR>")
    editor.wait("return #_G.notified > 3 or vim.bo.filetype == 'hedgerow-plan'")
    if len(notified(editor)) == 3:
        answer_plan(editor, "y")
    last_told(editor, notified, 3)
    assert not restored.exists()
    until(lambda: "fix-login" not in rows(editor), "the row to be gone again")
    assert len(notified(editor)) == 4
    assert not editor.lua("return vim.v.errmsg")


def test_work_moves_to_local_and_home_and_the_open_file_with_it(
    start: Start, orchard: Path, home: Home, notified: Notified
) -> None:
    oracle = Oracle(home)
    editor = start(orchard, "apple.txt")
    open_list(editor)
    editor.type(":Hedgerow create name=fix-login<CR>")
    assert "fix-login" in last_told(editor, notified, 0)
    worktree = Path(complete_row(editor, "fix-login")["path"])
    (worktree / "apple.txt").write_text("a sour apple\n")
    before = oracle.observe(orchard)
    shown = "return vim.api.nvim_buf_get_lines(vim.fn.bufnr('apple.txt'), 0, -1, false)[1]"

    editor.type(":Hedgerow handOff fix-login<CR>")
    plan = answer_plan(editor, "y")
    assert any("pear.txt" in line for line in plan), "Local's own work leaves its place"
    last_told(editor, notified, 1)
    assert (orchard / "apple.txt").read_text() == "a sour apple\n"
    assert editor.lua(shown) == "a sour apple"
    editor.wait(
        """
        for _, line in ipairs(vim.api.nvim_buf_get_lines(vim.fn.bufnr('hedgerow://sessions'), 0, -1, false)) do
          if line:find('fix%-login.*in Local') then
            return line
          end
        end
        """
    )

    editor.type(":Hedgerow handOff fix-login<CR>")
    last_told(editor, notified, 2)
    made = [hedgerows_own, of_area("reflog"), of_ref("refs/heads/fix-login")]  # a branch for what was detached
    assert difference(before, oracle.observe(orchard), except_for=made) == []
    assert editor.lua(shown) == "a red apple"


def test_a_plan_that_is_declined_changes_nothing(start: Start, orchard: Path, home: Home, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.type(":Hedgerow create doubt carry=copy<CR>")
    notified(editor)
    before = Oracle(home).observe(orchard)
    for times, key in enumerate(["n", "q", "<Esc>", "<C-W>p"], 1):
        editor.type(":Hedgerow cleanUp doubt<CR>")
        answer_plan(editor, key)
        assert last_told(editor, notified, times) == "Left as it is: nothing was changed."
    assert difference(before, Oracle(home).observe(orchard), except_for=()) == []


def test_a_script_runs_only_when_its_bytes_were_shown_and_allowed(
    start: Start, orchard: Path, playground: Playground, notified: Notified
) -> None:
    script = "#!/bin/sh\necho planted > from-the-script.txt\n"
    playground.commit(orchard, "Plant by script", {".hedgerow/setup.sh": Program(script)})
    editor = start(orchard)
    for times, (name, key, runs) in enumerate([("declined", "n", False), ("bare", "s", False), ("ready", "y", True)]):
        editor.type(f":Hedgerow create {name}<CR>")
        said = "\n".join(answer_plan(editor, key))
        assert "echo planted > from-the-script.txt" in said
        last_told(editor, notified, times)
        worktree = orchard.parent / "orchard.worktrees" / name
        assert worktree.exists() == (key != "n")
        assert (worktree / "from-the-script.txt").exists() == runs


def test_keys_of_the_first_moment_agree_to_nothing(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.type(":Hedgerow create doubt carry=copy<CR>")
    notified(editor)
    editor.lua(
        """
        vim.api.nvim_create_autocmd('FileType', { pattern = 'hedgerow-plan', callback = function()
          vim.api.nvim_input('yyy')
        end })
        """
    )
    editor.type(":Hedgerow cleanUp doubt<CR>")
    answer_plan(editor, "n")
    assert last_told(editor, notified, 1) == "Left as it is: nothing was changed."


def test_the_cursor_stays_on_its_row(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create mint<CR>")
    notified(editor)
    open_list(editor)
    line_of(editor, "mint")
    under_cursor = "local row = require('hedgerow.sessions.shown').target().checkout; return row and row.label"
    assert editor.wait(under_cursor) == "Local"
    editor.type("/mint<CR>")
    until(lambda: editor.lua(under_cursor) == "mint", "the cursor on mint")
    editor.type(":Hedgerow create basil<CR>")
    line_of(editor, "basil")
    assert editor.lua(under_cursor) == "mint"
    editor.type(":Hedgerow rename mint zebra-mint<CR>")
    line_of(editor, "zebra-mint")
    assert editor.lua(under_cursor) == "zebra-mint"


def test_keys_of_the_list(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    open_list(editor)
    editor.type("c")
    notified(editor)
    (label,) = until(lambda: rows(editor).keys() - {"Local"}, "a second row")
    line_of(editor, label)
    editor.type(f"/{label}<CR>p")
    last_told(editor, notified, 1)
    until(lambda: rows(editor)[label]["kind"] == "kept", "the row to say that it is kept")
    assert line_of(editor, label).endswith("kept")
    editor.type("<CR>")
    assert editor.wait("return vim.fn.tabpagenr('$') == 2 and vim.fn.getcwd()") == rows(editor)[label]["path"]
    assert editor.lua("return vim.g.hedgerow_status.current") == label
    editor.type(":tabclose<CR>x")
    answer = editor.wait("return #_G.notified > 2 or vim.bo.filetype == 'hedgerow-plan'")
    if answer and len(notified(editor)) == 2:
        answer_plan(editor, "y")
    until(lambda: label not in rows(editor), "the row to be gone")


def test_changes_of_others_appear(start: Start, orchard: Path, playground: Playground) -> None:
    editor, other = start(orchard), start(orchard)
    open_list(editor)
    other.type(":Hedgerow create mint<CR>")
    line_of(editor, "mint")
    assert [line for line in editor.lines() if line.startswith("orchard")] == [f"orchard  {orchard}"]
    by_hand = playground.worktree(orchard, "fern")
    editor.type("R")
    assert "made by hand" in line_of(editor, by_hand.name)


def test_menu_and_what_is_missing_are_asked(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create mint<CR>")
    notified(editor)
    complete_row(editor, "mint")

    def asked(number: int) -> tuple[str, list[str]]:
        """A question and its choices, once it is put."""
        prompt, choices = editor.wait("return _G.asked[...]", number)
        return prompt, choices

    editor.type(":Hedgerow<CR>")
    _, verbs = asked(1)
    assert [verb.split("  ")[0] for verb in verbs] == [command.title for command in COMMANDS]
    editor.lua("_G.answer('Rename')")
    prompt, labels = asked(2)
    assert prompt == "Rename: which checkout?"
    assert [label.split("  ")[0] for label in labels] == ["Local", "mint"]
    editor.lua("_G.answer('mint')")
    assert asked(3)[0].startswith("Rename: What the person calls it.")
    editor.lua("_G.answer('peppermint')")
    assert "peppermint" in last_told(editor, notified, 1)
    editor.type(":Hedgerow rename<CR>")
    asked(4)
    editor.lua("_G.answer('no such choice')")
    assert len(notified(editor)) == 2


def test_a_file_outside_any_repository(start: Start, tmp_path: Path, notified: Notified) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    editor = start(nowhere)
    editor.type(":Hedgerow create<CR>")
    (sentence,) = notified(editor)
    assert "repository" in sentence
    assert "\n" not in sentence


def test_refusals_are_one_sentence(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create from=no-such-branch<CR>")
    (sentence,) = notified(editor)
    assert "no-such-branch" in sentence
    assert "Traceback" not in sentence


def test_a_server_that_dies_is_told_once_and_starts_again(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    open_list(editor)
    pid = editor.lua("return vim.fn.systemlist({ 'pgrep', '-P', tostring(vim.fn.getpid()), '-f', 'hedgerow' })[1]")
    os.kill(int(pid), signal.SIGKILL)
    (sentence,) = notified(editor)
    assert sentence == "The Hedgerow server ended unexpectedly (signal 9): see :checkhealth hedgerow"
    assert "The server is not running: R starts it." in editor.lines()
    editor.type("R")
    editor.wait("return vim.g.hedgerow_status.server == 'running' and vim.g.hedgerow_status.known")
    line_of(editor, "Local")
    assert len(notified(editor)) == 1


def test_checkhealth_completion_and_status_with_a_server(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.type(":Hedgerow create mint<CR>")
    notified(editor)
    complete_row(editor, "mint")
    assert editor.lua("return vim.fn.getcompletion('Hedgerow cleanUp m', 'cmdline')") == ["mint"]
    assert editor.lua("return require('hedgerow').statusline()") == "Local: 1 worktree"
    assert editor.lua("return vim.g.hedgerow_status.changed") == 1
    editor.type(":checkhealth hedgerow<CR>")
    editor.wait("return vim.bo.filetype == 'checkhealth'")
    report = "\n".join(editor.lines())
    assert "client: running, hedgerow 0" in report
    assert "/bin/hedgerow, version " in report
    assert "ERROR" not in report


def test_two_commands_at_once_share_one_server(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create one<CR>:Hedgerow create two<CR>")
    notified(editor, 2)
    complete_row(editor, "one")
    complete_row(editor, "two")
    assert editor.lua("return #vim.lsp.get_clients()") == 1


def test_what_stays_is_told(start: Start, orchard: Path, playground: Playground, notified: Notified) -> None:
    editor = start(orchard)
    editor.type(":Hedgerow create mint<CR>")
    notified(editor)
    playground.git("worktree", "lock", complete_row(editor, "mint")["path"], cwd=orchard)
    editor.type(":Hedgerow cleanUp landed=true<CR>")
    assert "mint stays: " in "\n".join(notified(editor, 3)[1:])


def test_unsaved_text_is_known_to_the_server(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.type(":Hedgerow create mint<CR>")
    notified(editor)
    worktree = Path(complete_row(editor, "mint")["path"])
    editor.type(f":edit {worktree}/apple.txt<CR>ihalf a thought <Esc>")
    editor.wait("return vim.bo.modified")
    editor.type(":Hedgerow cleanUp mint<CR>")
    sentence = last_told(editor, notified, 1)
    assert "apple.txt" in sentence
    assert worktree.exists()


def test_state_that_cannot_be_read_is_told_once(start: Start, orchard: Path, home: Home, notified: Notified) -> None:
    home.hedgerow_state.mkdir(mode=0o700)
    (home.hedgerow_state / "state.sqlite3").write_bytes(b"no database" * 1000)
    editor = start(orchard)
    editor.lua("require('hedgerow').run('create', {}, function(_, problem) _G.ended = problem end)")
    assert "state.sqlite3 cannot be read" in editor.wait("return _G.ended")
    (sentence,) = notified(editor)
    assert "state.sqlite3 cannot be read" in sentence
    assert not list(orchard.parent.glob("orchard.worktrees/*"))


def test_nothing_deprecated_is_used(start: Start, orchard: Path, notified: Notified) -> None:
    editor = start(orchard, "apple.txt")
    editor.type(":Hedgerow create mint<CR>:Hedgerow list<CR>")
    notified(editor)
    complete_row(editor, "mint")
    editor.type(":checkhealth vim.deprecated<CR>")  # there since 0.11
    editor.wait("return vim.bo.filetype == 'checkhealth'")
    assert (
        "OK No deprecated functions" in "\n".join(editor.lines()) or editor.lua("return vim.fn.has('nvim-0.11')") == 0
    )
