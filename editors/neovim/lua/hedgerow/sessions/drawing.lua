-- Says what the list looks like: rows in, lines and highlights out. Pure but for measuring text.
local order = require('hedgerow.sessions.order')
local rows_of = require('hedgerow.rows')
local text_of = require('hedgerow.text')
local wording = require('hedgerow.sessions.wording')

local M = {}

---@class hedgerow.Drawn
---@field text hedgerow.Text
---@field ids table<integer, string> what each line is about: the id of a session, a checkout or a repository
---@field keys table<integer, string> the same by what never changes: a checkout's id does, once, its path does not
---@field places table<string, hedgerow.Place> where each family of sessions stands, by its root
---@field here? integer line of the checkout that holds the current directory
---@field column integer where news or states begin
---@field shift integer where the rest of a line that is too long goes on
---@field moved boolean whether a family stands elsewhere than it belongs, because it is held

---@class hedgerow.Drawing
---@field directory string the current directory, to mark the checkout that holds it
---@field note? string what is to be said above the list, such as that the server is not running
---@field width? integer of the window
---@field now? number seconds since the epoch
---@field held? table<string, hedgerow.Place> families that stay where they are
---@field past? boolean also what rests for long

-- So many parked sessions are shown: a week of them would hide the worktrees.
local FEW_PARKED = 5
local LABEL, LONG_LABEL = 26, 44
local groups = { ['local'] = 'HedgerowLocal', foreign = 'HedgerowForeign' }

---@param words string[]
---@param most integer
---@return integer
local function widest(words, most)
  local width = 0
  for _, one in ipairs(words) do
    width = math.max(width, vim.fn.strdisplaywidth(text_of.clean(one)))
  end
  return math.min(width, most)
end

