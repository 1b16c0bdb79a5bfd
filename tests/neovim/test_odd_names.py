"""Names that are no UTF-8, and a Neovim that does not hide buffers: reviewing and following take both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.neovim.conftest import Start
from tests.neovim.reviewing import INIT, review, until_drawn, until_panel, worked_on
from tests.neovim.test_follow import follow, replace, shown, until_says
from tests.support.repositories import Playground

pytestmark = pytest.mark.neovim

ODD = b"caf\xe9.txt"


def test_names_that_are_no_utf_8(start: Start, playground: Playground) -> None:
    orchard = playground.repository("orchard", {"pear.txt": "pear\n", ODD: "one\ntwo\n"})
    worktree = playground.worktree(orchard, "graft")
    file = Path(os.fsdecode(os.fsencode(worktree) + b"/" + ODD))
    file.write_text("one\n2\n")
    editor = start(orchard, "pear.txt", init=INIT)
    review(editor, worktree)
    until_panel(editor, [r"M caf\xe9.txt +1 -1 pending"])
    editor.type("/caf<CR><CR>")
    editor.wait("return vim.api.nvim_buf_get_name(0) == ...", os.fsencode(file))
    editor.lua("vim.cmd.only()")
    until_drawn(editor, ["2 deleted two", "2-2 HedgerowAdded"])
    assert editor.lines() == ["one", "2"]
    assert editor.lua("return vim.api.nvim_buf_get_name(vim.fn.getqflist()[1].bufnr) == ...", os.fsencode(file))
    editor.type("gg]h\\r")
    until_drawn(editor, [])
    assert file.read_text() == "one\ntwo\n"
    editor.type(f":edit {orchard}/pear.txt<CR>")
    follow(editor, worktree.name)
    replace(file, "one", "1")
    assert until_says(editor, rf"Following {worktree.name} caf\xe9.txt")["line"] == 1
    assert not editor.lua("return vim.v.errmsg")


def test_paths_are_spelt_as_the_server_spells_them(start: Start, tmp_path: Path) -> None:
    editor = start(tmp_path)
    leads = [0x00, 0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
    seconds = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0]
    paths = [
        bytes([lead, second, *more]) for lead in leads for second in seconds for more in (b"", b"\x80", b"\x80\x80")
    ]
    spelt = editor.lua("return vim.tbl_map(require('hedgerow.paths').wire, ...)", paths)
    assert spelt == [path.decode("utf-8", "backslashreplace") for path in paths]


@pytest.mark.parametrize("neovim", ["0.12"], indirect=True)
def test_following_where_buffers_are_not_hidden(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT + "vim.o.hidden = false\n")
    follow(editor, worktree.name)
    replace(worktree / "pear.txt", "pear", "quince")
    until_says(editor, f"Following {worktree.name} pear.txt")
    editor.type("<C-W>jOmine<Esc>")
    editor.wait("return vim.bo.modified")
    editor.type("<C-W>k")
    replace(worktree / "apple.txt", "line 10\n", "ten\n")
    editor.type("\\f")
    until_says(editor, f"Following {worktree.name} apple.txt")
    assert shown(editor)["line"] == 11
    assert "mine" in editor.lua(
        "return vim.api.nvim_buf_get_lines(vim.fn.bufnr(...), 0, 1, false)", f"{worktree}/pear.txt"
    )
    editor.type(":Hedgerow follow on=false<CR>")
    editor.wait("return vim.g.hedgerow_status.following == 'off'")
    assert "mine" in editor.lua(
        "return vim.api.nvim_buf_get_lines(vim.fn.bufnr(...), 0, 1, false)", f"{worktree}/pear.txt"
    )
    assert not editor.lua("return vim.v.errmsg")
