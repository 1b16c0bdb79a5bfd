-- The state of Hedgerow in a few words: `vim.g.hedgerow_status`, the statusline's text, and the event
-- `User HedgerowUpdate`. Sets nobody's statusline.
local M = {}

---@class hedgerow.Status
---@field server 'stopped'|'starting'|'running'
---@field health? string of the server: 'ok', 'warning' or 'error'
---@field message? string what the server is doing, or what is wrong
---@field known boolean whether there is a list yet
---@field worktrees integer how many there are besides Local
---@field changed integer checkouts with uncommitted changes
---@field pending boolean whether rows are still being read
---@field sessions table<string, integer> how many there are of each phase
---@field current? string label of the checkout that holds the current directory
---@field following 'off'|'on'|'paused'

local health, message ---@type string?, string?
local progress = {} ---@type table<string|integer, string>

---@return hedgerow.Status
local function now()
  local rows = require('hedgerow.live').rows()
  local follow = package.loaded['hedgerow.follow.following']
  local status = {
    server = require('hedgerow.client').phase(),
    health = health,
    message = select(2, next(progress)) or message,
    known = rows ~= nil,
    worktrees = 0,
    changed = 0,
    pending = false,
    sessions = vim.empty_dict(),
    following = follow and follow.state() or 'off',
  }
  if rows then
    for _, row in pairs(rows.checkouts) do
      local counts = row.counts
      status.worktrees = status.worktrees + (row.kind == 'local' and 0 or 1)
      status.pending = status.pending or row.pending == true
      if counts and counts.staged + counts.unstaged + counts.untracked + counts.conflicted > 0 then
        status.changed = status.changed + 1
      end
    end
    local counts = require('hedgerow.sessions.order').counts(vim.tbl_values(rows.sessions))
    status.sessions = next(counts) and counts or status.sessions
    local here = require('hedgerow.rows').holding(rows, vim.fn.getcwd())
    status.current = here and here.label
  end
  return status
end

--- Works the state out anew and tells of it.
function M.update()
  local status = now()
  vim.g.hedgerow_status = status
  vim.api.nvim_exec_autocmds(
    'User',
    { pattern = 'HedgerowUpdate', modeline = false, data = status }
  )
  vim.cmd.redrawstatus({ bang = true })
end

--- `hedgerow/serverStatus`.
---@param told hedgerow.ServerStatus
function M.server(told)
  health, message = told.health, told.message
  M.update()
end

--- A server that is gone says nothing more.
function M.reset()
  health, message, progress = nil, nil, {}
  M.update()
end

--- `$/progress`: what long work is at.
---@param params { token: string|integer, value: table }
function M.progress(params)
  local value = params.value
  if value.kind == 'end' then
    progress[params.token] = nil
  else
    progress[params.token] = value.message or value.title or progress[params.token]
  end
  M.update()
end

--- One short text for a statusline.
---@param status? hedgerow.Status
---@return string
function M.text(status)
  if not status then
    return ''
  end
  if status.server == 'starting' then
    return 'Hedgerow starting'
  elseif status.server == 'stopped' then
    return 'Hedgerow stopped'
  end
  local words = { status.current or 'Hedgerow' }
  if status.message then
    words[#words + 1] = status.message
  elseif status.sessions and next(status.sessions) then
    local parts = vim.tbl_map(function(part)
      return part[1]
    end, require('hedgerow.sessions.wording').counts(status.sessions))
    words[#words + 1] = #parts > 0 and table.concat(parts, ', ') or nil
  elseif status.known then
    words[#words + 1] = ('%d worktree%s'):format(
      status.worktrees,
      status.worktrees == 1 and '' or 's'
    )
  end
  return table.concat(words, ': ')
end

return M
