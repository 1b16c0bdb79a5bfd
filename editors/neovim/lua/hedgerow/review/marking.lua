-- Owns which checkouts are under review here: in their files hunks are shown, and read again when something changes.
local client = require('hedgerow.client')
local message = require('hedgerow.message')
local news = require('hedgerow.news')
local place_of = require('hedgerow.review.place')
local reading_of = require('hedgerow.review.reading')
local reload = require('hedgerow.reload')

local M = {}

local reviewed = {} ---@type table<string, string> id of a checkout -> what it is compared with
local stale = {} ---@type table<integer, true> buffers out of sight that are to be read when they come into it

---@param bufnr integer
local function look(bufnr)
  local place = place_of.of(bufnr)
  local between = place and place.side == 'working' and reviewed[place.checkout]
  if between and vim.api.nvim_buf_is_loaded(bufnr) then
    local reading = reading_of.of(bufnr)
    if not reading or stale[bufnr] or reading.between ~= between then
      stale[bufnr] = nil
      reading_of.begin(bufnr, between)
    end
  end
end

---@param changed hedgerow.ReviewChanged
local function heard(changed)
  for _, sentence in ipairs(reviewed[changed.checkout] and changed.notices or {}) do
    message.warn(sentence)
  end
  for _, bufnr in ipairs(reading_of.buffers()) do
    local place = reading_of.of(bufnr).place
    local meant = changed.all or vim.list_contains(changed.paths or {}, place.path)
    if not vim.api.nvim_buf_is_loaded(bufnr) then
      reading_of.stop(bufnr)
    elseif place.checkout == changed.checkout and meant then
      if #vim.fn.win_findbuf(bufnr) > 0 then
        reload.buffer(bufnr)
        reading_of.read(bufnr)
      else
        stale[bufnr] = true
      end
    end
  end
end

local listening = false

local function listen()
  if listening then
    return
  end
  listening = true
  news.on('reviewChanged', heard)
  news.on('started', function()
    for _, bufnr in ipairs(reading_of.buffers()) do
      reading_of.read(bufnr)
    end
  end)
  local group = vim.api.nvim_create_augroup('hedgerow.review', {})
  vim.api.nvim_create_autocmd({ 'BufWinEnter', 'BufReadPost' }, {
    group = group,
    callback = function(event)
      if client.phase() == 'running' then
        look(event.buf)
      end
    end,
  })
  -- Text that was read or written is what the disk says, which hunks fit again.
  vim.api.nvim_create_autocmd({ 'BufWritePost', 'BufReadPost', 'FileChangedShellPost' }, {
    group = group,
    callback = function(event)
      local reading = reading_of.of(event.buf)
      if reading and reading.hidden then
        reading_of.read(event.buf)
      end
    end,
  })
  vim.api.nvim_create_autocmd('BufUnload', {
    group = group,
    callback = function(event)
      reading_of.stop(event.buf)
    end,
  })
end

--- What a checkout is compared with, when it is under review.
---@param checkout string
---@return string?
function M.between(checkout)
  return reviewed[checkout]
end

--- Shows hunks in every file of a checkout.
---@param checkout string
---@param between string
function M.begin(checkout, between)
  listen()
  reviewed[checkout] = between
  vim.iter(vim.api.nvim_list_bufs()):each(look)
end

--- Shows no hunks of a checkout any more.
---@param checkout string
function M.stop(checkout)
  reviewed[checkout] = nil
  for _, bufnr in ipairs(reading_of.buffers()) do
    if reading_of.of(bufnr).place.checkout == checkout then
      reading_of.stop(bufnr)
    end
  end
end

--- Shows hunks in the files of the current buffer's checkout, or hides them again.
function M.toggle()
  local place = place_of.of(0)
  if place and reviewed[place.checkout] then
    M.stop(place.checkout)
  else
    require('hedgerow.commands').run('hunks', {})
  end
end

--- Of what is pending only, or also of what is accepted already.
function M.toggle_accepted()
  local place = place_of.of(0)
  local between = place and reviewed[place.checkout]
  if place and between then
    M.begin(place.checkout, between == 'reviewed' and 'base' or 'reviewed')
  end
end

--- The command `hunks`: shows them in the file, where the person sees it or in the current window.
---@param params table
---@param done hedgerow.Done
function M.open(params, done)
  client.request('hunks', params, function(answer, problem)
    if not answer then
      require('hedgerow.commands').tell(problem)
      return done(nil, problem and problem.sentence)
    end
    local here = place_of.of(0)
    if not here or here.checkout ~= answer.checkout or here.path ~= answer.path then
      local row = (require('hedgerow.live').rows() or { checkouts = {} }).checkouts[answer.checkout]
      if row then
        vim.cmd.edit(vim.fn.fnameescape(require('hedgerow.paths').file(row.path, answer.path)))
      end
    end
    M.begin(answer.checkout, params.between or 'reviewed')
    if not answer.hunks then
      message.info(answer.path .. ' is accepted or rejected as a whole: it has no lines.')
    elseif #answer.hunks == 0 then
      message.info('Nothing of ' .. answer.path .. ' differs.')
    end
    done(answer)
  end)
end

return M
