-- The buffers `hedgerow-base:…`: a file as it is at the base, or as it was accepted last. Shown, never written.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local news = require('hedgerow.news')
local place_of = require('hedgerow.review.place')

local M = {}

local encodings = { ['latin-1'] = 'latin1', ['utf-16-le'] = 'utf-16le', ['utf-16-be'] = 'utf-16be' }

--- A text as a buffer has it.
---@param text string
---@return string[] lines
---@return 'dos'|'unix' format
---@return boolean ends whether its last line ends
function M.lines(text)
  local lines = vim.split(text, '\n', { plain = true })
  local ends = lines[#lines] == ''
  if ends and #lines > 1 then
    lines[#lines] = nil
  end
  local dos = #lines > 0
  for index, line in ipairs(lines) do
    dos = dos and (line:sub(-1) == '\r' or (index == #lines and not ends))
  end
  dos = dos and text:find('\r\n', 1, true) ~= nil
  for index, line in ipairs(lines) do
    lines[index] = (dos and line:gsub('\r$', '') or line):gsub('%z', '\n')
  end
  return lines, dos and 'dos' or 'unix', ends or text == ''
end

---@param bufnr integer
---@param answer hedgerow.BaseContentResult
local function put(bufnr, answer)
  local lines, format, ends = M.lines(answer.text)
  if answer.binary then
    lines = { 'A binary file: there is no text to show.' }
  end
  local buffer = vim.bo[bufnr]
  buffer.modifiable, buffer.readonly = true, false
  if not vim.deep_equal(vim.api.nvim_buf_get_lines(bufnr, 0, -1, false), lines) then
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  end
  buffer.fileformat, buffer.fixendofline, buffer.endofline = format, false, ends
  buffer.fileencoding = encodings[answer.encoding] or 'utf-8'
  buffer.bomb = answer.bom
  buffer.modified, buffer.modifiable, buffer.readonly = false, false, true
  vim.b[bufnr].hedgerow_base =
    { exists = answer.exists, binary = answer.binary, oid = answer.oid, mode = answer.mode }
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    if vim.wo[window].diff then
      vim.api.nvim_win_call(window, function()
        vim.cmd.diffupdate()
      end)
    end
  end
  vim.api.nvim_exec_autocmds('User', { pattern = 'HedgerowBase', modeline = false })
end

---@param bufnr integer
local function read(bufnr)
  local base = place_of.of_address(vim.api.nvim_buf_get_name(bufnr))
  if not base then
    return
  end
  local place = place_of.of(bufnr)
  client.request('baseContent', {
    repository = place and place.repository,
    checkout = base.checkout,
    path = base.path,
    side = base.side,
  }, function(answer, problem)
    if not vim.api.nvim_buf_is_loaded(bufnr) then
      return
    elseif answer then
      put(bufnr, answer)
    else
      commands.tell(problem)
    end
  end)
end

local listening = false

local function listen()
  if listening then
    return
  end
  listening = true
  local function all(changed)
    for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
      local name = vim.api.nvim_buf_is_loaded(bufnr) and vim.api.nvim_buf_get_name(bufnr) or ''
      local base = place_of.of_address(name)
      local meant = base
        and (
          not changed.checkout
          or base.checkout == changed.checkout
            and (changed.all or vim.list_contains(changed.paths or {}, base.path))
        )
      if meant then
        read(bufnr)
      end
    end
  end
  news.on('reviewChanged', all)
  news.on('started', all)
end

--- Fills a buffer of such a name.
---@param bufnr integer
function M.attach(bufnr)
  listen()
  local base = place_of.of_address(vim.api.nvim_buf_get_name(bufnr))
  local buffer = vim.bo[bufnr]
  buffer.buftype, buffer.swapfile, buffer.undolevels = 'nowrite', false, -1
  buffer.modifiable, buffer.bufhidden, buffer.buflisted = false, 'wipe', false
  if not base then
    return require('hedgerow.message').error('No base document has this address.')
  end
  local filetype = vim.filetype.match({ buf = bufnr, filename = base.path })
  if filetype then
    pcall(vim.api.nvim_set_option_value, 'filetype', filetype, { buf = bufnr }) -- a plugin for it may fail
  end
  read(bufnr)
end

--- The command `baseContent`: shows the document in the current window.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  client.request('baseContent', params, function(answer, problem)
    if not answer then
      commands.tell(problem)
      return done(nil, problem and problem.sentence)
    elseif not answer.exists then
      local side = params.side == 'reviewed' and 'what is accepted' or 'the base'
      require('hedgerow.message').info(('%s is not in %s.'):format(params.path, side))
      return done(answer)
    end
    vim.cmd('hide edit ' .. vim.fn.fnameescape(answer.uri))
    done(answer)
  end)
end

return M
