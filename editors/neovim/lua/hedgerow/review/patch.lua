-- The lines of a hunk, taken from its text. Pure.
local M = {}

---@class hedgerow.HunkLines
---@field old string[] as they were, without a carriage return before the line's end
---@field new string[]

---@param hunk hedgerow.Hunk
---@return hedgerow.HunkLines
function M.lines(hunk)
  local old, new = {}, {}
  for line in vim.gsplit(hunk.text, '\n', { plain = true, trimempty = true }) do
    local sign = line:sub(1, 1)
    local into = ({ ['-'] = old, ['+'] = new })[sign]
    if into then
      into[#into + 1] = line:sub(2)
    end
  end
  return { old = old, new = new }
end

--- Whether a buffer's lines are those of the hunk. A buffer keeps line ends and NULs in its own way.
---@param hunk hedgerow.HunkLines
---@param lines string[]
---@return boolean
function M.fits(hunk, lines)
  if #hunk.new ~= #lines then
    return false
  end
  for index, line in ipairs(hunk.new) do
    local there = lines[index]
    if line ~= there and line:gsub('\r$', '') ~= there and line:gsub('%z', '\n') ~= there then
      return false
    end
  end
  return true
end

--- The first line that says something of it, for a list.
---@param hunk hedgerow.Hunk
---@return string
function M.title(hunk)
  local lines = M.lines(hunk)
  local from = #lines.new > 0 and lines.new or lines.old
  local said = vim.iter(from):find(function(line)
    return line:find('%w') ~= nil
  end) or from[1] or ''
  local words = ('+%d -%d'):format(hunk.newCount, hunk.oldCount)
  return ('%s  %s'):format(words, vim.trim(said))
end

return M
