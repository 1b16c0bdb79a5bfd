-- Finds a window of this tab page in which a file may be shown, and shows it there. Knows no review.
local M = {}

---@param window integer
---@return boolean
local function takes_files(window)
  local bufnr = vim.api.nvim_win_get_buf(window)
  return vim.api.nvim_win_get_config(window).relative == ''
    and vim.bo[bufnr].buftype == ''
    and not vim.wo[window].winfixbuf
    and not vim.wo[window].previewwindow
    and not vim.w[window].hedgerow_follow
end

--- The window that the person was in before, if a file may be shown there; else any other; else a new one.
---@return integer window
function M.for_file()
  local before = vim.fn.win_getid(vim.fn.winnr('#'))
  local candidates = vim.list_extend({ before }, vim.api.nvim_tabpage_list_wins(0))
  for _, window in ipairs(candidates) do
    if window ~= 0 and vim.api.nvim_win_is_valid(window) and takes_files(window) then
      return window
    end
  end
  vim.cmd('aboveleft split')
  vim.wo.winfixbuf = false
  return vim.api.nvim_get_current_win()
end

--- Goes to a file in such a window.
---@param path string
function M.edit(path)
  local window = M.for_file()
  vim.api.nvim_set_current_win(window)
  local bufnr = vim.fn.bufnr('^' .. vim.fn.fnameescape(path) .. '$')
  if bufnr ~= vim.api.nvim_get_current_buf() or bufnr == -1 then
    vim.cmd('hide edit ' .. vim.fn.fnameescape(path))
  end
end

return M
