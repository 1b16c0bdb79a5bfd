-- In which order sessions stand in the list: what needs the person first. Pure.
local M = {}

---@class hedgerow.Place where a family of sessions stands; the same while nothing happens
---@field group integer
---@field key number

---@class hedgerow.Family sessions that were forked from one another
---@field root string
---@field place hedgerow.Place
---@field members hedgerow.SessionRow[] the root first
---@field moved boolean whether it is held elsewhere than it belongs

---@class hedgerow.Group
---@field name string
---@field title string
---@field families hedgerow.Family[]

local groups = {
  { name = 'waiting', title = 'Needs you' },
  { name = 'failed', title = 'Failed' },
  { name = 'done', title = 'Done, and not looked at yet' },
  { name = 'working', title = 'Working' },
  { name = 'unknown', title = 'Running' },
  { name = 'idle', title = 'Idle' },
  { name = 'parked', title = 'Parked' },
}

local group_of = { starting = 4, ended = 7 }
for number, group in ipairs(groups) do
  group_of[group.name] = number
end

--- How much a phase needs the person: the lower, the sooner.
---@param phase string
---@return integer
function M.rank(phase)
  return group_of[phase] or group_of.unknown
end

--- Whether a person is expected to do something about a phase.
---@param phase string
---@return boolean
function M.urgent(phase)
  return M.rank(phase) <= group_of.done
end

-- What waits longest comes first; what works stands in the order of its starts; what rests, newest first.
---@param session hedgerow.SessionRow
---@return hedgerow.Place
local function place_of(session)
  local group = M.rank(session.phase)
  local since = session.since or session.started or 0
  if group == group_of.working or group == group_of.unknown then
    return { group = group, key = session.started or since }
  end
  return { group = group, key = group > group_of.unknown and -since or since }
end

---@param a hedgerow.Place
---@param b hedgerow.Place
---@return boolean
local function before(a, b)
  if a.group ~= b.group then
    return a.group < b.group
  end
  return a.key < b.key
end

--- Families of sessions, each where its most urgent member belongs.
---@param sessions hedgerow.SessionRow[]
---@param held? table<string, hedgerow.Place> families (by root) that stay where they are
---@return hedgerow.Family[]
function M.families(sessions, held)
  local by_root = {} ---@type table<string, hedgerow.Family>
  for _, session in ipairs(sessions) do
    local place, family = place_of(session), by_root[session.root]
    if not family then
      family = { root = session.root, place = place, members = {}, moved = false }
      by_root[session.root] = family
    elseif before(place, family.place) then
      family.place = place
    end
    table.insert(family.members, session)
  end
  local found = vim.tbl_values(by_root)
  for _, family in ipairs(found) do
    local hold = held and held[family.root]
    if hold and (before(hold, family.place) or before(family.place, hold)) then
      family.place, family.moved = hold, true
    end
    table.sort(family.members, function(a, b)
      if (a.id == a.root) ~= (b.id == b.root) then
        return a.id == a.root
      elseif (a.started or 0) ~= (b.started or 0) then
        return (a.started or 0) < (b.started or 0)
      end
      return a.id < b.id
    end)
  end
  table.sort(found, function(a, b)
    if before(a.place, b.place) or before(b.place, a.place) then
      return before(a.place, b.place)
    end
    return a.root < b.root
  end)
  return found
end

--- The same, below the headings of the list; groups without a session are left out.
---@param sessions hedgerow.SessionRow[]
---@param held? table<string, hedgerow.Place>
---@return hedgerow.Group[]
function M.arrange(sessions, held)
  local found = {} ---@type hedgerow.Group[]
  local number
  for _, family in ipairs(M.families(sessions, held)) do
    if family.place.group ~= number then
      number = family.place.group
      found[#found + 1] =
        { name = groups[number].name, title = groups[number].title, families = {} }
    end
    table.insert(found[#found].families, family)
  end
  return found
end

--- Sessions that need the person, the most urgent first.
---@param sessions hedgerow.SessionRow[]
---@return hedgerow.SessionRow[]
function M.urgent_ones(sessions)
  local found = vim.tbl_filter(function(session)
    return M.urgent(session.phase) and not session.archived
  end, sessions)
  table.sort(found, function(a, b)
    local first, second = place_of(a), place_of(b)
    if before(first, second) or before(second, first) then
      return before(first, second)
    end
    return a.id < b.id
  end)
  return found
end

--- How many there are of each phase.
---@param sessions hedgerow.SessionRow[]
---@return table<string, integer>
function M.counts(sessions)
  local counts = {}
  for _, session in ipairs(sessions) do
    if not session.archived then
      counts[session.phase] = (counts[session.phase] or 0) + 1
    end
  end
  return counts
end

return M
