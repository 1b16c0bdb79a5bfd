-- The lines of the list while they are drawn, and what each of them is about. Knows no sessions and no checkouts.
local rows_of = require('hedgerow.rows')
local text_of = require('hedgerow.text')

local M = {}

---@class hedgerow.Drawn
---@field text hedgerow.Text
---@field ids table<integer, string> what each line is about: the id of a session, a checkout or a repository
---@field keys table<integer, string> the same by what never changes: a checkout's id does, once, its path does not
---@field places table<string, hedgerow.Place> where each family of sessions stands, by its root
---@field here? integer line of the checkout that holds the current directory
---@field column integer where news or states begin
---@field shift integer where the rest of a line that is too long goes on
---@field moved boolean whether a family stands elsewhere than it belongs, because it is held

---@class hedgerow.Drawing
---@field directory string the current directory, to mark the checkout that holds it
---@field note? string what is to be said above the list, such as that the server is not running
---@field width? integer of the window
---@field now? number seconds since the epoch
---@field held? table<string, hedgerow.Place> families that stay where they are
---@field past? boolean also what rests for long

---@class hedgerow.Canvas
---@field drawn hedgerow.Drawn
---@field rows hedgerow.Rows
---@field options hedgerow.Drawing
---@field width integer of the window
---@field here? hedgerow.CheckoutRow that holds the current directory
local Canvas = {}
Canvas.__index = Canvas

---@param rows hedgerow.Rows
---@param options hedgerow.Drawing
---@return hedgerow.Canvas
function M.new(rows, options)
  local drawn =
    { text = text_of.new(), ids = {}, keys = {}, places = {}, column = 0, shift = 0, moved = false }
  return setmetatable({
    drawn = drawn,
    rows = rows,
    options = options,
    width = options.width or 80,
    here = rows_of.holding(rows, options.directory),
  }, Canvas)
end

--- Adds a line about nothing: a heading, a hint.
---@param ... string|hedgerow.Part
function Canvas:say(...)
  self.drawn.text:line(...)
end

--- Adds a line that is about a row.
---@param id string
---@param key string what of the row never changes
---@param parts (string|hedgerow.Part)[]
---@return integer line
function Canvas:about(id, key, parts)
  local line = self.drawn.text:line(unpack(parts))
  self.drawn.ids[line], self.drawn.keys[line] = id, key
  return line
end

--- How wide a column is that holds these words.
---@param words string[]
---@param most integer
---@return integer
function M.widest(words, most)
  local width = 0
  for _, one in ipairs(words) do
    width = math.max(width, vim.fn.strdisplaywidth(text_of.clean(one)))
  end
  return math.min(width, most)
end

---@param into (string|hedgerow.Part)[]
---@param parts hedgerow.Part[]
---@param separator string
function M.join(into, parts, separator)
  for index, part in ipairs(parts) do
    if index > 1 then
      into[#into + 1] = separator
    end
    into[#into + 1] = part
  end
end

--- How what stands in a checkout is called is shown.
M.groups = { ['local'] = 'HedgerowLocal', foreign = 'HedgerowForeign' }

return M
