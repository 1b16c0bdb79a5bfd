"""What a person sees of a review in a Neovim: lines of the panel, hunks as they are drawn, comments beside the text."""

from __future__ import annotations

from pathlib import Path

from tests.neovim.editor import Editor
from tests.support.repositories import Playground
from tests.support.until import until

LINES = [f"line {number}\n" for number in range(1, 41)]

# Maps as a person may have them, and words of the screen without their highlights.
INIT = """
local map = vim.keymap.set
map('n', ']h', '<Plug>(hedgerow-hunk-next)')
map('n', '[h', '<Plug>(hedgerow-hunk-prev)')
map({ 'n', 'x' }, '\\\\a', '<Plug>(hedgerow-hunk-accept)')
map({ 'n', 'x' }, '\\\\r', '<Plug>(hedgerow-hunk-reject)')
map({ 'n', 'x' }, '\\\\c', '<Plug>(hedgerow-hunk-comment)')
map('n', '\\\\u', '<Plug>(hedgerow-hunk-undo)')
map('n', '\\\\s', '<Plug>(hedgerow-side-by-side)')
map('n', '\\\\f', '<Plug>(hedgerow-follow)')
"""

DRAWN = """
local found = {}
local bufnr = ... and vim.fn.bufnr(...) or 0
for _, namespace in ipairs({ 'hedgerow.inline', 'hedgerow.comments', 'hedgerow.follow' }) do
  local id = vim.api.nvim_get_namespaces()[namespace]
  for _, mark in ipairs(id and vim.api.nvim_buf_get_extmarks(bufnr, id, 0, -1, { details = true }) or {}) do
    local more = mark[4]
    local line = mark[2] + 1
    for _, words in ipairs(more.virt_lines or {}) do
      local text = vim.iter(words):map(function(part) return part[1] end):join('')
      table.insert(found, ('%d deleted %s'):format(line, vim.trim(text)))
    end
    for _, part in ipairs(more.virt_text or {}) do
      table.insert(found, ('%d says %s'):format(line, vim.trim(part[1])))
    end
    if more.hl_group and not more.virt_text and more.end_row > mark[2] then
      table.insert(found, ('%d-%d %s'):format(line, more.end_row, more.hl_group))
    end
  end
end
table.sort(found, function(a, b)
  local one, other = tonumber(a:match('^%d+')), tonumber(b:match('^%d+'))
  return one == other and a < b or one < other
end)
return found
"""


def worked_on(playground: Playground) -> tuple[Path, Path]:
    """A repository, and a worktree of it in which three files differ."""
    orchard = playground.repository("orchard", {"apple.txt": "".join(LINES), "gone.txt": "bye\n", "pear.txt": "pear\n"})
    worktree = playground.worktree(orchard, "graft")
    text = "".join(LINES).replace("line 5\n", "line five\nfive and a half\n").replace("line 20\n", "")
    playground.write(worktree, {"apple.txt": text.replace("line 30\n", "line thirty\n"), "new.txt": "new\n"})
    (worktree / "gone.txt").unlink()
    return orchard, worktree


PENDING = [
    "5 deleted line 5",
    "5-6 HedgerowAdded",
    "20 deleted line 20",
    "30 deleted line 30",
    "30-30 HedgerowAdded",
]
"""How `apple.txt` of that worktree is drawn."""


def review(editor: Editor, worktree: Path) -> None:
    """Open the panel of that worktree."""
    editor.type(f":Hedgerow diff {worktree.name}<CR>")
    editor.wait("return vim.bo.filetype == 'hedgerow-review' and vim.fn.line('$') > 3")
    editor.wait("return #vim.fn.getqflist() > 0")


def panel(editor: Editor) -> list[str]:
    """The lines of the panel that are about files, each with single blanks."""
    lines = editor.lua(
        """
        local bufnr = vim.iter(vim.api.nvim_list_bufs()):find(function(one)
          return vim.bo[one].filetype == 'hedgerow-review'
        end)
        return vim.api.nvim_buf_get_lines(bufnr, 3, -1, false)
        """
    )
    return [" ".join(line.split()) for line in lines]


def open_file(editor: Editor, name: str) -> None:
    """Press <Enter> on a file of the panel."""
    editor.type(f"/{name}<CR><CR>")
    editor.wait("return vim.fn.expand('%:t') == ...", name)


def drawn(editor: Editor, *name: str) -> list[str]:
    return list(editor.lua(DRAWN, *name))


def until_drawn(editor: Editor, expected: list[str], *name: str) -> None:
    def same() -> bool:
        seen.clear()
        seen.extend(drawn(editor, *name))
        return seen == expected

    seen: list[str] = []
    try:
        until(same, "what is drawn")
    except AssertionError:
        assert seen == expected, editor.lua("return _G.notified")


def until_panel(editor: Editor, expected: list[str]) -> None:
    seen: list[str] = []
    try:
        until(lambda: panel(editor) == expected, "the panel")
    except AssertionError:
        seen = panel(editor)
        assert seen == expected, editor.lua("return _G.notified")
