#!/usr/bin/env bash
# Installs Debian's Chromium if no Chromium is there, and prints its path.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
command -v chromium >/dev/null || debian_packages chromium fonts-dejavu-core
command -v chromium
