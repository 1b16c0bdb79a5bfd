-- Which commands make sense for which rows, so that a menu offers no others. The server decides what may be
-- done. Pure.
local M = {}

---@param session hedgerow.SessionRow
---@return boolean
local function runs(session)
  return session.host ~= 'nothing'
end

---@type table<string, fun(session: hedgerow.SessionRow): boolean> every other verb fits any session
local of_session = {
  answer = function(session)
    return session.phase == 'waiting'
  end,
  attach = function(session)
    return session.host == 'tmux' or session.host == 'editor'
  end,
  send = function(session)
    return runs(session) and session.phase ~= 'waiting'
  end,
  stop = runs,
  resume = function(session)
    return not runs(session)
  end,
  fork = function(session)
    return session.conversation ~= nil
  end,
  markSeen = function(session)
    return session.phase == 'done'
  end,
}

---@type table<string, fun(checkout: hedgerow.CheckoutRow): boolean> every other verb fits any checkout
local of_checkout = {
  cleanUp = function(checkout)
    return checkout.kind ~= 'local'
  end,
  keep = function(checkout)
    return checkout.kind ~= 'local'
  end,
  land = function(checkout)
    return checkout.kind ~= 'local'
  end,
  adopt = function(checkout)
    return checkout.kind == 'foreign'
  end,
}

---@param verb string
---@param session hedgerow.SessionRow
---@return boolean
function M.fits_session(verb, session)
  return not of_session[verb] or of_session[verb](session)
end

---@param verb string
---@param checkout hedgerow.CheckoutRow
---@return boolean
function M.fits_checkout(verb, checkout)
  return not of_checkout[verb] or of_checkout[verb](checkout)
end

return M
