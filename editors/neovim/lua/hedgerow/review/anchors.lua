-- Where hunks are in a buffer: each is held by a mark that moves with the text. Knows no server, and no drawing.
local patch = require('hedgerow.review.patch')

local M = {}

local namespace = vim.api.nvim_create_namespace('hedgerow.hunks')

---@alias hedgerow.Anchors table<integer, integer> mark -> number of the hunk

---@class hedgerow.AnchoredHunk
---@field index integer
---@field hunk hedgerow.Hunk
---@field first integer line, from 0
---@field after integer the first line that is not its own; a hunk without lines has the line above it

--- The lines that a hunk has now, from 0, the second not part of them.
---@param bufnr integer
---@param anchor integer
---@return integer first, integer after
local function rows(bufnr, anchor)
  local found = vim.api.nvim_buf_get_extmark_by_id(bufnr, namespace, anchor, { details = true })
  return found[1], math.max(found[3].end_row or found[1], found[1] + 1)
end

--- Hunks that begin or go on in lines of a buffer, from 0, both included.
---@param bufnr integer
---@param anchors hedgerow.Anchors
---@param hunks hedgerow.Hunk[]
---@param top integer
---@param bottom integer
---@return hedgerow.AnchoredHunk[]
function M.within(bufnr, anchors, hunks, top, bottom)
  local found = {}
  local options = { details = true, overlap = true }
  local marks = vim.api.nvim_buf_get_extmarks(bufnr, namespace, { top, 0 }, { bottom, -1 }, options)
  for _, mark in ipairs(marks) do
    local index = anchors[mark[1]]
    local first, after = mark[2], math.max(mark[4].end_row or mark[2], mark[2] + 1)
    if index and after > top then
      found[#found + 1] = { index = index, hunk = hunks[index], first = first, after = after }
    end
  end
  return found
end

---@param bufnr integer
---@param hunk hedgerow.Hunk
---@param lines hedgerow.HunkLines
---@param shift integer
---@return integer? row
local function row_of(bufnr, hunk, lines, shift)
  local row = math.max(hunk.newStart - 1 + shift, 0)
  local count = vim.api.nvim_buf_line_count(bufnr)
  if hunk.newCount == 0 then
    return row < count and row or nil
  end
  local there = vim.api.nvim_buf_get_lines(bufnr, row, row + hunk.newCount, false)
  return patch.fits(lines, there) and row or nil
end

--- How far the lines of the version that was read before have moved since, by where its hunks are.
---@param bufnr integer
---@param anchors hedgerow.Anchors
---@param hunks hedgerow.Hunk[] as they were
---@return fun(line: integer): integer
local function shifts(bufnr, anchors, hunks)
  local moved = {}
  for anchor, index in pairs(anchors) do
    local was = math.max(hunks[index].newStart - 1, 0)
    moved[#moved + 1] = { was, (rows(bufnr, anchor)) - was }
  end
  table.sort(moved, function(a, b)
    return a[1] < b[1]
  end)
  return function(line)
    local shift = 0
    for _, one in ipairs(moved) do
      if one[1] > line then
        break
      end
      shift = one[2]
    end
    return shift
  end
end

--- Finds hunks in a buffer, each by its lines.
---@param bufnr integer
---@param hunks hedgerow.Hunk[]
---@param lines hedgerow.HunkLines[] of each
---@param before? { anchors: hedgerow.Anchors, hunks: hedgerow.Hunk[] } of the same version, where the text has been
---  edited since
---@return table<integer, integer> rows of those that are there, by number
function M.find(bufnr, hunks, lines, before)
  local shift = before and shifts(bufnr, before.anchors, before.hunks)
  local found = {}
  for index, hunk in ipairs(hunks) do
    found[index] = row_of(bufnr, hunk, lines[index], shift and shift(hunk.newStart - 1) or 0)
  end
  return found
end

--- Holds hunks where they were found, and no others.
---@param bufnr integer
---@param hunks hedgerow.Hunk[]
---@param found table<integer, integer>
---@return hedgerow.Anchors
function M.hold(bufnr, hunks, found)
  M.clear(bufnr)
  local anchors = {}
  for index, row in pairs(found) do
    local anchor = vim.api.nvim_buf_set_extmark(bufnr, namespace, row, 0, {
      end_row = row + math.max(hunks[index].newCount, 0),
      end_right_gravity = false,
      strict = false,
    })
    anchors[anchor] = index
  end
  return anchors
end

---@param bufnr integer
function M.clear(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
end

return M
