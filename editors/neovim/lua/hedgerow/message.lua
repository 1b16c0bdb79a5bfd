-- The whole policy of telling the person something: one sentence, once, through vim.notify.
-- Callable from any callback; never raises, never shows a traceback.
local text = require('hedgerow.text')

local M = {}

---@param level integer
---@return fun(sentence: string, passing?: boolean)
local function teller(level)
  -- What is passing may take the place of what was told right before it: two lines would ask for <Enter>.
  return function(sentence, passing)
    vim.schedule(function()
      if passing then
        vim.cmd.redraw()
      end
      -- Short enough, most times, that the person need not press <Enter>.
      vim.notify(text.said(sentence), level, { title = 'Hedgerow' })
    end)
  end
end

M.info = teller(vim.log.levels.INFO)
M.warn = teller(vim.log.levels.WARN)
M.error = teller(vim.log.levels.ERROR)

return M
