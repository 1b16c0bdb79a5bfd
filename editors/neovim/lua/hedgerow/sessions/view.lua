-- The buffer `hedgerow://sessions`: shows the live rows, and keeps every cursor on its row. Owns no rows;
-- its keys are in hedgerow.sessions.keys.
local cursors = require('hedgerow.sessions.cursors')
local drawing = require('hedgerow.sessions.drawing')
local live = require('hedgerow.live')
local order = require('hedgerow.sessions.order')
local shown = require('hedgerow.sessions.shown')
local text = require('hedgerow.text')

local M = {}

local NAME = 'hedgerow://sessions'
local BELOW = 8 -- lines that may stand below the row of the cursor
local AGES_MS = 30000
local below = vim.api.nvim_create_namespace('hedgerow.below')

local placed = true -- false until the cursor of a list just opened stands where it belongs
local past = false

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
  local session = vim.api.nvim_get_current_buf() == bufnr and shown.target().session
  if not session then
    return
  end
  local last = shown.end_of(vim.api.nvim_win_get_cursor(0)[1])
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
  local session = vim.api.nvim_get_current_buf() == bufnr and shown.target().session
  local drawn = shown.drawn()
  local place = session and drawn and drawn.places[session.root]
  return session and place and { [session.root] = place } or {}
end

---@param drawn hedgerow.Drawn
---@return integer? line where the cursor of a new list belongs: what waits, else where the person is
local function start_line(drawn)
  local rows = live.rows()
  local first = rows and order.urgent_ones(vim.tbl_values(rows.sessions))[1]
  return first and shown.line_of(first.id) or drawn.here
end

local function draw()
  local bufnr = shown.buffer()
  if not bufnr then
    return
  end
  local views = cursors.remember(bufnr, shown.drawn())
  local window = next(views)
  local drawn = drawing.draw(live.rows(), {
    directory = vim.fn.getcwd(),
    note = note(),
    width = window and vim.api.nvim_win_get_width(window),
    now = os.time(),
    held = held(bufnr),
    past = past,
  })
  shown.set(drawn)
  text.put(bufnr, drawn.text)
  local start = not placed and start_line(drawn) or nil
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

---@param bufnr integer
local function watch(bufnr)
  local group = vim.api.nvim_create_augroup('hedgerow.sessions', {})
  vim.api.nvim_create_autocmd('User', {
    group = group,
    pattern = 'HedgerowUpdate',
    callback = draw,
  })
  local function moved()
    local drawn = shown.drawn()
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
      require('hedgerow.sessions.finding').looked_at(shown.target().session)
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
  text.prepare(bufnr, shown.FILETYPE)
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
  local bufnr = shown.buffer()
  local window = bufnr and vim.fn.win_findbuf(bufnr)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright split ' .. NAME)
    if vim.bo.filetype ~= shown.FILETYPE then -- inside an autocommand, such as VimEnter, nothing reads the buffer
      M.attach(vim.api.nvim_get_current_buf())
    end
  end
  if bufnr then -- else reading it has asked already
    M.refresh()
  end
end

--- Shows the list with the cursor on the session that needs the person most; again: on the next one.
function M.next()
  local on = shown.target().session -- none, where the list is only opened now
  M.open(live.scope())
  local function go(rows)
    local urgent = order.urgent_ones(vim.tbl_values(rows and rows.sessions or {}))
    local at = 0
    for number, session in ipairs(urgent) do
      at = on and session.id == on.id and number or at
    end
    local one = urgent[at % math.max(#urgent, 1) + 1]
    local line = one and shown.line_of(one.id)
    if not line then
      return require('hedgerow.message').info('No session needs you.')
    end
    vim.api.nvim_win_set_cursor(0, { line, 0 })
  end
  if live.rows() then
    draw()
    go(live.rows())
  else
    live.refresh(vim.schedule_wrap(go))
  end
end

return M
