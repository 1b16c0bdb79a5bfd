-- The command `comments`: fills the quickfix list with them.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local live = require('hedgerow.live')
local marks = require('hedgerow.comments.marks')
local message = require('hedgerow.message')
local text_of = require('hedgerow.text')

local M = {}

---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  client.request('comments', params, function(result, problem)
    if not result then
      commands.tell(problem)
      return done(nil, problem and problem.sentence)
    elseif #result.comments == 0 then
      message.info('There are no comments.')
      return done(result)
    end
    local checkouts = (live.rows() or { checkouts = {} }).checkouts
    local items = {}
    for _, comment in ipairs(result.comments) do
      local row = checkouts[comment.checkout]
      local first, last = marks.lines(comment)
      local address = ('hedgerow-base:/%s/base/%s'):format(
        vim.uri_encode(comment.checkout),
        vim.uri_encode(comment.path)
      )
      items[#items + 1] = {
        filename = comment.side == 'base' and address
          or row and require('hedgerow.paths').file(row.path, comment.path)
          or comment.path,
        lnum = first,
        end_lnum = last,
        text = ('%s: %s'):format(comment.state, text_of.clean(comment.title)),
        user_data = { comment = comment.id },
      }
    end
    vim.fn.setqflist({}, ' ', { title = 'Hedgerow: comments', items = items })
    vim.cmd('botright copen')
    done(result)
  end)
end

return M
