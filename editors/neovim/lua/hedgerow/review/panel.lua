-- The buffers `hedgerow://review/<label>`: the files of a review, kept true.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local live = require('hedgerow.live')
local marking = require('hedgerow.review.marking')
local news = require('hedgerow.news')
local panel_text = require('hedgerow.review.panel_text')
local text_of = require('hedgerow.text')
local place_of = require('hedgerow.review.place')

local M = {}

local PREFIX = 'hedgerow://review/'

---@class hedgerow.Panel
---@field checkout string
---@field between string
---@field result? hedgerow.DiffResult
---@field files hedgerow.FileChange[]
---@field pages integer how many of them are shown
---@field by_line table<integer, hedgerow.FileChange>
---@field asking boolean
---@field again boolean

local panels = {} ---@type table<integer, hedgerow.Panel>

---@param checkout string
---@return hedgerow.CheckoutRow?
function M.row_of(checkout)
  local rows = live.rows()
  return rows and rows.checkouts[checkout]
end

---@param bufnr integer
local function draw(bufnr)
  local panel = panels[bufnr]
  local row = M.row_of(panel.checkout)
  local views = {} ---@type table<integer, { view: table, path?: string }>
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    vim.api.nvim_win_call(window, function()
      local view = vim.fn.winsaveview()
      local file = panel.by_line[view.lnum]
      views[window] = { view = view, path = file and file.path }
    end)
  end
  local text
  text, panel.by_line =
    panel_text.draw(panel.result, row and row.label or panel.checkout, panel.files)
  text_of.put(bufnr, text)
  local lines, first = {}, nil
  for line, file in pairs(panel.by_line) do
    lines[file.path], first = line, math.min(first or line, line)
  end
  for window, was in pairs(views) do
    local line = lines[was.path] or (not was.path and first) or was.view.lnum
    was.view.lnum = math.min(line, #text.lines)
    vim.api.nvim_win_call(window, function()
      vim.fn.winrestview(was.view)
    end)
  end
end

--- Asks for the files again.
---@param bufnr integer
function M.read(bufnr)
  local panel = panels[bufnr]
  if not panel then
    return
  elseif panel.asking then
    panel.again = true
    return
  end
  panel.asking, panel.again = true, false
  local files, row = {}, M.row_of(panel.checkout)
  local function page(number, cursor)
    client.request('diff', {
      repository = place_of.repository(row),
      checkout = panel.checkout,
      between = panel.between,
      cursor = cursor,
    }, function(result, problem)
      if panels[bufnr] ~= panel then
        return
      elseif not result then
        panel.asking = false
        if problem and problem.code == 'noSuchCheckout' then
          local text = text_of.new()
          text:line({ 'This checkout is gone.', 'HedgerowProblem' })
          panel.by_line = {}
          return text_of.put(bufnr, text)
        end
        return commands.tell(problem)
      end
      vim.list_extend(files, result.files)
      if result.cursor and number < panel.pages then
        return page(number + 1, result.cursor)
      end
      panel.asking, panel.result, panel.files = false, result, files
      panel.checkout, vim.b[bufnr].hedgerow_checkout = result.checkout, result.checkout
      draw(bufnr)
      if panel.again then
        M.read(bufnr)
      end
    end)
  end
  page(1, nil)
end

--- The panel that the person is in.
---@return hedgerow.Panel
function M.here()
  return panels[vim.api.nvim_get_current_buf()]
end

local listening = false

local function listen()
  if listening then
    return
  end
  listening = true
  local function all(checkout)
    for bufnr, panel in pairs(panels) do
      if checkout == nil or panel.checkout == checkout then
        M.read(bufnr)
      end
    end
  end
  news.on('reviewChanged', function(changed)
    all(changed.checkout)
  end)
  news.on('started', function()
    all(nil)
  end)
end

local opening = {} ---@type table<string, string> name of a buffer -> id of its checkout

--- The checkout that a buffer is named after: by label, as people read it, or by id.
---@param name string
---@return string
local function named(name)
  local word = name:sub(#PREFIX + 1)
  local found = vim
    .iter(vim.tbl_values((live.rows() or { checkouts = {} }).checkouts))
    :find(function(row)
      return row.label == word
    end)
  return opening[name] or found and found.id or word
end

--- The buffer of a checkout's panel, and what it is named, or would be.
---@param checkout string
---@return integer? bufnr, string name
local function buffer_of(checkout)
  for bufnr, panel in pairs(panels) do
    if panel.checkout == checkout then
      return bufnr, vim.api.nvim_buf_get_name(bufnr)
    end
  end
  local row = M.row_of(checkout)
  local name = PREFIX .. (row and row.label or checkout)
  if vim.fn.bufexists(name) == 1 then
    name = PREFIX .. checkout -- two repositories may have a worktree of the same name
  end
  return nil, name
end

--- Fills a buffer of that name.
---@param bufnr integer
function M.attach(bufnr)
  local checkout = named(vim.api.nvim_buf_get_name(bufnr))
  listen()
  text_of.highlights()
  text_of.prepare(bufnr, 'hedgerow-review')
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.b[bufnr].hedgerow_checkout = checkout
  require('hedgerow.review.panel_keys').map(bufnr)
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    callback = function()
      panels[bufnr] = nil
    end,
  })
  panels[bufnr] = panels[bufnr]
    or {
      checkout = checkout,
      between = 'base',
      files = {},
      pages = 1,
      by_line = {},
      asking = false,
      again = false,
    }
  marking.begin(checkout, marking.between(checkout) or 'reviewed')
  M.read(bufnr)
end

--- The command `diff`: shows the panel, and fills the quickfix list.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  client.request('diff', params, function(result, problem)
    if not result then
      commands.tell(problem)
      return done(nil, problem and problem.sentence)
    end
    local bufnr, name = buffer_of(result.checkout)
    local window = bufnr and vim.fn.win_findbuf(bufnr)[1]
    if window then
      vim.api.nvim_set_current_win(window)
    else
      opening[name] = result.checkout
      local height = math.min(#result.files + 5, 12)
      vim.cmd(('botright %d split %s'):format(height, vim.fn.fnameescape(name)))
      opening[name] = nil
      vim.wo.cursorline, vim.wo.number, vim.wo.relativenumber = true, false, false
      vim.wo.signcolumn, vim.wo.wrap, vim.wo.winfixheight = 'no', false, true
      vim.wo[0][0].winfixbuf = true -- `:cc` and the like take another window
    end
    bufnr = vim.api.nvim_get_current_buf()
    local panel = panels[bufnr]
    panel.between = params.between or 'base'
    local plain = panel.between == 'base' or panel.between == 'reviewed'
    marking.begin(result.checkout, plain and 'reviewed' or panel.between)
    panel.result, panel.files = result, result.files
    draw(bufnr)
    require('hedgerow.review.quickfix').fill(result.checkout, panel.between, result.files, false)
    done(result)
  end)
end

return M
