-- Owns which folders are open here and tells the server of them, and of the files that are edited, so that it
-- knows of unsaved text. Looks for `.git` upwards; what git makes of it is the server's business.
local compat = require('hedgerow.compat')

local M = {}

local client ---@type vim.lsp.Client? that is told
local open_folders = {} ---@type table<string, true>

--- The checkout that a path lies in.
---@param path string
---@return string?
function M.root(path)
  return vim.fs.root(path, '.git')
end

--- The checkout that the file of a buffer lies in; nil for buffers of no file.
---@param bufnr integer
---@return string?
function M.root_of_buffer(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) or vim.bo[bufnr].buftype ~= '' then
    return nil
  end
  local name = vim.api.nvim_buf_get_name(bufnr)
  return name ~= '' and not name:find('^%a[%w+.-]+://') and M.root(name) or nil
end

---@param path string
---@return lsp.WorkspaceFolder
local function folder(path)
  return { uri = vim.uri_from_fname(path), name = vim.fs.basename(path) }
end

---@param path string?
local function open_folder(path)
  if not path or open_folders[path] then
    return
  end
  open_folders[path] = true
  if client then
    local added = folder(path)
    client.workspace_folders = vim.list_extend(client.workspace_folders or {}, { added })
    local event = { added = { added }, removed = {} }
    compat.notify(client, 'workspace/didChangeWorkspaceFolders', { event = event })
    require('hedgerow.live').refresh()
  end
end

--- The folders that a server starts with: of the current directory and of every file that is open.
---@return lsp.WorkspaceFolder[]? nil when there are none
function M.folders()
  client, open_folders = nil, {}
  open_folder(M.root(vim.fn.getcwd()))
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    open_folder(M.root_of_buffer(bufnr))
  end
  local paths = vim.tbl_keys(open_folders)
  table.sort(paths)
  return #paths > 0 and vim.tbl_map(folder, paths) or nil
end

---@param bufnr integer
local function follow_file(bufnr)
  local root = M.root_of_buffer(bufnr)
  if root and client then
    open_folder(root)
    if not vim.lsp.buf_is_attached(bufnr, client.id) then
      vim.lsp.buf_attach_client(bufnr, client.id)
    end
  end
end

--- Tells a server from now on.
---@param started vim.lsp.Client
function M.follow(started)
  client = started
  local group = vim.api.nvim_create_augroup('hedgerow.files', {})
  vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile', 'BufWritePost', 'BufFilePost' }, {
    group = group,
    callback = function(event)
      follow_file(event.buf)
    end,
  })
  vim.api.nvim_create_autocmd('DirChanged', {
    group = group,
    callback = function()
      open_folder(M.root(vim.fn.getcwd()))
      require('hedgerow.status').update()
    end,
  })
  vim.iter(vim.api.nvim_list_bufs()):each(follow_file)
end

--- Stops telling: the server is gone.
function M.unfollow()
  client = nil
  vim.api.nvim_create_augroup('hedgerow.files', {})
end

return M
