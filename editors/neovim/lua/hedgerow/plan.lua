-- Shows a plan and asks about it. Carries nothing out: what was answered goes to the caller.
local float = require('hedgerow.float')
local text_of = require('hedgerow.text')

local M = {}

-- A plan comes up by itself, maybe while the person types: keys of the first moment agree to nothing.
local UNREAD_MS = 600

---@alias hedgerow.Answer
---| 'yes' # carry it out; allow the set-up script by the bytes that were shown
---| 'without setup' # carry it out, leave the script
---| 'no'

--- What a plan says, as lines. Everything it names is there, also what takes scrolling.
---@param plan hedgerow.Plan
---@return hedgerow.Text
function M.draw(plan)
  local text = text_of.new()
  local function heading(words, group)
    if #text.lines > 0 then
      text:line('')
    end
    text:line({ words, group or 'HedgerowTitle' })
  end
  text:line({ plan.title, 'HedgerowTitle' })
  if #(plan.effects or {}) > 0 then
    heading('What happens')
    for _, effect in ipairs(plan.effects) do
      text:line('  ', effect.text)
    end
  end
  local function losses(restorable, words, group)
    local first = true
    for _, loss in ipairs(plan.losses or {}) do
      if (loss.kept ~= 'no') == restorable then
        if first then
          heading(words, group)
          first = false
        end
        text:line('  ', { loss.text, group })
        for _, path in ipairs(loss.paths or {}) do
          text:line('      ', path)
        end
        local more = loss.count - #(loss.paths or {})
        if more > 0 and #(loss.paths or {}) > 0 then
          text:line('      ', { ('and %d more'):format(more), 'HedgerowHint' })
        end
      end
    end
  end
  losses(true, 'What leaves its place (restorable from the snapshot)', 'HedgerowLoss')
  losses(false, 'What is not kept', 'HedgerowGone')
  if #(plan.conflicts or {}) > 0 then
    heading('Conflicts', 'HedgerowProblem')
    for _, conflict in ipairs(plan.conflicts) do
      text:line('  ', conflict)
    end
  end
  if #(plan.kept or {}) > 0 then
    heading('What is left alone')
    for _, kept in ipairs(plan.kept) do
      text:line('  ', kept.name, ': ', kept.reason)
    end
  end
  if plan.setup then
    local allowed = plan.setup.allowed
    heading(
      allowed and 'Set-up script that runs' or 'Set-up script that runs if you allow it',
      not allowed and 'HedgerowGone' or nil
    )
    text:line(
      '  ',
      plan.setup.path,
      { '  sha256 ' .. plan.setup.sha256:sub(1, 12), 'HedgerowHint' }
    )
    for line in vim.gsplit(plan.setup.text, '\n', { trimempty = true }) do
      text:line('    ', { line, 'HedgerowHint' })
    end
  end
  return text
end

--- Shows the plan and calls back once with what the person answered.
---@param plan hedgerow.Plan
---@param answered fun(answer: hedgerow.Answer)
function M.ask(plan, answered)
  local script = plan.setup and not plan.setup.allowed
  local footer = (script and 'y allow and do it   s without the script' or 'y do it')
    .. '   n leave it'
  local answer = 'no'
  local text = M.draw(plan)
  local window, bufnr
  window, bufnr = float.open(text, {
    title = 'Hedgerow: please look',
    footer = footer,
    filetype = 'hedgerow-plan',
    closed = function()
      answered(answer)
    end,
  })
  local height, rows =
    vim.api.nvim_win_get_height(window), vim.api.nvim_win_text_height(window, {}).all
  local function say(words)
    vim.api.nvim_win_set_config(window, { footer = (' %s '):format(words) })
  end
  local function on(key, meaning)
    vim.keymap.set('n', key, function()
      answer = meaning
      vim.api.nvim_win_close(window, true)
    end, { buffer = bufnr, nowait = true, desc = meaning })
  end
  on('n', 'no')
  for _, key in ipairs(script and { 'y', 's' } or { 'y' }) do
    vim.keymap.set('n', key, '<Nop>', { buffer = bufnr, nowait = true })
  end
  say('n leave it')
  vim.defer_fn(function()
    if vim.api.nvim_win_is_valid(window) then
      on('y', 'yes')
      if script then
        on('s', 'without setup')
      end
      say(rows > height and footer .. '   j/k scroll' or footer)
    end
  end, UNREAD_MS)
end

return M
