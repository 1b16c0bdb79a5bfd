#!/usr/bin/env bash
# Puts the git of a later Debian release into the test bed and prints the path of its executable.
#   git.sh forky   -> knows reftable and everything since 2.39
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"
suite=${1:?usage: git.sh SUITE}

unpack_git() {
  local dir=$1 file name
  debian_unpack "$dir" "$suite" git
  mkdir -p "$dir/exec"
  ln -sfn ../root "$dir/exec/root"
  # Git starts its own programs from GIT_EXEC_PATH; they too need the loader that came with them.
  for file in "$dir"/root/usr/lib/git-core/*; do
    [ -f "$file" ] || continue
    name=$(basename "$file")
    if [ "$(head -c 2 "$file")" = '#!' ]; then
      cp "$file" "$dir/exec/$name"
    else
      debian_program "$dir/exec" "$name" "usr/lib/git-core/$name"
    fi
  done
  debian_program "$dir/exec" git usr/bin/git
  # shellcheck disable=SC2016  # for the program to expand
  debian_program "$dir" git usr/bin/git 'export GIT_EXEC_PATH="${root%/root}/exec" GIT_TEMPLATE_DIR="$root/usr/share/git-core/templates"'
  "$dir/git" --version
}

testbed_once "git-$suite" unpack_git
printf '%s\n' "$testbed_root/git-$suite/git"
