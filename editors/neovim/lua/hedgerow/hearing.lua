-- What the server says without being asked, and the commands that it may offer: who is told of each. Keeps only the
-- sentence that was said last.
local compat = require('hedgerow.compat')
local message = require('hedgerow.message')
local news = require('hedgerow.news')

local M = {}

-- A server that cannot work says so by itself and again to whoever asks: the second time is not told.
local SAID_MS = 5000
local said = { sentence = '', at = 0 }

--- Whether the server has just said this by itself.
---@param sentence string
---@return boolean
function M.just_said(sentence)
  return sentence == said.sentence and vim.uv.now() - said.at < SAID_MS
end

---@type table<string, lsp.Handler>
M.handlers = {
  ['hedgerow/listChanged'] = function(_, params)
    require('hedgerow.live').changed(compat.plain(params))
  end,
  ['hedgerow/serverStatus'] = function(_, params)
    require('hedgerow.status').server(compat.plain(params))
  end,
  ['hedgerow/attention'] = function(_, params)
    require('hedgerow.sessions.attention').told(compat.plain(params))
  end,
  ['$/progress'] = function(...)
    require('hedgerow.status').progress(select(2, ...))
    return vim.lsp.handlers['$/progress'](...)
  end,
  ['window/showMessage'] = function(_, params)
    local tell = ({ message.error, message.warn })[params.type] or message.info
    tell(params.message)
    said = { sentence = (params.message:gsub('^Hedgerow: ', '')), at = vim.uv.now() }
    return vim.NIL
  end,
}

for _, topic in ipairs({ 'edited', 'reviewChanged', 'commentsChanged' }) do
  M.handlers['hedgerow/' .. topic] = function(_, params)
    news.tell(topic, compat.plain(params))
  end
end

-- What the server may offer as a code action or a lens. It is run here, since some of it asks for words first.
---@type table<string, fun(command: lsp.Command)>
M.offered = {}
for _, verb in ipairs({ 'accept', 'reject', 'comment', 'editComment' }) do
  M.offered['hedgerow.' .. verb] = function(command)
    local params = (command.arguments or {})[1] or {} --[[@as table]]
    require('hedgerow.commands').run(verb, compat.plain(params))
  end
end

return M
