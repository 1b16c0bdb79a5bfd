-- Shows a plan and asks about it. Carries nothing out: what was answered goes to the caller.
local float = require('hedgerow.float')
local text_of = require('hedgerow.text')

local M = {}

-- A plan comes up by itself, maybe while the person types: keys of the first moment agree to nothing.
local UNREAD_MS = 600

local FEW = 6 -- paths that may stand right below what they belong to

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
  text:line({ text_of.said(plan.title), 'HedgerowTitle' })
  if #(plan.effects or {}) > 0 then
    heading('What happens')
    for _, effect in ipairs(plan.effects) do
      text:line('  ', text_of.said(effect.text))
    end
  end
  local long = {} ---@type hedgerow.Loss[] their files go last, so that no loss hides behind another's files
  local function losses(restorable, words, group)
    local found = vim.tbl_filter(function(loss)
      return (loss.kept ~= 'no') == restorable
    end, plan.losses or {})
    if #found > 0 then
      heading(words, group)
    end
    for _, loss in ipairs(found) do
      local paths = loss.paths or {}
      local fits = #paths <= FEW and loss.count <= #paths
      text:line(
        '  ',
        { loss.text, group },
        { (fits or #paths == 0) and '' or '  (listed below)', 'HedgerowHint' }
      )
      if fits then
        vim.iter(paths):each(function(path)
          text:line('      ', path)
        end)
      elseif #paths > 0 then
        long[#long + 1] = loss
      end
    end
  end
  losses(false, 'What is not kept', 'HedgerowGone')
  losses(true, 'What leaves its place (restorable from the snapshot)', 'HedgerowLoss')
  if #(plan.conflicts or {}) > 0 then
    heading('Conflicts', 'HedgerowProblem')
    for _, conflict in ipairs(plan.conflicts) do
      text:line('  ', text_of.said(conflict))
    end
  end
  if #(plan.kept or {}) > 0 then
    heading('What is left alone')
    for _, kept in ipairs(plan.kept) do
      text:line('  ', kept.name, ': ', text_of.said(kept.reason))
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
  for _, loss in ipairs(long) do
    heading(loss.text)
    for _, path in ipairs(loss.paths) do
      text:line('  ', path)
    end
    if loss.count > #loss.paths then
      text:line('  ', { ('and %d more'):format(loss.count - #loss.paths), 'HedgerowHint' })
    end
  end
  return text
end

--- Shows the plan and calls back once with what the person answered.
---@param plan hedgerow.Plan
---@param title string of the command
---@param answered fun(answer: hedgerow.Answer)
function M.ask(plan, title, answered)
  local script = plan.setup and not plan.setup.allowed
  local footer = (script and 'y allow and do it   s without the script' or 'y do it')
    .. '   n leave it'
  local answer = 'no'
  local text = M.draw(plan)
  local window, bufnr
  window, bufnr = float.open(text, {
    title = title,
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
  for key, scroll in pairs({ j = '<C-E>', k = '<C-Y>' }) do
    vim.keymap.set('n', key, scroll, { buffer = bufnr, nowait = true, desc = 'scroll' })
  end
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
