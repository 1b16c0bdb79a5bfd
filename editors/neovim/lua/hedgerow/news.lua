-- Passes on what the server tells without being asked, to the parts of this client that want to know. Keeps nothing.
local M = {}

---@alias hedgerow.Topic
---| 'started' # a server runs from now on, and knows nothing of what was said to the one before
---| 'edited'
---| 'reviewChanged'
---| 'commentsChanged'

local listeners = {} ---@type table<hedgerow.Topic, fun(news: table)[]>

---@param topic hedgerow.Topic
---@param heard fun(news: table)
function M.on(topic, heard)
  listeners[topic] = listeners[topic] or {}
  table.insert(listeners[topic], heard)
end

---@param topic hedgerow.Topic
---@param news? table
function M.tell(topic, news)
  for _, heard in ipairs(listeners[topic] or {}) do
    heard(news or {})
  end
end

return M
