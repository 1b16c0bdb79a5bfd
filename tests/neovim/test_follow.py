"""Following in a real Neovim: edits are shown in one window, and the person stays where they are."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.neovim.conftest import Start
from tests.neovim.editor import Editor
from tests.neovim.reviewing import INIT, drawn, worked_on
from tests.support.repositories import Playground
from tests.support.until import until

pytestmark = pytest.mark.neovim

WINDOW = """
local window = vim.iter(vim.api.nvim_list_wins()):find(function(one) return vim.w[one].hedgerow_follow end)
if not window then return {} end
local bufnr = vim.api.nvim_win_get_buf(window)
local says = vim.api.nvim_eval_statusline(vim.wo[window].winbar, { winid = window, use_winbar = true, maxwidth = 200 })
return {
  says = vim.trim((says.str:gsub(' +', ' '))),
  file = vim.fs.basename(vim.api.nvim_buf_get_name(bufnr)),
  line = vim.api.nvim_win_get_cursor(window)[1],
  here = vim.api.nvim_get_current_win() == window,
}
"""

PLACE = """
return { vim.api.nvim_get_current_win(), vim.api.nvim_win_get_cursor(0), vim.fn.line('w0'), vim.fn.getjumplist(),
  vim.fn.expand('%:t'), vim.fn.expand('#:t') }
"""


def shown(editor: Editor) -> dict[str, Any]:
    """What stands in the window of following; empty without one."""
    found = editor.lua(WINDOW)
    return dict(found) if found else {}


def until_says(editor: Editor, words: str) -> dict[str, Any]:
    def says() -> dict[str, Any] | None:
        now = shown(editor)
        return now if now.get("says") == words else None

    try:
        return dict(until(says, words))
    except AssertionError as error:
        raise AssertionError(f"{error}: {shown(editor)}, {editor.lua('return _G.notified')}") from None


def replace(file: Path, old: str, new: str) -> None:
    """As an agent edits, at once."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def follow(editor: Editor, words: str) -> None:
    editor.type(f":Hedgerow follow {words}<CR>")
    editor.wait("return vim.g.hedgerow_status.following == 'on'")


def test_edits_are_shown_and_the_person_stays(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "apple.txt", init=INIT)
    follow(editor, worktree.name)
    editor.type("10Gzt")
    editor.wait("return vim.fn.line('.') == 10")
    place = editor.lua(PLACE)
    replace(worktree / "apple.txt", "line 33\n", "thirty-three\nand more\n")
    now = until_says(editor, f"Following {worktree.name} apple.txt")
    assert (now["file"], now["line"], now["here"]) == ("apple.txt", 33, False)
    assert drawn(editor, str(worktree / "apple.txt")) == ["33-34 HedgerowEdited"]
    replace(worktree / "pear.txt", "pear", "quince")
    assert until_says(editor, f"Following {worktree.name} pear.txt")["file"] == "pear.txt"
    replace(worktree / "apple.txt", "line 2\n", "")
    assert until_says(editor, f"Following {worktree.name} apple.txt")["line"] == 2
    assert drawn(editor, str(worktree / "apple.txt")) == ["2 says lines were deleted here"]
    (worktree / "made.txt").write_text("made\n")
    until_says(editor, f"Following {worktree.name} made.txt is new")
    (worktree / "made.txt").unlink()
    until_says(editor, f"Following {worktree.name} made.txt was deleted")
    assert editor.lua(PLACE) == place
    assert len(editor.lua("return vim.api.nvim_list_wins()")) == 2
    until(lambda: drawn(editor, str(worktree / "made.txt")) == [], "the mark to fade")
    editor.type(":Hedgerow follow on=false<CR>")
    editor.wait("return vim.g.hedgerow_status.following == 'off' and #vim.api.nvim_list_wins() == 1")
    listed = "return vim.tbl_map(function(one) return one.name end, vim.fn.getbufinfo())"
    assert editor.lua(listed) == [str(orchard / "apple.txt")]
    assert editor.lua(PLACE) == place
    assert not editor.lua("return vim.v.errmsg")


