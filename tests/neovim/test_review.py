"""Reviewing in a real Neovim: the panel, hunks in the buffer, accepting and rejecting, side by side."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest
from tests.neovim.conftest import Notified, Start
from tests.neovim.editor import Editor
from tests.neovim.reviewing import (
    INIT,
    LINES,
    PENDING,
    drawn,
    open_file,
    panel,
    review,
    until_drawn,
    until_panel,
    worked_on,
)
from tests.neovim.test_worktrees import answer_plan
from tests.support.repositories import Playground
from tests.support.until import until

pytestmark = pytest.mark.neovim

FILES = ["M apple.txt +3 -3 pending", "D gone.txt -1 pending", "A new.txt +1 pending"]


def told(editor: Editor, words: str) -> str:
    """What Hedgerow has told that has these words, once it has."""
    return str(
        editor.wait(
            """
            for _, one in ipairs(_G.notified) do
              if one[1]:find(..., 1, true) then return one[1] end
            end
            """,
            words,
        )
    )


def test_the_panel_and_the_quickfix_list(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    review(editor, worktree)
    until_panel(editor, FILES)
    items = editor.lua(
        "return vim.tbl_map(function(item) return { item.lnum, item.end_lnum, item.text } end, vim.fn.getqflist())"
    )
    assert items == [
        [5, 6, "+2 -1  line five"],
        [20, 20, "+0 -1  line 20"],
        [30, 30, "+1 -1  line thirty"],
        [1, 1, "+0 -1  bye"],
        [1, 1, "+1 -0  new"],
    ]
    playground.write(worktree, {"pear.txt": "two\npears\n"})
    until_panel(editor, [*FILES, "M pear.txt +2 -1 pending"])
    editor.type("/new.txt<CR>a")
    until_panel(editor, [*FILES[:2], "A new.txt +1 accepted", "M pear.txt +2 -1 pending"])
    editor.type("ggVGr")
    until_panel(editor, ["A new.txt +1 accepted"])
    assert (worktree / "gone.txt").read_text() == "bye\n"
    assert (worktree / "apple.txt").read_text() == "".join(LINES)
    editor.type("u")
    until_panel(editor, [*FILES[:2], "A new.txt +1 accepted", "M pear.txt +2 -1 pending"])
    editor.type("A")
    until_panel(editor, [line.replace("pending", "accepted") for line in [*FILES, "M pear.txt +2 -1 pending"]])
    assert not editor.lua("return vim.v.errmsg")


def test_the_panel_keeps_its_window(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    review(editor, worktree)
    until_panel(editor, FILES)
    names = "return vim.tbl_map(function(w) return vim.fn.bufname(vim.api.nvim_win_get_buf(w)) end, _G.windows)"
    editor.lua("_G.windows = vim.api.nvim_tabpage_list_wins(0)")
    editor.type(":cc 1<CR>")
    editor.wait("return vim.fn.expand('%:t') == 'apple.txt'")
    assert "hedgerow://review" in editor.lua(names)[-1]
    # Where it is the only window, a file gets one of its own.
    editor.type(":wincmd j<CR>:only<CR>/new.txt<CR><CR>")
    editor.wait("return vim.fn.expand('%:t') == 'new.txt'")
    editor.type(":edit pear.txt<CR>")
    editor.wait("return vim.fn.expand('%:t') == 'pear.txt'")
    assert not editor.lua("return vim.v.errmsg")


def test_the_quickfix_list_stays_true_and_no_other_is_touched(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    editor.lua("vim.fn.setqflist({}, ' ', { title = 'mine', items = { { filename = 'pear.txt', lnum = 1 } } })")
    review(editor, worktree)
    listed = """
    local list = vim.fn.getqflist({ nr = ..., items = 1, idx = 0, title = 1 })
    return { list.title, list.idx, vim.tbl_map(function(item) return item.text end, list.items) }
    """

    def until_listed(index: int, *texts: str) -> None:
        expected = [f"Hedgerow: review of {worktree.name}", index, list(texts)]
        seen: list[object] = []

        def as_expected() -> bool:
            seen.append(editor.lua(listed, 2))
            return seen[-1] == expected

        with contextlib.suppress(AssertionError):
            until(as_expected, "the list")
        assert seen[-1] == expected

    five, twenty, thirty = "+2 -1  line five", "+0 -1  line 20", "+1 -1  line thirty"
    until_listed(1, five, twenty, thirty, "+0 -1  bye", "+1 -0  new")
    editor.type(":copen<CR>:cc 3<CR>")
    until_listed(3, five, twenty, thirty, "+0 -1  bye", "+1 -0  new")
    editor.wait("return vim.fn.line('.') == 30")
    editor.wait("return (vim.b.hedgerow_hunks or {}).pending == 3")
    editor.type("[h\\a")  # what stands before the place in the list
    until_listed(2, five, thirty, "+0 -1  bye", "+1 -0  new")
    editor.type("]h\\r")  # what is at that place: the next takes it
    until_listed(2, five, "+0 -1  bye", "+1 -0  new")
    playground.write(worktree, {"pear.txt": "two\npears\n"})
    until_listed(2, five, "+0 -1  bye", "+1 -0  new", "+2 -1  two")

    editor.lua("vim.fn.setqflist({}, ' ', { title = 'newer', items = { { filename = 'pear.txt', lnum = 1 } } })")
    playground.write(worktree, {"pear.txt": "three\n"})
    until_listed(2, five, "+0 -1  bye", "+1 -0  new", "+1 -1  three")
    assert [editor.lua(listed, number)[0] for number in (1, 3)] == ["mine", "newer"]
    assert editor.lua("return vim.fn.getqflist({ nr = 0 }).nr") == 3
    editor.lua("vim.fn.setqflist({}, 'f')")
    editor.lua("require('hedgerow.news').on('reviewChanged', function() _G.changed = true end)")
    playground.write(worktree, {"pear.txt": "four\n"})
    editor.wait("return _G.changed")
    assert editor.lua("return vim.fn.getqflist({ nr = '$' }).nr") == 0
    assert not editor.lua("return vim.v.errmsg")


def test_hunks_are_drawn_and_decided(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    editor = start(orchard, "pear.txt", init=INIT)
    review(editor, worktree)
    open_file(editor, "apple.txt")
    editor.lua("vim.cmd.only()")
    until_drawn(editor, PENDING)
    at = "return vim.fn.line('.')"
    for key, line in [("]h", 5), ("]h", 20), ("]h", 30), ("]h", 5), ("[h", 30), ("2[h", 5)]:
        editor.type(key)
        assert editor.wait("return vim.fn.line('.') == ... and vim.fn.line('.')", line) == line
    editor.type("\\a")
    until_drawn(editor, PENDING[2:])
    editor.type("]h")
    editor.wait(f"{at} == 20")
    editor.type("\\r")
    until_drawn(editor, ["31 deleted line 30", "31-31 HedgerowAdded"])
    until(lambda: "line 20\n" in (worktree / "apple.txt").read_text(), "the line to be back")
    editor.wait("return vim.fn.line('$') == 41")  # and in the buffer
    editor.type("\\u")
    until_drawn(editor, PENDING[2:])
    editor.type("\\u")
    until_drawn(editor, PENDING)
    editor.type(":6<CR>V\\r")  # one line of a hunk
    until(lambda: "five and a half" not in (worktree / "apple.txt").read_text(), "that line to be gone")
    assert "line five\n" in (worktree / "apple.txt").read_text()
    assert not editor.lua("return vim.v.errmsg")


def test_accepted_hunks_are_shown_when_asked(start: Start, playground: Playground) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow hunks<CR>")
    until_drawn(editor, PENDING)
    editor.type(":5,6Hedgerow accept<CR>")
    until_drawn(editor, PENDING[2:])
    editor.lua("require('hedgerow.review.marking').toggle_accepted()")
    until_drawn(editor, ["5 says accepted", *PENDING[2:]])
    editor.type("5G\\u")
    until_drawn(editor, PENDING)
    editor.type(":5,6Hedgerow accept<CR>")
    until_drawn(editor, ["5 says accepted", *PENDING[2:]])
    editor.lua("require('hedgerow.review.marking').toggle()")
    until_drawn(editor, [])


def test_what_is_typed_moves_hunks_and_unsaved_text_hides_them(
    start: Start, playground: Playground, notified: Notified
) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow hunks<CR>")
    until_drawn(editor, PENDING)
    editor.type("ggOmine<Esc>")
    moved = ["6 deleted line 5", "6-7 HedgerowAdded", "21 deleted line 20", "31 deleted line 30", "31-31 HedgerowAdded"]
    until_drawn(editor, moved)
    editor.type("u")
    until_drawn(editor, PENDING)
    editor.type("ggOmine<Esc>")
    text = (worktree / "apple.txt").read_text()
    (worktree / "apple.txt").write_text("theirs\n" + text)
    told(editor, "The hunks of apple.txt are hidden: text that is not saved.")
    until_drawn(editor, ["1 says Hedgerow: hunks are hidden, text that is not saved"])
    assert editor.lines()[0] == "mine"
    editor.type(":edit!<CR>")
    until_drawn(editor, ["1-1 HedgerowAdded", *moved])
    assert editor.lines()[0] == "theirs"


def test_only_what_is_seen_of_a_long_file_is_drawn(start: Start, playground: Playground) -> None:
    lines = [f"line {number}\n" for number in range(10_000)]
    orchard = playground.repository("orchard", {"long.txt": "".join(lines)})
    worktree = playground.worktree(orchard, "graft")
    edited = [line.replace("line", "row") if number % 10 == 0 else line for number, line in enumerate(lines)]
    playground.write(worktree, {"long.txt": "".join(edited)})
    editor = start(worktree, "long.txt", init=INIT)
    editor.type(":Hedgerow hunks<CR>")
    until(lambda: editor.lua("return (vim.b.hedgerow_hunks or {}).pending") == 1000, "a thousand hunks")
    assert 0 < len(drawn(editor)) < 60
    editor.type("G")
    editor.lua("vim.cmd.redraw()")
    until(lambda: any(line.startswith("9991 deleted") for line in drawn(editor)), "the last hunk")
    assert len(drawn(editor)) < 120
    editor.lua("vim.cmd('normal! 5000Gdd'); vim.cmd.redraw()")
    took = editor.lua(
        """
        local began = vim.uv.hrtime()
        for line = 1, 10000, 20 do
          vim.api.nvim_win_set_cursor(0, { line, 0 })
          vim.cmd.redraw()
        end
        return (vim.uv.hrtime() - began) / 1e6 / 500
        """
    )
    assert took < 50, f"{took} ms for each screen"


@pytest.mark.parametrize(
    "content",
    [b"one\r\ntwo\r\n", b"no end", b"", b"caf\xe9\n", b"\xef\xbb\xbfmark\n", "grün\n".encode(), b"mixed\r\nends\n"],
    ids=["dos", "no end", "empty", "latin-1", "mark", "utf-8", "mixed"],
)
def test_base_documents_are_exact(start: Start, playground: Playground, content: bytes, tmp_path: Path) -> None:
    orchard = playground.repository("orchard", {"file.txt": content})
    worktree = playground.worktree(orchard, "graft")
    (worktree / "file.txt").write_bytes(b"changed\n")
    editor = start(worktree, "file.txt", init=INIT)
    editor.type(":Hedgerow baseContent<CR>")
    editor.wait("return vim.b.hedgerow_base ~= nil")
    copy = tmp_path / "copy"
    editor.lua("vim.cmd('silent noautocmd keepalt write! ' .. ...)", str(copy))
    assert copy.read_bytes() == content


def test_side_by_side(start: Start, playground: Playground) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow hunks<CR>")
    until_drawn(editor, PENDING)
    editor.type("\\s")
    both = """
    return vim.iter(vim.api.nvim_list_wins()):map(function(window)
      local bufnr = vim.api.nvim_win_get_buf(window)
      return { vim.wo[window].diff, vim.api.nvim_buf_get_lines(bufnr, 4, 5, false)[1] or '' }
    end):totable()
    """
    until(lambda: editor.lua(both) == [[True, "line 5"], [True, "line five"]], "both sides")
    assert not editor.lua("return vim.bo[vim.fn.winbufnr(1)].modifiable")
    editor.type(":5,6Hedgerow accept<CR>")
    until(lambda: editor.lua(both)[0] == [True, "line five"], "the side of what is accepted")
    editor.type(":1wincmd c<CR>")
    until(lambda: editor.lua(both) == [[False, "line five"]], "one side")
    editor.type("\\s")
    until(lambda: len(editor.lua(both)) == 2, "both sides again")
    editor.type(":quit<CR>")
    until(lambda: editor.lua(both) == [[False, "line five"]], "the file alone")


def test_two_neovims_review_together(start: Start, playground: Playground) -> None:
    orchard, worktree = worked_on(playground)
    one, other = start(orchard, "pear.txt", init=INIT), start(worktree, "apple.txt", init=INIT)
    review(one, worktree)
    other.type(":Hedgerow hunks<CR>")
    until_drawn(other, PENDING)
    one.type("/apple<CR>a")
    until_drawn(other, [])
    until_panel(one, [FILES[0].replace("pending", "accepted"), *FILES[1:]])
    other.type(":Hedgerow undo<CR>")
    until_drawn(other, PENDING)
    until_panel(one, FILES)


def test_the_server_may_die_while_reviewing(start: Start, playground: Playground, notified: Notified) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    review(editor, worktree)
    open_file(editor, "apple.txt")
    until(lambda: drawn(editor)[:2] == PENDING[:2], "hunks")
    pid = editor.lua("return vim.fn.systemlist({ 'pgrep', '-P', tostring(vim.fn.getpid()), '-f', 'hedgerow' })[1]")
    os.kill(int(pid), signal.SIGKILL)
    told(editor, "ended unexpectedly (signal 9)")
    playground.write(worktree, {"pear.txt": "changed while nobody looked\n"})
    editor.type("gg]h\\a")  # the next command starts a server
    editor.wait("return vim.g.hedgerow_status.server == 'running'")
    until(lambda: any(line.startswith("M pear.txt") for line in panel(editor)), "the panel to be read again")
    editor.wait("return vim.b.hedgerow_hunks and (vim.b.hedgerow_hunks.pending or 0) > 0")
    assert not editor.lua("return vim.v.errmsg")


def test_refusals_and_what_is_not_there(start: Start, playground: Playground, notified: Notified) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type("\\a")
    told(editor, "No hunks are shown here")
    editor.type(":Hedgerow diff nowhere<CR>")
    assert "nowhere" in told(editor, "nowhere")
    editor.type(":Hedgerow hunks<CR>")
    until_drawn(editor, PENDING)
    editor.type("gg\\a")
    told(editor, "There is no hunk on this line.")
    editor.type("\\u")
    told(editor, "Nothing was accepted or rejected in this Neovim")
    editor.type(":5<CR>ihalf a thought <Esc>\\r")
    told(editor, "apple.txt")  # the server does not write over text that is not saved
    assert "line five\n" in (worktree / "apple.txt").read_text()
    assert not editor.lua("return vim.v.errmsg")


def test_code_actions_are_run_here(start: Start, playground: Playground) -> None:
    _, worktree = worked_on(playground)
    editor = start(worktree, "apple.txt", init=INIT)
    editor.type(":Hedgerow hunks<CR>")
    until_drawn(editor, PENDING)
    editor.lua(
        """
        local words = ...
        vim.lsp.buf.code_action({ apply = true, filter = function(action)
          return vim.startswith(action.title, words)
        end })
        """,
        "Accept all of this file",
    )
    until_drawn(editor, [])
    told(editor, "Accepted apple.txt")
    assert editor.lua("return #vim.diagnostic.get()") == 0


def test_a_panel_outlives_its_checkout(start: Start, playground: Playground) -> None:
    orchard = playground.repository("orchard", {"apple.txt": "an apple\n"})
    editor = start(orchard, "apple.txt", init=INIT)
    editor.type(":Hedgerow create graft<CR>")
    told(editor, "Created graft")
    worktree = orchard.with_name("orchard.worktrees") / "graft"
    playground.write(worktree, {"new.txt": "new\n"})
    review(editor, worktree)
    editor.lua("require('hedgerow').run('cleanUp', { checkouts = { 'graft' } })")
    answer_plan(editor, "y")
    told(editor, "Cleaned up graft")
    editor.lua("vim.fn.win_gotoid(vim.fn.bufwinid('hedgerow://review/graft'))")
    editor.type("R")
    editor.wait("return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] == 'This checkout is gone.'")
    assert not editor.lua("return vim.v.errmsg")
