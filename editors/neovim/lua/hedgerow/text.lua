-- Builds lines of a buffer together with their highlights, and puts them there. Knows no Hedgerow.
local M = {}

---@class hedgerow.Mark
---@field row integer 0-based
---@field from integer byte column
---@field to integer
---@field group string

---@class hedgerow.Text
---@field lines string[]
---@field marks hedgerow.Mark[]
local Text = {}
Text.__index = Text

---@return hedgerow.Text
function M.new()
  return setmetatable({ lines = {}, marks = {} }, Text)
end

--- What came from outside, as it can stand in one line.
---@param value any
---@return string
function M.clean(value)
  return (tostring(value):gsub('\t', '    '):gsub('%c', '?'))
end

--- Adds a line made of parts: strings, or { string, highlight group }.
---@param ... string|{ [1]: string, [2]: string? }
---@return integer line 1-based number of the line
function Text:line(...)
  local row, line = #self.lines, ''
  for _, part in ipairs({ ... }) do
    local words, group = part, nil
    if type(part) == 'table' then
      words, group = part[1], part[2]
    end
    words = M.clean(words)
    if group and words ~= '' then
      self.marks[#self.marks + 1] = { row = row, from = #line, to = #line + #words, group = group }
    end
    line = line .. words
  end
  self.lines[row + 1] = (line:gsub('%s+$', ''))
  return row + 1
end

--- A sentence of the server as it is said here: `~` for the home, `:Hedgerow` for the shell's command.
---@param words string
---@return string
function M.said(words)
  words = words:gsub('([`(])hedgerow ', '%1:Hedgerow ')
  local home = vim.env.HOME
  if not home or home == '' or home == '/' then
    return words
  end
  return (words:gsub(vim.pesc(home) .. '/', '~/'))
end

--- A moment, to the minute.
---@param seconds number since the epoch
---@return string
function M.moment(seconds)
  return os.date('%Y-%m-%d %H:%M', math.floor(seconds)) --[[@as string]]
end

--- Cut or filled to a width on the screen.
---@param words string
---@param width integer
---@return string
function M.fit(words, width)
  local have = vim.fn.strdisplaywidth(words)
  if have <= width then
    return words .. (' '):rep(width - have)
  end
  local cut = vim.fn.strcharpart(words, 0, width - 1)
  while vim.fn.strdisplaywidth(cut) > width - 1 do
    cut = vim.fn.strcharpart(cut, 0, vim.fn.strchars(cut) - 1)
  end
  return cut .. '…' .. (' '):rep(width - 1 - vim.fn.strdisplaywidth(cut))
end

local namespace = vim.api.nvim_create_namespace('hedgerow')

--- Puts the text into a buffer of ours in place of what was there.
---@param bufnr integer
---@param text hedgerow.Text
function M.put(bufnr, text)
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, text.lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  for _, mark in ipairs(text.marks) do
    local to = math.min(mark.to, #text.lines[mark.row + 1])
    vim.api.nvim_buf_set_extmark(bufnr, namespace, mark.row, math.min(mark.from, to), {
      end_col = to,
      hl_group = mark.group,
    })
  end
end

--- Makes a buffer one of ours: shown, never edited, never written.
---@param bufnr integer
---@param filetype string
function M.prepare(bufnr, filetype)
  vim.bo[bufnr].buftype = 'nofile'
  vim.bo[bufnr].swapfile = false
  vim.bo[bufnr].undolevels = -1
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].filetype = filetype
end

local links = {
  HedgerowTitle = 'Title',
  HedgerowHint = 'Comment',
  HedgerowRepository = 'Directory',
  HedgerowLocal = 'Identifier',
  HedgerowWorktree = 'Function',
  HedgerowForeign = 'Comment',
  HedgerowHead = 'Type',
  HedgerowClean = 'Comment',
  HedgerowChanges = 'DiagnosticWarn',
  HedgerowLanded = 'DiagnosticOk',
  HedgerowProblem = 'DiagnosticError',
  HedgerowPending = 'NonText',
  HedgerowGroup = 'Statement',
  HedgerowSession = 'Function',
  HedgerowAgent = 'Type',
  HedgerowWaiting = 'DiagnosticWarn',
  HedgerowDone = 'DiagnosticOk',
  HedgerowWorking = 'DiagnosticInfo',
  HedgerowSaid = 'Normal',
  HedgerowCommand = 'String',
  HedgerowLoss = 'DiagnosticWarn',
  HedgerowGone = 'DiagnosticError',
  HedgerowAdded = 'DiffAdd',
  HedgerowAddedWord = 'DiffText',
  HedgerowDeleted = 'DiffDelete',
  HedgerowDeletedWord = 'Error',
  HedgerowAccepted = 'DiagnosticOk',
  HedgerowQueued = 'DiagnosticWarn',
  HedgerowComment = 'DiagnosticInfo',
  HedgerowOutdated = 'Comment',
  HedgerowEdited = 'Visual',
  HedgerowPaused = 'DiagnosticWarn',
}

--- Highlight groups, each linked to a standard one unless the colour scheme or the person set it.
function M.highlights()
  for group, target in pairs(links) do
    vim.api.nvim_set_hl(0, group, { link = target, default = true })
  end
end

return M
