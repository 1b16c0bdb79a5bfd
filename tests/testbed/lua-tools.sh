#!/usr/bin/env bash
# Puts what checks Lua into the test bed and prints its folder: DIR/luacheck, and stylua as a module for
# node in DIR/node_modules (the program itself is only on GitHub; this is the same code as WebAssembly).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"

unpack_lua_tools() {
  npm install --prefix "$1" --no-save --no-package-lock --ignore-scripts --silent @johnnymorganz/stylua@2.5.2
  debian_unpack "$1" trixie lua-check
  # shellcheck disable=SC2016  # for the program to expand
  debian_program "$1" lua usr/bin/lua5.1 \
    'export LUA_PATH="$root/usr/share/lua/5.1/?.lua;$root/usr/share/lua/5.1/?/init.lua" LUA_CPATH="$root/usr/lib/'"$(debian_triplet "$1")"'/lua/5.1/?.so"'
  printf '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\nexec "$here/lua" "$here/root/usr/bin/luacheck" "$@"\n' >"$1/luacheck"
  chmod +x "$1/luacheck"
  "$1/luacheck" --version
}

testbed_once lua-tools unpack_lua_tools
printf '%s\n' "$testbed_root/lua-tools"
