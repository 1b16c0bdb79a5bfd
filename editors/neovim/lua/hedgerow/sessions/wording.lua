-- What rows are called: the state of a checkout, the phase of a session, ages. Pure; parts of lines, no
-- lines.
local text_of = require('hedgerow.text')

local M = {}

---@alias hedgerow.Part { [1]: string, [2]: string? } words, and how they are shown

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
  running = 'setting up',
  notAllowed = 'set-up not allowed yet',
  failed = 'set-up failed',
}

--- The state of a checkout as parts of a line, without separators.
---@param row hedgerow.CheckoutRow
---@return hedgerow.Part[]
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
  add(setups[row.setup], row.setup == 'running' and 'HedgerowPending' or 'HedgerowProblem')
  add(row.locked and 'locked', 'HedgerowHint')
  add(row.kind == 'kept' and 'kept' or nil, 'HedgerowHint')
  add(
    row.kind == 'foreign' and 'made by ' .. (row.owner == 'user' and 'hand' or row.owner) or nil,
    'HedgerowHint'
  )
  add(row.pending and '…' or nil, 'HedgerowPending')
  return parts
end

local phases = {
  waiting = { '!', 'HedgerowWaiting' },
  failed = { '✗', 'HedgerowProblem' },
  done = { '✓', 'HedgerowDone' },
  starting = { '›', 'HedgerowWorking' },
  working = { '›', 'HedgerowWorking' },
  unknown = { '?', 'HedgerowHint' },
  idle = { '·', 'HedgerowHint' },
  parked = { '-', 'HedgerowHint' },
  ended = { '-', 'HedgerowHint' },
}

--- The sign of a phase: one cell, and how it is shown.
---@param phase string
---@return hedgerow.Part
function M.sign(phase)
  return phases[phase] or phases.unknown
end

--- What a session asks, does, said or died of, in one line; nil when there is nothing to say.
---@param session hedgerow.SessionRow
---@return hedgerow.Part?
function M.news(session)
  local group = M.sign(session.phase)[2]
  if session.phase == 'waiting' then
    return { session.question and session.question.text or session.detail or 'waits for you', group }
  elseif session.phase == 'done' or session.phase == 'idle' then
    local said = session.detail or vim.trim(session.lastMessage or ''):match('^[^\n]*')
    return said ~= '' and session.phase == 'done' and { said, 'HedgerowSaid' } or nil
  elseif session.phase == 'parked' then
    return nil
  end
  local words = session.detail or (session.phase == 'starting' and 'starting' or nil)
  return words and { words, session.phase == 'failed' and group or 'HedgerowSaid' } or nil
end

--- Marks that a session has, as parts of a line.
---@param session hedgerow.SessionRow
---@return hedgerow.Part[]
function M.marks(session)
  local parts = {}
  local function add(words, group)
    if words then
      parts[#parts + 1] = { words, group }
    end
  end
  add(session.pinned and 'pinned' or nil, 'HedgerowHint')
  add(session.archived and 'archived' or nil, 'HedgerowHint')
  add(session.phase == 'ended' and 'ended' or nil, 'HedgerowHint')
  for _, problem in ipairs(session.problems or {}) do
    add(text_of.said(problem), 'HedgerowProblem')
  end
  return parts
end

--- How long ago, in few cells.
---@param seconds number
---@return string
function M.age(seconds)
  if seconds < 60 then
    return 'now'
  elseif seconds < 3600 then
    return ('%dm'):format(seconds / 60)
  elseif seconds < 2 * 86400 then
    return ('%dh'):format(seconds / 3600)
  end
  return ('%dd'):format(seconds / 86400)
end

local counted = {
  { 'waiting', 'need you', 'needs you' },
  { 'failed', 'failed' },
  { 'done', 'done' },
  { 'working', 'working' },
}

--- How many sessions need the person or work, in few words; empty when none does.
---@param counts table<string, integer> by phase
---@return hedgerow.Part[]
function M.counts(counts)
  local parts = {}
  for _, one in ipairs(counted) do
    local number = counts[one[1]] or 0
    if one[1] == 'working' then
      number = number + (counts.starting or 0)
    end
    if number > 0 then
      local words = number == 1 and one[3] or one[2]
      parts[#parts + 1] = { ('%d %s'):format(number, words), M.sign(one[1])[2] }
    end
  end
  return parts
end

return M
