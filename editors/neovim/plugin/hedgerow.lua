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
  require('hedgerow.commands').typed(call.args)
end, {
  nargs = '*',
  desc = 'Hedgerow: worktrees for parallel sessions',
  complete = function(_, line, cursor)
    return require('hedgerow.commands').complete(line:sub(1, cursor))
  end,
})

for name, words in pairs({
  menu = '',
  list = 'list',
  create = 'create',
  ['clean-up'] = 'cleanUp',
  restore = 'restore',
  undo = 'undo',
}) do
  vim.keymap.set('n', ('<Plug>(hedgerow-%s)'):format(name), function()
    require('hedgerow.commands').typed(words)
  end, { desc = 'Hedgerow ' .. (words == '' and 'commands' or words) })
end

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = vim.api.nvim_create_augroup('hedgerow', {}),
  pattern = { 'hedgerow://sessions', 'hedgerow://list' },
  desc = 'The live list of sessions and worktrees',
  callback = function(event)
    require('hedgerow.sessions.view').attach(event.buf)
  end,
})
