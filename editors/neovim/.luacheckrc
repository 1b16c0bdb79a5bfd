std = 'luajit'
read_globals = { 'vim' }
globals = { 'vim.b', 'vim.g', 'vim.bo', 'vim.wo', 'vim.w' }
max_line_length = 110
files['lua/hedgerow/protocol.lua'] = { max_line_length = false }
