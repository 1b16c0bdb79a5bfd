-- Owns the quickfix lists of reviews: one for each checkout, kept true as long as it is there. Never touches a list
-- that it did not make.
local client = require('hedgerow.client')
local live = require('hedgerow.live')
local news = require('hedgerow.news')
local items_of = require('hedgerow.review.quickfix_items')
local place_of = require('hedgerow.review.place')

local M = {}

---@class hedgerow.ReviewList
---@field id integer of the quickfix list
---@field between string
---@field files integer how many were asked for
---@field items table<string, vim.quickfix.entry[]> by path
---@field stale table<string, true>|'all' paths whose items are to be asked for again
---@field asking boolean
---@field again boolean

local lists = {} ---@type table<string, hedgerow.ReviewList> by the checkout's id

--- The list of a checkout, as far as it is still there: the person may have closed it with others.
---@param checkout string
---@return hedgerow.ReviewList?
local function list_of(checkout)
  local list = lists[checkout]
  local context = list and vim.fn.getqflist({ id = list.id, context = 1 }).context
  if type(context) ~= 'table' or context.hedgerow ~= checkout then
    lists[checkout] = nil
    return nil
  end
  return list
end

--- By what an item is known again, whatever its lines are: the hunk; else, since an id may be of its place, its text.
---@param one vim.quickfix.entry
---@return string, string
local function names(one)
  local file = one.bufnr and vim.api.nvim_buf_get_name(one.bufnr) or one.filename
  local data = type(one.user_data) == 'table' and one.user_data or {}
  return ('%s\n%s'):format(file, data.hunk or ''), ('%s\n\n%s'):format(file, one.text or '')
end

--- Where a line of the list goes: to the same item, else to the next one that is still there.
---@param before vim.quickfix.entry[]
---@param after vim.quickfix.entry[]
---@param line integer
---@return integer
local function moved(before, after, line)
  local lines = {} ---@type table<string, integer>
  for number, one in ipairs(after) do
    local hunk, text = names(one)
    lines[hunk], lines[text] = lines[hunk] or number, lines[text] or number
  end
  for number = math.max(line, 1), #before do
    local hunk, text = names(before[number])
    local there = lines[hunk] or lines[text]
    if there then
      return there
    end
  end
  return math.max(#after, 1)
end

--- Puts items into a list that is there, the person's place in it kept.
---@param list hedgerow.ReviewList
---@param items vim.quickfix.entry[]
local function replace(list, items)
  local was = vim.fn.getqflist({ id = list.id, idx = 0, items = 1, winid = 1 })
  local window = was.winid ~= 0 and was.winid or nil
  local line = window and vim.api.nvim_win_get_cursor(window)[1]
  local index = moved(was.items, items, was.idx)
  vim.fn.setqflist({}, 'r', { id = list.id, items = items, idx = #items > 0 and index or nil })
  if window and line and vim.api.nvim_win_is_valid(window) then
    vim.api.nvim_win_set_cursor(window, { moved(was.items, items, line), 0 })
  end
end

--- Asks for the items of files, but for those that are known and not stale.
---@param checkout string
---@param list hedgerow.ReviewList
---@param files hedgerow.FileChange[]
---@param done fun(items: vim.quickfix.entry[])
local function ask(checkout, list, files, done)
  local known = {} ---@type table<string, vim.quickfix.entry[]>
  if list.stale ~= 'all' then
    for path, items in pairs(list.items) do
      known[path] = not list.stale[path] and items or nil
    end
  end
  list.stale = {}
  items_of.ask(checkout, list.between, files, known, function(items, all)
    list.items = items
    done(all)
  end)
end

--- Asks for what differs again, and then for the hunks of what may have changed.
---@param checkout string
local function refresh(checkout)
  local list = list_of(checkout)
  local row = (live.rows() or { checkouts = {} }).checkouts[checkout]
  if not list or not row then
    return
  elseif list.asking then
    list.again = true
    return
  end
  list.asking, list.again = true, false
  local files = {} ---@type hedgerow.FileChange[]
  local function settle(items)
    list.asking = false
    if items and list_of(checkout) == list then
      replace(list, items)
    end
    if list.again then
      refresh(checkout)
    end
  end
  local function page(cursor)
    client.request('diff', {
      repository = place_of.repository(row),
      checkout = checkout,
      between = list.between,
      cursor = cursor,
    }, function(result)
      if not result then
        return settle(nil)
      end
      vim.list_extend(files, result.files)
      if result.cursor and #files < list.files then
        return page(result.cursor)
      end
      ask(checkout, list, files, settle)
    end)
  end
  page(nil)
end

local listening = false

local function listen()
  if listening then
    return
  end
  listening = true
  news.on('reviewChanged', function(changed)
    local list = list_of(changed.checkout)
    if not list then
      return
    elseif changed.all then
      list.stale = 'all'
    elseif list.stale ~= 'all' then
      for _, path in ipairs(changed.paths or {}) do
        list.stale[path] = true
      end
    end
    refresh(changed.checkout)
  end)
  news.on('started', function()
    for checkout, list in pairs(lists) do
      list.stale, list.asking = 'all', false
      refresh(checkout)
    end
  end)
end

--- Fills the list of a checkout: the current quickfix list, where that is it, else a new one.
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
  listen()
  local before = list_of(checkout)
  local list = {
    id = before and before.id == vim.fn.getqflist({ id = 0 }).id and before.id or 0,
    between = between,
    files = #files,
    items = {},
    stale = {},
    asking = true,
    again = false,
  }
  ask(checkout, list, files, function(items)
    list.asking = false
    if list.id ~= 0 and list_of(checkout) then
      replace(list, items)
    else
      vim.fn.setqflist({}, ' ', {
        title = 'Hedgerow: review of ' .. row.label,
        items = items,
        context = { hedgerow = checkout },
      })
      list.id = vim.fn.getqflist({ id = 0 }).id
    end
    lists[checkout] = list
    vim.api.nvim_exec_autocmds('QuickFixCmdPost', { pattern = 'hedgerow', modeline = false })
    if open then
      vim.cmd('botright copen')
    end
  end)
end

return M
