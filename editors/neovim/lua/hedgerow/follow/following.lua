-- Follows what agents edit, each edit shown in one window. Holds still while the person is in that window, and pauses
-- once they act there, until they say to go on.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local message = require('hedgerow.message')
local news = require('hedgerow.news')
local text_of = require('hedgerow.text')
local window = require('hedgerow.follow.window')

local M = {}

local asked ---@type table? params of `follow`, while something is followed
local paused = false
local newest ---@type hedgerow.Edited? what is to be shown when it is gone on with
local words ---@type string? what was shown last

---@return 'off'|'on'|'paused'
function M.state()
  return not asked and 'off' or paused and 'paused' or 'on'
end

local function say()
  if not asked then
    return
  end
  local parts = { { ' Following ', 'HedgerowTitle' } }
  if words then
    parts[#parts + 1] = { words, 'HedgerowHint' }
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
local function show(edited)
  newest = nil
  words = require('hedgerow.follow.showing').show(edited)
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
  asked, paused, newest, words = nil, false, nil, nil
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
