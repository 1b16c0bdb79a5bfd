-- Terminals of this Neovim in which agents are: one for each session, found again when it is asked for
-- again. What runs in them is what the server said.
local compat = require('hedgerow.compat')
local message = require('hedgerow.message')

local M = {}

local open = {} ---@type table<string, integer> id of a session -> buffer of its terminal

--- Types into a terminal from now on; later, since what is under way may look into another window first.
---@param bufnr integer
local function enter(bufnr)
  vim.schedule(function()
    if vim.api.nvim_get_current_buf() == bufnr then
      vim.cmd.startinsert()
    end
  end)
end

---@param bufnr integer
local function show(bufnr)
  local window = vim.fn.win_findbuf(bufnr)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split')
    vim.api.nvim_win_set_buf(0, bufnr)
  end
  enter(bufnr)
end

---@param session hedgerow.SessionRow
---@return boolean whether there was one that still runs
local function shown_again(session)
  local bufnr = open[session.id]
  if bufnr and vim.api.nvim_buf_is_valid(bufnr) and vim.b[bufnr].hedgerow_runs then
    show(bufnr)
    return true
  end
  return false
end

--- Runs something in a terminal in a split.
---@param session hedgerow.SessionRow
---@param launch hedgerow.Launch
---@param closes boolean whether the window goes when the program ends well: it was only a view
---@return boolean started
local function run(session, launch, closes)
  local before = vim.api.nvim_get_current_win()
  vim.cmd('botright new')
  local bufnr, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  local function ended(_, code)
    if not vim.api.nvim_buf_is_valid(bufnr) then
      return
    end
    vim.b[bufnr].hedgerow_runs = false
    if closes and code == 0 then
      vim.api.nvim_buf_delete(bufnr, { force = true })
    end
  end
  local ok, job = pcall(compat.terminal, launch.argv, {
    cwd = launch.cwd,
    env = next(launch.env or {}) and launch.env or nil,
    on_exit = vim.schedule_wrap(ended),
  })
  if not ok or job <= 0 then
    vim.api.nvim_win_close(window, true)
    if vim.api.nvim_win_is_valid(before) then
      vim.api.nvim_set_current_win(before)
    end
    local program = launch.argv[1] or 'nothing'
    message.error(("'%s' could not be started in %s."):format(program, launch.cwd))
    return false
  end
  vim.bo[bufnr].bufhidden = 'hide'
  vim.b[bufnr].hedgerow_session, vim.b[bufnr].hedgerow_runs = session.id, true
  pcall(vim.api.nvim_buf_set_name, bufnr, 'hedgerow-terminal://' .. session.label)
  open[session.id] = bufnr
  enter(bufnr)
  return true
end

--- Runs an agent that nothing else hosts: it ends with this Neovim.
---@param session hedgerow.SessionRow
---@param launch hedgerow.Launch
function M.host(session, launch)
  run(session, launch, false)
end

--- Whether the person is in the terminal of a session right now.
---@param id string
---@return boolean
function M.is_current(id)
  return vim.b.hedgerow_session == id and vim.b.hedgerow_runs == true
end

--- The view of `attach`.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  local known = require('hedgerow.sessions.finding').find(params.session)
  if known and shown_again(known) then
    return done()
  end
  require('hedgerow.client').request('attach', params, function(result, problem)
    if not result then
      require('hedgerow.commands').tell(problem)
      return done(nil, problem and problem.sentence)
    end
    if not shown_again(result.session) then
      run(result.session, result.launch, true)
    end
    done(result)
  end)
end

return M
