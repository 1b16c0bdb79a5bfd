-- Which commands make sense for which rows, and why others do not, so that a menu offers no others. The server decides
-- what may be done. Pure.
local M = {}

---@class hedgerow.Fit
---@field fits fun(row: any): boolean
---@field why string the rest of a sentence that begins with the row's label

---@param session hedgerow.SessionRow
---@return boolean
local function runs(session)
  return session.host ~= 'nothing'
end

---@param checkout hedgerow.CheckoutRow
---@return boolean
local function is_worktree(checkout)
  return checkout.kind ~= 'local'
end

---@type table<string, hedgerow.Fit> every other verb fits any session
local of_session = {
  answer = {
    fits = function(session)
      return session.phase == 'waiting'
    end,
    why = 'asks nothing',
  },
  attach = {
    fits = function(session)
      return session.host == 'tmux' or session.host == 'editor'
    end,
    why = 'is in no terminal that can be shown here',
  },
  send = {
    fits = function(session)
      return runs(session) and session.phase ~= 'waiting'
    end,
    why = 'takes no prompt now: it waits for an answer, or does not run',
  },
  stop = { fits = runs, why = 'does not run' },
  resume = {
    fits = function(session)
      return not runs(session)
    end,
    why = 'runs already',
  },
  fork = {
    fits = function(session)
      return session.conversation ~= nil
    end,
    why = 'has no conversation that could be copied',
  },
  markSeen = {
    fits = function(session)
      return session.phase == 'done'
    end,
    why = 'has done nothing that you have not looked at',
  },
}

---@type table<string, hedgerow.Fit> every other verb fits any checkout
local of_checkout = {
  cleanUp = { fits = is_worktree, why = 'is no worktree: it stays' },
  keep = { fits = is_worktree, why = 'is no worktree: it stays' },
  land = { fits = is_worktree, why = 'is no worktree: nothing is to be landed' },
  adopt = {
    fits = function(checkout)
      return checkout.kind == 'foreign'
    end,
    why = "is Hedgerow's already, or is no worktree",
  },
}

local tables = { session = of_session, checkout = of_checkout }

--- Why a command does not fit a row; nil where it does.
---@param about 'session'|'checkout'
---@param verb? string
---@param row hedgerow.SessionRow|hedgerow.CheckoutRow
---@return string?
function M.unfit(about, verb, row)
  local fit = verb and tables[about][verb]
  return fit and not fit.fits(row) and ('%s %s.'):format(row.label, fit.why) or nil
end

return M
