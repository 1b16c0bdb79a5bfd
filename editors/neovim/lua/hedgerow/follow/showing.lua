-- Shows one edit in the window of following, its lines marked for a while, and says in few words what it was. Decides
-- nothing about when.
local live = require('hedgerow.live')
local message = require('hedgerow.message')
local paths = require('hedgerow.paths')
local text_of = require('hedgerow.text')
local window = require('hedgerow.follow.window')

local M = {}

local MARKED_MS = 4000

local namespace = vim.api.nvim_create_namespace('hedgerow.follow')

---@param checkout string
---@return string
local function label(checkout)
  local rows = live.rows()
  local row = rows and rows.checkouts[checkout]
  return row and text_of.clean(row.label) or 'a checkout'
end

---@param edited hedgerow.Edited
---@return string
local function name(edited)
  local path = vim.uri_to_fname(edited.uri)
  local rows = live.rows()
  local row = rows and rows.checkouts[edited.checkout]
  return text_of.clean(paths.wire(row and path:sub(#row.path + 2) or vim.fs.basename(path)))
end

---@param edited hedgerow.Edited
---@return integer first, integer after lines, from 0
local function lines(edited)
  local range = edited.range
  if not range then
    return 0, 0
  end
  local after = range['end'].line + (range['end'].character > 0 and 1 or 0)
  return range.start.line, after
end

---@param bufnr integer
---@param first integer
---@param after integer
local function mark(bufnr, first, after)
  vim.api.nvim_buf_clear_namespace(bufnr, namespace, 0, -1)
  local count = vim.api.nvim_buf_line_count(bufnr)
  first = math.min(first, count - 1)
  local options = { strict = false, priority = 95 }
  if after > first then
    options.end_row = math.min(after, count)
    options.hl_group, options.hl_eol = 'HedgerowEdited', true
  else
    options.virt_text = { { '  lines were deleted here', 'HedgerowEdited' } }
  end
  local id = vim.api.nvim_buf_set_extmark(bufnr, namespace, first, 0, options)
  vim.defer_fn(function()
    if vim.api.nvim_buf_is_valid(bufnr) then
      vim.api.nvim_buf_del_extmark(bufnr, namespace, id)
    end
  end, MARKED_MS)
end

---@param path string
---@return boolean
local function has_unsaved_text(path)
  local bufnr = vim.fn.bufnr('^' .. vim.fn.fnameescape(path) .. '$')
  return bufnr ~= -1 and vim.bo[bufnr].modified
end

--- Shows it.
---@param edited hedgerow.Edited
---@return string words what it was
function M.show(edited)
  local who, path = label(edited.checkout), vim.uri_to_fname(edited.uri)
  local words = ('%s  %s'):format(who, name(edited))
  if edited.kind == 'many' then
    words = ('%s  %d files at once'):format(who, edited.count or 0)
    if not window.window() then
      message.info(words)
    end
  elseif edited.kind == 'deleted' then
    words = words .. ' was deleted'
  elseif edited.kind == 'binary' then
    words = words .. ' is no text'
  elseif has_unsaved_text(path) then
    words = words .. ' is not shown: your text in it is not saved'
  elseif vim.uv.fs_stat(path) then
    local first, after = lines(edited)
    mark(window.show(path, first), first, after)
    if edited.kind == 'renamed' and edited.fromUri then
      words = words .. ' was ' .. paths.wire(vim.fs.basename(vim.uri_to_fname(edited.fromUri)))
    elseif edited.kind == 'created' then
      words = words .. ' is new'
    end
  end
  return words
end

return M
