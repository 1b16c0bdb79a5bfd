#!/usr/bin/env bash
# Checks the Lua of the plugin: formatted (stylua), free of doubtful code (luacheck), and, where lua-language-server is
# on PATH (no package registry carries it), sound in its types against the newest Neovim.
#   check.sh          says what is wrong        check.sh --fix    formats
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
testbed=$PWD/../../tests/testbed
tools=$("$testbed/lua-tools.sh")
NODE_PATH=$tools/node_modules node format.cjs "$@" plugin lua
"$tools/luacheck" --quiet --no-color plugin lua
if command -v lua-language-server >/dev/null; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  VIMRUNTIME=$(dirname "$("$testbed/neovim.sh" forky)")/root/usr/share/nvim/runtime
  export VIMRUNTIME
  lua-language-server --check . --checklevel=Warning --check_format=pretty --logpath="$work" --metapath="$work" \
    >"$work/said" || { tr '\r' '\n' <"$work/said" | grep -vE '^([ >=]*|[ >=]+[0-9].*)$' >&2; exit 1; }
fi
