-- A window over the others that shows a text and goes away when it is left. Knows no Hedgerow.
local text_of = require('hedgerow.text')

local M = {}

--- Opens and enters the window. q, <Esc> or leaving it closes it.
---@param text hedgerow.Text
---@param options { title: string, footer?: string, filetype?: string, closed?: fun() }
---@return integer window
---@return integer bufnr
function M.open(text, options)
  text_of.highlights()
  vim.cmd.stopinsert()
  local bufnr = vim.api.nvim_create_buf(false, true)
  text_of.prepare(bufnr, options.filetype or 'hedgerow')
  vim.bo[bufnr].bufhidden = 'wipe'
  text_of.put(bufnr, text)
  local widest = vim.fn.strdisplaywidth(options.footer or '') + 2
  for _, line in ipairs(text.lines) do
    widest = math.max(widest, vim.fn.strdisplaywidth(line) + 2)
  end
  local width = math.max(20, math.min(widest, vim.o.columns - 6, 110))
  local window = vim.api.nvim_open_win(bufnr, true, {
    relative = 'editor',
    row = 1,
    col = math.floor((vim.o.columns - width - 2) / 2),
    width = width,
    height = 1,
    style = 'minimal',
    border = 'rounded',
    title = ' ' .. options.title .. ' ',
    footer = options.footer and (' %s '):format(options.footer) or nil,
  })
  vim.wo[window].wrap = true
  vim.wo[window].linebreak = true
  vim.wo[window].breakindent = true
  vim.wo[window].statuscolumn = ' '
  vim.wo[window].winhighlight = 'NormalFloat:Normal'
  local height =
    math.min(vim.api.nvim_win_text_height(window, {}).all, math.max(vim.o.lines - 6, 3))
  vim.api.nvim_win_set_config(window, {
    relative = 'editor',
    row = math.max(0, math.floor((vim.o.lines - height - 4) / 2)),
    col = math.floor((vim.o.columns - width - 2) / 2),
    height = height,
  })
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, close, { buffer = bufnr, nowait = true, desc = 'close' })
  end
  vim.api.nvim_create_autocmd(
    'WinLeave',
    { buffer = bufnr, once = true, callback = vim.schedule_wrap(close) }
  )
  if options.closed then
    vim.api.nvim_create_autocmd(
      'BufWipeout',
      { buffer = bufnr, once = true, callback = vim.schedule_wrap(options.closed) }
    )
  end
  return window, bufnr
end

return M
