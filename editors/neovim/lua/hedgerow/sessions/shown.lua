-- Knows what stands in the buffer `hedgerow://sessions`: which line is about what, and what the cursor is on. Owns
-- what was drawn there last; draws nothing itself.
local live = require('hedgerow.live')

local M = {}

M.FILETYPE = 'hedgerow-sessions'

---@class hedgerow.Target what a line of the list is about
---@field session? hedgerow.SessionRow
---@field checkout? hedgerow.CheckoutRow
---@field repository? hedgerow.RepositoryRow

local drawn ---@type hedgerow.Drawn?

---@return hedgerow.Drawn?
function M.drawn()
  return drawn
end

--- What stands there from now on.
---@param now hedgerow.Drawn
function M.set(now)
  drawn = now
end

---@return integer? bufnr
function M.buffer()
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype == M.FILETYPE then
      return bufnr
    end
  end
end

---@param line integer
---@return hedgerow.Target
local function target_of(line)
  local rows, id = live.rows(), drawn and drawn.ids[line]
  if not rows or not id then
    return {}
  end
  local session = rows.sessions[id]
  local checkout = rows.checkouts[session and session.checkout or id]
  local repository = session and session.repository or checkout and checkout.repository or id
  return { session = session, checkout = checkout, repository = rows.repositories[repository] }
end

--- What the cursor is on, when the list is the current buffer.
---@return hedgerow.Target
function M.target()
  if vim.bo.filetype ~= M.FILETYPE then
    return {}
  end
  return target_of(vim.api.nvim_win_get_cursor(0)[1])
end

--- What a range of lines is about, each once.
---@param first integer
---@param last integer
---@return hedgerow.Target[]
function M.targets(first, last)
  local found, seen = {}, {}
  for line = first, last do
    local target = target_of(line)
    local row = target.session or target.checkout
    if row and not seen[row.id] then
      seen[row.id] = true
      found[#found + 1] = target
    end
  end
  return found
end

--- The first line of a session or a checkout.
---@param id string
---@return integer?
function M.line_of(id)
  for line = 1, drawn and #drawn.text.lines or 0 do
    if drawn and drawn.ids[line] == id then
      return line
    end
  end
end

--- The last line of what stands at a line.
---@param line integer
---@return integer
function M.end_of(line)
  local id = drawn and drawn.ids[line]
  while drawn and id and drawn.ids[line + 1] == id do
    line = line + 1
  end
  return line
end

return M
