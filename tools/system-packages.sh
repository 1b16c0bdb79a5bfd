#!/usr/bin/env bash
# Installs the Debian packages that the server, the demo and the tests need and that are missing. As root.
set -euo pipefail
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("${@:2}"); }
need git git
need tmux tmux
need node nodejs npm
need setpriv util-linux
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
((${#missing[@]} == 0)) && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "these packages are missing; install them as root: apt-get install ${missing[*]}" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}"
