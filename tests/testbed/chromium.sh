#!/usr/bin/env bash
# Installs Debian's Chromium unless one is there, and prints the path of its executable.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
command -v chromium >/dev/null || debian_packages chromium fonts-dejavu-core
command -v chromium
