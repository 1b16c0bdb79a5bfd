-- Says what the list looks like: rows in, lines and highlights out. Pure but for measuring text.
local canvas_of = require('hedgerow.sessions.canvas')
local order = require('hedgerow.sessions.order')
local wording = require('hedgerow.sessions.wording')

local M = {}

local NOTHING = { revision = 0, repositories = {}, checkouts = {}, sessions = {}, order = {} }

---@param canvas hedgerow.Canvas
local function draw_heading(canvas)
  local heading = { { 'Hedgerow', 'HedgerowTitle' }, '  ' } ---@type (string|hedgerow.Part)[]
  local counts = wording.counts(order.counts(vim.tbl_values(canvas.rows.sessions)))
  canvas_of.join(heading, counts, ', ')
  heading[#heading + 1] = #counts > 0 and '  ' or ''
  heading[#heading + 1] = { 'g? shows the keys', 'HedgerowHint' }
  canvas:say(unpack(heading))
  if canvas.options.note then
    canvas:say({ canvas.options.note, 'HedgerowProblem' })
  end
end

--- The first line of a session in the checkout that the person is in.
---@param canvas hedgerow.Canvas
---@return integer?
local function line_of_here(canvas)
  for line = 1, #canvas.drawn.text.lines do
    local session = canvas.rows.sessions[canvas.drawn.ids[line] or '']
    if session and session.checkout == canvas.here.id then
      return line
    end
  end
end

---@param rows? hedgerow.Rows nil while there is no list yet
---@param options hedgerow.Drawing
---@return hedgerow.Drawn
function M.draw(rows, options)
  local canvas = canvas_of.new(rows or NOTHING, options)
  local drawn = canvas.drawn
  draw_heading(canvas)
  if not rows then
    if not options.note then
      canvas:say({ 'Reading …', 'HedgerowPending' })
    end
    return drawn
  end
  if #rows.order == 0 then
    canvas:say('No repository is open: open a file of one, or :cd into it, and press R.')
  end
  if next(rows.sessions) then
    require('hedgerow.sessions.session_rows').draw(canvas)
  end
  require('hedgerow.sessions.checkout_rows').draw(canvas)
  if canvas.here and not drawn.here then
    drawn.here = line_of_here(canvas)
  end
  return drawn
end

return M
