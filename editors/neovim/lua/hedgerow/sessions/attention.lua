-- Tells the person that a session has started to wait, is done, or failed: each once, however many editors
-- are open (the server sees to that). Which of them, the option `notify` says.
local message = require('hedgerow.message')
local text = require('hedgerow.text')

local M = {}

local levels = { waiting = message.warn, failed = message.error }

--- The sentence as it fits into one line, so that nobody has to press <Enter> for it: the list has it whole.
---@param news hedgerow.Attention
---@return string
local function short(news)
  local sentence, label = news.message, news.session.label
  local over = vim.fn.strdisplaywidth(sentence) - vim.v.echospace
  if over > 0 and vim.startswith(sentence, label) then
    local width = math.max(vim.fn.strdisplaywidth(label) - over, 16)
    sentence = vim.trim(text.fit(label, width)) .. sentence:sub(#label + 1)
  end
  return vim.trim(text.fit(sentence, math.max(vim.v.echospace, 20)))
end

--- `hedgerow/attention`.
---@param news hedgerow.Attention
function M.told(news)
  local wanted = require('hedgerow.config').current().notify
  local phase = news.session.phase
  if type(wanted) == 'table' then
    wanted = vim.list_contains(wanted, phase)
  end
  if wanted and not require('hedgerow.sessions.terminal').is_current(news.session.id) then
    (levels[phase] or message.info)(short(news), true)
  end
end

return M
