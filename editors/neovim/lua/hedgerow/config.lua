-- What the person set in `vim.g.hedgerow`, checked. Bad entries are told and left out; they stop nothing.
local message = require('hedgerow.message')

local M = {}

---@class hedgerow.Options
---@field cmd? string[] the server's command line; by default { 'hedgerow', 'serve' }
---@field settings? table<string, any> settings of the server, such as { retention = 20 }
---@field start_timeout? number seconds that the server may take to start; by default 30
---@field autostart? boolean whether the first file of a repository starts the server; by default true
---@field notify? boolean|string[] whether sessions that need you are told of; a list of phases: only these

---@class hedgerow.Config
---@field cmd string[]
---@field settings table<string, any>
---@field start_timeout number
---@field autostart boolean
---@field notify boolean|string[]

---@return hedgerow.Config
local function defaults()
  return {
    cmd = { 'hedgerow', 'serve' },
    settings = vim.empty_dict(),
    start_timeout = 30,
    autostart = true,
    notify = true,
  }
end

local function is_command_line(value)
  if not vim.islist(value) or #value == 0 then
    return false
  end
  return vim.iter(value):all(function(word)
    return type(word) == 'string'
  end)
end

---@param value table
---@return boolean
local function is_phases(value)
  return vim.islist(value)
    and vim.iter(value):all(function(phase)
      return vim.list_contains({ 'waiting', 'failed', 'done' }, phase)
    end)
end

local checks = {
  cmd = { is_command_line, 'a list of words' },
  settings = {
    function(value)
      return type(value) == 'table' and (next(value) == nil or not vim.islist(value))
    end,
    'a table of names and values',
  },
  start_timeout = {
    function(value)
      return type(value) == 'number' and value > 0
    end,
    'a number of seconds',
  },
  autostart = {
    function(value)
      return type(value) == 'boolean'
    end,
    'true or false',
  },
  notify = {
    function(value)
      return type(value) == 'boolean' or (type(value) == 'table' and is_phases(value))
    end,
    "true, false, or a list of 'waiting', 'failed' and 'done'",
  },
}

--- The options over the defaults, and a sentence for each that was left out.
---@param options any
---@return hedgerow.Config, string[] problems
function M.merge(options)
  local config, problems = defaults(), {}
  if type(options) ~= 'table' then
    return config, { 'vim.g.hedgerow must be a table; it is ignored.' }
  end
  local names = vim.tbl_keys(options)
  table.sort(names, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for _, name in ipairs(names) do
    local check = checks[name]
    if not check then
      problems[#problems + 1] = ('vim.g.hedgerow has no option %q.'):format(tostring(name))
    elseif not check[1](options[name]) then
      problems[#problems + 1] = ('vim.g.hedgerow.%s must be %s; the default is used.'):format(
        name,
        check[2]
      )
    elseif name ~= 'settings' or next(options.settings) ~= nil then
      config[name] = options[name]
    end
  end
  return config, problems
end

local last ---@type hedgerow.Config?

--- As it was read last.
---@return hedgerow.Config
function M.current()
  return last or M.read()
end

--- Read afresh at each start of the server.
---@return hedgerow.Config
function M.read()
  local options = vim.g.hedgerow
  if type(options) == 'function' then
    local ok, answer = pcall(options)
    options = ok and answer or nil
    if not ok then
      message.warn('vim.g.hedgerow could not be called; it is ignored.')
    end
  end
  local config, problems = M.merge(options == nil and {} or options)
  if #problems > 0 then
    message.warn(table.concat(problems, ' '))
  end
  last = config
  return config
end

return M
