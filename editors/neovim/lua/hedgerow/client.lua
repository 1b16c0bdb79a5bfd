-- Owns the one server of this Neovim: finds it, starts it on first use, asks it, and says so in one
-- sentence when it cannot. Knows no command and draws nothing.
local compat = require('hedgerow.compat')
local files = require('hedgerow.files')
local hearing = require('hedgerow.hearing')
local message = require('hedgerow.message')
local news = require('hedgerow.news')
local protocol = require('hedgerow.protocol')

local M = {}

---@class hedgerow.Problem
---@field sentence string for the person
---@field code? string of a refused command, such as 'nameTaken'
---@field data? table facts that the sentence names
---@field told? boolean whether the person has been told already

---@alias hedgerow.Answered fun(result?: table, problem?: hedgerow.Problem)

local phase = 'stopped' ---@type 'stopped'|'starting'|'running'
local running ---@type vim.lsp.Client?
local server_info = {} ---@type { name?: string, version?: string } of the one that runs
local waiting = {} ---@type fun(client?: vim.lsp.Client, problem?: hedgerow.Problem)[]
local unanswered = {} ---@type table<integer, hedgerow.Answered>
local last_request = 0
local attempt = 0 -- numbers each start, so that a late exit of an earlier server is not taken for this one's

---@param to 'stopped'|'starting'|'running'
---@param problem? hedgerow.Problem
local function move(to, problem)
  phase = to
  if to == 'starting' then
    return require('hedgerow.status').update()
  end
  local callbacks, lost = waiting, {}
  waiting = {}
  if to == 'stopped' then
    running, lost, unanswered = nil, unanswered, {}
    files.unfollow()
    require('hedgerow.status').reset()
  else
    require('hedgerow.status').update()
  end
  for _, callback in ipairs(callbacks) do
    callback(running, problem)
  end
  for _, callback in pairs(lost) do
    callback(nil, problem)
  end
end

---@param sentence string
local function fail(sentence)
  message.error(sentence)
  attempt = attempt + 1
  move('stopped', { sentence = sentence, told = true })
end

--- What to say of a server that speaks another protocol; nil when it is ours.
---@param capabilities table
---@return string?
function M.mismatch(capabilities)
  local ours = vim.tbl_get(capabilities, 'experimental', 'hedgerow', 'protocolVersion')
  if type(ours) ~= 'number' then
    return 'What was started is no Hedgerow server, or one too old: see :checkhealth hedgerow.'
  elseif ours < protocol.version then
    return ('The Hedgerow server is too old for this plugin (protocol %d, not %d): update it.'):format(
      ours,
      protocol.version
    )
  end
  return nil
end

--- Runs the server; `gone` hears how it ended instead of Neovim, whose own words would come on top of ours.
---@param cmd string[]
---@param gone fun(code: integer, signal: integer)
local function process(cmd, gone)
  return function(dispatchers)
    local on_exit = dispatchers.on_exit
    return vim.lsp.rpc.start(
      cmd,
      vim.tbl_extend('force', dispatchers, {
        on_exit = function(code, signal)
          on_exit(0, 0)
          vim.schedule(function()
            gone(code, signal)
          end)
        end,
      })
    )
  end
end

---@param code integer
---@param signal integer
local function ended(code, signal)
  local how = signal ~= 0 and ('signal ' .. signal) or ('exit code ' .. code)
  local when = phase == 'starting' and 'ended while starting' or 'ended unexpectedly'
  fail(('The Hedgerow server %s (%s): see :checkhealth hedgerow'):format(when, how))
end

---@param config? hedgerow.Config
local function start(config)
  config = config or require('hedgerow.config').read()
  local program = config.cmd[1]
  if vim.fn.executable(program) == 0 then
    return fail(
      ("Hedgerow found no server: '%s' is not an executable here. "):format(program)
        .. 'Install it (pipx install hedgerow), or set vim.g.hedgerow.cmd.'
    )
  end
  attempt = attempt + 1
  local this = attempt
  move('starting')
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = {
    hedgerow = {
      protocolVersion = protocol.version,
      commands = vim.tbl_keys(hearing.offered),
      comments = true, -- are drawn here, so they are no diagnostics
    },
  }
  local ok, id = pcall(compat.start, {
    name = 'hedgerow',
    cmd = process(config.cmd, function(code, signal)
      if this == attempt and vim.v.exiting == vim.NIL then
        ended(code, signal)
      end
    end),
    capabilities = capabilities,
    workspace_folders = files.folders(),
    init_options = { settings = config.settings, asks = true },
    handlers = hearing.handlers,
    commands = hearing.offered,
    on_init = function(client, answer)
      if this ~= attempt then
        return
      end
      local problem = M.mismatch(client.server_capabilities)
      if problem then
        fail(problem)
        return compat.stop(client, true) -- what is no server of ours may not heed a polite word
      end
      running, server_info = client, compat.plain(answer.serverInfo or {})
      files.follow(client)
      move('running')
      require('hedgerow.live').refresh()
      require('hedgerow.comments.marks').start()
      news.tell('started')
    end,
  })
  if not ok or not id then
    return this == attempt
      and fail(("The Hedgerow server '%s' could not be started."):format(program))
  end
  vim.defer_fn(function()
    local client = vim.lsp.get_client_by_id(id)
    if this == attempt and phase == 'starting' then
      fail(('The Hedgerow server did not answer within %g s.'):format(config.start_timeout))
      if client then
        compat.stop(client, true)
      end
    end
  end, config.start_timeout * 1000)
end

--- Starts the server without being asked for anything, unless the person does not want that. Tried once.
function M.begin()
  local config = attempt == 0 and require('hedgerow.config').read()
  if config and config.autostart then
    start(config)
  end
end

---@param callback fun(client?: vim.lsp.Client, problem?: hedgerow.Problem)
local function with_server(callback)
  if phase == 'running' then
    return callback(running)
  end
  waiting[#waiting + 1] = callback
  if phase == 'stopped' then
    start()
  end
end

--- Asks the server for a command, starting it if need be. `answered` is called once, whatever happens.
---@param verb string
---@param params table
---@param answered hedgerow.Answered
function M.request(verb, params, answered)
  with_server(function(client, problem)
    if not client then
      return answered(nil, problem)
    end
    last_request = last_request + 1
    local number = last_request
    unanswered[number] = answered
    local sent = compat.request(client, 'workspace/executeCommand', {
      command = 'hedgerow.' .. verb,
      arguments = { next(params) == nil and vim.empty_dict() or params },
    }, function(err, result)
      if not unanswered[number] then
        return
      end
      unanswered[number] = nil
      if err then
        local data = type(err.data) == 'table' and compat.plain(err.data) or {} --[[@as table]]
        local told = hearing.just_said(err.message)
        return answered(nil, { sentence = err.message, code = data.code, data = data, told = told })
      end
      answered(compat.plain(result))
    end)
    if not sent and unanswered[number] then
      unanswered[number] = nil
      answered(nil, { sentence = 'The Hedgerow server is ending; run the command again.' })
    end
  end)
end

---@return 'stopped'|'starting'|'running'
function M.phase()
  return phase
end

--- The server that runs, if one does, and what it says of itself.
---@return vim.lsp.Client?, { name?: string, version?: string }
function M.client()
  return running, server_info
end

return M
