-- Fills in what the person need not say: the checkout, the file and the lines that they are looking at.
local live = require('hedgerow.live')
local place_of = require('hedgerow.review.place')

local M = {}

local about_one_file = { hunks = true, baseContent = true, comment = true }
local about_files = { accept = true, reject = true }
local about_a_checkout = { diff = true, comments = true, sendComments = true }

---@param params table
---@param place hedgerow.Place?
---@return table
local function with_file(params, place, verb)
  if not place or place.checkout ~= params.checkout then
    return params
  end
  if about_one_file[verb] then
    params.path = params.path or place.path
  elseif not params.paths and not params.all and place.side == 'working' then
    params.paths = { place.path }
  end
  return params
end

---@param verb string
---@param params table
---@param range? { [1]: integer, [2]: integer }
---@return table
local function filled(verb, params, range)
  local file_too = about_one_file[verb] or about_files[verb]
  params = vim.deepcopy(params)
  if params.checkout == nil then
    local row = place_of.checkout()
    params.checkout = row and row.id
  end
  if not file_too then
    return params
  end
  params = with_file(params, place_of.of(0), verb)
  if range and params.lines == nil then
    local lines = range[1] == range[2] and tostring(range[1])
      or ('%d-%d'):format(range[1], range[2])
    params.lines = about_files[verb] and { lines } or lines
  end
  return params
end

--- Gives the params with what is missing, as far as where the person is says it; at once, where the list is known.
---@param verb string
---@param params table
---@param range? { [1]: integer, [2]: integer } lines, when the command was given some
---@param given fun(params: table)
function M.fill(verb, params, range, given)
  if not (about_one_file[verb] or about_files[verb] or about_a_checkout[verb]) then
    return given(params)
  elseif live.rows() then
    return given(filled(verb, params, range))
  end
  live.refresh(function(rows)
    given(rows and filled(verb, params, range) or params)
  end)
end

return M
