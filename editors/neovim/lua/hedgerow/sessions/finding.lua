-- Finds the row of a session that a person named, and says that the person has looked at one. Reads the
-- live rows; what it does not find, the server may.
local live = require('hedgerow.live')

local M = {}

--- The session of an id, a label, or a checkout in which it is the only one.
---@param name any
---@return hedgerow.SessionRow?
function M.find(name)
  local rows = live.rows()
  if not rows or type(name) ~= 'string' then
    return nil
  end
  local found = {}
  for _, session in pairs(rows.sessions) do
    local checkout = rows.checkouts[session.checkout or '']
    if session.id == name then
      return session
    elseif
      session.label == name or (checkout and (checkout.label == name or checkout.id == name))
    then
      found[#found + 1] = session
    end
  end
  return #found == 1 and found[1] or nil
end

--- The words by which sessions can be named: their labels, where a label is of one alone; else their ids.
---@return string[]
function M.names()
  local rows = live.rows()
  local sessions = vim.tbl_values(rows and rows.sessions or {})
  local often = {}
  for _, session in ipairs(sessions) do
    often[session.label] = (often[session.label] or 0) + 1
  end
  local names = vim.tbl_map(function(session)
    return often[session.label] == 1 and session.label or session.id
  end, sessions)
  table.sort(names)
  return names
end

--- Says that the person has looked at what a session did.
---@param row? hedgerow.SessionRow
function M.looked_at(row)
  if row and row.phase == 'done' then
    require('hedgerow.client').request('markSeen', { session = row.id }, function(_, problem)
      require('hedgerow.commands').tell(problem)
    end)
  end
end

return M
