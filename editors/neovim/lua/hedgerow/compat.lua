-- Every difference between Neovim 0.10, 0.11 and 0.12 that Hedgerow meets. No other module asks for the
-- version, but to say that it is too old.
local M = {}

-- Clients took `client.request(…)` before, and take `client:request(…)` since.
local has_methods = vim.fn.has('nvim-0.11') == 1

--- Starts a server that belongs to no buffer.
---@param config vim.lsp.ClientConfig
---@return integer? client_id
function M.start(config)
  if has_methods then
    return vim.lsp.start(config, { attach = false })
  end
  return vim.lsp.start_client(config) ---@diagnostic disable-line: deprecated
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param answered fun(err?: lsp.ResponseError, result?: any)
---@return boolean sent
function M.request(client, method, params, answered)
  if has_methods then
    return (client:request(method, params, answered))
  end
  return (client.request(method, params, answered)) ---@diagnostic disable-line
end

---@param client vim.lsp.Client
---@param method string
---@param params table
function M.notify(client, method, params)
  if has_methods then
    client:notify(method, params)
  else
    client.notify(method, params) ---@diagnostic disable-line
  end
end

---@param client vim.lsp.Client
---@param force? boolean
function M.stop(client, force)
  if has_methods then
    client:stop(force)
  else
    client.stop(force) ---@diagnostic disable-line
  end
end

--- What came from the server, without the nulls that Neovim leaves in it (notifications of 0.12 have them).
---@generic T
---@param value T
---@return T
function M.plain(value)
  if value == vim.NIL then
    return nil
  elseif type(value) ~= 'table' then
    return value
  end
  local plain = {}
  for key, item in pairs(value) do
    plain[key] = M.plain(item)
  end
  return plain
end

--- The byte at which a column of a line begins that counts UTF-16 units; the line's end, when it is beyond.
---@param line string
---@param units integer
---@return integer
function M.byte_index(line, units)
  if has_methods then
    return vim.str_byteindex(line, 'utf-16', units, false)
  end
  local ok, byte = pcall(vim.str_byteindex, line, units, true) ---@diagnostic disable-line
  return ok and byte or #line
end

--- What lets virtual lines scroll sideways with the text; Neovim 0.10 cuts them.
---@return vim.api.keyset.set_extmark
function M.scrolling_lines()
  return has_methods and { virt_lines_overflow = 'scroll' } or {}
end

--- Runs a program in a terminal that is the current buffer.
---@param argv string[]
---@param options { cwd: string, env?: table<string, string>, on_exit: fun(job: integer, code: integer) }
---@return integer job not above 0 when it could not be started
function M.terminal(argv, options)
  if has_methods then
    return vim.fn.jobstart(argv, vim.tbl_extend('force', { term = true }, options))
  end
  return vim.fn.termopen(argv, options) ---@diagnostic disable-line: deprecated
end

--- Where Neovim writes what a server says on its standard error.
---@return string
function M.log_path()
  local log = vim.lsp.log
  if log and log.get_filename then
    return log.get_filename()
  end
  return vim.lsp.get_log_path() ---@diagnostic disable-line: deprecated
end

return M
