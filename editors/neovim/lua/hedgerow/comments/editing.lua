-- What is done about a comment that is there: it is shown whole, changed, resolved or deleted.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local marks = require('hedgerow.comments.marks')
local message = require('hedgerow.message')
local writing = require('hedgerow.comments.writing')

local M = {}

---@param comment hedgerow.Comment
---@param change table
---@param kept? fun(problem?: hedgerow.Problem)
local function edit(comment, change, kept)
  local params = vim.tbl_extend('force', { id = comment.id }, change)
  client.request('editComment', params, function(result, problem)
    writing.told(result, problem, kept or commands.tell)
  end)
end

---@param act fun(comment: hedgerow.Comment)
local function on_comment(act)
  return function()
    local comment = marks.at(vim.fn.line('.'))
    if comment then
      act(comment)
    else
      message.info('There is no comment on this line.')
    end
  end
end

M.change = on_comment(function(comment)
  local text = vim.split(comment.text, '\n', { plain = true })
  writing.write('Change the comment', comment.id, text, function(words, kept)
    edit(comment, { text = words }, kept)
  end)
end)

M.resolve = on_comment(function(comment)
  edit(comment, { resolved = true })
end)

M.delete = on_comment(function(comment)
  edit(comment, { delete = true })
end)

--- Shows the whole of the comment under the cursor.
M.show = on_comment(function(comment)
  local text_of = require('hedgerow.text')
  local text = text_of.new()
  for line in vim.gsplit(comment.text, '\n', { plain = true }) do
    text:line(line)
  end
  require('hedgerow.float').open(
    text,
    { title = 'Comment, ' .. comment.state, footer = 'q closes' }
  )
end)

--- The command `editComment`.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  client.request('editComment', params, function(result, problem)
    writing.told(result, problem, function(why)
      commands.tell(why)
      done(result, why and why.sentence)
    end)
  end)
end

return M
