-- The buffer `hedgerow://list`: shows the live rows, keeps every cursor on its row, and has the keys.
-- Owns no rows.
local list_text = require('hedgerow.list_text')
local live = require('hedgerow.live')
local text = require('hedgerow.text')

local M = {}

local NAME = 'hedgerow://list'
local ids = {} ---@type table<integer, string> line -> id, as last drawn
local placed = true -- false until the cursor of a list just opened stands on the person's own checkout

---@return integer? bufnr
local function buffer()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.api.nvim_buf_get_name(bufnr) == NAME then
      return bufnr
    end
  end
end

---@param id string?
---@return hedgerow.CheckoutRow?, hedgerow.RepositoryRow?
local function row_of(id)
  local rows = live.rows()
  if not rows or not id then
    return nil, nil
  end
  local checkout = rows.checkouts[id]
  return checkout, rows.repositories[checkout and checkout.repository or id]
end

--- The checkout and the repository under the cursor, when the list is the current buffer.
---@return hedgerow.CheckoutRow? checkout
---@return hedgerow.RepositoryRow? repository
function M.under_cursor()
  if vim.api.nvim_buf_get_name(0) ~= NAME then
    return nil, nil
  end
  return row_of(ids[vim.api.nvim_win_get_cursor(0)[1]])
end

---@return string?
local function note()
  if require('hedgerow.client').phase() == 'stopped' then
    return 'The server is not running: R starts it.'
  end
end

---@param window integer
---@param column integer where the rest of a long line goes on
local function dress(window, column)
  local options = {
    wrap = true,
    linebreak = true,
    breakindent = true,
    breakindentopt = 'shift:' .. math.max(column - 2, 0),
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

local function draw()
  local bufnr = buffer()
  if not bufnr then
    return
  end
  local drawn = list_text.draw(live.rows(), vim.fn.getcwd(), note())
  local lines = {} ---@type table<string, integer>
  for line, id in pairs(drawn.ids) do
    lines[id] = line
  end
  local views = {} ---@type table<integer, { view: table, id?: string }>
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    vim.api.nvim_win_call(window, function()
      local view = vim.fn.winsaveview()
      views[window] = { view = view, id = ids[view.lnum] }
    end)
  end
  text.put(bufnr, drawn.text)
  ids = drawn.ids
  for window, was in pairs(views) do
    dress(window, drawn.column)
    local view = was.view
    local line = was.id and lines[was.id] or math.min(view.lnum, #drawn.text.lines)
    if not placed and drawn.here then
      line = drawn.here
    end
    view.topline = math.max(1, view.topline + line - view.lnum)
    view.lnum = line
    vim.api.nvim_win_call(window, function()
      vim.fn.winrestview(view)
    end)
  end
  placed = placed or drawn.here ~= nil
end

---@param verb string
---@param params? fun(row: hedgerow.CheckoutRow): table
local function on_row(verb, params)
  return function()
    local checkout = M.under_cursor()
    if checkout then
      require('hedgerow.commands').run(
        verb,
        params and params(checkout) or { checkout = checkout.id }
      )
    else
      require('hedgerow.message').info('There is no checkout on this line.')
    end
  end
end

local function refresh()
  live.refresh(function(_, problem)
    require('hedgerow.commands').tell(problem)
  end)
end

local function typed(words)
  return function()
    require('hedgerow.commands').typed(words)
  end
end

---@type { key: string, desc: string, run: fun() }[] gives the keys, their help and their descriptions
local actions = {
  {
    key = '<CR>',
    desc = 'open the checkout in a new tab page',
    run = function()
      local checkout = M.under_cursor()
      if checkout and vim.fn.isdirectory(checkout.path) == 1 then
        vim.cmd.tabnew()
        vim.cmd.tcd(vim.fn.fnameescape(checkout.path))
        vim.cmd.edit('.')
      end
    end,
  },
  { key = 'c', desc = 'create a worktree', run = typed('create') },
  {
    key = 'x',
    desc = 'clean up the worktree',
    run = on_row('cleanUp', function(row)
      return { checkouts = { row.id } }
    end),
  },
  {
    key = 'p',
    desc = 'keep the worktree, or hand it back to retention',
    run = on_row('keep', function(row)
      return { checkout = row.id, kept = row.kind ~= 'kept' }
    end),
  },
  { key = 'r', desc = 'rename it (its label)', run = on_row('rename') },
  { key = 'b', desc = 'create a branch there', run = on_row('branchHere') },
  { key = 'h', desc = 'history', run = typed('history') },
  { key = 'u', desc = 'undo the newest operation', run = typed('undo') },
  {
    key = 'R',
    desc = 'read everything again',
    run = refresh,
  },
  {
    key = 'q',
    desc = 'close the list',
    run = function()
      if #vim.api.nvim_list_wins() > 1 then
        vim.api.nvim_win_close(0, true)
      else
        vim.cmd.bdelete()
      end
    end,
  },
}

local function help()
  local lines = text.new()
  for _, action in ipairs(actions) do
    lines:line(' ', { text.fit(action.key, 6), 'HedgerowTitle' }, action.desc)
  end
  require('hedgerow.float').open(lines, { title = 'Keys of the list' })
end

--- Fills a buffer named hedgerow://list.
---@param bufnr integer
function M.attach(bufnr)
  text.highlights()
  text.prepare(bufnr, 'hedgerow-list')
  vim.bo[bufnr].bufhidden = 'hide'
  placed = false
  for _, action in ipairs(actions) do
    vim.keymap.set(
      'n',
      action.key,
      action.run,
      { buffer = bufnr, nowait = true, desc = action.desc }
    )
  end
  vim.keymap.set('n', 'g?', help, { buffer = bufnr, nowait = true, desc = 'show the keys' })
  vim.api.nvim_create_autocmd('User', {
    group = vim.api.nvim_create_augroup('hedgerow.list', {}),
    pattern = 'HedgerowUpdate',
    callback = draw,
  })
  draw()
  refresh()
end

--- Shows the list: where it is already, else in a split of its own.
---@param params? table of `list`
function M.open(params)
  live.look(params or {})
  local bufnr = buffer()
  local window = bufnr and vim.fn.win_findbuf(bufnr)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split ' .. NAME)
  end
  if bufnr then -- else reading it has asked already
    refresh()
  end
end

return M
