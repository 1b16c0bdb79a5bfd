-- The component `hedgerow` of lualine: sections = { lualine_x = { 'hedgerow' } }.
return function()
  return require('hedgerow').statusline()
end