def test_acting_in_the_window_pauses(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    follow(editor, "all")
    replace(worktree / "apple.txt", "line 10\n", "ten\n")
    first = f"Following {worktree.name} apple.txt"
    line = until_says(editor, first)["line"]
    editor.type("<C-W>j")
    editor.wait("return vim.w.hedgerow_follow == true")
    replace(worktree / "pear.txt", "pear", "quince")
    replace(worktree / "apple.txt", "line 35\n", "thirty-five\n")
    editor.wait("return vim.fn.getbufline('%', 1, '$')[35] == 'thirty-five' or nil")  # read, and not moved to
    assert (shown(editor)["file"], shown(editor)["line"]) == ("apple.txt", line)
    editor.type("<C-W>k")  # looking is not acting
    until(lambda: shown(editor)["line"] == 35, "the newest edit")
    editor.type("<C-W>j")
    editor.wait("return vim.w.hedgerow_follow == true")
    editor.type("gg")
    paused = f"{first} paused, `:Hedgerow follow` goes on"
    until_says(editor, paused)
    assert editor.lua("return vim.g.hedgerow_status.following") == "paused"
    editor.type("<C-W>k")
    replace(worktree / "pear.txt", "quince", "plum")
    replace(worktree / "new.txt", "new", "newer")
    until_says(editor, paused)
    editor.type("\\f")
    assert until_says(editor, f"Following {worktree.name} new.txt")["file"] == "new.txt"
    editor.type("<C-W>j:close<CR>")
    editor.wait("return vim.g.hedgerow_status.following == 'off'")
    assert not editor.lua("return vim.v.errmsg")


def test_text_that_is_not_saved_stays(start: Start, playground: Playground) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    follow(editor, worktree.name)
    replace(worktree / "pear.txt", "pear", "quince")
    until_says(editor, f"Following {worktree.name} pear.txt")
    editor.type("ggOmine<Esc>")
    editor.wait("return vim.bo.modified")
    replace(worktree / "apple.txt", "line 10\n", "ten\n")
    until_says(editor, f"Following {worktree.name} apple.txt is not shown: your text in it is not saved")
    assert editor.lines()[0] == "mine"
    assert "line 10" in editor.lines()
    assert shown(editor)["file"] == "pear.txt"


def test_what_the_person_saves_is_not_followed(start: Start, playground: Playground) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    follow(editor, worktree.name)
    editor.type("ggOmine<Esc>:write<CR>")
    editor.wait("return not vim.bo.modified")
    replace(worktree / "pear.txt", "pear", "quince")
    until_says(editor, f"Following {worktree.name} pear.txt")


def test_many_files_at_once_are_one_line(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    follow(editor, worktree.name)
    replace(worktree / "pear.txt", "pear", "quince")
    until_says(editor, f"Following {worktree.name} pear.txt")
    playground.write(worktree, {f"many/{number}.txt": f"{number}\n" for number in range(120)})
    until(lambda: "files at once" in shown(editor)["says"], "many in one line")
    assert len(editor.lua("return vim.fn.getbufinfo()")) < 60


def test_following_outlives_the_server(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    follow(editor, worktree.name)
    pid = editor.lua("return vim.fn.systemlist({ 'pgrep', '-P', tostring(vim.fn.getpid()), '-f', 'hedgerow' })[1]")
    os.kill(int(pid), signal.SIGKILL)
    editor.wait("return vim.g.hedgerow_status.server == 'stopped'")
    editor.type(":Hedgerow list<CR>")
    editor.wait("return vim.g.hedgerow_status.server == 'running' and vim.g.hedgerow_status.known")

    def edited_again() -> bool:
        """It is followed once the new server has been told."""
        (worktree / "pear.txt").write_text((worktree / "pear.txt").read_text() + "again\n")
        return shown(editor).get("file") == "pear.txt"

    until(edited_again, "an edit to be shown")
