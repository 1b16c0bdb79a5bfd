-- A window to write a prompt of several lines in. What was written and not sent is there again the next
-- time.
local M = {}

local drafts = {} ---@type table<string, string[]> by what they are for

--- Opens the window; `written` hears the text when the person sends it, with :w or <C-S>.
---@param options { key: string, title: string }
---@param written fun(text: string)
function M.open(options, written)
  require('hedgerow.text').highlights()
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.bo[bufnr].buftype = 'acwrite'
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].filetype = 'markdown'
  vim.api.nvim_buf_set_name(bufnr, ('hedgerow-prompt://%d'):format(bufnr))
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, drafts[options.key] or {})
  vim.bo[bufnr].modified = false
  local width = math.max(20, math.min(vim.o.columns - 6, 90))
  local height = math.max(3, math.min(vim.o.lines - 8, 12))
  local window = vim.api.nvim_open_win(bufnr, true, {
    relative = 'editor',
    row = math.max(0, math.floor((vim.o.lines - height - 4) / 2)),
    col = math.floor((vim.o.columns - width - 2) / 2),
    width = width,
    height = height,
    style = 'minimal',
    border = 'rounded',
    title = (' %s '):format(options.title),
    footer = ' <C-S> or :w sends   q leaves it as a draft ',
  })
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  local sent = false
  local function lines()
    return vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)
  end
  local function close()
    vim.cmd.stopinsert()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  local function send()
    local text = vim.trim(table.concat(lines(), '\n'))
    if text == '' then
      return require('hedgerow.message').info('There is nothing to send yet.')
    end
    sent = true
    vim.bo[bufnr].modified = false
    vim.schedule(function()
      close()
      written(text)
    end)
  end
  vim.api.nvim_create_autocmd('BufWriteCmd', { buffer = bufnr, callback = send })
  vim.api.nvim_create_autocmd('BufUnload', {
    buffer = bufnr,
    callback = function()
      drafts[options.key] = not sent and lines() or nil
    end,
  })
  vim.keymap.set({ 'n', 'i' }, '<C-S>', send, { buffer = bufnr, desc = 'send it' })
  vim.keymap.set('n', 'q', close, { buffer = bufnr, nowait = true, desc = 'leave it as a draft' })
  if #lines() <= 1 and lines()[1] == '' then
    vim.cmd.startinsert()
  end
end

return M
