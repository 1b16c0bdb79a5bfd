-- Fills the quickfix list with the hunks of a review.
local client = require('hedgerow.client')
local live = require('hedgerow.live')
local patch = require('hedgerow.review.patch')
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

---@param checkout string
---@param between string
---@param files hedgerow.FileChange[]
---@param open boolean whether to open the list
function M.fill(checkout, between, files, open)
  local rows = live.rows()
  local row = rows and rows.checkouts[checkout]
  if not row then
    return
  end
  local compared = between == 'base' and 'reviewed' or between
  local meant = vim.tbl_filter(function(file)
    return compared ~= 'reviewed' or file.pending
  end, files)
  local found, at, left = {}, 0, #meant ---@type table<integer, vim.quickfix.entry[]>
  local title = 'Hedgerow: review of ' .. row.label
  local function finish()
    local items = {}
    for index = 1, #meant do
      vim.list_extend(items, found[index])
    end
    local current = vim.fn.getqflist({ title = 1 }).title == title
    vim.fn.setqflist({}, current and 'r' or ' ', { title = title, items = items })
    vim.api.nvim_exec_autocmds('QuickFixCmdPost', { pattern = 'hedgerow', modeline = false })
    if open then
      vim.cmd('botright copen')
    end
  end
  local function one()
    at = at + 1
    local index, file = at, meant[at]
    if not file then
      return
    end
    local path = row.path .. '/' .. file.path
    local function settle(items)
      found[index], left = items, left - 1
      if left == 0 then
        return finish()
      end
      return one()
    end
    local whole = { { filename = path, lnum = 1, text = file.status } }
    if file.kind ~= 'text' or index > MOST_FILES then
      return settle(whole)
    end
    local params = {
      repository = place_of.repository(row),
      checkout = checkout,
      path = file.path,
      between = compared,
    }
    client.request('hunks', params, function(answer)
      local items = {}
      for _, hunk in ipairs(answer and answer.hunks or {}) do
        items[#items + 1] = item(path, hunk)
      end
      settle(#items > 0 and items or whole)
    end)
  end
  if left == 0 then
    return finish()
  end
  for _ = 1, math.min(AT_ONCE, left) do
    one()
  end
end

return M
