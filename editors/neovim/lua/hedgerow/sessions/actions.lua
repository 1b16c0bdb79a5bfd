-- What can be done in the list: one table that gives keys, their help and the menu. Carries nothing out but
-- by its command.
local acting = require('hedgerow.sessions.acting')

---@class hedgerow.Action
---@field key string
---@field desc string
---@field about? 'session'|'checkout' what must be under the cursor
---@field verb? string
---@field run fun(target: hedgerow.Target, targets?: hedgerow.Target[]) the second: of a visual selection
---@field visual? boolean whether it takes a selection

local function view()
  return require('hedgerow.sessions.view')
end

---@param verb string
---@param params table
local function command(verb, params)
  require('hedgerow.commands').run(verb, params)
end

---@param verb string
---@return fun()
local function typed(verb)
  return function()
    require('hedgerow.commands').typed(verb)
  end
end

--- A command about the session under the cursor.
---@param key string
---@param verb string
---@param desc string
---@param params? fun(session: hedgerow.SessionRow): table
---@return hedgerow.Action
local function session(key, verb, desc, params)
  return {
    key = key,
    verb = verb,
    desc = desc,
    about = 'session',
    run = function(target)
      local more = params and params(target.session) or {}
      command(verb, vim.tbl_extend('force', { session = target.session.id }, more))
    end,
  }
end

--- A command about the checkout under the cursor, or about that of the session there.
---@param key string
---@param verb string
---@param desc string
---@param params? fun(checkout: hedgerow.CheckoutRow): table
---@return hedgerow.Action
local function checkout(key, verb, desc, params)
  return {
    key = key,
    verb = verb,
    desc = desc,
    about = 'checkout',
    run = function(target)
      local more = params and params(target.checkout) or {}
      command(verb, vim.tbl_extend('force', { checkout = target.checkout.id }, more))
    end,
  }
end

---@type hedgerow.Action[]
return {
  {
    key = '<CR>',
    desc = 'open it in a tab page of its own, or go there',
    about = 'checkout',
    run = acting.open,
  },
  session('t', 'attach', "the agent's terminal, in a split"),
  session('a', 'answer', 'answer what it asks'),
  session('s', 'send', 'send a prompt'),
  {
    key = 'gs',
    verb = 'send',
    desc = 'write a prompt of several lines',
    about = 'session',
    run = acting.write_prompt,
  },
  {
    key = 'S',
    verb = 'start',
    desc = 'start a session in a new worktree',
    run = function(target)
      local repository = target.repository
      require('hedgerow.sessions.starting').ask({ repository = repository and repository.path })
    end,
  },
  {
    key = 'gS',
    verb = 'start',
    desc = 'start a session here, in this checkout',
    about = 'checkout',
    run = function(target)
      require('hedgerow.sessions.starting').ask({ checkout = target.checkout.id }, target.checkout)
    end,
  },
  session('o', 'resume', 'go on with the conversation'),
  session('F', 'fork', 'go on from a copy of the conversation, elsewhere'),
  {
    key = 'i',
    verb = 'stop',
    desc = 'stop the agent; asks first in the middle of a turn',
    about = 'session',
    run = acting.stop,
  },
  {
    key = 'K',
    desc = 'everything about the session',
    about = 'session',
    run = acting.show,
  },
  session('l', 'logs', 'what its terminal shows'),
  {
    key = 'm',
    verb = 'markSeen',
    desc = 'mark as looked at',
    about = 'session',
    visual = true,
    run = acting.look_at,
  },
  checkout('d', 'diff', 'review what differs'),
  {
    key = 'f',
    verb = 'follow',
    desc = 'follow its edits',
    about = 'checkout',
    run = function(target)
      local row = target.session
      command('follow', row and { session = row.id } or { checkout = target.checkout.id })
    end,
  },
  checkout('C', 'comments', 'the comments on its work'),
  checkout('gC', 'sendComments', 'send the drafts of its comments'),
  checkout('h', 'handOff', "hand its work off to Local, or home; Local's to a new worktree"),
  checkout('L', 'land', 'land its commits on a branch'),
  { key = 'c', verb = 'create', desc = 'create a worktree', run = typed('create') },
  {
    key = 'x',
    verb = 'cleanUp',
    desc = 'clean up the worktree',
    about = 'checkout',
    visual = true,
    run = acting.clean_up,
  },
  {
    key = 'A',
    verb = 'archive',
    desc = 'put the session away, or bring it back',
    about = 'session',
    visual = true,
    run = acting.archive,
  },
  { key = 'B', verb = 'restore', desc = 'bring back what was cleaned up', run = typed('restore') },
  {
    key = 'r',
    verb = 'rename',
    desc = 'rename it (its label)',
    run = acting.rename,
  },
  checkout('p', 'keep', 'keep the worktree, or hand it back to retention', function(row)
    return { kept = row.kind ~= 'kept' }
  end),
  session('P', 'pin', 'pin the session: its worktree stays; or unpin it', function(row)
    return { pinned = not row.pinned }
  end),
  checkout('b', 'branchHere', 'create a branch there'),
  { key = 'u', verb = 'undo', desc = 'undo the newest operation', run = typed('undo') },
  { key = 'H', verb = 'history', desc = 'history', run = typed('history') },
  {
    key = '<Tab>',
    desc = 'the next session that needs you',
    run = function()
      view().next()
    end,
  },
  {
    key = 'gp',
    desc = 'also what is archived or has rested for long; or no longer',
    run = function()
      view().toggle_past()
    end,
  },
  {
    key = 'R',
    desc = 'read everything again',
    run = function()
      view().refresh()
    end,
  },
  {
    key = '.',
    desc = 'a menu of what can be done here',
    run = function(target)
      require('hedgerow.sessions.keys').menu(target)
    end,
  },
  {
    key = 'q',
    desc = 'close the list',
    run = acting.close,
  },
}
