-- Asks for what stands in a quickfix list of a review: an item for each hunk, or for a whole file.
local client = require('hedgerow.client')
local live = require('hedgerow.live')
local patch = require('hedgerow.review.patch')
local paths = require('hedgerow.paths')
local place_of = require('hedgerow.review.place')

local M = {}

local AT_ONCE = 4
local MOST_FILES = 300 -- of the others, the file is an item

---@param path string
---@param hunk hedgerow.Hunk
---@return vim.quickfix.entry
local function item(path, hunk)
  local first = math.max(hunk.newStart, 1)
  return {
    filename = path,
    lnum = first,
    end_lnum = first + math.max(hunk.newCount - 1, 0),
    text = patch.title(hunk) .. (hunk.state == 'queued' and '  (its rejection waits)' or ''),
    user_data = { hunk = hunk.id },
  }
end

---@param row hedgerow.CheckoutRow
---@param between string
---@param file hedgerow.FileChange
---@param in_whole boolean
---@param done fun(items: vim.quickfix.entry[])
local function of_file(row, between, file, in_whole, done)
  local path = paths.file(row.path, file.path)
  local whole = { { filename = path, lnum = 1, text = file.status } }
  if in_whole then
    return done(whole)
  end
  client.request('hunks', {
    repository = place_of.repository(row),
    checkout = row.id,
    path = file.path,
    between = between,
  }, function(answer)
    local found = {}
    for _, hunk in ipairs(answer and answer.hunks or {}) do
      found[#found + 1] = item(path, hunk)
    end
    done(#found > 0 and found or whole)
  end)
end

--- Asks for the items of files.
---@param checkout string
---@param between string what the panel compares
---@param files hedgerow.FileChange[]
---@param known table<string, vim.quickfix.entry[]> of files that need not be asked for, by path
---@param done fun(items: table<string, vim.quickfix.entry[]>, all: vim.quickfix.entry[]) by path, and in order
function M.ask(checkout, between, files, known, done)
  local row = (live.rows() or { checkouts = {} }).checkouts[checkout]
  local compared = between == 'base' and 'reviewed' or between
  local items, meant, wanted = {}, {}, {} ---@type table<string, vim.quickfix.entry[]>, string[], hedgerow.FileChange[]
  for _, file in ipairs(row and files or {}) do
    if compared ~= 'reviewed' or file.pending then
      meant[#meant + 1] = file.path
      items[file.path] = known[file.path]
      wanted[#wanted + 1] = not known[file.path] and file or nil
    end
  end
  local at, left = 0, #wanted
  local function finish()
    local all = {}
    for _, path in ipairs(meant) do
      vim.list_extend(all, items[path])
    end
    done(items, all)
  end
  local function one()
    at = at + 1
    local file = wanted[at]
    if row and file then
      local in_whole = file.kind ~= 'text' or at > MOST_FILES
      return of_file(row, compared, file, in_whole, function(found)
        items[file.path], left = found, left - 1
        if left == 0 then
          return finish()
        end
        return one()
      end)
    end
  end
  if left == 0 then
    return finish()
  end
  for _ = 1, math.min(AT_ONCE, left) do
    one()
  end
end

return M
