-- Draws the sessions of the list, below what they need from the person. Pure but for measuring text.
local canvas_of = require('hedgerow.sessions.canvas')
local order = require('hedgerow.sessions.order')
local text_of = require('hedgerow.text')
local wording = require('hedgerow.sessions.wording')

local M = {}

-- So many parked sessions are shown: a week of them would hide the worktrees.
local FEW_PARKED = 5
local LABEL, LONG_LABEL = 26, 44

--- Where a session works, as parts of a line.
---@param session hedgerow.SessionRow
---@param rows hedgerow.Rows
---@param briefly boolean without the state of the checkout, which stands elsewhere
---@return hedgerow.Part[]
local function place_of(session, rows, briefly)
  local checkout = rows.checkouts[session.checkout or '']
  local repository = rows.repositories[session.repository or '']
  local parts = {} ---@type hedgerow.Part[]
  if repository and #rows.order > 1 then
    parts[#parts + 1] = { repository.name .. ':', 'HedgerowRepository' }
  end
  if checkout then
    if checkout.label ~= session.label then
      parts[#parts + 1] = { checkout.label, canvas_of.groups[checkout.kind] or 'HedgerowWorktree' }
    end
    if not briefly then
      parts[#parts + 1] = { wording.head(checkout.head), 'HedgerowHead' }
      local state = wording.state(checkout)
      for index, part in ipairs(state) do
        parts[#parts + 1] = { part[1] .. (index < #state and ',' or ''), part[2] }
      end
    end
  else
    local gone = session.repository and 'its worktree is gone' or nil
    parts[#parts + 1] = { gone or text_of.said(session.path .. '/'):sub(1, -2), 'HedgerowHint' }
  end
  vim.list_extend(parts, wording.marks(session))
  return parts
end

---@param canvas hedgerow.Canvas
---@param labels integer width of the labels
---@param agents integer width of the agents' names
---@param session hedgerow.SessionRow
local function draw_session(canvas, labels, agents, session)
  local ours = canvas.here and canvas.here.id == session.checkout
  local label = (session.id ~= session.root and '└ ' or '') .. text_of.clean(session.label)
  local age = session.since and wording.age((canvas.options.now or 0) - session.since) or ''
  local parts = {
    ours and '*' or ' ',
    wording.sign(session.phase),
    ' ',
    { text_of.fit(label, labels), 'HedgerowSession' },
    '  ',
    { text_of.fit(text_of.clean(session.agent), agents), 'HedgerowAgent' },
    '  ',
    { text_of.fit(age, 3), 'HedgerowHint' },
    '  ',
  }
  local place = place_of(session, canvas.rows, session.phase == 'parked')
  local news = wording.news(session)
  local rest = math.max(canvas.width - canvas.drawn.column, 10)
  if not news then
    local wide = -1
    for _, part in ipairs(place) do
      wide = wide + 1 + vim.fn.strdisplaywidth(part[1])
    end
    if wide <= rest then
      canvas_of.join(parts, place, ' ')
      canvas:about(session.id, session.id, parts)
      return
    end
  else
    parts[#parts + 1] = { vim.trim(text_of.fit(text_of.clean(news[1]), rest)), news[2] }
  end
  canvas:about(session.id, session.id, parts)
  local below = { '     ' } ---@type (string|hedgerow.Part)[]
  canvas_of.join(below, place, ' ')
  canvas:about(session.id, session.id, below)
end

---@param canvas hedgerow.Canvas
function M.draw(canvas)
  local drawn, sessions = canvas.drawn, vim.tbl_values(canvas.rows.sessions)
  local agents = canvas_of.widest(
    vim.tbl_map(function(session)
      return session.agent
    end, sessions),
    9
  )
  local third = math.floor(canvas.width / 3)
  local labels = math.max(LABEL, math.min(third, LONG_LABEL))
  drawn.column, drawn.shift = labels + agents + 12, 6
  for _, group in ipairs(order.arrange(sessions, canvas.options.held)) do
    canvas:say('')
    canvas:say({ group.title, 'HedgerowGroup' })
    for number, family in ipairs(group.families) do
      drawn.places[family.root] = family.place
      drawn.moved = drawn.moved or family.moved
      local left = #group.families - FEW_PARKED
      if group.name == 'parked' and number > FEW_PARKED and not canvas.options.past then
        canvas:say('   ', { ('and %d more: gp shows them'):format(left), 'HedgerowHint' })
        break
      end
      for _, session in ipairs(family.members) do
        draw_session(canvas, labels, agents, session)
      end
    end
  end
end

return M
