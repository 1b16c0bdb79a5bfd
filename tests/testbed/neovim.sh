#!/usr/bin/env bash
# Puts the Neovim of a Debian release into the test bed and prints the path of its executable.
#   neovim.sh trixie   -> 0.10.x        neovim.sh forky   -> 0.12.x
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"
suite=${1:?usage: neovim.sh SUITE}

unpack_neovim() {
  debian_unpack "$1" "$suite" neovim
  # shellcheck disable=SC2016  # for the program to expand
  debian_program "$1" nvim usr/bin/nvim 'export VIMRUNTIME="$root/usr/share/nvim/runtime"'
  "$1/nvim" --version
}

testbed_once "neovim-$suite" unpack_neovim
printf '%s\n' "$testbed_root/neovim-$suite/nvim"
