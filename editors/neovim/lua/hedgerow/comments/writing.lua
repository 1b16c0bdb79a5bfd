-- Lets the person write a comment: a small window with a text that `:w` keeps.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local message = require('hedgerow.message')
local place_of = require('hedgerow.review.place')

local M = {}

local left = {} ---@type table<string, string[]> what was written and not kept, by what it is about

--- Opens the window.
---@param title string
---@param key string what it is about
---@param text string[]
---@param keep fun(text: string, kept: fun(problem?: hedgerow.Problem))
function M.write(title, key, text, keep)
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(bufnr, ('hedgerow://comment/%d'):format(bufnr))
  vim.bo[bufnr].buftype, vim.bo[bufnr].bufhidden = 'acwrite', 'wipe'
  vim.bo[bufnr].swapfile, vim.bo[bufnr].filetype = false, 'hedgerow-comment'
  local before = left[key] or text
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, before)
  vim.bo[bufnr].modified = false
  local width = math.min(72, vim.o.columns - 6)
  local height = math.min(math.max(#before + 1, 4), 12)
  local window = vim.api.nvim_open_win(bufnr, true, {
    relative = 'editor',
    row = math.max(0, math.floor((vim.o.lines - height - 4) / 2)),
    col = math.floor((vim.o.columns - width - 2) / 2),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = (' %s '):format(title),
    footer = ' :w keeps it   q leaves it ',
  })
  vim.wo[window].wrap, vim.wo[window].linebreak = true, true
  local kept = false
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  vim.api.nvim_create_autocmd('BufWriteCmd', {
    buffer = bufnr,
    callback = function()
      local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
      local words = vim.trim(table.concat(lines, '\n'))
      if words == '' then
        return message.info('A comment needs words.')
      end
      vim.bo[bufnr].modified, kept, left[key] = false, true, lines
      keep(words, function(problem)
        if problem then
          commands.tell(problem) -- what was written is offered again
        else
          left[key] = nil
        end
      end)
      vim.cmd.stopinsert()
      vim.schedule(close)
    end,
  })
  vim.api.nvim_create_autocmd('BufWipeout', {
    buffer = bufnr,
    callback = function()
      local lines = vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
      if not kept and vim.bo[bufnr].modified and table.concat(lines):find('%S') then
        left[key] = lines
        message.info('What you wrote is not kept as a comment yet: comment there again to go on.')
      end
    end,
  })
  vim.keymap.set('n', 'q', close, { buffer = bufnr, nowait = true, desc = 'leave it' })
  if table.concat(before) == '' then
    vim.cmd.startinsert()
  end
end

--- Tells what was done; a problem is for `kept` to tell.
---@param result? hedgerow.CommentResult
---@param problem? hedgerow.Problem
---@param kept fun(problem?: hedgerow.Problem)
function M.told(result, problem, kept)
  if result then
    message.info(result.message)
  end
  kept(not result and (problem or { sentence = 'The comment was not kept.' }) or nil)
end

---@param params table
---@param title string
local function new(params, title)
  local key = table.concat({ params.checkout, params.path, params.lines or '' }, '\n')
  M.write(title, key, {}, function(words, kept)
    local said = vim.tbl_extend('force', params, { text = words })
    client.request('comment', said, function(result, problem)
      M.told(result, problem, kept)
    end)
  end)
end

---@param checkout string
---@param file hedgerow.FileChange
function M.on_file(checkout, file)
  local side = file.status == 'deleted' and 'base' or 'working'
  local params = { checkout = checkout, path = file.path, side = side }
  new(params, 'Comment on ' .. vim.fs.basename(file.path))
end

--- On lines of the current buffer.
---@param first integer
---@param last integer
function M.on_lines(first, last)
  local place = place_of.of(0)
  if not place or place.side == 'reviewed' then
    return message.info('There is no file of a checkout in this window to comment on.')
  end
  local lines = vim.api.nvim_buf_get_lines(0, first - 1, last, false)
  new({
    repository = place.repository,
    checkout = place.checkout,
    path = place.path,
    side = place.side,
    lines = first == last and tostring(first) or ('%d-%d'):format(first, last),
    quote = table.concat(lines, '\n'),
  }, ('Comment on %s:%d'):format(vim.fs.basename(place.path), first))
end

--- On the lines that are selected; else on the hunk under the cursor, or the line.
function M.here()
  if vim.fn.mode():find('^[vV\22]') then
    local first, last = vim.fn.line('v'), vim.fn.line('.')
    vim.cmd.normal({ '\27', bang = true })
    return M.on_lines(math.min(first, last), math.max(first, last))
  end
  local line = vim.fn.line('.')
  local found = require('hedgerow.review.deciding').here()
  if found and found.hunk.newCount > 0 then
    return M.on_lines(found.first + 1, found.after)
  end
  M.on_lines(line, line)
end

--- The command `comment`.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  if params.text then
    client.request('comment', params, function(result, problem)
      M.told(result, problem, function(why)
        commands.tell(why)
        done(result, why and why.sentence)
      end)
    end)
    return
  end
  local place = place_of.of(0)
  local first, last = (params.lines or ''):match('^(%d+)%-?(%d*)$')
  if place and first and place.checkout == params.checkout and place.path == params.path then
    M.on_lines(tonumber(first) or 1, tonumber(last) or tonumber(first) or 1)
  else
    new(params, 'Comment on ' .. vim.fs.basename(params.path))
  end
  done()
end

return M
