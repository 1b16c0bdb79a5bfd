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

--- Asks for one of the rows that a command could be about.
---@param command hedgerow.Command
---@param nouns { one: string, none: string }
---@param rows_of_verb fun(rows: hedgerow.Rows): table[]
---@param format fun(row: any): string
---@param given hedgerow.Given
local function row(command, nouns, rows_of_verb, format, given)
  local function choose(rows, problem)
    if not rows then
      return given(nil, problem)
    end
    local found = rows_of_verb(rows)
    if #found == 0 then
      local sentence = ('%s: there is no %s that it could be about.'):format(
        command.title,
        nouns.none
      )
      return given(nil, { sentence = sentence })
    end
    local prompt = ('%s: which %s?'):format(command.title, nouns.one)
    select(found, prompt, format, function(chosen)
      given(chosen and chosen.id)
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
local function checkout(command, given)
  row(command, { one = 'checkout', none = 'worktree' }, function(rows)
    local found = {}
    for _, id in ipairs(rows.order) do
      for _, one in ipairs(rows_of.of(rows, id)) do
        found[#found + 1] = not verbs.unfit('checkout', command.verb, one) and one or nil
      end
    end
    return found
  end, function(one)
    local state = vim.iter(wording.state(one)):map(function(part)
      return part[1]
    end)
    return ('%s  %s  %s'):format(one.label, wording.head(one.head), state:join(', '))
  end, given)
end

---@param command hedgerow.Command
---@param given hedgerow.Given
local function session(command, given)
  row(command, { one = 'session', none = 'session' }, function(rows)
    local families = require('hedgerow.sessions.order').families(vim.tbl_values(rows.sessions))
    local found = {}
    for _, family in ipairs(families) do
      for _, one in ipairs(family.members) do
        found[#found + 1] = not verbs.unfit('session', command.verb, one) and one or nil
      end
    end
    return found
  end, function(one)
    local news = wording.news(one)
    return ('%s  %s  %s'):format(one.label, one.agent, news and news[1] or one.phase)
  end, given)
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
        return ('%s  %s  %s'):format(one.name, text_of.moment(one.created), one.reason)
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
