-- Tells the person that a session has started to wait, is done, or failed: each once, however many editors
-- are open (the server sees to that). Which of them, the option `notify` says.
local message = require('hedgerow.message')

local M = {}

local levels = { waiting = message.warn, failed = message.error }

--- `hedgerow/attention`.
---@param news hedgerow.Attention
function M.told(news)
  local wanted = require('hedgerow.config').current().notify
  local phase = news.session.phase
  if type(wanted) == 'table' then
    wanted = vim.list_contains(wanted, phase)
  end
  if wanted and not require('hedgerow.sessions.terminal').is_current(news.session.id) then
    (levels[phase] or message.info)(news.message)
  end
end

return M
