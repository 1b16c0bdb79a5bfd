-- The command `sendComments`: shows the prompt that the comments make, and gives it to the agent or to the person.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local float = require('hedgerow.float')
local message = require('hedgerow.message')
local text_of = require('hedgerow.text')

local M = {}

---@param params table
---@param done hedgerow.Done
local function send(params, done)
  client.request('sendComments', params, function(result, problem)
    if result then
      message.info(result.message)
    else
      commands.tell(problem)
    end
    done(result, problem and problem.sentence)
  end)
end

---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  if params.deliver or params.delivered then
    return send(params, done)
  end
  client.request('sendComments', params, function(result, problem)
    if not result then
      commands.tell(problem)
      return done(nil, problem and problem.sentence)
    elseif #result.comments == 0 then
      message.info(result.message)
      return done(result)
    end
    local text = text_of.new()
    for line in vim.gsplit(result.prompt, '\n', { trimempty = true }) do
      text:line(line)
    end
    local ids = vim.tbl_map(function(comment)
      return comment.id
    end, result.comments)
    local answer ---@type table?
    local _, bufnr = float.open(text, {
      title = 'Send Comments',
      footer = 's to the session there   c copy, counts as sent   q leave',
      filetype = 'hedgerow-prompt',
      closed = function()
        if not answer then
          return done(result)
        end
        local base = { repository = params.repository, checkout = params.checkout, comments = ids }
        send(vim.tbl_extend('force', base, answer), done)
      end,
    })
    local function on(key, meaning, act)
      vim.keymap.set('n', key, function()
        answer = act()
        vim.cmd.close()
      end, { buffer = bufnr, nowait = true, desc = meaning })
    end
    on('s', 'send it to the session that runs there', function()
      return { deliver = true, session = params.session }
    end)
    on('c', 'copy it; the comments count as sent', function()
      vim.fn.setreg('"', result.prompt)
      if vim.fn.has('clipboard') == 1 then
        pcall(vim.fn.setreg, '+', result.prompt)
      end
      return { delivered = true }
    end)
  end)
end

return M
