-- The keys of a review's panel: one table gives the maps, their descriptions and their help.
local commands = require('hedgerow.commands')
local panel_of = require('hedgerow.review.panel')
local text_of = require('hedgerow.text')

local M = {}

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
    files[#files + 1] = panel_of.here().by_line[line]
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
    local panel, paths = panel_of.here(), {}
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
  local row = panel_of.row_of(panel_of.here().checkout)
  return row and require('hedgerow.paths').file(row.path, path)
end

---@param act fun(file: hedgerow.FileChange, panel: hedgerow.Panel, path: string)
---@return fun()
local function on_file(act)
  return function()
    local panel, file = panel_of.here(), chosen()[1]
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
      local panel = panel_of.here()
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
      require('hedgerow.comments.writing').on_file(panel.checkout, file)
    end),
  },
  {
    key = 'S',
    desc = 'send the comments',
    run = function()
      commands.run('sendComments', { checkout = panel_of.here().checkout })
    end,
  },
  {
    key = 'Q',
    desc = 'fill the quickfix list with what is pending',
    run = function()
      require('hedgerow.review.quickfix').fill(
        panel_of.here().checkout,
        panel_of.here().between,
        panel_of.here().files,
        true
      )
    end,
  },
  {
    key = 'm',
    desc = 'show more files, where there are more',
    run = function()
      panel_of.here().pages = panel_of.here().pages + 1
      panel_of.read(vim.api.nvim_get_current_buf())
    end,
  },
  {
    key = 'R',
    desc = 'read everything again',
    run = function()
      panel_of.read(vim.api.nvim_get_current_buf())
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

--- Maps them in a buffer.
---@param bufnr integer
function M.map(bufnr)
  for _, action in ipairs(actions) do
    local modes = action.visual and { 'n', 'x' } or 'n'
    local options = { buffer = bufnr, nowait = true, desc = action.desc }
    vim.keymap.set(modes, action.key, action.run, options)
  end
  vim.keymap.set('n', 'g?', help, { buffer = bufnr, nowait = true, desc = 'show the keys' })
end

return M
