-- Everything about one session, for a person to read: below its row, in a float, and before an answer.
-- Pure.
local text_of = require('hedgerow.text')
local wording = require('hedgerow.sessions.wording')

local M = {}

---@param words string
---@param width integer
---@return string[]
local function wrapped(words, width)
  local lines = {}
  for line in vim.gsplit(words, '\n', { trimempty = true }) do
    line = text_of.clean(line)
    repeat
      local part = vim.fn.strcharpart(line, 0, width)
      while vim.fn.strdisplaywidth(part) > width do
        part = vim.fn.strcharpart(part, 0, vim.fn.strchars(part) - 1)
      end
      lines[#lines + 1] = part
      line = line:sub(#part + 1)
    until line == ''
  end
  return lines
end

--- A question, whole: what it asks, the command or change, its files and options, where it is answered.
---@param text hedgerow.Text
---@param question hedgerow.Question
function M.question(text, question)
  text:line({ question.text, 'HedgerowWaiting' })
  if question.command then
    text:line('')
    for line in vim.gsplit(question.command, '\n', { trimempty = true }) do
      text:line('    ', { line, 'HedgerowCommand' })
    end
  end
  if #(question.paths or {}) > 0 then
    text:line('')
    for _, path in ipairs(question.paths) do
      text:line('    ', text_of.said(path))
    end
  end
  if #(question.options or {}) > 0 then
    text:line('')
    for number, option in ipairs(question.options) do
      text:line(('    %d. '):format(number), option.label, {
        option.description and option.description ~= '' and '  ' .. option.description or '',
        'HedgerowHint',
      })
    end
  end
  if not question.answerable then
    text:line('')
    text:line({
      'Only you answer this, ' .. text_of.said(question.where or 'in its terminal') .. '.',
      'HedgerowHint',
    })
  end
end

---@param session hedgerow.SessionRow
---@param width integer
---@return hedgerow.Part[]
local function lines_below(session, width)
  local found = {} ---@type hedgerow.Part[]
  local function add(words, group)
    for _, line in ipairs(wrapped(words, width)) do
      found[#found + 1] = { line, group }
    end
  end
  local question = session.phase == 'waiting' and session.question
  if question then
    if question.command then
      add(question.command, 'HedgerowCommand')
    elseif vim.fn.strdisplaywidth(question.text) > width / 2 then -- its row may have cut it
      add(question.text, 'HedgerowWaiting')
    end
    for number, option in ipairs(question.options or {}) do
      add(('%d. %s'):format(number, option.label), 'HedgerowHint')
    end
    if not question.answerable then
      add('Only you answer this, ' .. (question.where or 'in its terminal') .. '.', 'HedgerowHint')
    end
  elseif session.phase == 'failed' and session.detail then
    add(session.detail, 'HedgerowProblem')
  elseif session.phase == 'done' or session.phase == 'idle' then
    add(vim.trim(session.lastMessage or ''), 'HedgerowSaid')
  end
  return found
end

--- What stands below the row that the cursor is on, as virtual lines.
---@param session hedgerow.SessionRow
---@param width integer of the window
---@param most integer
---@return hedgerow.Part[][]
function M.below(session, width, most)
  local found = lines_below(session, math.max(width - 9, 20))
  local shown = {}
  for number, part in ipairs(found) do
    if number == most and #found > most then
      part = { ('… %d more lines: K shows them'):format(#found - most + 1), 'HedgerowHint' }
    end
    shown[#shown + 1] = { { '     │ ', 'HedgerowHint' }, part }
    if number == most then
      break
    end
  end
  return shown
end

---@param seconds number?
---@return string?
local function moment(seconds)
  return seconds and text_of.moment(seconds) or nil
end

--- Everything that is known of a session.
---@param session hedgerow.SessionRow
---@param adds? string[] what its launch added to the agent's command line, as far as it is known here
---@return hedgerow.Text
function M.everything(session, adds)
  local text = text_of.new()
  local sign = wording.sign(session.phase)
  local since = moment(session.since)
  text:line({ session.label, 'HedgerowTitle' })
  text:line({ session.phase, sign[2] }, { since and (' since ' .. since) or '', 'HedgerowHint' })
  if session.question and session.phase == 'waiting' then
    text:line('')
    M.question(text, session.question)
  elseif session.detail then
    text:line(session.detail)
  end
  for _, problem in ipairs(session.problems or {}) do
    text:line({ text_of.said(problem), 'HedgerowProblem' })
  end
  text:line('')
  local hosts = {
    tmux = 'a terminal of Hedgerow (t attaches)',
    editor = 'a terminal of an editor',
    elsewhere = 'a terminal that somebody else opened',
    nothing = 'nothing: it does not run',
  }
  for _, fact in ipairs({
    { 'agent', session.agent .. (session.model and (', ' .. session.model) or '') },
    { 'hosted by', hosts[session.host] },
    { 'directory', text_of.said(session.path) },
    { 'process', session.pid and tostring(session.pid) },
    { 'tokens', session.tokens and tostring(session.tokens) },
    { 'started', moment(session.started) },
    { 'active', moment(session.active) },
    { 'id', session.id },
    { "the agent's id", session.conversation },
    { 'marks', session.pinned and 'pinned' or session.archived and 'archived' or nil },
  }) do
    if fact[2] then
      text:line({ text_of.fit(fact[1], 16), 'HedgerowHint' }, fact[2])
    end
  end
  if vim.trim(session.lastMessage or '') ~= '' then
    text:line('')
    text:line({ 'What it said last', 'HedgerowTitle' })
    for line in vim.gsplit(vim.trim(session.lastMessage), '\n') do
      text:line('  ', line)
    end
  end
  if #(adds or {}) > 0 then
    text:line('')
    text:line({ 'What its launch added to the command line and environment', 'HedgerowTitle' })
    for _, sentence in ipairs(adds or {}) do
      text:line('  ', text_of.said(sentence))
    end
  end
  return text
end

return M
