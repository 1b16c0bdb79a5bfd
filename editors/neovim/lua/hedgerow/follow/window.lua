-- Owns the one window in which edits are shown: makes it once, shows files there without ever moving the person, and
-- notices when the person acts in it or closes it.
local M = {}

---@class hedgerow.FollowWindow
---@field acted fun() the person did something in it
---@field left fun() the person was in it and has gone elsewhere
---@field closed fun()

---@class hedgerow.FollowLook
---@field bufnr integer
---@field tick integer of the text, as long as it is the file's
---@field cursor integer[]
---@field topline integer

local window ---@type integer?
local heard ---@type hedgerow.FollowWindow
local was ---@type hedgerow.FollowLook? how it looked when the person entered it
local ours = {} ---@type table<integer, true> buffers that were only loaded to be shown there

local WIDE = 160 -- columns from which it stands beside the others

---@return integer?
function M.window()
  if window and not vim.api.nvim_win_is_valid(window) then
    window = nil
  end
  return window
end

--- Whether the person's cursor is in it.
---@return boolean
function M.entered()
  return M.window() ~= nil and vim.api.nvim_get_current_win() == window
end

--- How the window looks that the person is in.
---@return hedgerow.FollowLook
local function look()
  local bufnr = vim.api.nvim_get_current_buf()
  return {
    bufnr = bufnr,
    tick = vim.bo[bufnr].modified and 0 or vim.api.nvim_buf_get_changedtick(bufnr),
    cursor = vim.api.nvim_win_get_cursor(0),
    topline = vim.fn.line('w0'),
  }
end

local function listen()
  local group = vim.api.nvim_create_augroup('hedgerow.follow', {})
  local function on(events, act)
    vim.api.nvim_create_autocmd(events, {
      group = group,
      callback = function(event)
        if window then
          act(event)
        end
      end,
    })
  end
  on('WinEnter', function()
    if M.entered() then
      was = look()
    end
  end)
  on('WinLeave', function()
    if M.entered() then
      was = nil
      vim.schedule(heard.left)
    end
  end)
  on({ 'CursorMoved', 'InsertEnter', 'TextChanged', 'BufEnter', 'WinScrolled' }, function(event)
    if not M.entered() or not was then
      return
    end
    local before = was
    was = look()
    if event.event ~= 'InsertEnter' then
      local read_again = was.bufnr == before.bufnr and was.tick ~= before.tick and was.tick > 0
      if read_again or vim.deep_equal(was, before) then
        return -- nobody but the file's text has moved it
      end
    end
    heard.acted()
  end)
  on('WinClosed', function(event)
    if tonumber(event.match) == window then
      window = nil
      vim.schedule(heard.closed)
    end
  end)
end

---@param bufnr integer
---@return integer
local function make(bufnr)
  local keep = vim.o.splitkeep
  vim.o.splitkeep = 'screen' -- what the person reads stays where it is
  local here = vim.api.nvim_get_current_win()
  local made = vim.api.nvim_open_win(bufnr, false, {
    split = vim.o.columns >= WIDE and 'right' or 'below',
    win = -1,
  })
  vim.o.splitkeep = keep
  vim.w[made].hedgerow_follow = true
  window = made
  if vim.api.nvim_get_current_win() ~= here then
    vim.api.nvim_set_current_win(here)
  end
  listen()
  return made
end

--- The buffer of a file, loaded without a question about its swap file.
---@param path string
---@return integer bufnr
local function load(path)
  local bufnr = vim.fn.bufadd(path)
  if not vim.api.nvim_buf_is_loaded(bufnr) then
    if not vim.bo[bufnr].buflisted then
      ours[bufnr] = true
    end
    local short = vim.o.shortmess
    vim.opt.shortmess:append('AF')
    pcall(vim.fn.bufload, bufnr)
    vim.o.shortmess = short
  end
  return bufnr
end

--- Lets go of buffers that were only loaded to be shown, and are shown no more.
local function tidy()
  for bufnr in pairs(ours) do
    local valid = vim.api.nvim_buf_is_valid(bufnr)
    if not valid or vim.bo[bufnr].modified or vim.bo[bufnr].buflisted then
      ours[bufnr] = nil
    elseif #vim.fn.win_findbuf(bufnr) == 0 then
      ours[bufnr] = nil
      pcall(vim.api.nvim_buf_delete, bufnr, {})
    end
  end
end

--- Puts a buffer into the window. Text that the person typed there and did not save stays, also with 'nohidden'.
---@param there integer
---@param bufnr integer
local function put(there, bufnr)
  local before = vim.api.nvim_win_get_buf(there)
  if before == bufnr then
    return
  end
  local unsaved, keep = vim.bo[before].modified, vim.bo[before].bufhidden
  if unsaved then
    vim.bo[before].bufhidden = 'hide'
  end
  vim.api.nvim_win_set_buf(there, bufnr)
  if unsaved then
    vim.bo[before].bufhidden = keep
  end
end

--- Shows lines of a file, from 0; the person stays where they are.
---@param path string
---@param line integer
---@return integer bufnr
function M.show(path, line)
  local bufnr = load(path)
  local there = M.window() or make(bufnr)
  put(there, bufnr)
  require('hedgerow.reload').buffer(bufnr)
  line = math.max(math.min(line + 1, vim.api.nvim_buf_line_count(bufnr)), 1)
  vim.api.nvim_win_set_cursor(there, { line, 0 })
  vim.api.nvim_win_call(there, function()
    vim.cmd('silent! normal! zvzz')
  end)
  tidy()
  return bufnr
end

--- The line above its text.
---@param parts { [1]: string, [2]: string }[]
function M.say(parts)
  local there = M.window()
  if not there then
    return
  end
  local words = {}
  for _, part in ipairs(parts) do
    words[#words + 1] = ('%%#%s#%s'):format(part[2], (part[1]:gsub('%%', '%%%%')))
  end
  vim.wo[there][0].winbar = table.concat(words)
end

--- Closes it, unless the person is in it: then it is theirs.
function M.close()
  vim.api.nvim_create_augroup('hedgerow.follow', {})
  local open = M.window()
  if open then
    vim.w[open].hedgerow_follow = nil
    vim.wo[open][0].winbar = ''
    if not M.entered() then
      pcall(vim.api.nvim_win_close, open, false)
    end
  end
  window, was = nil, nil
  tidy()
end

---@param listener hedgerow.FollowWindow
function M.tell(listener)
  heard = listener
end

return M
