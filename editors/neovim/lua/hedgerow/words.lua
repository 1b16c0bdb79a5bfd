-- What is typed after `:Hedgerow`, as a verb and params; and what can be typed next. Pure.
local protocol = require('hedgerow.protocol')

local M = {}

---@type table<string, hedgerow.Command>
M.by_verb = {}
for _, command in ipairs(protocol.commands) do
  M.by_verb[command.verb] = command
end

-- Words of this client alone, that are no command of the server.
M.own = { 'next' }

--- Splits at blanks; quotes and backslashes keep a blank in its word.
---@param text string
---@return string[] words
---@return boolean open whether the last word may still grow
function M.split(text)
  local words, word, quote, index = {}, nil, nil, 1
  while index <= #text do
    local char = text:sub(index, index)
    if char == '\\' and quote ~= "'" and index < #text then
      index = index + 1
      word = (word or '') .. text:sub(index, index)
    elseif quote then
      if char == quote then
        quote = nil
      else
        word = word .. char
      end
    elseif char == '"' or char == "'" then
      quote, word = char, word or ''
    elseif char:find('%s') then
      words[#words + 1], word = word, nil
    else
      word = (word or '') .. char
    end
    index = index + 1
  end
  words[#words + 1] = word
  return words, word ~= nil
end

--- A word that `split` gives back as it is.
---@param word string
---@return string
local function quoted(word)
  return (word:gsub('[%s\\"\']', '\\%0'))
end

--- The command of a verb, also in the shell's spelling (clean-up).
---@param word string
---@return hedgerow.Command?
function M.command(word)
  local plain = word:gsub('-', ''):lower()
  return M.by_verb[word]
    or vim.iter(protocol.commands):find(function(command)
      return command.verb:lower() == plain
    end)
end

---@param command hedgerow.Command
---@param name string
---@return hedgerow.Param?
local function param_of(command, name)
  return vim.iter(command.params):find(function(param)
    return param.name == name
  end)
end

local booleans =
  { ['true'] = true, yes = true, ['1'] = true, ['false'] = false, no = false, ['0'] = false }

---@param param hedgerow.Param
---@param word string
---@return any value, string? problem
local function value_of(param, word)
  if param.kind == 'boolean' then
    local value = booleans[word]
    return value,
      value == nil and ("%s is true or false, not '%s'."):format(param.name, word) or nil
  elseif param.kind == 'integer' or param.kind == 'number' then
    local value = tonumber(word)
    return value, value == nil and ("%s is a number, not '%s'."):format(param.name, word) or nil
  elseif param.choices and not vim.list_contains(param.choices, word) then
    return nil,
      ("%s is %s, not '%s'."):format(param.name, table.concat(param.choices, ' or '), word)
  end
  return word, nil
end

---@param command hedgerow.Command
---@return string
local function names_of(command)
  return vim
    .iter(command.params)
    :map(function(param)
      return param.name ~= 'token' and param.name or nil
    end)
    :join(', ')
end

--- The params that words give a command: `name=value`, `name.field=value`, or a bare word for its main ones.
---@param command hedgerow.Command
---@param words string[]
---@return table? params
---@return string? problem
function M.params(command, words)
  local params, place = {}, 1
  for _, word in ipairs(words) do
    local name, field, value = word:match('^(%a+)%.?(%a*)=(.*)$')
    local param = name and param_of(command, name)
    if name and not param then
      return nil, ('%s has no %s; it takes %s.'):format(command.title, name, names_of(command))
    elseif not name then
      param, value = param_of(command, command.primary[place] or ''), word
      if not param then
        return nil,
          ("%s does not take '%s'; it takes %s."):format(command.title, word, names_of(command))
      elseif not param.list then
        place = place + 1
      end
    end
    ---@cast param hedgerow.Param
    if param.kind == 'object' then
      if not field or field == '' then
        return nil, ('%s takes a field, such as %s.skip=true.'):format(param.name, param.name)
      end
      params[param.name] = params[param.name] or {}
      local flag = booleans[value]
      params[param.name][field] = flag == nil and value or flag
    else
      local given, problem = value_of(param, value)
      if problem then
        return nil, problem
      end
      if param.list then
        params[param.name] = params[param.name] or {}
        table.insert(params[param.name], given)
      else
        params[param.name] = given
      end
    end
  end
  return params, nil
end

---@class hedgerow.Names
---@field checkouts string[]
---@field sessions string[]

local named = { checkout = 'checkouts', checkouts = 'checkouts', session = 'sessions' }

---@param param hedgerow.Param
---@param names hedgerow.Names
---@return string[]
local function values(param, names)
  if param.kind == 'boolean' then
    return { 'true', 'false' }
  elseif named[param.name] then
    return names[named[param.name]]
  end
  return param.choices or {}
end

--- What can stand where the cursor is, given the text before it that follows `:Hedgerow`.
---@param text string
---@param names hedgerow.Names of what is known
---@return string[]
function M.complete(text, names)
  local words, open = M.split(text)
  local word = open and table.remove(words) or ''
  local found = {}
  local function offer(candidate)
    if vim.startswith(candidate:lower(), word:lower()) then
      found[#found + 1] = quoted(candidate)
    end
  end
  if #words == 0 then
    for _, command in ipairs(protocol.commands) do
      offer(command.verb)
    end
    vim.iter(M.own):each(offer)
    return found
  end
  local command = M.command(table.remove(words, 1))
  if not command then
    return found
  end
  local name = word:match('^(%a+)=')
  local named_param = name and param_of(command, name)
  if named_param then
    for _, value in ipairs(values(named_param, names)) do
      offer(name .. '=' .. value)
    end
    return found
  end
  local given = M.params(command, words) or {}
  for _, primary in ipairs(command.primary) do
    local param = param_of(command, primary)
    if param and (given[primary] == nil or param.list) then
      vim.iter(values(param, names)):each(offer)
      break
    end
  end
  for _, param in ipairs(command.params) do
    if param.name ~= 'token' and (given[param.name] == nil or param.list) then
      offer(param.name .. (param.kind == 'object' and '.' or '='))
    end
  end
  return found
end

return M
