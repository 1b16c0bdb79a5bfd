-- Asks the person for one param that a command lacks, with vim.ui. Decides nothing.
local live = require('hedgerow.live')
local rows_of = require('hedgerow.rows')
local text_of = require('hedgerow.text')
local verbs = require('hedgerow.sessions.verbs')
local wording = require('hedgerow.sessions.wording')

local M = {}

---@alias hedgerow.Given fun(value?: any, problem?: hedgerow.Problem) value is nil when the person leaves it

---@param items any[]
---@param prompt string
---@param format fun(item: any): string
---@param chosen fun(item?: any)
local function select(items, prompt, format, chosen)
  vim.ui.select(items, { prompt = prompt, format_item = format, kind = 'hedgerow' }, chosen)
end

---@param command hedgerow.Command
---@param given hedgerow.Given
local function checkout(command, given)
  local function choose(rows, problem)
    if not rows then
      return given(nil, problem)
    end
    local found = {}
    for _, id in ipairs(rows.order) do
      for _, row in ipairs(rows_of.of(rows, id)) do
        if verbs.fits_checkout(command.verb, row) then
          found[#found + 1] = row
        end
      end
    end
    if #found == 0 then
      return given(
        nil,
        { sentence = command.title .. ': there is no worktree that it could be about.' }
      )
    end
    select(found, command.title .. ': which checkout?', function(row)
      local state = vim.iter(wording.state(row)):map(function(part)
        return part[1]
      end)
      return ('%s  %s  %s'):format(row.label, wording.head(row.head), state:join(', '))
    end, function(row)
      given(row and row.id)
    end)
  end
  if live.rows() then
    choose(live.rows())
  else
    live.refresh(choose)
  end
end

---@param command hedgerow.Command
---@param given hedgerow.Given
local function session(command, given)
  local function choose(rows, problem)
    if not rows then
      return given(nil, problem)
    end
    local found = {}
    for _, family in
      ipairs(require('hedgerow.sessions.order').families(vim.tbl_values(rows.sessions)))
    do
      for _, row in ipairs(family.members) do
        if verbs.fits_session(command.verb, row) then
          found[#found + 1] = row
        end
      end
    end
    if #found == 0 then
      return given(
        nil,
        { sentence = command.title .. ': there is no session that it could be about.' }
      )
    end
    select(found, command.title .. ': which session?', function(row)
      local news = wording.news(row)
      return ('%s  %s  %s'):format(row.label, row.agent, news and news[1] or row.phase)
    end, function(row)
      given(row and row.id)
    end)
  end
  if live.rows() then
    choose(live.rows())
  else
    live.refresh(choose)
  end
end

---@param command hedgerow.Command
---@param repository? string
---@param given hedgerow.Given
local function snapshot(command, repository, given)
  require('hedgerow.client').request(
    'history',
    { repository = repository },
    function(result, problem)
      if not result then
        return given(nil, problem)
      elseif #result.snapshots == 0 then
        return given(nil, { sentence = command.title .. ': there is no snapshot yet.' })
      end
      select(result.snapshots, command.title .. ': which snapshot?', function(one)
        return ('%s  %s  %s'):format(
          one.name,
          os.date('%Y-%m-%d %H:%M', math.floor(one.created)),
          one.reason
        )
      end, function(one)
        given(one and one.id)
      end)
    end
  )
end

--- Asks for one param.
---@param command hedgerow.Command
---@param param hedgerow.Param
---@param params table what is known already
---@param given hedgerow.Given
function M.param(command, param, params, given)
  if param.name == 'checkout' or param.name == 'checkouts' then
    checkout(command, function(id, problem)
      given(id and param.list and { id } or id, problem)
    end)
  elseif param.name == 'session' then
    session(command, given)
  elseif param.name == 'snapshot' then
    snapshot(command, params.repository, given)
  elseif param.choices then
    select(param.choices, ('%s: %s'):format(command.title, param.name), tostring, given)
  else
    vim.ui.input(
      { prompt = ('%s: %s '):format(command.title, param.summary or param.name) },
      function(text)
        given(text ~= '' and text or nil)
      end
    )
  end
end

--- Offers every command.
---@param commands hedgerow.Command[]
---@param chosen fun(command?: hedgerow.Command)
function M.command(commands, chosen)
  local widest = 0
  for _, command in ipairs(commands) do
    widest = math.max(widest, #command.title)
  end
  local rest = vim.o.columns - widest - 8 -- beside a number
  select(commands, 'Hedgerow', function(command)
    return vim.trim(text_of.fit(command.title, widest + 2) .. text_of.fit(command.summary, rest))
  end, chosen)
end

return M
