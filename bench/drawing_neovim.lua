-- Run by Neovim for bench/drawing_neovim.py, with the plugin or without: opens a long file, scrolls through it, edits it,
-- and notes how long Neovim was busy with each.
local file, told = vim.env.BENCH_FILE, vim.env.BENCH_TOLD
local PATIENCE_MS = 60000
local SCREENS, EDITS = 500, 300

local function took(act)
  local began = vim.uv.hrtime()
  act()
  return (vim.uv.hrtime() - began) / 1e9
end

local function wait(what, is_so)
  if not vim.wait(PATIENCE_MS, is_so, 5) then
    error('waited for ' .. what)
  end
end

local function all_drawn()
  return vim.b.hedgerow_hunks and vim.b.hedgerow_hunks.pending == tonumber(vim.env.BENCH_HUNKS)
end

local function measure()
  vim.o.columns, vim.o.lines = 120, 50
  local ours = vim.fn.exists(':Hedgerow') == 2
  if ours then
    vim.cmd.edit(file)
    vim.cmd('Hedgerow hunks')
    wait('the hunks', all_drawn)
    vim.cmd.bwipeout()
  end
  local found = {}
  local began = vim.uv.hrtime()
  found.open = took(function()
    vim.cmd.edit(file)
    vim.cmd.redraw()
  end)
  if ours then
    wait('the hunks again', all_drawn)
    vim.cmd.redraw()
  end
  found.shown = (vim.uv.hrtime() - began) / 1e9
  local lines = vim.api.nvim_buf_line_count(0)
  found.scroll = took(function()
    for screen = 1, SCREENS do
      vim.api.nvim_win_set_cursor(0, { math.floor(lines / SCREENS * screen), 0 })
      vim.cmd.redraw()
    end
  end) / SCREENS
  found.edit = took(function()
    for edit = 1, EDITS do
      local row = math.floor(lines / 2) + edit
      vim.api.nvim_buf_set_lines(0, row, row, true, { 'typed' })
      vim.cmd.redraw()
    end
  end) / EDITS
  return found
end

local ok, found = pcall(measure)
vim.fn.writefile({ vim.json.encode(ok and found or { problem = found }) }, told)
vim.cmd('qall!')
