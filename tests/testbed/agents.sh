#!/usr/bin/env bash
# Puts the real Codex and Claude Code into the test bed and prints the folder that has `codex` and `claude`.
# Exactly these versions: facts about their files, hooks and dialogs are facts about a version.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"

unpack_agents() {
  command -v npm >/dev/null || debian_packages npm
  npm install --prefix "$1" --no-save --no-package-lock --no-fund --no-audit --ignore-scripts --loglevel=error \
    @openai/codex@0.169.0 @anthropic-ai/claude-code@2.1.197
  # The one install script there is: it puts the program that npm fetched for this machine in the place of a stub.
  (cd "$1/node_modules/@anthropic-ai/claude-code" && node install.cjs)
  mkdir "$1/home" # neither may look into the person's home
  for agent in codex claude; do
    env -i "PATH=$PATH" "HOME=$1/home" "CODEX_HOME=$1/home" "CLAUDE_CONFIG_DIR=$1/home" DISABLE_AUTOUPDATER=1 \
      "$1/node_modules/.bin/$agent" --version
  done
  rm -rf "$1/home"
}

testbed_once agents unpack_agents
printf '%s\n' "$testbed_root/agents/node_modules/.bin"
