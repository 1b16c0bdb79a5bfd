-- Acts on the hunk under the cursor, or on the lines that are selected: goes there, accepts, rejects, takes back.
-- Decides nothing itself: the server does what it is asked.
local commands = require('hedgerow.commands')
local message = require('hedgerow.message')
local reading_of = require('hedgerow.review.reading')

local M = {}

local done_here = {} ---@type string[] operations of this Neovim that can be taken back, newest last

---@return hedgerow.Reading? reading that is there to be acted on; says so when there is none
local function current()
  local reading = reading_of.of(0) or reading_of.of(vim.api.nvim_get_current_buf())
  if not reading then
    message.info('No hunks are shown here: `:Hedgerow hunks` shows those of this file.')
  elseif reading.hidden then
    message.info(('The hunks are hidden: %s.'):format(reading.hidden))
  elseif reading.answer then
    return reading
  end
  return nil
end

--- The hunk under the cursor.
---@return hedgerow.AnchoredHunk?
function M.here()
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  return reading_of.within(vim.api.nvim_get_current_buf(), row, row)[1]
end

--- Goes to a hunk: 1 to the next, -1 to the one before; round at the end of the file.
---@param direction 1|-1
function M.go(direction)
  local reading = current()
  if not reading then
    return
  end
  local bufnr = vim.api.nvim_get_current_buf()
  local rows = {}
  for _, found in ipairs(reading_of.within(bufnr, 0, vim.api.nvim_buf_line_count(bufnr))) do
    rows[#rows + 1] = found.first
  end
  if #rows == 0 then
    return message.info('Nothing is pending in this file.')
  end
  table.sort(rows)
  local row = vim.api.nvim_win_get_cursor(0)[1] - 1
  local target
  for _ = 1, vim.v.count1 do
    if direction == 1 then
      target = vim.iter(rows):find(function(one)
        return one > row
      end) or rows[1]
    else
      target = vim.iter(vim.iter(rows):rev():totable()):find(function(one)
        return one < row
      end) or rows[#rows]
    end
    row = target
  end
  vim.cmd("normal! m'")
  vim.api.nvim_win_set_cursor(0, { target + 1, 0 })
  vim.cmd('normal! ^zv')
end

--- Remembers what can be taken back with `undo`.
---@param result? hedgerow.ChangeResult
local function remember(result)
  if result and result.operation and result.operation.undoable then
    done_here[#done_here + 1] = result.operation.id
  end
end

---@param reading hedgerow.Reading
---@return table
local function about(reading)
  return {
    repository = reading.place.repository,
    checkout = reading.place.checkout,
    paths = { reading.place.path },
  }
end

---@param verb 'accept'|'reject'
---@param withdraw? boolean
local function decide_hunk(verb, withdraw)
  local reading = current()
  if not reading then
    return
  end
  local found = M.here()
  if not found then
    return message.info('There is no hunk on this line.')
  end
  local params = about(reading)
  params.hunks, params.withdraw = { found.hunk.id }, withdraw
  commands.run(verb, params, remember)
end

---@param verb 'accept'|'reject'
---@param first integer line, from 1
---@param last integer
local function decide_lines(verb, first, last)
  local reading = current()
  if not reading then
    return
  elseif vim.bo.modified then
    return message.info('Save the file first: lines are counted in what is on disk.')
  end
  local params = about(reading)
  params.lines, params.seen = { ('%d-%d'):format(first, last) }, reading.answer.version
  commands.run(verb, params, remember)
end

--- Accepts or rejects: in visual mode the lines, else the hunk.
---@param verb 'accept'|'reject'
function M.decide(verb)
  local mode = vim.fn.mode()
  if mode:find('^[vV\22]') then
    local first, last = vim.fn.line('v'), vim.fn.line('.')
    vim.cmd.normal({ '\27', bang = true })
    return decide_lines(verb, math.min(first, last), math.max(first, last))
  end
  decide_hunk(verb)
end

--- Takes back: a rejection under the cursor that still waits, or the acceptance of a hunk that is shown as accepted;
--- else what was accepted or rejected here last.
function M.undo()
  local found = M.here()
  if found and found.hunk.state == 'queued' then
    return decide_hunk('reject', true)
  elseif found and found.hunk.state == 'accepted' then
    return decide_hunk('accept', true)
  end
  local operation = table.remove(done_here)
  if not operation then
    return message.info('Nothing was accepted or rejected in this Neovim that could be taken back.')
  end
  commands.run('undo', { operation = operation })
end

--- Also for what is accepted or rejected elsewhere here, such as in the panel.
M.remember = remember

return M
