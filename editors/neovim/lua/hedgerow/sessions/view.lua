-- The buffer `hedgerow://sessions`: shows the live rows, and keeps every cursor on its row. Owns no rows;
-- its keys are in hedgerow.sessions.keys.
local cursors = require('hedgerow.sessions.cursors')
local drawing = require('hedgerow.sessions.drawing')
local live = require('hedgerow.live')
local text = require('hedgerow.text')

local M = {}

local NAME = 'hedgerow://sessions'
local FILETYPE = 'hedgerow-sessions'
local BELOW = 8 -- lines that may stand below the row of the cursor
local AGES_MS = 30000
local below = vim.api.nvim_create_namespace('hedgerow.below')

local drawn ---@type hedgerow.Drawn? what stands in the buffer
local placed = true -- false until the cursor of a list just opened stands where it belongs
local past = false

---@return integer? bufnr
local function buffer()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == FILETYPE then
      return bufnr
    end
  end
end

---@param line integer
---@return hedgerow.Target
local function target_of(line)
  local rows, id = live.rows(), drawn and drawn.ids[line]
  if not rows or not id then
    return {}
  end
  local session = rows.sessions[id]
  local checkout = rows.checkouts[session and session.checkout or id]
  local repository = session and session.repository or checkout and checkout.repository or id
  return { session = session, checkout = checkout, repository = rows.repositories[repository] }
end

---@class hedgerow.Target what a line of the list is about
---@field session? hedgerow.SessionRow
---@field checkout? hedgerow.CheckoutRow
---@field repository? hedgerow.RepositoryRow

--- What the cursor is on, when the list is the current buffer.
---@return hedgerow.Target
function M.target()
  if vim.bo.filetype ~= FILETYPE then
    return {}
  end
  return target_of(vim.api.nvim_win_get_cursor(0)[1])
end

--- The checkout and the repository under the cursor, when the list is the current buffer.
---@return hedgerow.CheckoutRow? checkout
---@return hedgerow.RepositoryRow? repository
function M.under_cursor()
  local target = M.target()
  return target.checkout, target.repository
end

