-- What keys of the list do that takes more than one command: a tab page of the checkout, a question before an agent is
-- stopped, several rows one after the other.
local finding = require('hedgerow.sessions.finding')
local message = require('hedgerow.message')

local M = {}

---@param verb string
---@param params table
---@param done? fun(result?: table)
local function command(verb, params, done)
  require('hedgerow.commands').run(verb, params, done)
end

--- Each row of a selection once.
---@param targets hedgerow.Target[]
---@param name 'session'|'checkout'
---@return table[]
local function rows_of(targets, name)
  local found, seen = {}, {}
  for _, target in ipairs(targets) do
    local row = target[name]
    if row and not seen[row.id] then
      seen[row.id] = true
      found[#found + 1] = row
    end
  end
  return found
end

--- Goes to the checkout, in a tab page of its own that has it as its directory.
---@param target hedgerow.Target
function M.open(target)
  local path = target.checkout.path
  if vim.fn.isdirectory(path) == 0 then
    return message.warn(('%s is not there.'):format(path))
  end
  finding.looked_at(target.session)
  for _, tab in ipairs(vim.api.nvim_list_tabpages()) do
    local number = vim.api.nvim_tabpage_get_number(tab)
    if vim.fn.haslocaldir(-1, number) == 1 and vim.fn.getcwd(-1, number) == path then
      return vim.api.nvim_set_current_tabpage(tab)
    end
  end
  vim.cmd.tabnew()
  vim.cmd.tcd(vim.fn.fnameescape(path))
  vim.cmd.edit('.')
end

--- Writes a prompt of several lines.
---@param target hedgerow.Target
function M.write_prompt(target)
  local row = target.session --[[@as hedgerow.SessionRow]]
  local options = { key = row.id, title = 'Prompt for ' .. row.label }
  require('hedgerow.sessions.prompt').open(options, function(text)
    command('send', { session = row.id, text = text })
  end)
end

--- Stops the agent; in the middle of a turn only once the person has said so.
---@param target hedgerow.Target
function M.stop(target)
  local row = target.session --[[@as hedgerow.SessionRow]]
  if row.phase ~= 'working' and row.phase ~= 'waiting' then
    return command('stop', { session = row.id })
  end
  local prompt = ('%s is in the middle of a turn.'):format(row.label)
  vim.ui.select({ 'Stop it', 'Leave it' }, { prompt = prompt }, function(choice)
    if choice == 'Stop it' then
      command('stop', { session = row.id, interrupt = true })
    end
  end)
end

--- Shows everything about the session.
---@param target hedgerow.Target
function M.show(target)
  local row = target.session --[[@as hedgerow.SessionRow]]
  finding.looked_at(row)
  local adds = require('hedgerow.sessions.launches').adds(row.id)
  local text = require('hedgerow.sessions.detail').everything(row, adds)
  require('hedgerow.float').open(text, { title = row.label, footer = 'q closes' })
end

---@param target hedgerow.Target
---@param targets? hedgerow.Target[]
function M.look_at(target, targets)
  vim.iter(rows_of(targets or { target }, 'session')):each(finding.looked_at)
end

--- All of a selection in one plan.
---@param target hedgerow.Target
---@param targets? hedgerow.Target[]
function M.clean_up(target, targets)
  local ids = vim.tbl_map(function(row)
    return row.id
  end, rows_of(targets or { target }, 'checkout'))
  command('cleanUp', { checkouts = ids })
end

--- Puts sessions away, or brings them back: one after the other, each with its plan.
---@param target hedgerow.Target
---@param targets? hedgerow.Target[]
function M.archive(target, targets)
  local rows = rows_of(targets or { target }, 'session')
  local function step(number)
    local row = rows[number]
    if row then
      command('archive', { session = row.id, archived = not row.archived }, function()
        step(number + 1)
      end)
    end
  end
  step(1)
end

---@param target hedgerow.Target
function M.rename(target)
  local row = target.session or target.checkout
  if row then
    command('rename', { checkout = row.id })
  end
end

function M.close()
  if #vim.api.nvim_list_wins() > 1 then
    vim.api.nvim_win_close(0, true)
  else
    vim.cmd.bdelete()
  end
end

return M
