-- Says what the panel of a review looks like: an answer of `diff` in, lines and highlights out.
local text_of = require('hedgerow.text')

local M = {}

local letters = {
  added = 'A',
  deleted = 'D',
  modified = 'M',
  renamed = 'R',
  mode = 'P',
  type = 'T',
  conflicted = 'C',
}

---@param number integer?
---@param sign string
---@return string
local function count(number, sign)
  return number and number > 0 and sign .. number or ''
end

---@param file hedgerow.FileChange
---@return string, string
local function standing(file)
  if file.queued then
    return "a rejection waits for the agent's turn to end", 'HedgerowQueued'
  elseif not file.pending then
    return 'accepted', 'HedgerowAccepted'
  end
  local left = vim.trim(count(file.pendingAdded, '+') .. ' ' .. count(file.pendingRemoved, '-'))
  local all = vim.trim(count(file.added, '+') .. ' ' .. count(file.removed, '-'))
  if left ~= '' and left ~= all then
    return 'pending ' .. left, 'HedgerowChanges'
  end
  return 'pending', 'HedgerowChanges'
end

---@param file hedgerow.FileChange
---@return string
local function name(file)
  return file.oldPath and ('%s ← %s'):format(file.path, file.oldPath) or file.path
end

---@param number integer
---@param noun string
---@return string
local function some(number, noun)
  return ('%d %s%s'):format(number, noun, number == 1 and '' or 's')
end

---@param result hedgerow.DiffResult
---@param label string
---@param files hedgerow.FileChange[] of every page that was asked for
---@return hedgerow.Text text
---@return table<integer, hedgerow.FileChange> files by line
function M.draw(result, label, files)
  local text, by_line = text_of.new(), {}
  local base = result.base and ' against ' .. result.base:sub(1, 7) or ''
  if result.between ~= 'base' then
    base = ' against ' .. (result.between == 'reviewed' and 'what is accepted' or result.between)
  end
  text:line(
    { 'Review of ' .. label, 'HedgerowTitle' },
    { base, 'HedgerowHint' },
    { '  g? shows the keys', 'HedgerowHint' }
  )
  local totals = result.totals
  text:line(
    some(totals.files, 'file'),
    ', ',
    { '+' .. totals.added, 'HedgerowLanded' },
    ' ',
    { '-' .. totals.removed, 'HedgerowGone' },
    ', ',
    { totals.pending == 0 and 'nothing pending' or totals.pending .. ' pending', 'HedgerowChanges' }
  )
  text:line('')
  local width, counts = 0, 0
  for _, file in ipairs(files) do
    width = math.max(width, vim.fn.strdisplaywidth(text_of.clean(name(file))))
    counts = math.max(counts, #count(file.added, '+') + 1 + #count(file.removed, '-'))
  end
  width = math.min(width, 60)
  for _, file in ipairs(files) do
    local words, group = standing(file)
    local added, removed = count(file.added, '+'), count(file.removed, '-')
    local whole = file.kind ~= 'text' and file.kind or ''
    local gap = added ~= '' and removed ~= '' and ' ' or ''
    local line = text:line(
      ' ',
      { letters[file.status] or '?', 'HedgerowHead' },
      ' ',
      { text_of.fit(text_of.clean(name(file)), width), 'HedgerowWorktree' },
      '  ',
      { added, 'HedgerowLanded' },
      gap,
      { removed, 'HedgerowGone' },
      whole,
      (' '):rep(math.max(counts - #added - #gap - #removed - #whole, 0) + 2),
      { words, group }
    )
    by_line[line] = file
  end
  if result.cursor then
    local left = totals.files - #files
    text:line({ ('   … and %s: m shows more'):format(some(left, 'file')), 'HedgerowHint' })
  end
  if #files == 0 then
    text:line('Nothing differs.')
  end
  return text, by_line
end

return M
