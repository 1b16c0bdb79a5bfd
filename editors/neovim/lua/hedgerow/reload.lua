-- Reads buffers again whose files have changed on disk. Never touches text that is not saved, and asks nothing.
local M = {}

---@param bufnr integer
---@return boolean whether the buffer says what the disk says by now, as far as it can be told
function M.buffer(bufnr)
  if not vim.api.nvim_buf_is_loaded(bufnr) or vim.bo[bufnr].modified then
    return false
  end
  if vim.bo[bufnr].buftype ~= '' then
    return true
  end
  local auto = vim.api.nvim_get_option_value('autoread', { buf = bufnr })
  vim.bo[bufnr].autoread = true -- else Neovim would ask, in the middle of whatever the person does
  vim.api.nvim_buf_call(bufnr, function()
    vim.cmd('silent! checktime ' .. bufnr)
  end)
  vim.bo[bufnr].autoread = auto
  return true
end

return M
