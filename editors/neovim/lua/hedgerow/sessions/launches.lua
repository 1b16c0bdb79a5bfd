-- Remembers what the launch of each session of this Neovim added to its agent's command line, as the server told it.
local M = {}

local adds = {} ---@type table<string, string[]> by the session's id

--- Remembers an answer of `start`, `resume` or `fork`.
---@param result hedgerow.StartResult
---@return boolean first whether anything was added, and nothing ever before
function M.note(result)
  if not result.session or #(result.adds or {}) == 0 then
    return false
  end
  local first = next(adds) == nil
  adds[result.session.id] = result.adds
  return first
end

--- What was added, one sentence each.
---@param session string
---@return string[]
function M.adds(session)
  return adds[session] or {}
end

return M
