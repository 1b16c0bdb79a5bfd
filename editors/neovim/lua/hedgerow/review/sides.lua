-- Shows a file side by side with what it was, in Neovim's own diff mode. When one side is closed, the other is plain
-- again.
local client = require('hedgerow.client')
local commands = require('hedgerow.commands')
local live = require('hedgerow.live')
local paths = require('hedgerow.paths')
local windows = require('hedgerow.review.windows')
local place_of = require('hedgerow.review.place')

local M = {}

---@param uri string
---@param path? string absolute; nil for a file that is gone
local function show(uri, path)
  local window = windows.for_file()
  vim.api.nvim_set_current_win(window)
  if path then
    windows.edit(path)
    window = vim.api.nvim_get_current_win()
  else
    vim.cmd('hide enew')
    vim.bo.buftype, vim.bo.bufhidden, vim.bo.modifiable = 'nofile', 'wipe', false
    vim.bo.buflisted = false
  end
  local shown = vim.api.nvim_get_current_buf()
  vim.cmd('leftabove vsplit ' .. vim.fn.fnameescape(uri))
  local base = vim.api.nvim_get_current_win()
  vim.cmd.diffthis()
  vim.api.nvim_set_current_win(window)
  vim.cmd.diffthis()
  local group = vim.api.nvim_create_augroup('hedgerow.sides.' .. base, {})
  vim.api.nvim_create_autocmd('WinClosed', {
    group = group,
    callback = function(event)
      local closed = tonumber(event.match)
      local other = closed == base and window or closed == window and base
      if other then
        vim.api.nvim_del_augroup_by_id(group)
        vim.schedule(function()
          if not vim.api.nvim_win_is_valid(other) then
            return
          elseif other == base and #vim.api.nvim_tabpage_list_wins(0) > 1 then
            pcall(vim.api.nvim_win_close, base, true)
            return
          end
          vim.api.nvim_win_call(other, function()
            vim.cmd.diffoff()
            if other == base and vim.api.nvim_buf_is_valid(shown) then
              vim.cmd.buffer(shown)
            end
          end)
        end)
      end
    end,
  })
end

--- Shows a file of a review beside what was accepted last of it, or beside the base when nothing is pending.
---@param checkout string
---@param file hedgerow.FileChange
function M.show(checkout, file)
  local rows = live.rows()
  local row = rows and rows.checkouts[checkout]
  if not row then
    return
  end
  local side = file.pending and 'reviewed' or 'base'
  local params = {
    repository = place_of.repository(row),
    checkout = checkout,
    path = file.oldPath or file.path,
    side = side,
  }
  client.request('baseContent', params, function(answer, problem)
    if not answer then
      return commands.tell(problem)
    end
    local function done(uri)
      show(uri, file.status ~= 'deleted' and paths.file(row.path, file.path) or nil)
    end
    if answer.exists or not file.oldPath then
      return done(answer.uri)
    end
    params.path = file.path -- its new name is accepted already
    client.request('baseContent', params, function(renamed)
      done((renamed or answer).uri)
    end)
  end)
end

--- The file that the person is in, beside what was accepted last of it.
function M.here()
  local place = require('hedgerow.review.place').of(0)
  if not place or place.side ~= 'working' then
    return require('hedgerow.message').info('There is no file of a checkout in this window.')
  end
  local params = { repository = place.repository, checkout = place.checkout, path = place.path }
  client.request('hunks', params, function(answer, problem)
    if not answer then
      return commands.tell(problem)
    end
    M.show(place.checkout, {
      path = place.path,
      oldPath = answer.oldPath,
      status = answer.status or 'modified',
      pending = answer.pending,
    })
  end)
end

return M