--- What a range of lines is about, each once.
---@param first integer
---@param last integer
---@return hedgerow.Target[]
function M.targets(first, last)
  local found, seen = {}, {}
  for line = first, last do
    local target = target_of(line)
    local row = target.session or target.checkout
    if row and not seen[row.id] then
      seen[row.id] = true
      found[#found + 1] = target
    end
  end
  return found
end

---@return string?
local function note()
  if require('hedgerow.client').phase() == 'stopped' then
    return 'The server is not running: R starts it.'
  end
end

--- Shows below the row of the cursor what it asks or said: virtual lines, so that no row changes its number.
---@param bufnr integer
local function show_below(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, below, 0, -1)
  local session = vim.api.nvim_get_current_buf() == bufnr and M.target().session
  if not session or not drawn then
    return
  end
  local last = vim.api.nvim_win_get_cursor(0)[1]
  while drawn.ids[last + 1] == session.id do
    last = last + 1
  end
  local width = vim.api.nvim_win_get_width(0)
  local lines = require('hedgerow.sessions.detail').below(session, width, BELOW)
  if #lines > 0 then
    vim.api.nvim_buf_set_extmark(bufnr, below, last - 1, 0, { virt_lines = lines })
  end
end

--- The family under the cursor of the current window stays where it is until the cursor leaves it.
---@param bufnr integer
---@return table<string, hedgerow.Place>
local function held(bufnr)
  local session = vim.api.nvim_get_current_buf() == bufnr and M.target().session
  local place = session and drawn and drawn.places[session.root]
  return place and { [session.root] = place } or {}
end

---@return integer? line where the cursor of a new list belongs: what waits, else where the person is
local function start_line()
  local rows = live.rows()
  local order = require('hedgerow.sessions.order')
  local first = rows and order.urgent_ones(vim.tbl_values(rows.sessions))[1]
  for line = 1, first and drawn and #drawn.text.lines or 0 do
    if drawn.ids[line] == first.id then
      return line
    end
  end
  return drawn and drawn.here
end

local function draw()
  local bufnr = buffer()
  if not bufnr then
    return
  end
  local views = cursors.remember(bufnr, drawn)
  local window = next(views)
  drawn = drawing.draw(live.rows(), {
    directory = vim.fn.getcwd(),
    note = note(),
    width = window and vim.api.nvim_win_get_width(window),
    now = os.time(),
    held = held(bufnr),
    past = past,
  })
  text.put(bufnr, drawn.text)
  local start = not placed and start_line() or nil
  cursors.restore(views, drawn, start)
  placed = placed or start ~= nil
  show_below(bufnr)
end

--- Asks for everything anew.
function M.refresh()
  live.refresh(function(_, problem)
    require('hedgerow.commands').tell(problem)
  end)
end

--- Also shows what has rested for long or was archived; or no longer.
function M.toggle_past()
  past = not past
  live.look(vim.tbl_extend('force', live.scope(), { past = past or nil }))
  M.refresh()
  draw()
end

--- Puts the cursor on the row of a session.
---@param id string
---@return boolean found
function M.go_to(id)
  for line = 1, drawn and #drawn.text.lines or 0 do
    if drawn.ids[line] == id then
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      return true
    end
  end
  return false
end

---@param bufnr integer
local function watch(bufnr)
  local group = vim.api.nvim_create_augroup('hedgerow.sessions', {})
  vim.api.nvim_create_autocmd('User', {
    group = group,
    pattern = 'HedgerowUpdate',
    callback = draw,
  })
  local function moved()
    if drawn and drawn.moved then
      draw() -- what was held while the cursor was there goes where it belongs
    else
      show_below(bufnr)
    end
  end
  vim.api.nvim_create_autocmd(
    { 'CursorMoved', 'WinEnter', 'BufEnter' },
    { group = group, buffer = bufnr, callback = moved }
  )
  vim.api.nvim_create_autocmd({ 'WinLeave', 'BufLeave' }, {
    group = group,
    buffer = bufnr,
    callback = vim.schedule_wrap(moved),
  })
  vim.api.nvim_create_autocmd('VimResized', { group = group, callback = vim.schedule_wrap(draw) })
  vim.api.nvim_create_autocmd('CursorHold', {
    group = group,
    buffer = bufnr,
    callback = function()
      require('hedgerow.sessions.finding').looked_at(M.target().session)
    end,
  })
end

---@param bufnr integer
local function keep_ages_true(bufnr)
  local function again()
    if vim.api.nvim_buf_is_loaded(bufnr) then
      if #vim.fn.win_findbuf(bufnr) > 0 then
        draw()
      end
      vim.defer_fn(again, AGES_MS)
    end
  end
  vim.defer_fn(again, AGES_MS)
end

--- Fills a buffer named hedgerow://sessions.
---@param bufnr integer
function M.attach(bufnr)
  text.highlights()
  text.prepare(bufnr, FILETYPE)
  pcall(vim.api.nvim_buf_set_name, bufnr, NAME)
  vim.bo[bufnr].bufhidden = 'hide'
  placed = false
  require('hedgerow.sessions.keys').map(bufnr)
  watch(bufnr)
  keep_ages_true(bufnr)
  draw()
  M.refresh()
end

--- Shows the list: where it is already, else in a split of its own.
---@param params? table of `list`
function M.open(params)
  live.look(vim.tbl_extend('keep', params or {}, { past = past or nil }))
  local bufnr = buffer()
  local window = bufnr and vim.fn.win_findbuf(bufnr)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split ' .. NAME)
    if vim.bo.filetype ~= FILETYPE then -- inside an autocommand, such as VimEnter, nothing reads the buffer
      M.attach(vim.api.nvim_get_current_buf())
    end
  end
  if bufnr then -- else reading it has asked already
    M.refresh()
  end
end

--- Shows the list with the cursor on the session that needs the person most; again: on the next one.
function M.next()
  local on = M.target().session -- none, where the list is only opened now
  M.open(live.scope())
  local function go(rows)
    local urgent =
      require('hedgerow.sessions.order').urgent_ones(vim.tbl_values(rows and rows.sessions or {}))
    local at = 0
    for number, session in ipairs(urgent) do
      at = on and session.id == on.id and number or at
    end
    local one = urgent[at % math.max(#urgent, 1) + 1]
    if not one or not M.go_to(one.id) then
      require('hedgerow.message').info('No session needs you.')
    end
  end
  if live.rows() then
    draw()
    go(live.rows())
  else
    live.refresh(vim.schedule_wrap(go))
  end
end

return M
