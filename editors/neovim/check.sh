#!/usr/bin/env bash
# Checks the Lua of the plugin and of its tests: formatted (stylua), and free of doubtful code (luacheck).
#   check.sh          says what is wrong        check.sh --fix    formats
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
tools=$(../../tests/testbed/lua-tools.sh)
NODE_PATH=$tools/node_modules node format.cjs "$@" plugin lua
"$tools/luacheck" --quiet --no-color plugin lua
