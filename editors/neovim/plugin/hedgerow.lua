-- What Hedgerow adds to every Neovim: one command, <Plug> maps and one buffer scheme.
-- Runs at start-up, so nothing is required before it is used.
if vim.g.loaded_hedgerow then
  return
end
vim.g.loaded_hedgerow = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.api.nvim_create_user_command('Hedgerow', function()
    vim.notify('Hedgerow needs Neovim 0.10 or newer.', vim.log.levels.ERROR)
  end, { nargs = '*', desc = 'Hedgerow (needs Neovim 0.10 or newer)' })
  return
end

vim.api.nvim_create_user_command('Hedgerow', function(call)
  local range = call.range > 0 and { call.line1, call.line2 } or nil
  require('hedgerow.commands').typed(call.args, range)
end, {
  nargs = '*',
  range = true,
  desc = 'Hedgerow: worktrees for parallel sessions',
  complete = function(_, line, cursor)
    return require('hedgerow.commands').complete(line:sub(1, cursor))
  end,
})

local verbs = 'menu next list history show doctor create keep adopt set-base branch-here rename clean-up '
  .. 'restore repair hand-off sync commit land push start stop resume fork send answer attach logs pin '
  .. 'archive mark-seen undo'
for name in verbs:gmatch('%S+') do
  vim.keymap.set('n', ('<Plug>(hedgerow-%s)'):format(name), function()
    require('hedgerow.commands').typed(name == 'menu' and '' or name)
  end, { desc = 'Hedgerow ' .. name:gsub('-', ' ') })
end

-- Each with its modes, its module, the function there, and what that is given.
for name, map in pairs({
  ['diff'] = { 'n', 'commands', 'run', 'diff' },
  ['hunks'] = { 'n', 'review.marking', 'toggle' },
  ['hunks-accepted'] = { 'n', 'review.marking', 'toggle_accepted' },
  ['hunk-next'] = { 'nx', 'review.deciding', 'go', 1 },
  ['hunk-prev'] = { 'nx', 'review.deciding', 'go', -1 },
  ['hunk-accept'] = { 'nx', 'review.deciding', 'decide', 'accept' },
  ['hunk-reject'] = { 'nx', 'review.deciding', 'decide', 'reject' },
  ['hunk-undo'] = { 'n', 'review.deciding', 'undo' },
  ['hunk-comment'] = { 'nx', 'comments.writing', 'here' },
  ['side-by-side'] = { 'n', 'review.sides', 'here' },
  ['comments'] = { 'n', 'commands', 'run', 'comments' },
  ['comment-show'] = { 'n', 'comments.editing', 'show' },
  ['comment-edit'] = { 'n', 'comments.editing', 'change' },
  ['comment-resolve'] = { 'n', 'comments.editing', 'resolve' },
  ['comment-delete'] = { 'n', 'comments.editing', 'delete' },
  ['comments-send'] = { 'n', 'commands', 'run', 'sendComments' },
  ['follow'] = { 'n', 'follow.following', 'resume' },
  ['follow-end'] = { 'n', 'follow.following', 'stop' },
}) do
  vim.keymap.set(vim.split(map[1], ''), ('<Plug>(hedgerow-%s)'):format(name), function()
    local params = map[2] == 'commands' and {} or nil
    require('hedgerow.' .. map[2])[map[3]](map[4], params)
  end, { desc = 'Hedgerow ' .. name:gsub('-', ' ') })
end

for pattern, shows in pairs({
  ['hedgerow://review/*'] = { 'review.panel', 'The files of a review' },
  ['hedgerow-base:/*'] = { 'review.base', 'A file as it was' },
}) do
  vim.api.nvim_create_autocmd('BufReadCmd', {
    group = vim.api.nvim_create_augroup('hedgerow.' .. shows[1], {}),
    pattern = pattern,
    desc = shows[2],
    callback = function(event)
      require('hedgerow.' .. shows[1]).attach(event.buf)
    end,
  })
end

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = vim.api.nvim_create_augroup('hedgerow', {}),
  pattern = { 'hedgerow://sessions', 'hedgerow://list' },
  desc = 'The live list of sessions and worktrees',
  callback = function(event)
    require('hedgerow.sessions.view').attach(event.buf)
  end,
})

-- What git itself opens (.git/COMMIT_EDITMSG) starts nothing.
vim.api.nvim_create_autocmd({ 'BufReadPost', 'BufNewFile' }, {
  group = vim.api.nvim_create_augroup('hedgerow.first', {}),
  desc = 'The first file of a repository starts the server',
  callback = function(event)
    local name = vim.api.nvim_buf_get_name(event.buf)
    if vim.bo[event.buf].buftype ~= '' or name:find('/%.git/') or not vim.fs.root(name, '.git') then
      return false
    end
    vim.schedule(function()
      require('hedgerow.client').begin()
    end)
    return true
  end,
})
