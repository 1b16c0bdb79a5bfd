-- Tells the person what a command did: its sentence, what stayed, what did not come out as asked.
local message = require('hedgerow.message')

local M = {}

--- What may stand behind a sentence: what to do next.
---@param result hedgerow.ChangeResult|hedgerow.StartResult|hedgerow.SessionResult
---@param sentence string
---@return string
local function hint(result, sentence)
  local launched = result --[[@as hedgerow.StartResult]]
  if launched.session and require('hedgerow.sessions.launches').note(launched) then
    return ' (K in the list: what was added)'
  end
  local says_how = sentence:find('`hedgerow ', 1, true) -- to take it back
  local undoable = result.operation and result.operation.undoable
  return undoable and not says_how and ' (:Hedgerow undo)' or ''
end

---@param result hedgerow.ChangeResult|hedgerow.StartResult|hedgerow.SessionResult
---@param planned boolean whether the person saw the plan, and so what stays
function M.tell(result, planned)
  local sentence = result.message or ''
  if result.session then -- what the shell would type next is a key here, and the rest fits into one line
    sentence = sentence:gsub('; `hedgerow [^`]+`[%w ]+$', '')
  end
  local more = hint(result, sentence)
  -- A message that does not fit makes the person press <Enter>, which is worse than a hint less.
  if vim.fn.strdisplaywidth(sentence .. more) <= vim.v.echospace then
    sentence = sentence .. more
  end
  if sentence ~= '' then
    message.info(sentence)
  end
  for _, kept in ipairs(planned and {} or result.kept or {}) do
    message.info(('%s stays: %s'):format(kept.name, kept.reason))
  end
  for _, warning in ipairs(result.warnings or {}) do
    message.warn(warning)
  end
  if result.session and result.launch then
    require('hedgerow.sessions.terminal').host(result.session, result.launch)
  end
end

return M
