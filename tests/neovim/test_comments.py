"""Comments in a real Neovim: written beside the text, moving with it, and sent to a program at work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.neovim.reviewing import INIT, review, until_drawn, worked_on
from tests.support.home import Home
from tests.support.repositories import Playground
from tests.support.scripted import put_on_path, settings_of
from tests.support.until import until

pytestmark = pytest.mark.neovim


IS_IN_PHASE = """
local rows = require('hedgerow.live').rows()
local _, session = next(rows and rows.sessions or {})
return session and session.phase == ...
"""


@pytest.fixture
def environment(environment: dict[str, str], home: Home) -> dict[str, str]:
    """The scripted agent is a launch line; there is no other agent."""
    settings_of(home, agent="scripted")
    return environment | {"PATH": f"{Path(sys.executable).parent}:{put_on_path(home)}"}


def write(editor: Editor, words: str) -> None:
    """Write into the window of a comment that comes up, and keep it."""
    editor.wait("return vim.bo.filetype == 'hedgerow-comment' and vim.fn.mode() == 'i'")
    editor.type(f"{words}<Esc>:w<CR>")
    editor.wait("return vim.bo.filetype ~= 'hedgerow-comment'")


def test_a_comment_from_beginning_to_end(start: Start, playground: Playground, notified: Notified) -> None:
    _, worktree = worked_on(playground)
    editor, other = start(worktree, "apple.txt", init=INIT), start(worktree, "apple.txt", init=INIT)
    for one in (editor, other):
        one.type(":Hedgerow comments<CR>")
        notified(one)
    editor.type(":5<CR>Vj\\c")
    write(editor, "Why two?")
    assert notified(editor, 2)[1] == "commented on apple.txt:5-6 in by-hand-graft; it is a draft"
    until_drawn(editor, ["5 says » Why two?"])
    until_drawn(other, ["5 says » Why two?"])

    (worktree / "apple.txt").write_text("a first line\n" + (worktree / "apple.txt").read_text())
    editor.type(":checktime<CR>")
    until_drawn(editor, ["6 says » Why two?"])

    editor.type(":7<CR>")
    editor.lua("require('hedgerow.comments.editing').change()")
    editor.wait("return vim.bo.filetype == 'hedgerow-comment'")
    editor.type("ccWhy not three?<Esc>oOr four.<Esc>:w<CR>")
    until_drawn(editor, ["6 says » Why not three? …"])
    editor.lua("require('hedgerow.comments.editing').show()")
    assert editor.wait("return vim.bo.filetype == 'hedgerow' and vim.api.nvim_buf_get_lines(0, 0, -1, false)") == [
        "Why not three?",
        "Or four.",
    ]
    editor.type("q:Hedgerow comments<CR>")
    editor.wait("return vim.bo.buftype == 'quickfix'")
    (item,) = editor.lua("return vim.fn.getqflist()")
    assert (item["lnum"], item["end_lnum"], item["text"]) == (6, 7, "draft: Why not three?")
    editor.type("<CR>")
    editor.lua("require('hedgerow.comments.editing').resolve()")
    until_drawn(editor, [])
    assert not editor.lua("return vim.v.errmsg")


def test_what_was_written_is_not_lost(start: Start, playground: Playground, notified: Notified) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow comments<CR>")
    notified(editor)
    for leave in ("<Esc>q", "<Esc>:close!<CR>"):
        editor.type("gg\\c")
        editor.wait("return vim.bo.filetype == 'hedgerow-comment'")
        editor.wait("return vim.fn.mode() == 'i' or #vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] > 0")
        if editor.lua("return vim.fn.mode()") != "i":
            assert editor.lines() == ["half a thought"]
            editor.type("A")
            editor.type("<BS>t")
        else:
            editor.type("half a thought")
        editor.type(leave)
        editor.wait("return vim.bo.filetype ~= 'hedgerow-comment'")
    assert "is not kept as a comment yet" in notified(editor, 2)[1]
    editor.type("gg\\c")
    editor.wait("return vim.bo.filetype == 'hedgerow-comment'")
    assert editor.lines() == ["half a thought"]


def test_comments_on_the_base_and_on_a_file(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    review(editor, worktree)
    editor.type("/gone<CR>c")
    write(editor, "Was this needed?")
    editor.type("/apple<CR>")
    editor.lua("require('hedgerow.review.sides').show(vim.b.hedgerow_checkout, { path = 'apple.txt', status = '' })")
    editor.wait("return vim.wo.diff")
    editor.type("<C-W>h")
    editor.wait("return vim.b.hedgerow_base ~= nil")
    editor.type(":20<CR>\\c")
    write(editor, "This line should stay.")
    until_drawn(editor, ["20 says » This line should stay."])
    editor.type(":Hedgerow comments<CR>")
    editor.wait("return vim.bo.buftype == 'quickfix'")
    texts = editor.lua("return vim.tbl_map(function(item) return item.text end, vim.fn.getqflist())")
    assert sorted(texts) == ["draft: This line should stay.", "draft: Was this needed?"]


def test_the_prompt_goes_to_the_session_there(start: Start, playground: Playground, home: Home) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(f":Hedgerow start checkout={worktree.name} prompt='say ready'<CR>")
    editor.wait(IS_IN_PHASE, "done")
    editor.type(":5<CR>\\c")
    write(editor, "write heard.txt yes")
    until_drawn(editor, ["5 says » write heard.txt yes"])
    editor.type(":Hedgerow sendComments<CR>")
    prompt = editor.wait("return vim.bo.filetype == 'hedgerow-prompt' and vim.api.nvim_buf_get_lines(0, 0, -1, false)")
    assert "write heard.txt yes" in prompt
    editor.type("s")
    until_drawn(editor, ["5 says » write heard.txt yes  (sent)"])


def test_the_prompt_may_be_copied(start: Start, playground: Playground, notified: Notified) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow sendComments<CR>")
    notified(editor)
    editor.type(":5<CR>\\c")
    write(editor, "Why?")
    until_drawn(editor, ["5 says » Why?"])
    for key, drawn in (("q", "5 says » Why?"), ("c", "5 says » Why?  (sent)")):
        editor.type(":Hedgerow sendComments<CR>")
        editor.wait("return vim.bo.filetype == 'hedgerow-prompt'")
        editor.type(key)
        editor.wait("return vim.bo.filetype ~= 'hedgerow-prompt'")
        until_drawn(editor, [drawn])
    assert "Why?" in editor.lua("return vim.fn.getreg('\"')")


def test_a_rejection_waits_for_the_end_of_a_turn(start: Start, playground: Playground, home: Home) -> None:
    _, worktree = worked_on(playground)
    go_on = home.root / "go-on"
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(f":Hedgerow start checkout={worktree.name} prompt='hold {go_on}; say ready'<CR>")
    editor.wait(IS_IN_PHASE, "working")
    editor.type(":Hedgerow hunks<CR>")
    editor.wait("return (vim.b.hedgerow_hunks or {}).pending == 3")
    editor.type("gg]h\\r")
    editor.wait("return (vim.b.hedgerow_hunks or {}).queued == 1")
    waits = "5 says rejected when the agent's turn ends"
    both = ["5 deleted line 5", waits, "5-6 HedgerowAdded", "20 deleted line 20"]
    until_drawn(editor, sorted([*both, "30 deleted line 30", "30-30 HedgerowAdded"], key=order))
    editor.type("\\u")
    editor.wait("return (vim.b.hedgerow_hunks or {}).queued == 0")
    editor.type("\\r")
    editor.wait("return (vim.b.hedgerow_hunks or {}).queued == 1")
    assert "line five\n" in (worktree / "apple.txt").read_text()
    go_on.touch()
    until_drawn(editor, ["19 deleted line 20", "29 deleted line 30", "29-29 HedgerowAdded"])
    until(lambda: "line 5\n" in (worktree / "apple.txt").read_text(), "what was there before")
    assert editor.lines()[4] == "line 5"


def order(line: str) -> tuple[int, str]:
    number = line.partition(" ")[0]
    return int(number.split("-")[0]), line
