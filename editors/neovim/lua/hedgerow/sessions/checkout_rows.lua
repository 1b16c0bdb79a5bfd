-- Draws the checkouts of the list, below their repositories. Pure but for measuring text.
local canvas_of = require('hedgerow.sessions.canvas')
local rows_of = require('hedgerow.rows')
local text_of = require('hedgerow.text')
local wording = require('hedgerow.sessions.wording')

local M = {}

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
function M.draw(canvas)
  local rows, drawn, here = canvas.rows, canvas.drawn, canvas.here
  local standing = alone(rows)
  local shown = vim.iter(vim.tbl_values(standing)):flatten(1):totable()
  local labels = vim.tbl_map(function(row)
    return row.label
  end, shown)
  local heads = vim.tbl_map(function(row)
    return wording.head(row.head)
  end, shown)
  local label_width, head_width = canvas_of.widest(labels, 24), canvas_of.widest(heads, 24)
  if drawn.column == 0 then
    drawn.column = label_width + head_width + 6
    drawn.shift = drawn.column - 2
  end
  for _, id in ipairs(rows.order) do
    local repository = rows.repositories[id]
    canvas:say('')
    canvas:about(id, repository.path .. '/', {
      { repository.name, 'HedgerowRepository' },
      '  ',
      { vim.fn.fnamemodify(repository.path, ':~'), 'HedgerowHint' },
    })
    if not repository.trusted then
      local words = 'Not trusted: only listed, nothing can be changed here.'
      canvas:say('    ', { words, 'HedgerowProblem' })
    end
    for _, problem in ipairs(repository.problems or {}) do
      canvas:say('    ', { text_of.said(problem), 'HedgerowProblem' })
    end
    for _, row in ipairs(standing[id]) do
      local parts = {
        here and here.id == row.id and '* ' or '  ',
        {
          text_of.fit(text_of.clean(row.label), label_width),
          canvas_of.groups[row.kind] or 'HedgerowWorktree',
        },
        '  ',
        { text_of.fit(text_of.clean(wording.head(row.head)), head_width), 'HedgerowHead' },
        '  ',
      }
      canvas_of.join(parts, wording.state(row), ', ')
      local number = canvas:about(row.id, row.path, parts)
      drawn.here = here and here.id == row.id and number or drawn.here
    end
  end
end

return M