---@param into (string|hedgerow.Part)[]
---@param parts hedgerow.Part[]
---@param separator string
local function join(into, parts, separator)
  for index, part in ipairs(parts) do
    if index > 1 then
      into[#into + 1] = separator
    end
    into[#into + 1] = part
  end
end

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
      parts[#parts + 1] = { checkout.label, groups[checkout.kind] or 'HedgerowWorktree' }
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

---@param drawn hedgerow.Drawn
---@param line integer
---@param id string
---@param key? string
local function about(drawn, line, id, key)
  drawn.ids[line], drawn.keys[line] = id, key or id
end

---@class hedgerow.Canvas
---@field drawn hedgerow.Drawn
---@field rows hedgerow.Rows
---@field options hedgerow.Drawing
---@field here? hedgerow.CheckoutRow

---@param canvas hedgerow.Canvas
---@param labels integer width of the labels
---@param agents integer width of the agents' names
---@param session hedgerow.SessionRow
local function draw_session(canvas, labels, agents, session)
  local options, drawn = canvas.options, canvas.drawn
  local ours = canvas.here and canvas.here.id == session.checkout
  local label = (session.id ~= session.root and '└ ' or '') .. text_of.clean(session.label)
  local age = session.since and wording.age((options.now or 0) - session.since) or ''
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
  local rest = math.max((options.width or 80) - drawn.column, 10)
  if not news then
    local wide = -1
    for _, part in ipairs(place) do
      wide = wide + 1 + vim.fn.strdisplaywidth(part[1])
    end
    if wide <= rest then
      join(parts, place, ' ')
      return about(drawn, drawn.text:line(unpack(parts)), session.id)
    end
  else
    parts[#parts + 1] = { vim.trim(text_of.fit(text_of.clean(news[1]), rest)), news[2] }
  end
  about(drawn, drawn.text:line(unpack(parts)), session.id)
  local below = { '     ' } ---@type (string|hedgerow.Part)[]
  join(below, place, ' ')
  about(drawn, drawn.text:line(unpack(below)), session.id)
end

---@param canvas hedgerow.Canvas
local function draw_sessions(canvas)
  local drawn, sessions = canvas.drawn, vim.tbl_values(canvas.rows.sessions)
  local agents = widest(
    vim.tbl_map(function(session)
      return session.agent
    end, sessions),
    9
  )
  local third = math.floor((canvas.options.width or 80) / 3)
  local labels = math.max(LABEL, math.min(third, LONG_LABEL))
  drawn.column, drawn.shift = labels + agents + 12, 6
  for _, group in ipairs(order.arrange(sessions, canvas.options.held)) do
    drawn.text:line('')
    drawn.text:line({ group.title, 'HedgerowGroup' })
    for number, family in ipairs(group.families) do
      drawn.places[family.root] = family.place
      drawn.moved = drawn.moved or family.moved
      local left = #group.families - FEW_PARKED
      if group.name == 'parked' and number > FEW_PARKED and not canvas.options.past then
        drawn.text:line('   ', { ('and %d more: gp shows them'):format(left), 'HedgerowHint' })
        break
      end
      for _, session in ipairs(family.members) do
        draw_session(canvas, labels, agents, session)
      end
    end
  end
end

--- Checkouts that stand by themselves: no session works or waits there. Local always does.
---@param rows hedgerow.Rows
---@return table<string, hedgerow.CheckoutRow[]> by repository
local function alone(rows)
  local taken = {}
  for _, session in pairs(rows.sessions) do
    if session.checkout and session.phase ~= 'parked' and session.phase ~= 'ended' then
      taken[session.checkout] = true
    end
  end
  local found = {}
  for _, id in ipairs(rows.order) do
    found[id] = vim.tbl_filter(function(row)
      return row.kind == 'local' or not taken[row.id]
    end, rows_of.of(rows, id))
  end
  return found
end

---@param canvas hedgerow.Canvas
local function draw_checkouts(canvas)
  local rows, drawn, here = canvas.rows, canvas.drawn, canvas.here
  local standing = alone(rows)
  local shown = vim.iter(vim.tbl_values(standing)):flatten(1):totable()
  local labels = vim.tbl_map(function(row)
    return row.label
  end, shown)
  local heads = vim.tbl_map(function(row)
    return wording.head(row.head)
  end, shown)
  local label_width, head_width = widest(labels, 24), widest(heads, 24)
  if drawn.column == 0 then
    drawn.column = label_width + head_width + 6
    drawn.shift = drawn.column - 2
  end
  for _, id in ipairs(rows.order) do
    local repository = rows.repositories[id]
    drawn.text:line('')
    local heading = drawn.text:line(
      { repository.name, 'HedgerowRepository' },
      '  ',
      { vim.fn.fnamemodify(repository.path, ':~'), 'HedgerowHint' }
    )
    about(drawn, heading, id, repository.path .. '/')
    if not repository.trusted then
      local words = 'Not trusted: only listed, nothing can be changed here.'
      drawn.text:line('    ', { words, 'HedgerowProblem' })
    end
    for _, problem in ipairs(repository.problems or {}) do
      drawn.text:line('    ', { text_of.said(problem), 'HedgerowProblem' })
    end
    for _, row in ipairs(standing[id]) do
      local parts = {
        here and here.id == row.id and '* ' or '  ',
        {
          text_of.fit(text_of.clean(row.label), label_width),
          groups[row.kind] or 'HedgerowWorktree',
        },
        '  ',
        { text_of.fit(text_of.clean(wording.head(row.head)), head_width), 'HedgerowHead' },
        '  ',
      }
      join(parts, wording.state(row), ', ')
      local number = drawn.text:line(unpack(parts))
      about(drawn, number, row.id, row.path)
      drawn.here = here and here.id == row.id and number or drawn.here
    end
  end
end

---@param rows? hedgerow.Rows nil while there is no list yet
---@param options hedgerow.Drawing
---@return hedgerow.Drawn
function M.draw(rows, options)
  local drawn =
    { text = text_of.new(), ids = {}, keys = {}, places = {}, column = 0, shift = 0, moved = false }
  local heading = { { 'Hedgerow', 'HedgerowTitle' }, '  ' } ---@type (string|hedgerow.Part)[]
  local counts = rows and wording.counts(order.counts(vim.tbl_values(rows.sessions))) or {}
  join(heading, counts, ', ')
  heading[#heading + 1] = #counts > 0 and '  ' or ''
  heading[#heading + 1] = { 'g? shows the keys', 'HedgerowHint' }
  drawn.text:line(unpack(heading))
  if options.note then
    drawn.text:line({ options.note, 'HedgerowProblem' })
  end
  if not rows then
    if not options.note then
      drawn.text:line({ 'Reading …', 'HedgerowPending' })
    end
    return drawn
  end
  if #rows.order == 0 then
    drawn.text:line('No repository is open: open a file of one, or :cd into it, and press R.')
  end
  local here = rows_of.holding(rows, options.directory)
  local canvas = { drawn = drawn, rows = rows, options = options, here = here }
  if next(rows.sessions) then
    draw_sessions(canvas)
  end
  draw_checkouts(canvas)
  if not drawn.here and here then
    for line, id in pairs(drawn.ids) do
      local session = rows.sessions[id]
      if session and session.checkout == here.id then
        drawn.here = math.min(drawn.here or line, line)
      end
    end
  end
  return drawn
end

return M
