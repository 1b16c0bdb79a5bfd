-- Owns the rows that this Neovim knows and keeps them true: one `list`, then the server's changes, and
-- `list` again after a gap. Tells of each change through hedgerow.status; draws nothing.
local rows_of = require('hedgerow.rows')

local M = {}

---@type hedgerow.Rows?
local rows
---@type table what `list` is asked with
local scope = {}
local asking = false
local early = {} ---@type hedgerow.ListChanged[] changes that came while `list` was being answered
local waiting = {} ---@type fun(rows?: hedgerow.Rows, problem?: hedgerow.Problem)[]

---@param problem? hedgerow.Problem
local function settle(problem)
  local callbacks = waiting
  waiting = {}
  require('hedgerow.status').update()
  for _, callback in ipairs(callbacks) do
    callback(rows, problem)
  end
end

--- The rows after a change; nil when they must be asked for again. What is put away leaves the list that is told, but
--- not one that was asked for with what is past.
---@param before hedgerow.Rows
---@param change hedgerow.ListChanged
---@return hedgerow.Rows?
local function after(before, change)
  for _, id in ipairs(scope.past and change.removed or {}) do
    if before.sessions[id] then
      return nil
    end
  end
  return rows_of.apply(before, change)
end

---@return hedgerow.Rows?
function M.rows()
  return rows
end

--- Asks for the list; calls that meet share one request.
---@param callback? fun(rows?: hedgerow.Rows, problem?: hedgerow.Problem)
function M.refresh(callback)
  waiting[#waiting + 1] = callback
  if asking then
    return
  end
  asking, early = true, {}
  local asked = scope
  require('hedgerow.client').request('list', scope, function(result, problem)
    asking = false
    if not result then
      return settle(problem)
    elseif asked ~= scope then -- meanwhile something else was to be looked at
      return M.refresh()
    end
    local answered = rows_of.from_list(result)
    for _, change in ipairs(early) do
      local changed = after(answered, change)
      if not changed then
        return M.refresh()
      end
      answered = changed
    end
    rows = answered
    settle()
  end)
end

--- What `list` is asked with.
---@return table
function M.scope()
  return scope
end

--- Asks with other params from now on, such as { all = true }.
---@param params table
function M.look(params)
  if not vim.deep_equal(scope, params) then
    scope = params
    rows = nil
  end
end

---@param change hedgerow.ListChanged
function M.changed(change)
  if asking then
    early[#early + 1] = change
    return
  end
  local changed = rows and after(rows, change)
  if not changed then
    return M.refresh()
  end
  rows = changed
  require('hedgerow.status').update()
end

return M
