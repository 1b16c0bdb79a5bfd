-- What other Lua may call. Everything behind it is loaded when it is first used.
local M = {}

--- Optional: the same as setting `vim.g.hedgerow`.
---@param options? hedgerow.Options
function M.setup(options)
  vim.g.hedgerow = options or {}
end

--- Carries out a command as `:Hedgerow` would, asking for what is missing and about its plan.
---@param verb string such as 'create'
---@param params? table wire names and values, such as { name = 'fix-login', carry = 'copy' }
---@param done? fun(result?: table, problem?: string) called once at the end; both nil when the person said no
function M.run(verb, params, done)
  require('hedgerow.commands').run(verb, params or {}, done)
end

--- One short text for a statusline; empty until Hedgerow is first used.
---@return string
function M.statusline()
  return require('hedgerow.status').text(vim.g.hedgerow_status)
end

return M
