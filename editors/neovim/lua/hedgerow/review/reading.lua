-- Owns the hunks of each buffer in which they are shown: asks for them, and keeps each on its lines while the person
-- types, until the next reading. Draws nothing; says why nothing can be drawn.
local client = require('hedgerow.client')
local message = require('hedgerow.message')
local patch = require('hedgerow.review.patch')
local place_of = require('hedgerow.review.place')
local reload = require('hedgerow.reload')

local M = {}

---@class hedgerow.Reading
---@field place hedgerow.Place
---@field between string
---@field answer? hedgerow.HunksResult
---@field lines? hedgerow.HunkLines[] of each hunk
---@field index table<integer, integer> anchor -> hunk
---@field hidden? string why its hunks are not drawn
---@field drawn table<integer, true>
---@field asking boolean
---@field again boolean
---@field reloaded boolean whether it was read from disk again since the last answer that fitted

local namespace = vim.api.nvim_create_namespace('hedgerow.hunks')
local readings = {} ---@type table<integer, hedgerow.Reading>

local UNSAVED = 'text that is not saved'
local OTHER = 'the file says something else by now'

---@param bufnr integer
---@return hedgerow.Reading?
function M.of(bufnr)
  return readings[bufnr]
end

---@return integer[] bufnrs
function M.buffers()
  return vim.tbl_keys(readings)
end

---@param bufnr integer
local function tell(bufnr)
  local reading = readings[bufnr]
  local pending, queued = 0, 0
  for _, hunk in ipairs(reading and reading.answer and reading.answer.hunks or {}) do
    pending = pending + (hunk.state == 'pending' and 1 or 0)
    queued = queued + (hunk.state == 'queued' and 1 or 0)
  end
  vim.b[bufnr].hedgerow_hunks = reading
      and { pending = pending, queued = queued, hidden = reading.hidden }
    or nil
  require('hedgerow.review.inline').redraw(bufnr)
end

--- The lines that a hunk has in a buffer now, from 0, the second not part of them; a hunk without lines has the
--- line above it.
---@param bufnr integer
---@param anchor integer
---@return integer first, integer after
function M.rows(bufnr, anchor)
  local found = vim.api.nvim_buf_get_extmark_by_id(bufnr, namespace, anchor, { details = true })
  return found[1], math.max(found[3].end_row or found[1], found[1] + 1)
end

--- Hunks that begin or go on in lines of a buffer, from 0, both included.
---@param bufnr integer
---@param top integer
---@param bottom integer
---@return { anchor: integer, index: integer, hunk: hedgerow.Hunk, first: integer, after: integer }[]
function M.within(bufnr, top, bottom)
  local reading = readings[bufnr]
  if not reading or not reading.answer or reading.hidden then
    return {}
  end
  local found = {}
  for _, mark in
    ipairs(
      vim.api.nvim_buf_get_extmarks(
        bufnr,
        namespace,
        { top, 0 },
        { bottom, -1 },
        { details = true, overlap = true }
      )
    )
  do
    local index = reading.index[mark[1]]
    local first, after = mark[2], math.max(mark[4].end_row or mark[2], mark[2] + 1)
    if index and after > top then
      found[#found + 1] = {
        anchor = mark[1],
        index = index,
        hunk = reading.answer.hunks[index],
        first = first,
        after = after,
      }
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
---@param reading hedgerow.Reading
---@return fun(line: integer): integer
local function shifts(bufnr, reading)
  local moved = {}
  for anchor, index in pairs(reading.index) do
    local was = math.max(reading.answer.hunks[index].newStart - 1, 0)
    moved[#moved + 1] = { was, (M.rows(bufnr, anchor)) - was }
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

---@param bufnr integer
---@param reading hedgerow.Reading
---@param answer? hedgerow.HunksResult
---@param hidden? string
local function take(bufnr, reading, answer, hidden)
  local before = reading.hidden
  local hunks = answer and answer.hunks or {}
  local lines = vim.tbl_map(patch.lines, hunks)
  local rows = {} ---@type table<integer, integer>
  local modified = vim.bo[bufnr].modified
  if #hunks > 0 and not hidden then
    local was = reading.answer
    if modified and not (was and was.version == answer.version) then
      hidden = UNSAVED
    else
      local shift = modified and was and shifts(bufnr, reading) or nil
      for index, hunk in ipairs(hunks) do
        rows[index] = row_of(bufnr, hunk, lines[index], shift and shift(hunk.newStart - 1) or 0)
        if not rows[index] and not modified then
          hidden = OTHER
          break
        end
      end
    end
  end
  if hidden == OTHER and not reading.reloaded then
    reading.reloaded = true
    reload.buffer(bufnr)
    return M.read(bufnr)
  end
  reading.reloaded = hidden ~= nil and reading.reloaded
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  reading.answer, reading.lines, reading.hidden = answer, lines, hidden
  reading.index, reading.drawn = {}, {}
  if not hidden then
    for index, row in pairs(rows) do
      local anchor = vim.api.nvim_buf_set_extmark(bufnr, namespace, row, 0, {
        end_row = row + math.max(hunks[index].newCount, 0),
        end_right_gravity = false,
        strict = false,
      })
      reading.index[anchor] = index
    end
  end
  if hidden and hidden ~= before then
    local name = vim.fs.basename(reading.place.path)
    message.info(('The hunks of %s are hidden: %s.'):format(name, hidden))
  end
  tell(bufnr)
end

--- Asks for the hunks of a buffer; calls that meet while an answer is awaited are one.
---@param bufnr integer
---@param done? fun(problem?: hedgerow.Problem)
function M.read(bufnr, done)
  local reading = readings[bufnr]
  if not reading then
    return done and done()
  elseif reading.asking then
    reading.again = true
    return done and done()
  end
  reading.asking, reading.again = true, false
  client.request('hunks', {
    repository = reading.place.repository,
    checkout = reading.place.checkout,
    path = reading.place.path,
    between = reading.between,
    words = true,
  }, function(answer, problem)
    reading.asking = false
    if readings[bufnr] ~= reading or not vim.api.nvim_buf_is_loaded(bufnr) then
      return
    end
    take(bufnr, reading, answer)
    if reading.again then
      M.read(bufnr)
    end
    if done then
      done(problem)
    end
  end)
end

--- Shows hunks in a buffer from now on; false where it shows no file of a checkout.
---@param bufnr integer
---@param between string what the file is compared with
---@param done? fun(problem?: hedgerow.Problem)
---@return boolean
function M.begin(bufnr, between, done)
  local place = place_of.of(bufnr)
  if not place or place.side ~= 'working' then
    return false
  end
  local reading = readings[bufnr]
  if not reading or reading.between ~= between or not vim.deep_equal(reading.place, place) then
    readings[bufnr] = {
      place = place,
      between = between,
      index = {},
      drawn = {},
      asking = false,
      again = false,
      reloaded = false,
    }
  end
  M.read(bufnr, done)
  return true
end

---@param bufnr integer
function M.stop(bufnr)
  readings[bufnr] = nil
  if vim.api.nvim_buf_is_loaded(bufnr) then
    vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
    tell(bufnr)
  end
end

return M
