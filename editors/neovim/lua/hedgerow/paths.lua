-- File names as the server says them and as the system has them: bytes that are no UTF-8 are `\xff` on the wire. Pure,
-- but that a file which is really called so is looked for.
local M = {}

-- What may follow a leading byte, by the last leading byte that it is true of: how many, and the bounds of the first.
local sequences = {
  { 0xC1, 0 },
  { 0xDF, 1, 0x80, 0xBF },
  { 0xE0, 2, 0xA0, 0xBF },
  { 0xEC, 2, 0x80, 0xBF },
  { 0xED, 2, 0x80, 0x9F },
  { 0xEF, 2, 0x80, 0xBF },
  { 0xF0, 3, 0x90, 0xBF },
  { 0xF3, 3, 0x80, 0xBF },
  { 0xF4, 3, 0x80, 0x8F },
}

--- How many bytes the character at a byte has; nil where there is none in UTF-8.
---@param text string
---@param at integer
---@return integer?
local function width(text, at)
  local lead = text:byte(at)
  if lead < 0x80 then
    return 1
  end
  for _, one in ipairs(sequences) do
    if lead <= one[1] then
      local more, following = one[2], text:byte(at + 1)
      local fits = more > 0 and following and following >= one[3] and following <= one[4]
      local rest = text:sub(at + 2, at + more)
      return fits and #rest == more - 1 and not rest:find('[^\128-\191]') and more + 1 or nil
    end
  end
end

--- A path for the wire.
---@param path string
---@return string
function M.wire(path)
  if not path:find('[\128-\255]') then
    return path
  end
  local parts, at = {}, 1
  while at <= #path do
    local bytes = width(path, at)
    parts[#parts + 1] = bytes and path:sub(at, at + bytes - 1) or ('\\x%02x'):format(path:byte(at))
    at = at + (bytes or 1)
  end
  return table.concat(parts)
end

--- The file of a path from the wire.
---@param root string the checkout's directory
---@param path string
---@return string absolute
function M.file(root, path)
  local plain = root .. '/' .. path
  if not path:find('\\x[89a-f]%x') or vim.uv.fs_lstat(plain) then
    return plain
  end
  local bytes = path:gsub('\\x([89a-f]%x)', function(hex)
    return string.char(tonumber(hex, 16))
  end)
  return root .. '/' .. bytes
end

return M
