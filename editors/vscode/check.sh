#!/usr/bin/env bash
# Checks the TypeScript of the extension: its types, doubtful code, format, and what is pure in it by unit tests.
# What is installed for that is what the lock file says, and is left alone as long as it is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "Node 20 or newer is needed" >&2; exit 1; }
installed=node_modules/.hedgerow-lock
if ! cmp -s package-lock.json "$installed"; then
  npm ci --no-fund --no-audit --loglevel=error >&2
  cp package-lock.json "$installed"
fi
exec npm run --silent check
