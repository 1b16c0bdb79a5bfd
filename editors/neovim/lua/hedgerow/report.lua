-- Says what the commands that only look have found: history, one thing shown, the server's health.
local float = require('hedgerow.float')
local text_of = require('hedgerow.text')

local M = {}

---@type table<string, fun(result: table): hedgerow.Text>
M.draw = {}

---@param result hedgerow.HistoryResult
function M.draw.history(result)
  local text = text_of.new()
  text:line({ 'Operations', 'HedgerowTitle' })
  for _, operation in ipairs(result.operations) do
    text:line(
      '  ',
      { text_of.moment(operation.started), 'HedgerowHint' },
      '  ',
      { operation.id, 'HedgerowHead' },
      '  ',
      operation.title,
      { operation.state ~= 'done' and ('  ' .. operation.state) or '', 'HedgerowProblem' },
      { operation.undoable and '  can be undone' or '', 'HedgerowHint' }
    )
  end
  if #result.operations == 0 then
    text:line('  none yet')
  end
  text:line('')
  text:line({ 'Snapshots', 'HedgerowTitle' })
  for _, snapshot in ipairs(result.snapshots) do
    text:line(
      '  ',
      { text_of.moment(snapshot.created), 'HedgerowHint' },
      '  ',
      { snapshot.id, 'HedgerowHead' },
      '  ',
      { snapshot.name, 'HedgerowWorktree' },
      ('  %d file%s  %s'):format(snapshot.files, snapshot.files == 1 and '' or 's', snapshot.reason)
    )
  end
  if #result.snapshots == 0 then
    text:line('  none yet')
  end
  return text
end

---@param result hedgerow.ShowResult
function M.draw.show(result)
  local text = text_of.new()
  for line in vim.gsplit(result.text, '\n', { trimempty = true }) do
    text:line(line)
  end
  return text
end

---@param result hedgerow.LogsResult
function M.draw.logs(result)
  local text = text_of.new()
  for line in vim.gsplit((result.text:gsub('%s+$', '')), '\n') do
    text:line(line)
  end
  if result.path then
    text:line('')
    text:line({ text_of.said(result.path), 'HedgerowHint' })
  end
  return text
end

---@param result hedgerow.DoctorResult
function M.draw.doctor(result)
  local text = text_of.new()
  text:line({ 'Hedgerow ' .. result.version, 'HedgerowTitle' })
  for _, check in ipairs(result.checks) do
    text:line({
      check.ok and '  well  ' or '  NOT WELL  ',
      check.ok and 'HedgerowLanded' or 'HedgerowProblem',
    }, check.name, ': ', check.text)
  end
  return text
end

--- Shows an answer in a window that q closes.
---@param command hedgerow.Command
---@param result table
function M.show(command, result)
  local draw = M.draw[command.verb]
  local text
  if draw then
    text = draw(result)
  else
    text = text_of.new()
    for line in vim.gsplit(vim.inspect(result), '\n') do
      text:line(line)
    end
  end
  float.open(text, { title = command.title, footer = 'q closes', filetype = 'hedgerow-report' })
end

return M
