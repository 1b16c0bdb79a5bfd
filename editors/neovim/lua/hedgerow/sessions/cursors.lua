-- Keeps every cursor of the list on its row, and on the same line of the screen, while the list is drawn anew.
local M = {}

---@alias hedgerow.Views table<integer, { view: table, key?: string, offset: integer }> of each window

---@param window integer
---@param shift integer where the rest of a long line goes on
local function dress(window, shift)
  local options = {
    wrap = true,
    linebreak = true,
    breakindent = true,
    breakindentopt = 'shift:' .. math.max(shift, 0),
    cursorline = true,
    number = false,
    relativenumber = false,
    signcolumn = 'no',
    foldcolumn = '0',
  }
  for name, value in pairs(options) do
    vim.api.nvim_set_option_value(name, value, { scope = 'local', win = window })
  end
end

--- Where each cursor is, before the list is drawn.
---@param bufnr integer
---@param drawn? hedgerow.Drawn as it stands there
---@return hedgerow.Views
function M.remember(bufnr, drawn)
  local views = {}
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    vim.api.nvim_win_call(window, function()
      local view, keys = vim.fn.winsaveview(), drawn and drawn.keys or {}
      local key, first = keys[view.lnum], view.lnum
      while key and keys[first - 1] == key do
        first = first - 1
      end
      views[window] = { view = view, key = key, offset = view.lnum - first }
    end)
  end
  return views
end

--- Puts each cursor back, after the list was drawn.
---@param views hedgerow.Views
---@param drawn hedgerow.Drawn as it stands there now
---@param start? integer line where the cursor of a list that was just opened goes
function M.restore(views, drawn, start)
  local lines = {} ---@type table<string, integer> first line of each row
  for line, key in pairs(drawn.keys) do
    lines[key] = math.min(lines[key] or line, line)
  end
  for each, was in pairs(views) do
    dress(each, drawn.shift)
    local view, first = was.view, was.key and lines[was.key]
    local line = first and first + was.offset or view.lnum
    if first and drawn.keys[line] ~= was.key then
      line = first
    end
    line = math.min(start or line, #drawn.text.lines)
    local last_top = math.max(1, #drawn.text.lines - vim.api.nvim_win_get_height(each) + 1)
    local top = math.max(1, view.topline + line - view.lnum)
    view.topline = start and 1 or math.min(top, last_top)
    view.lnum = line
    vim.api.nvim_win_call(each, function()
      vim.fn.winrestview(view)
    end)
  end
end

return M
