-- Asks for the prompt of a new session, and for its agent where the server finds several.
local M = {}

---@param params table
---@param checkout? hedgerow.CheckoutRow where it is to work; else in a new worktree
function M.ask(params, checkout)
  local where = checkout and ('in ' .. checkout.label) or 'in a new worktree'
  vim.ui.input({ prompt = ('Prompt (%s): '):format(where) }, function(prompt)
    if prompt then
      prompt = vim.trim(prompt)
      local wanted = vim.tbl_extend('force', params, { prompt = prompt ~= '' and prompt or nil })
      require('hedgerow.commands').run('start', wanted)
    end
  end)
end

--- Whether the server only did not know which agent.
---@param problem hedgerow.Problem
---@return boolean
function M.lacks_agent(problem)
  local agents = problem.code == 'ambiguous' and problem.data and problem.data.agents
  return type(agents) == 'table' and #agents > 0
end

--- Asks which agent.
---@param problem hedgerow.Problem
---@param chosen fun(agent?: string)
function M.which_agent(problem, chosen)
  vim.ui.select(problem.data.agents, { prompt = 'Which agent?', kind = 'hedgerow' }, chosen)
end

return M
