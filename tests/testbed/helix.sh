#!/usr/bin/env bash
# Puts Helix (Debian trixie's) into the test bed and prints the path of its executable.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"

unpack_helix() {
  debian_unpack "$1" trixie hx
  # shellcheck disable=SC2016  # for the program to expand
  debian_program "$1" hx usr/lib/hx/hx 'export HELIX_RUNTIME="$root/usr/lib/hx/runtime"'
  "$1/hx" --version
}

testbed_once helix-trixie unpack_helix
printf '%s\n' "$testbed_root/helix-trixie/hx"
