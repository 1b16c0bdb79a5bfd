-- The buffers `hedgerow://review/<checkout>`: the files of a review, kept true, and the keys to go through them.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local live = require('hedgerow.live')
local marking = require('hedgerow.review.marking')
local news = require('hedgerow.news')
local panel_text = require('hedgerow.review.panel_text')
local text_of = require('hedgerow.text')

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
local function row_of(checkout)
  local rows = live.rows()
  return rows and rows.checkouts[checkout]
end

---@param bufnr integer
local function draw(bufnr)
  local panel = panels[bufnr]
  local row = row_of(panel.checkout)
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

---@param bufnr integer
local function read(bufnr)
  local panel = panels[bufnr]
  if not panel then
    return
  elseif panel.asking then
    panel.again = true
    return
  end
  panel.asking, panel.again = true, false
  local files, row = {}, row_of(panel.checkout)
  local function page(number, cursor)
    client.request('diff', {
      repository = row and row.path,
      checkout = panel.checkout,
      between = panel.between,
      cursor = cursor,
    }, function(result, problem)
      if panels[bufnr] ~= panel then
        return
      elseif not result then
        panel.asking = false
        return commands.tell(problem)
      end
      vim.list_extend(files, result.files)
      if result.cursor and number < panel.pages then
        return page(number + 1, result.cursor)
      end
      panel.asking, panel.result, panel.files = false, result, files
      draw(bufnr)
      if panel.again then
        read(bufnr)
      end
    end)
  end
  page(1, nil)
end

---@return hedgerow.Panel
local function here()
  return panels[vim.api.nvim_get_current_buf()]
end

--- The files under the cursor, or of the lines that are selected.
---@return hedgerow.FileChange[]
local function chosen()
  local first, last = vim.fn.line('v'), vim.fn.line('.')
  if vim.fn.mode():find('^[vV\22]') then
    vim.cmd.normal({ '\27', bang = true })
  else
    first = last
  end
  local files = {}
  for line = math.min(first, last), math.max(first, last) do
    files[#files + 1] = here().by_line[line]
  end
  if #files == 0 then
    require('hedgerow.message').info('There is no file on this line.')
  end
  return files
end

---@param verb 'accept'|'reject'
---@return fun()
local function decide(verb)
  return function()
    local panel, paths = here(), {}
    for _, file in ipairs(chosen()) do
      paths[#paths + 1] = file.path
    end
    if #paths > 0 then
      local params = { checkout = panel.checkout, paths = paths }
      commands.run(verb, params, require('hedgerow.review.deciding').remember)
    end
  end
end

---@param path string
---@return string? absolute
local function place(path)
  local row = row_of(here().checkout)
  return row and row.path .. '/' .. path
end

---@param act fun(file: hedgerow.FileChange, panel: hedgerow.Panel, path: string)
---@return fun()
local function on_file(act)
  return function()
    local panel, file = here(), chosen()[1]
    local path = file and place(file.path)
    if path then
      act(file, panel, path)
    end
  end
end

---@type { key: string, desc: string, run: fun(), visual?: boolean }[]
local actions = {
  {
    key = '<CR>',
    desc = 'open the file, with its hunks',
    run = on_file(function(file, panel, path)
      if file.status == 'deleted' then
        return require('hedgerow.review.sides').show(panel.checkout, file)
      end
      require('hedgerow.review.windows').edit(path)
    end),
  },
  {
    key = 's',
    desc = 'open it side by side with what it was',
    run = on_file(function(file, panel)
      require('hedgerow.review.sides').show(panel.checkout, file)
    end),
  },
  { key = 'a', desc = 'accept the file, or those selected', run = decide('accept'), visual = true },
  { key = 'r', desc = 'reject the file, or those selected', run = decide('reject'), visual = true },
  {
    key = 'A',
    desc = 'accept everything that is shown',
    run = function()
      local panel = here()
      local seen = panel.result and panel.result.version
      local params = { checkout = panel.checkout, all = true, seen = seen }
      commands.run('accept', params, require('hedgerow.review.deciding').remember)
    end,
  },
  {
    key = 'u',
    desc = 'take back what was accepted or rejected last',
    run = function()
      require('hedgerow.review.deciding').undo()
    end,
  },
  {
    key = 'c',
    desc = 'comment on the file',
    run = on_file(function(file, panel)
      require('hedgerow.comments.writing').on_file(panel.checkout, file.path)
    end),
  },
  {
    key = 'S',
    desc = 'send the comments',
    run = function()
      commands.run('sendComments', { checkout = here().checkout })
    end,
  },
  {
    key = 'Q',
    desc = 'fill the quickfix list with what is pending',
    run = function()
      require('hedgerow.review.quickfix').fill(here().checkout, here().between, here().files, true)
    end,
  },
  {
    key = 'm',
    desc = 'show more files, where there are more',
    run = function()
      here().pages = here().pages + 1
      read(vim.api.nvim_get_current_buf())
    end,
  },
  {
    key = 'R',
    desc = 'read everything again',
    run = function()
      read(vim.api.nvim_get_current_buf())
    end,
  },
  {
    key = 'q',
    desc = 'close the panel',
    run = function()
      if #vim.api.nvim_tabpage_list_wins(0) > 1 then
        vim.api.nvim_win_close(0, true)
      else
        vim.cmd.bdelete()
      end
    end,
  },
}

local function help()
  local lines = text_of.new()
  for _, action in ipairs(actions) do
    lines:line(' ', { text_of.fit(action.key, 6), 'HedgerowTitle' }, action.desc)
  end
  require('hedgerow.float').open(lines, { title = 'Keys of the review' })
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
        read(bufnr)
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

--- Fills a buffer of that name.
---@param bufnr integer
function M.attach(bufnr)
  local checkout = vim.api.nvim_buf_get_name(bufnr):sub(#PREFIX + 1)
  listen()
  text_of.highlights()
  text_of.prepare(bufnr, 'hedgerow-review')
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.b[bufnr].hedgerow_checkout = checkout
  for _, action in ipairs(actions) do
    local modes = action.visual and { 'n', 'x' } or 'n'
    local options = { buffer = bufnr, nowait = true, desc = action.desc }
    vim.keymap.set(modes, action.key, action.run, options)
  end
  vim.keymap.set('n', 'g?', help, { buffer = bufnr, nowait = true, desc = 'show the keys' })
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
  read(bufnr)
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
    local name = PREFIX .. result.checkout
    local bufnr = vim.fn.bufnr('^' .. name .. '$')
    local window = bufnr ~= -1 and vim.fn.win_findbuf(bufnr)[1]
    if window then
      vim.api.nvim_set_current_win(window)
    else
      vim.cmd(('botright %d split %s'):format(math.min(#result.files + 5, 12), name))
      vim.wo.cursorline, vim.wo.number, vim.wo.relativenumber = true, false, false
      vim.wo.signcolumn, vim.wo.wrap, vim.wo.winfixheight = 'no', false, true
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
