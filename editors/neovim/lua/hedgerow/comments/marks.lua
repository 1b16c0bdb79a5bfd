-- Owns the comments that this Neovim knows and shows them where they are: a sign and their first line beside the
-- text. Asks for them again when the server says that they have changed, or that a file has.
local client = require('hedgerow.client')
local news = require('hedgerow.news')
local place_of = require('hedgerow.review.place')
local text_of = require('hedgerow.text')

local M = {}

local namespace = vim.api.nvim_create_namespace('hedgerow.comments')

local known = {} ---@type table<string, hedgerow.Comment[]> by the checkout's id
local asking = {} ---@type table<string, 'once'|'again'>
local marked = {} ---@type table<integer, table<integer, hedgerow.Comment>> mark -> comment, by buffer

---@param comment hedgerow.Comment
---@return integer first, integer last lines, from 1
function M.lines(comment)
  local first, last = (comment.lines or '1'):match('^(%d+)%-?(%d*)$')
  return tonumber(first) or 1, tonumber(last) or tonumber(first) or 1
end

---@param comment hedgerow.Comment
---@return string words, string group
local function look(comment)
  local more = select(2, comment.text:gsub('\n', ''))
  local words = text_of.clean(comment.title) .. (more > 0 and ' …' or '')
  if comment.state == 'outdated' then
    return words .. '  (its lines are gone)', 'HedgerowOutdated'
  elseif comment.state == 'sent' then
    return words .. '  (sent)', 'HedgerowComment'
  end
  return words, 'HedgerowComment'
end

---@param bufnr integer
local function draw(bufnr)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  marked[bufnr] = nil
  local place = place_of.of(bufnr)
  local count = vim.api.nvim_buf_line_count(bufnr)
  if not place then
    return
  end
  for _, comment in ipairs(known[place.checkout] or {}) do
    local here = comment.path == place.path and comment.side == place.side
    if here and comment.state ~= 'resolved' then
      text_of.highlights()
      local first, last = M.lines(comment)
      local words, group = look(comment)
      local mark = vim.api.nvim_buf_set_extmark(bufnr, namespace, math.min(first, count) - 1, 0, {
        end_row = math.min(last, count) - 1,
        sign_text = '»',
        sign_hl_group = group,
        virt_text = { { '  » ' .. words, group } },
        virt_text_pos = 'eol',
        hl_mode = 'combine',
        priority = 20,
      })
      marked[bufnr] = marked[bufnr] or {}
      marked[bufnr][mark] = comment
    end
  end
end

---@param checkout string
local function draw_all(checkout)
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) then
      local place = place_of.of(bufnr)
      if place and place.checkout == checkout then
        draw(bufnr)
      end
    end
  end
end

---@param checkout string
local function read(checkout)
  if asking[checkout] then
    asking[checkout] = 'again'
    return
  end
  asking[checkout] = 'once'
  local rows = require('hedgerow.live').rows()
  local row = rows and rows.checkouts[checkout]
  client.request(
    'comments',
    { repository = place_of.repository(row), checkout = checkout },
    function(result)
      local again = asking[checkout] == 'again'
      asking[checkout] = nil
      if result then
        known[checkout] = result.comments
        draw_all(checkout)
        if again then
          read(checkout)
        end
      end
    end
  )
end

--- Reads the comments of the checkouts whose files are shown in a window; of the others what was known is forgotten.
local function read_again()
  local shown = {}
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local place = place_of.of(vim.api.nvim_win_get_buf(window))
    if place then
      shown[place.checkout] = true
    end
  end
  for checkout in pairs(known) do
    if not shown[checkout] then
      known[checkout] = nil
    end
  end
  vim.iter(vim.tbl_keys(shown)):each(read)
end

---@param changed hedgerow.ReviewChanged
local function moved(changed)
  for _, comment in ipairs(known[changed.checkout] or {}) do
    if changed.all or vim.list_contains(changed.paths or {}, comment.path) then
      return read(changed.checkout)
    end
  end
end

---@param bufnr integer
local function entered(bufnr)
  if client.phase() ~= 'running' then
    return
  end
  local place = place_of.of(bufnr)
  if not place then
    return
  elseif known[place.checkout] then
    draw(bufnr)
  else
    read(place.checkout)
  end
end

--- The comment at a line of the current buffer.
---@param line integer from 1
---@return hedgerow.Comment?
function M.at(line)
  local bufnr = vim.api.nvim_get_current_buf()
  for _, mark in
    ipairs(
      vim.api.nvim_buf_get_extmarks(
        bufnr,
        namespace,
        { line - 1, 0 },
        { line - 1, -1 },
        { overlap = true }
      )
    )
  do
    local comment = (marked[bufnr] or {})[mark[1]]
    if comment then
      return comment
    end
  end
end

local started = false

--- Shows comments from now on. Called once a server runs.
function M.start()
  known, asking = {}, {}
  if started then
    return
  end
  started = true
  news.on('commentsChanged', read_again)
  news.on('reviewChanged', moved)
  local group = vim.api.nvim_create_augroup('hedgerow.comments', {})
  vim.api.nvim_create_autocmd('BufWinEnter', {
    group = group,
    callback = function(event)
      entered(event.buf)
    end,
  })
  vim.api.nvim_create_autocmd('User', {
    group = group,
    pattern = 'HedgerowBase',
    callback = function()
      read_again()
    end,
  })
  require('hedgerow.live').refresh(function(rows)
    if rows then
      read_again()
    end
  end)
end

return M
