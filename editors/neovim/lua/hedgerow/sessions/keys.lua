-- The keys of the list, their help and the menu, from the one table of actions.
local actions = require('hedgerow.sessions.actions')
local message = require('hedgerow.message')
local shown = require('hedgerow.sessions.shown')
local verbs = require('hedgerow.sessions.verbs')

local M = {}

--- Why an action is nothing for what is there; nil where it is.
---@param target hedgerow.Target
---@param action hedgerow.Action
---@return string?
local function unfit(target, action)
  local about = action.about
  if not about then
    return nil
  elseif target[about] then
    return verbs.unfit(about, action.verb, target[about])
  elseif about == 'checkout' and target.session then
    local label = target.session.label
    return ('The worktree of %s is gone; o goes on with the conversation.'):format(label)
  end
  return ('There is no %s on this line.'):format(about)
end

---@param action hedgerow.Action
---@param target hedgerow.Target
---@param targets? hedgerow.Target[]
local function act(action, target, targets)
  local why = unfit(target, action)
  if why then
    return message.info(why)
  end
  action.run(target, targets)
end

--- Offers what can be done with a row.
---@param target hedgerow.Target
function M.menu(target)
  local row = target.session or target.checkout
  local found = vim.tbl_filter(function(action)
    return action.verb ~= nil and not unfit(target, action)
  end, actions)
  vim.ui.select(found, {
    prompt = row and row.label or 'Hedgerow',
    kind = 'hedgerow',
    format_item = function(action)
      return ('%s (%s)'):format(action.desc, action.key)
    end,
  }, function(action)
    if action then
      act(action, target)
    end
  end)
end

local function help()
  local text_of = require('hedgerow.text')
  local lines = text_of.new()
  for _, action in ipairs(actions) do
    local marks = action.visual and '  (also a visual selection)' or ''
    lines:line(
      ' ',
      { text_of.fit(action.key, 6), 'HedgerowTitle' },
      action.desc,
      { marks, 'HedgerowHint' }
    )
  end
  require('hedgerow.float').open(lines, { title = 'Keys of the list', footer = 'q closes' })
end

--- Runs an action over the lines that are selected, each row once.
---@param action hedgerow.Action
local function over_selection(action)
  local first, last = vim.fn.line('v'), vim.fn.line('.')
  vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'nx', false)
  local all = shown.targets(math.min(first, last), math.max(first, last))
  local targets = vim.tbl_filter(function(target)
    return not unfit(target, action)
  end, all)
  if #targets > 0 then
    action.run(targets[1], targets)
  elseif all[1] then
    message.info(unfit(all[1], action) --[[@as string]])
  end
end

--- Maps the keys in the buffer of the list.
---@param bufnr integer
function M.map(bufnr)
  for _, action in ipairs(actions) do
    local options = { buffer = bufnr, nowait = true, desc = action.desc }
    vim.keymap.set('n', action.key, function()
      act(action, shown.target())
    end, options)
    if action.visual then
      vim.keymap.set('x', action.key, function()
        over_selection(action)
      end, options)
    end
  end
  vim.keymap.set('n', 'g?', help, { buffer = bufnr, nowait = true, desc = 'show the keys' })
end

return M
