std = 'luajit'
read_globals = { 'vim' }
globals = { 'vim.b', 'vim.g', 'vim.bo', 'vim.wo', 'vim.w', 'vim.o' }
max_line_length = 110
max_comment_line_length = 120
files['lua/hedgerow/protocol.lua'] = { max_line_length = false }
