-- Owns the hunks of each buffer in which they are shown: asks for them, and keeps each on its lines while the person
-- types, until the next reading. Draws nothing; says why nothing can be drawn.
local anchors_of = require('hedgerow.review.anchors')
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
---@field index hedgerow.Anchors
---@field hidden? string why its hunks are not drawn
---@field drawn table<integer, true>
---@field asking boolean
---@field again boolean
---@field reloaded boolean whether it was read from disk again since the last answer that fitted

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

--- Hunks that begin or go on in lines of a buffer, from 0, both included.
---@param bufnr integer
---@param top integer
---@param bottom integer
---@return hedgerow.AnchoredHunk[]
function M.within(bufnr, top, bottom)
  local reading = readings[bufnr]
  if not reading or not reading.answer or reading.hidden then
    return {}
  end
  return anchors_of.within(bufnr, reading.index, reading.answer.hunks, top, bottom)
end

---@param bufnr integer
---@param reading hedgerow.Reading
---@param answer? hedgerow.HunksResult
local function take(bufnr, reading, answer)
  local before, hidden = reading.hidden, nil ---@type string?, string?
  local hunks = answer and answer.hunks or {}
  local lines = vim.tbl_map(patch.lines, hunks)
  local rows = {} ---@type table<integer, integer>
  local modified = vim.bo[bufnr].modified
  if answer and #hunks > 0 then
    local was = reading.answer
    if modified and not (was and was.version == answer.version) then
      hidden = UNSAVED
    else
      local edited = modified and was and { anchors = reading.index, hunks = was.hunks or {} }
      rows = anchors_of.find(bufnr, hunks, lines, edited or nil)
      hidden = not modified and vim.tbl_count(rows) < #hunks and OTHER or nil
    end
  end
  if hidden == OTHER and not reading.reloaded then
    reading.reloaded = true
    reload.buffer(bufnr)
    return M.read(bufnr)
  end
  reading.reloaded = hidden ~= nil and reading.reloaded
  reading.answer, reading.lines, reading.hidden = answer, lines, hidden
  reading.index, reading.drawn = anchors_of.hold(bufnr, hunks, hidden and {} or rows), {}
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
    anchors_of.clear(bufnr)
    tell(bufnr)
  end
end

return M
