#!/usr/bin/env bash
# Puts lualine (Debian forky's) into the test bed and prints its folder: a plugin for Neovim, in Lua alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"

unpack_lualine() {
  debian_unpack "$1" forky neovim-lualine
  mv "$1/root/usr/share/nvim-lualine" "$1/lualine.nvim"
  rm -rf "$1/root" # the Neovim that it depends on
  test -f "$1/lualine.nvim/lua/lualine.lua"
}

testbed_once lualine unpack_lualine
printf '%s\n' "$testbed_root/lualine/lualine.nvim"
