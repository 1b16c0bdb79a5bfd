-- `:checkhealth hedgerow`.
local M = {}

local PATIENCE_MS = 5000

---@param command string[]
---@return string? first line of what it says
---@return string? problem
local function version_of(command)
  if vim.fn.executable(command[1]) == 0 then
    return nil, ("'%s' is not an executable here."):format(command[1])
  end
  local started, process = pcall(vim.system, command, { text = true })
  if not started then
    return nil, ('`%s` could not be started.'):format(table.concat(command, ' '))
  end
  local result = process:wait(PATIENCE_MS)
  if result.code ~= 0 then
    return nil, ('`%s` answered with exit code %d.'):format(table.concat(command, ' '), result.code)
  end
  return vim.split(vim.trim(result.stdout), '\n')[1], nil
end

--- The server's command line, asking for its version instead.
---@param cmd string[]
---@return string[]
local function asking_version(cmd)
  local command = vim.list_slice(cmd)
  if command[#command] == 'serve' then
    table.remove(command)
  end
  return vim.list_extend(command, { '--version' })
end

local agents = { codex = 'Codex', claude = 'Claude Code' }

--- What sessions need: an agent, and tmux to host it.
local function check_sessions()
  local health = vim.health
  local found = false
  for program, title in vim.spairs(agents) do
    local version = version_of({ program, '--version' })
    if version then
      found = true
      health.ok(('agent: %s, %s (%s)'):format(title, vim.fn.exepath(program), version))
    else
      health.info(("agent: %s is not installed ('%s' is not on PATH)"):format(title, program))
    end
  end
  if not found then
    health.warn(
      'agent: neither Codex nor Claude Code is on PATH',
      'Install one of them, or name another program in the setting launchLines (docs/agents.md).'
    )
  end
  local tmux = version_of({ 'tmux', '-V' })
  if tmux then
    health.ok('terminals: ' .. tmux)
  else
    health.warn(
      'terminals: no tmux on PATH',
      'Agents run in a terminal of Neovim and end with it. Install tmux, and they go on without it.'
    )
  end
end

function M.check()
  local health = vim.health
  health.start('Hedgerow')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim ' .. tostring(vim.version()), 'Hedgerow needs Neovim 0.10 or newer.')
  end

  local config = require('hedgerow.config').read()
  local found, problem = version_of(asking_version(config.cmd))
  if found then
    health.ok(('server: %s, version %s'):format(vim.fn.exepath(config.cmd[1]), found))
  else
    health.error(
      'server: ' .. problem,
      'Install it (pipx install hedgerow), or set vim.g.hedgerow.cmd (:help hedgerow-options).'
    )
  end

  local git, git_problem = version_of({ 'git', '--version' })
  local number = git and vim.version.parse(git)
  if not git then
    health.error('git: ' .. git_problem, 'Install git 2.39 or newer.')
  elseif number and vim.version.lt(number, { 2, 39, 0 }) then
    health.error(git, 'Hedgerow needs git 2.39 or newer.')
  else
    health.ok(git)
  end

  check_sessions()

  local client = require('hedgerow.client')
  local running, info = client.client()
  if running then
    health.ok(('client: running, %s %s'):format(info.name or 'a server', info.version or ''))
  else
    health.info(
      ('client: %s; the first file of a repository or :Hedgerow command starts it'):format(
        client.phase()
      )
    )
  end
  health.info('log of the server: ' .. require('hedgerow.compat').log_path())
end

return M
