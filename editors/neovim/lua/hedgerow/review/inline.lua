-- Draws hunks in the file's own buffer: added lines highlighted, deleted ones as virtual lines above. A hunk is drawn
-- when it first comes into sight; from then on its marks move with the text.
local compat = require('hedgerow.compat')
local reading_of = require('hedgerow.review.reading')
local text_of = require('hedgerow.text')

local M = {}

local namespace = vim.api.nvim_create_namespace('hedgerow.inline')
local PRIORITY = 90 -- below diagnostics and what the person searches for

---@param line string
---@param tabstop integer
---@return string
local function shown(line, tabstop)
  return (line:gsub('\r$', ''):gsub('\t', (' '):rep(tabstop)):gsub('%c', '?'))
end

--- A deleted line as the parts of a virtual one.
---@param line string
---@param words hedgerow.WordSpan[]
---@param tabstop integer
---@param width integer filled up to so many columns, so that the whole line is marked
---@return { [1]: string, [2]: string }[]
local function parts(line, words, tabstop, width)
  local found, at = {}, 0
  local function add(to, group)
    if to > at then
      found[#found + 1] = { shown(line:sub(at + 1, to), tabstop), group }
      at = to
    end
  end
  for _, word in ipairs(words) do
    add(compat.byte_index(line, word.start), 'HedgerowDeleted')
    add(compat.byte_index(line, word['end']), 'HedgerowDeletedWord')
  end
  add(#line, 'HedgerowDeleted')
  local used = 0
  for _, part in ipairs(found) do
    used = used + vim.fn.strdisplaywidth(part[1])
  end
  found[#found + 1] = { (' '):rep(math.max(width - used, 1)), 'HedgerowDeleted' }
  return found
end

---@param spans hedgerow.WordSpan[]?
---@return table<integer, hedgerow.WordSpan[]>
local function by_line(spans)
  local found = vim.defaulttable()
  for _, span in ipairs(spans or {}) do
    table.insert(found[span.line], span)
  end
  return found
end

---@param bufnr integer
---@param row integer
---@param column integer
---@param mark vim.api.keyset.set_extmark
local function put(bufnr, row, column, mark)
  mark.priority, mark.strict = PRIORITY + (mark.priority or 0), false
  mark.invalidate, mark.undo_restore = true, true
  vim.api.nvim_buf_set_extmark(bufnr, namespace, row, column, mark)
end

local says = {
  accepted = { '  accepted', 'HedgerowAccepted' },
  queued = { "  rejected when the agent's turn ends", 'HedgerowQueued' },
}

---@param bufnr integer
---@param reading hedgerow.Reading
---@param found hedgerow.AnchoredHunk
local function draw(bufnr, reading, found)
  local hunk, lines, row = found.hunk, reading.lines[found.index], found.first
  local said = says[hunk.state]
  if said then
    put(bufnr, row, 0, { virt_text = { said }, virt_text_pos = 'eol', hl_mode = 'combine' })
  end
  if hunk.state == 'accepted' then
    return
  end
  local words = hunk.words or {}
  if #lines.old > 0 then
    local of_line = by_line(words.old)
    local tabstop, width = vim.bo[bufnr].tabstop, vim.o.columns
    local virtual = {}
    for number, line in ipairs(lines.old) do
      virtual[number] = parts(line, of_line[number - 1], tabstop, width)
    end
    local mark = compat.scrolling_lines()
    mark.virt_lines = virtual
    mark.virt_lines_above = hunk.newCount > 0 or hunk.newStart == 0
    put(bufnr, row, 0, mark)
  end
  if hunk.newCount == 0 then
    return
  end
  put(bufnr, row, 0, { end_row = found.after, hl_group = 'HedgerowAdded', hl_eol = true })
  local there = vim.api.nvim_buf_get_lines(bufnr, row, found.after, false)
  for number, spans in pairs(by_line(words.new)) do
    local line = there[number + 1] or ''
    for _, span in ipairs(spans) do
      put(bufnr, row + number, compat.byte_index(line, span.start), {
        end_row = row + number,
        end_col = compat.byte_index(line, span['end']),
        hl_group = 'HedgerowAddedWord',
        priority = 1,
      })
    end
  end
end

--- Virtual lines above the first line are out of sight until they are scrolled to.
---@param bufnr integer
---@param count integer
local function uncover(bufnr, count)
  vim.schedule(function()
    for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
      vim.api.nvim_win_call(window, function()
        local view = vim.fn.winsaveview()
        if view.topline == 1 and view.topfill < count then
          vim.fn.winrestview({ topfill = math.min(count, vim.api.nvim_win_get_height(0) - 1) })
        end
      end)
    end
  end)
end

--- Draws what is not drawn yet of the hunks in these lines, from 0.
---@param bufnr integer
---@param top integer
---@param bottom integer
local function draw_lines(bufnr, top, bottom)
  local reading = reading_of.of(bufnr)
  if not reading then
    return
  end
  for _, found in ipairs(reading_of.within(bufnr, top, bottom)) do
    if not reading.drawn[found.index] then
      reading.drawn[found.index] = true
      draw(bufnr, reading, found)
      if found.first == 0 and #reading.lines[found.index].old > 0 then
        uncover(bufnr, #reading.lines[found.index].old)
      end
    end
  end
end

--- Draws anew what a buffer shows: it was read, or is no longer to be shown.
---@param bufnr integer
function M.redraw(bufnr)
  text_of.highlights()
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local reading = reading_of.of(bufnr)
  if not reading then
    return
  end
  reading.drawn = {}
  if reading.hidden then
    local words = ('  Hedgerow: hunks are hidden, %s'):format(reading.hidden)
    put(bufnr, 0, 0, { virt_text = { { words, 'HedgerowHint' } }, virt_text_pos = 'eol' })
  end
  for _, window in ipairs(vim.fn.win_findbuf(bufnr)) do
    draw_lines(bufnr, vim.fn.line('w0', window) - 1, vim.fn.line('w$', window))
  end
end

vim.api.nvim_set_decoration_provider(namespace, {
  on_win = function(_, _, bufnr, top, bottom)
    local height = bottom - top -- as much again on either side, so that scrolling finds it drawn
    draw_lines(bufnr, math.max(top - height, 0), bottom + height)
    return false
  end,
})

return M
