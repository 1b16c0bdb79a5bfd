-- Carries a command from what was typed to what was done: params, what is missing, its plan, its result.
-- Knows the table of commands, and which of them have a view of their own.
local ask = require('hedgerow.ask')
local client = require('hedgerow.client')
local files = require('hedgerow.files')
local message = require('hedgerow.message')
local outcome = require('hedgerow.outcome')
local protocol = require('hedgerow.protocol')
local words_of = require('hedgerow.words')

local M = {}

-- What shows the commands that are more than an answer to read.
local views = {
  answer = 'hedgerow.sessions.answering',
  attach = 'hedgerow.sessions.terminal',
  diff = 'hedgerow.review.panel',
  hunks = 'hedgerow.review.marking',
  baseContent = 'hedgerow.review.base',
  comment = 'hedgerow.comments.writing',
  editComment = 'hedgerow.comments.editing',
  comments = 'hedgerow.comments.listing',
  sendComments = 'hedgerow.comments.sending',
  follow = 'hedgerow.follow.following',
}

---@alias hedgerow.Done fun(result?: table, problem?: string)

-- Params that may be left out on the wire, but not by a person who gave nothing at all.
local left_to_the_view = { comment = 'text' } -- a window to write in
local asked_when_alone = { cleanUp = 'checkouts', start = 'prompt' }

-- What is no command of the server but of this view alone.
local own = {
  next = function()
    require('hedgerow.sessions.view').next()
  end,
}

---@param problem? hedgerow.Problem
function M.tell(problem)
  if problem and not problem.told then
    message.error(problem.sentence)
  end
end

--- Where the person is: the repository under the cursor in the list, of the current file, or here.
---@return string?
local function here()
  local repository = require('hedgerow.sessions.shown').target().repository
  if repository then
    return repository.path
  end
  return files.root_of_buffer(0) or files.root(vim.fn.getcwd())
end

---@param command hedgerow.Command
---@param params table
---@return hedgerow.Param?
local function missing(command, params)
  local alone = asked_when_alone[command.verb]
  local given = vim.tbl_filter(function(name)
    return name ~= 'repository' and name ~= 'dryRun'
  end, vim.tbl_keys(params))
  return vim.iter(command.params):find(function(param)
    return params[param.name] == nil
      and param.name ~= left_to_the_view[command.verb]
      and (param.required or (#given == 0 and param.name == alone))
  end)
end

local send

---@param command hedgerow.Command
---@param params table
---@param plan hedgerow.Plan
---@param done hedgerow.Done
local function agree(command, params, plan, done)
  require('hedgerow.plan').ask(plan, command.title, function(answer)
    if answer == 'no' then
      message.info('Left as it is: nothing was changed.')
      return done()
    end
    local agreed = vim.tbl_extend('force', params, { token = plan.token })
    agreed.dryRun = nil
    if plan.setup and not plan.setup.allowed then
      local choice = answer == 'yes' and { sha256 = plan.setup.sha256 } or { skip = true }
      agreed.setup = vim.tbl_extend('force', params.setup or {}, choice)
    end
    send(command, agreed, done)
  end)
end

--- Tells what was wrong; where only the agent was missing, asks for it and tries again.
---@param command hedgerow.Command
---@param params table
---@param problem hedgerow.Problem?
---@param done hedgerow.Done
local function failed(command, params, problem, done)
  local starting = require('hedgerow.sessions.starting')
  if problem and command.verb == 'start' and starting.lacks_agent(problem) then
    return starting.which_agent(problem, function(agent)
      if not agent then
        return done()
      end
      send(command, vim.tbl_extend('force', params, { agent = agent }), done)
    end)
  end
  M.tell(problem)
  done(nil, problem and problem.sentence)
end

---@param command hedgerow.Command
---@param params table
---@param done hedgerow.Done
function send(command, params, done)
  local view = views[command.verb]
  if view then
    return require(view).open(params, done)
  end
  client.request(command.verb, params, function(result, problem)
    if not result then
      return failed(command, params, problem, done)
    elseif not command.changes and result.session then
      outcome.tell(result, false)
    elseif not command.changes then
      require('hedgerow.report').show(command, result)
    elseif result.plan and not result.operation then
      return agree(command, params, result.plan, done)
    else
      outcome.tell(result, params.token ~= nil)
      vim.cmd('silent! checktime') -- what is shown may be of before; text that is not saved stays
    end
    done(result)
  end)
end

--- Carries a command out, asking for what is missing and about its plan.
---@param verb string
---@param params table
---@param done? hedgerow.Done
---@param range? { [1]: integer, [2]: integer } the lines that it is about, of the current buffer
function M.run(verb, params, done, range)
  done = done or function() end
  local command = words_of.command(verb)
  if own[verb] then
    own[verb]()
    return done()
  elseif not command then
    local sentence = ("Hedgerow has no command '%s'; press <Tab> after :Hedgerow to see them."):format(
      verb
    )
    message.error(sentence)
    return done(nil, sentence)
  elseif command.verb == 'list' then
    require('hedgerow.sessions.view').open(params)
    return done()
  end
  params = vim.tbl_extend('keep', params, { repository = here() })
  local function complete(known)
    local param = missing(command, known)
    if not param then
      return send(command, known, done)
    end
    ask.param(command, param, known, function(value, problem)
      if value == nil then
        M.tell(problem)
        return done(nil, problem and problem.sentence)
      end
      complete(vim.tbl_extend('force', known, { [param.name] = value }))
    end)
  end
  require('hedgerow.review.context').fill(command.verb, params, range, complete)
end

--- What stands after `:Hedgerow`; nothing offers every command.
---@param text string
---@param range? { [1]: integer, [2]: integer }
function M.typed(text, range)
  local words = words_of.split(text)
  local verb = table.remove(words, 1)
  if not verb then
    return ask.command(protocol.commands, function(command)
      if command then
        M.run(command.verb, {})
      end
    end)
  end
  local command = not own[verb] and words_of.command(verb)
  local params, problem = {}, nil ---@type table?, string?
  if command then
    params, problem = words_of.params(command, words)
  end
  if not params then
    return message.error(problem --[[@as string]])
  end
  M.run(verb, params, nil, range)
end

---@param line string the command line up to the cursor
---@return string[]
function M.complete(line)
  local rows = require('hedgerow.live').rows()
  local labels = {}
  for _, row in pairs(rows and rows.checkouts or {}) do
    labels[#labels + 1] = row.label
  end
  table.sort(labels)
  local names = { checkouts = labels, sessions = require('hedgerow.sessions.finding').names() }
  return words_of.complete(line:match('%f[%u]H%l*!?%s+(.*)$') or '', names)
end

return M
