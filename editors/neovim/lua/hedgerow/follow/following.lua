-- Follows what agents edit, each edit shown in one window with its lines marked for a while. Holds still while the
-- person is in that window, and pauses once they act there, until they say to go on.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local live = require('hedgerow.live')
local message = require('hedgerow.message')
local news = require('hedgerow.news')
local text_of = require('hedgerow.text')
local window = require('hedgerow.follow.window')

local M = {}

local MARKED_MS = 4000

local namespace = vim.api.nvim_create_namespace('hedgerow.follow')

local asked ---@type table? params of `follow`, while something is followed
local paused = false
local newest ---@type hedgerow.Edited? what is to be shown when it is gone on with
local shown = {} ---@type { words?: string, count?: integer }

---@return 'off'|'on'|'paused'
function M.state()
  return not asked and 'off' or paused and 'paused' or 'on'
end

---@param checkout string
---@return string
local function label(checkout)
  local rows = live.rows()
  local row = rows and rows.checkouts[checkout]
  return row and text_of.clean(row.label) or 'a checkout'
end

---@param edited hedgerow.Edited
---@return string
local function name(edited)
  local path = vim.uri_to_fname(edited.uri)
  local rows = live.rows()
  local row = rows and rows.checkouts[edited.checkout]
  return text_of.clean(row and path:sub(#row.path + 2) or vim.fs.basename(path))
end

local function say()
  if not asked then
    return
  end
  local parts = { { ' Following ', 'HedgerowTitle' } }
  if shown.words then
    parts[#parts + 1] = { shown.words, 'HedgerowHint' }
  end
  if paused then
    parts[#parts + 1] = { '  paused, `:Hedgerow follow` goes on ', 'HedgerowPaused' }
  end
  window.say(parts)
end

--- Tells of the state, where it is kept for the statusline.
local function changed()
  say()
  require('hedgerow.status').update()
end

---@param edited hedgerow.Edited
---@return integer first, integer after lines, from 0
local function lines(edited)
  local range = edited.range
  if not range then
    return 0, 0
  end
  local after = range['end'].line + (range['end'].character > 0 and 1 or 0)
  return range.start.line, after
end

---@param bufnr integer
---@param first integer
---@param after integer
local function mark(bufnr, first, after)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local count = vim.api.nvim_buf_line_count(bufnr)
  first = math.min(first, count - 1)
  local options = { strict = false, priority = 95 }
  if after > first then
    options.end_row = math.min(after, count)
    options.hl_group, options.hl_eol = 'HedgerowEdited', true
  else
    options.virt_text = { { '  lines were deleted here', 'HedgerowEdited' } }
  end
  local id = vim.api.nvim_buf_set_extmark(bufnr, namespace, first, 0, options)
  vim.defer_fn(function()
    if vim.api.nvim_buf_is_valid(bufnr) then
      vim.api.nvim_buf_del_extmark(bufnr, namespace, id)
    end
  end, MARKED_MS)
end

---@param path string
---@return boolean
local function has_unsaved_text(path)
  local bufnr = vim.fn.bufnr('^' .. vim.fn.fnameescape(path) .. '$')
  return bufnr ~= -1 and vim.bo[bufnr].modified
end

---@param edited hedgerow.Edited
local function show(edited)
  newest = nil
  local who, path = label(edited.checkout), vim.uri_to_fname(edited.uri)
  local words = ('%s  %s'):format(who, name(edited))
  if edited.kind == 'many' then
    words = ('%s  %d files at once'):format(who, edited.count or 0)
    if not window.window() then
      message.info(words)
    end
  elseif edited.kind == 'deleted' then
    words = words .. ' was deleted'
  elseif edited.kind == 'binary' then
    words = words .. ' is no text'
  elseif has_unsaved_text(path) then
    words = words .. ' is not shown: your text in it is not saved'
  elseif vim.uv.fs_stat(path) then
    local first, after = lines(edited)
    mark(window.show(path, first), first, after)
    if edited.kind == 'renamed' and edited.fromUri then
      words = words .. ' was ' .. vim.fs.basename(vim.uri_to_fname(edited.fromUri))
    elseif edited.kind == 'created' then
      words = words .. ' is new'
    end
  end
  shown = { words = words }
  say()
end

---@param edited hedgerow.Edited
local function heard(edited)
  if not asked or edited.by == 'you' then
    return
  elseif paused or window.entered() then
    newest = edited
    local bufnr = window.window() and vim.api.nvim_win_get_buf(window.window() --[[@as integer]])
    if bufnr then
      require('hedgerow.reload').buffer(bufnr)
    end
    return
  end
  show(edited)
end

local function go_on()
  paused = false
  if newest and not window.entered() then
    show(newest)
  end
  changed()
end

--- No longer follows. What was shown stays as it is.
local function stop()
  asked, paused, newest, shown = nil, false, nil, {}
  window.close()
  require('hedgerow.status').update()
end

local listening = false

local function listen()
  if listening then
    return
  end
  listening = true
  news.on('edited', heard)
  news.on('started', function()
    if asked then -- a server that has just begun knows nothing of it
      client.request('follow', asked, function(_, problem)
        commands.tell(problem)
      end)
    end
  end)
  window.tell({
    acted = function()
      if asked and not paused then
        paused = true
        changed()
      end
    end,
    left = function()
      if asked and not paused and newest then
        show(newest)
      end
    end,
    closed = function()
      if asked then
        M.stop()
      end
    end,
  })
end

---@param params table
---@return table
local function meant(params)
  if params.checkout == 'all' then
    params = vim.tbl_extend('force', params, { all = true })
    params.checkout = nil
  end
  if params.checkout or params.session or params.all then
    return params
  end
  local row = require('hedgerow.review.place').checkout()
  if row and row.kind ~= 'local' then
    return vim.tbl_extend('force', params, { checkout = row.id })
  end
  return vim.tbl_extend('force', params, { all = true })
end

--- Ends it, in this editor and at the server.
---@param done? hedgerow.Done
function M.stop(done)
  local was = asked
  stop()
  if client.phase() ~= 'running' then
    return done and done()
  end
  local params = { all = true, on = false, repository = was and was.repository }
  client.request('follow', params, function(result, problem)
    commands.tell(problem)
    if result then
      message.info(result.message)
    end
    if done then
      done(result, problem and problem.sentence)
    end
  end)
end

--- The command `follow`: begins, goes on after a pause when nothing is named, or ends with `on=false`.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  local named = params.checkout or params.session or params.all
  if params.on == false and not named then
    return M.stop(done)
  elseif asked and not named then
    go_on()
    return done()
  end
  listen()
  text_of.highlights()
  params = meant(params)
  client.request('follow', params, function(result, problem)
    if not result then
      commands.tell(problem)
      return done(nil, problem and problem.sentence)
    end
    message.info(result.message)
    if params.on == false then
      if #result.checkouts == 0 and not result.all then
        stop()
      end
    else
      params.on = nil
      asked, paused = params, false
    end
    changed()
    done(result)
  end)
end

--- Goes on after the person has acted in the window; begins where nothing is followed.
function M.resume()
  commands.run('follow', {})
end

return M
