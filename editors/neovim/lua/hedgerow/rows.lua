-- The rows of the list as a value: an answer of `list`, and the changes that `hedgerow/listChanged` brings.
-- Pure: it asks nobody and draws nothing.
local M = {}

---@class hedgerow.Rows
---@field revision integer
---@field repositories table<string, hedgerow.RepositoryRow>
---@field checkouts table<string, hedgerow.CheckoutRow>
---@field sessions table<string, hedgerow.SessionRow>
---@field order string[] ids of repositories, as the server lists them

---@param result hedgerow.ListResult
---@return hedgerow.Rows
function M.from_list(result)
  local rows =
    { revision = result.revision, repositories = {}, checkouts = {}, sessions = {}, order = {} }
  for _, repository in ipairs(result.repositories or {}) do
    rows.repositories[repository.id] = repository
    rows.order[#rows.order + 1] = repository.id
  end
  for _, checkout in ipairs(result.checkouts or {}) do
    rows.checkouts[checkout.id] = checkout
  end
  for _, session in ipairs(result.sessions or {}) do
    rows.sessions[session.id] = session
  end
  return rows
end

--- The rows after a change; the same rows when it is older than they are; nil when one was missed before it.
---@param rows hedgerow.Rows
---@param change hedgerow.ListChanged
---@return hedgerow.Rows?
function M.apply(rows, change)
  if change.revision <= rows.revision then
    return rows
  end
  if change.revision > rows.revision + 1 then
    return nil
  end
  local after = {
    revision = change.revision,
    repositories = vim.tbl_extend('force', {}, rows.repositories),
    checkouts = vim.tbl_extend('force', {}, rows.checkouts),
    sessions = vim.tbl_extend('force', {}, rows.sessions),
    order = {},
  }
  for _, repository in ipairs(change.repositories or {}) do
    after.repositories[repository.id] = repository
  end
  for _, checkout in ipairs(change.changed or {}) do
    after.checkouts[checkout.id] = checkout
  end
  for _, session in ipairs(change.sessions or {}) do
    after.sessions[session.id] = session
  end
  for _, id in ipairs(change.removed or {}) do
    after.repositories[id] = nil
    after.checkouts[id] = nil
    after.sessions[id] = nil
  end
  local seen = {}
  local function place(id)
    if after.repositories[id] and not seen[id] then
      seen[id] = true
      after.order[#after.order + 1] = id
    end
  end
  vim.iter(rows.order):each(place)
  for _, repository in ipairs(change.repositories or {}) do
    place(repository.id)
  end
  return after
end

--- The checkouts of one repository: Local, then the others by label, so that rows stay where they are.
---@param rows hedgerow.Rows
---@param repository string
---@return hedgerow.CheckoutRow[]
function M.of(rows, repository)
  local found = vim.tbl_filter(function(checkout)
    return checkout.repository == repository
  end, vim.tbl_values(rows.checkouts))
  local function key(checkout)
    return (checkout.kind == 'local' and '0' or '1')
      .. checkout.label:lower()
      .. '\n'
      .. checkout.id
  end
  table.sort(found, function(a, b)
    return key(a) < key(b)
  end)
  return found
end

--- The checkout that holds a directory; the innermost, where one lies inside another.
---@param rows hedgerow.Rows
---@param directory string
---@return hedgerow.CheckoutRow?
function M.holding(rows, directory)
  local best
  for _, checkout in pairs(rows.checkouts) do
    local path = checkout.path
    local holds = directory == path or vim.startswith(directory, path .. '/')
    if holds and (not best or #path > #best.path) then
      best = checkout
    end
  end
  return best
end

return M
