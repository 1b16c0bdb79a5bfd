-- Asks the person what a session asks. Approves nothing that was not shown whole; an answer goes with the
-- id of the question that was shown, so that it can be no answer to another.
local detail = require('hedgerow.sessions.detail')
local finding = require('hedgerow.sessions.finding')
local live = require('hedgerow.live')
local message = require('hedgerow.message')

local M = {}

-- The window comes up when the person asks for it; still, keys that were typed ahead agree to nothing.
local UNREAD_MS = 300

---@param params table
---@param done hedgerow.Done
local function request(params, done)
  require('hedgerow.client').request('answer', params, function(result, problem)
    if not result then
      require('hedgerow.commands').tell(problem)
      return done(nil, problem and problem.sentence)
    end
    message.info(result.message)
    done(result)
  end)
end

---@param question hedgerow.Question
---@param answer fun(given?: table)
local function words(question, answer)
  vim.ui.input({ prompt = question.text .. ' ' }, function(given)
    answer(given and vim.trim(given) ~= '' and { text = given } or nil)
  end)
end

---@param question hedgerow.Question
---@param answer fun(given?: table)
local function options(question, answer)
  local chosen = {} ---@type table<string, boolean>
  local function ask()
    local items = vim.tbl_map(function(option)
      return { label = option.label, description = option.description }
    end, question.options or {})
    if question.several then
      items[#items + 1] = { send = true, label = 'Send what is chosen' }
    end
    items[#items + 1] = { words = true, label = 'Something else …' }
    vim.ui.select(items, {
      prompt = question.text,
      kind = 'hedgerow',
      format_item = function(item)
        local mark = question.several and not item.send and not item.words
        local sign = mark and (chosen[item.label] and '[x] ' or '[ ] ') or ''
        local more = item.description and item.description ~= '' and '  ' .. item.description or ''
        return sign .. item.label .. more
      end,
    }, function(item)
      if not item then
        return answer()
      elseif item.words then
        return words(question, answer)
      elseif item.send then
        local labels = {}
        for _, option in ipairs(question.options or {}) do
          labels[#labels + 1] = chosen[option.label] and option.label or nil
        end
        return answer(#labels > 0 and { options = labels } or nil)
      elseif question.several then
        chosen[item.label] = not chosen[item.label] or nil
        return vim.schedule(ask)
      end
      answer({ options = { item.label } })
    end)
  end
  ask()
end

--- Shows what is asked, whole, with keys.
---@param session hedgerow.SessionRow
---@param question hedgerow.Question
---@param answer fun(given?: table)
local function approval(session, question, answer)
  local text = require('hedgerow.text').new()
  detail.question(text, question)
  local can = question.answerable
  local footer = can and 'y approve   n deny   r deny and say why   t its terminal   q later'
    or 't its terminal   q later'
  local ended, act = false, nil ---@type boolean, fun()?
  local window, bufnr = require('hedgerow.float').open(text, {
    title = session.label,
    footer = footer,
    filetype = 'hedgerow-question',
    closed = function()
      ended = true
      if act then
        return act()
      end
      answer()
    end,
  })
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  local function on(key, desc, run)
    vim.keymap.set('n', key, function()
      act = run
      close()
    end, { buffer = bufnr, nowait = true, desc = desc })
  end
  on('t', 'its terminal', function()
    answer()
    require('hedgerow.commands').run('attach', { session = session.id })
  end)
  vim.keymap.set('n', 'y', '<Nop>', { buffer = bufnr, nowait = true })
  vim.defer_fn(function()
    if not can or not vim.api.nvim_win_is_valid(window) then
      return
    end
    on('y', 'approve', function()
      answer({ decision = 'approve' })
    end)
    on('n', 'deny', function()
      answer({ decision = 'deny' })
    end)
    on('r', 'deny and say why', function()
      vim.ui.input({ prompt = 'Why not? ' }, function(why)
        answer(why and { decision = 'deny', text = vim.trim(why) ~= '' and why or nil } or nil)
      end)
    end)
    vim.b[bufnr].hedgerow_ready = true
  end, UNREAD_MS)
  vim.api.nvim_create_autocmd('User', {
    pattern = 'HedgerowUpdate',
    callback = function()
      local rows = live.rows()
      local now = rows and rows.sessions[session.id]
      if ended then
        return true
      elseif now and (now.question or {}).id ~= question.id then
        close()
        message.info(('%s asks this no longer.'):format(session.label))
        return true
      end
    end,
  })
end

---@param session hedgerow.SessionRow
---@param question hedgerow.Question what it asks
---@param params table
---@param done hedgerow.Done
local function ask(session, question, params, done)
  local function answer(given)
    if not given then
      return done()
    end
    local shown = { session = session.id, question = question.id }
    request(vim.tbl_extend('force', params, given, shown), done)
  end
  if question.kind == 'choice' and question.answerable then
    options(question, answer)
  elseif question.kind == 'text' and question.answerable then
    words(question, answer)
  else
    approval(session, question, answer)
  end
end

--- The view of `answer`: asks, unless the answer is in the params already.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  if params.decision or params.text or params.options then
    return request(params, done)
  end
  local function found()
    local session = finding.find(params.session)
    if session and session.phase == 'waiting' and session.question then
      ask(session, session.question, params, done)
    else
      request(params, done) -- the server says why there is nothing to answer
    end
  end
  if live.rows() then
    found()
  else
    live.refresh(found)
  end
end

return M
