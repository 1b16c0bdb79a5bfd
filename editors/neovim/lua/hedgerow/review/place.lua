-- Says which file of which checkout a buffer shows. Asks nobody: it goes by the rows that are known.
local live = require('hedgerow.live')
local paths = require('hedgerow.paths')
local rows_of = require('hedgerow.rows')

local M = {}

---@class hedgerow.Place
---@field checkout string its id
---@field root string the checkout's directory
---@field repository string the path of its repository, which outlives it
---@field path string as commands take it
---@field side 'working'|'base'|'reviewed'

--- The path by which the repository of a checkout is named; it is there also when the checkout is gone.
---@param row hedgerow.CheckoutRow?
---@return string?
function M.repository(row)
  local rows = live.rows()
  local repository = rows and row and rows.repositories[row.repository]
  return repository and repository.path or row and row.path
end

--- The parts of the address of a base document.
---@param name string
---@return { checkout: string, side: 'base'|'reviewed', path: string }?
function M.of_address(name)
  local rest = name:match('^hedgerow%-base://[^/]*/(.+)$') or name:match('^hedgerow%-base:/(.+)$')
  local checkout, side, path = (rest or ''):match('^([^/]+)/(%a+)/(.+)$')
  if side ~= 'base' and side ~= 'reviewed' then
    return nil
  end
  return {
    checkout = vim.uri_decode(checkout),
    side = side,
    path = paths.wire(vim.uri_decode(path)),
  }
end

---@param file string absolute
---@return hedgerow.Place?
function M.of_file(file)
  local rows = live.rows()
  if not rows then
    return nil
  end
  local real = vim.uv.fs_realpath(vim.fs.dirname(file))
  file = real and (real:gsub('/$', '') .. '/' .. vim.fs.basename(file)) or file
  local row = rows_of.holding(rows, file)
  if not row or row.path == file then
    return nil
  end
  return {
    checkout = row.id,
    root = row.path,
    repository = M.repository(row) --[[@as string]],
    path = paths.wire(file:sub(#row.path + 2)),
    side = 'working',
  }
end

--- Of a buffer that shows a file, or a base document.
---@param bufnr integer
---@return hedgerow.Place?
function M.of(bufnr)
  local name = vim.api.nvim_buf_get_name(bufnr)
  local base = M.of_address(name)
  if base then
    local rows = live.rows()
    local row = rows and rows.checkouts[base.checkout]
    local where = row and { root = row.path, repository = M.repository(row) }
    return where and vim.tbl_extend('error', base, where) --[[@as hedgerow.Place]]
  end
  if name == '' or vim.bo[bufnr].buftype ~= '' or name:find('^%a[%w+.-]+://') then
    return nil
  end
  return M.of_file(name)
end

--- The checkout that the person is in: of the current buffer, else of the current directory.
---@return hedgerow.CheckoutRow?
function M.checkout()
  local rows = live.rows()
  if not rows then
    return nil
  end
  local place = M.of(0)
  local id = vim.b.hedgerow_checkout or place and place.checkout
  return rows.checkouts[id] or rows_of.holding(rows, vim.fn.getcwd())
end

return M
