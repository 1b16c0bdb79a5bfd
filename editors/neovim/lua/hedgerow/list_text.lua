-- Says what a list looks like: rows in, lines and highlights out. Pure but for measuring text.
local rows_of = require('hedgerow.rows')
local text_of = require('hedgerow.text')

local M = {}

---@class hedgerow.ListText
---@field text hedgerow.Text
---@field ids table<integer, string> what each line is about: the id of a checkout or a repository
---@field here? integer line of the checkout that holds the current directory
---@field column integer where states begin, for lines that are too long to go on below

---@param number integer?
---@param word string
---@return string?
local function count(number, word)
  return number and number > 0 and ('%d %s'):format(number, word) or nil
end

--- What HEAD is, in few words.
---@param head hedgerow.Head
---@return string
function M.head(head)
  if head.kind == 'branch' then
    return head.branch or '?'
  elseif head.kind == 'detached' then
    return 'at ' .. (head.oid or '?'):sub(1, 7)
  elseif head.kind == 'unborn' then
    return (head.branch or '?') .. ' (no commit)'
  end
  return '?'
end

local states = {
  making = 'being made',
  missing = 'directory is missing',
  orphaned = 'git no longer knows it',
  unreadable = 'cannot be read',
}

local setups = {
  notAllowed = 'set-up not allowed yet',
  failed = 'set-up failed',
}

--- The state of a checkout as parts of a line, without separators.
---@param row hedgerow.CheckoutRow
---@return { [1]: string, [2]: string }[]
function M.state(row)
  local parts = {}
  local function add(words, group)
    if words then
      parts[#parts + 1] = { words, group }
    end
  end
  add(states[row.state], row.state == 'making' and 'HedgerowPending' or 'HedgerowProblem')
  add(row.problem and text_of.said(row.problem), 'HedgerowProblem')
  add(row.operation and 'mid-' .. row.operation, 'HedgerowProblem')
  local counts = row.counts
  if counts then
    local before = #parts
    add(count(counts.conflicted, 'conflicted'), 'HedgerowProblem')
    add(count(counts.staged, 'staged'), 'HedgerowChanges')
    add(count(counts.unstaged, 'changed'), 'HedgerowChanges')
    add(count(counts.untracked, 'new'), 'HedgerowChanges')
    if #parts == before then
      add(row.inLocal and 'in Local' or 'clean', row.inLocal and 'HedgerowHint' or 'HedgerowClean')
    end
  end
  local base = row.base
  if base then
    add(count(base.ahead, 'ahead'), 'HedgerowChanges')
    add(count(base.behind, 'behind'), 'HedgerowHint')
  end
  local landed = row.landed
  if landed and landed.state == 'landed' and landed.how ~= 'nothing' then
    add('landed' .. (landed.onto and ' on ' .. landed.onto or ''), 'HedgerowLanded')
  end
  add(setups[row.setup], 'HedgerowProblem')
  add(row.locked and 'locked', 'HedgerowHint')
  add(row.kind == 'kept' and 'kept' or nil, 'HedgerowHint')
  add(
    row.kind == 'foreign' and 'made by ' .. (row.owner == 'user' and 'hand' or row.owner) or nil,
    'HedgerowHint'
  )
  add(row.pending and '…' or nil, 'HedgerowPending')
  return parts
end

local groups = { ['local'] = 'HedgerowLocal', foreign = 'HedgerowForeign' }

---@param rows hedgerow.CheckoutRow[]
---@param of fun(row: hedgerow.CheckoutRow): string
---@param most integer
---@return integer
local function widest(rows, of, most)
  local width = 0
  for _, row in ipairs(rows) do
    width = math.max(width, vim.fn.strdisplaywidth(text_of.clean(of(row))))
  end
  return math.min(width, most)
end

---@param rows? hedgerow.Rows nil while there is no list yet
---@param directory string the current directory, to mark the checkout that holds it
---@param note? string what is to be said above the list, such as that the server is not running
---@return hedgerow.ListText
function M.draw(rows, directory, note)
  local text, ids = text_of.new(), {}
  text:line({ 'Hedgerow', 'HedgerowTitle' }, { '  g? shows the keys', 'HedgerowHint' })
  if note then
    text:line({ note, 'HedgerowProblem' })
  end
  if not rows then
    if not note then
      text:line({ 'Reading …', 'HedgerowPending' })
    end
    return { text = text, ids = ids, column = 0 }
  end
  if #rows.order == 0 then
    text:line('No repository is open: open a file of one, or :cd into it, and press R.')
  end
  local here = rows_of.holding(rows, directory)
  local here_line
  local checkouts = vim.tbl_values(rows.checkouts)
  local label_width = widest(checkouts, function(row)
    return row.label
  end, 24)
  local head_width = widest(checkouts, function(row)
    return M.head(row.head)
  end, 24)
  for _, id in ipairs(rows.order) do
    local repository = rows.repositories[id]
    text:line('')
    local line = text:line(
      { repository.name, 'HedgerowRepository' },
      '  ',
      { vim.fn.fnamemodify(repository.path, ':~'), 'HedgerowHint' }
    )
    ids[line] = id
    if not repository.trusted then
      text:line(
        '    ',
        { 'Not trusted: only listed, nothing can be changed here.', 'HedgerowProblem' }
      )
    end
    for _, problem in ipairs(repository.problems or {}) do
      text:line('    ', { text_of.said(problem), 'HedgerowProblem' })
    end
    for _, row in ipairs(rows_of.of(rows, id)) do
      local parts = {
        here and here.id == row.id and '* ' or '  ',
        {
          text_of.fit(text_of.clean(row.label), label_width),
          groups[row.kind] or 'HedgerowWorktree',
        },
        '  ',
        { text_of.fit(text_of.clean(M.head(row.head)), head_width), 'HedgerowHead' },
        '  ',
      }
      for index, part in ipairs(M.state(row)) do
        if index > 1 then
          parts[#parts + 1] = ', '
        end
        parts[#parts + 1] = part
      end
      local number = text:line(unpack(parts))
      ids[number] = row.id
      here_line = here and here.id == row.id and number or here_line
    end
  end
  return { text = text, ids = ids, here = here_line, column = label_width + head_width + 6 }
end

return M
