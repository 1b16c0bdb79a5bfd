# Sourced by the scripts beside it, each of which puts one real program where the tests find it.
# Owns where those programs live and that each is put there once; knows nothing about any of them.

testbed_root=${HEDGEROW_TESTBED:-${XDG_CACHE_HOME:-$HOME/.cache}/hedgerow-testbed}

# testbed_once NAME FILL: makes sure that $testbed_root/NAME is complete, by running `FILL DIR` in an
# empty DIR unless an earlier run of the same script finished. Runs side by side wait for each other.
# Everything FILL prints goes to stderr, so that a script's stdout is its answer alone.
testbed_once() {
  local dir=$testbed_root/$1 recipe
  recipe=$(sha256sum <"${BASH_SOURCE[1]}")
  mkdir -p "$testbed_root"
  exec 9>"$testbed_root/$1.lock"
  flock 9
  if [ "$(cat "$dir/complete" 2>/dev/null)" != "$recipe" ]; then
    rm -rf "$dir"
    mkdir -p "$dir"
    "$2" "$dir" >&2 9>&-
    printf '%s\n' "$recipe" >"$dir/complete"
  fi
  exec 9>&-
}

# debian_packages NAME...: installs those that are missing, one script at a time.
debian_packages() {
  local missing=() package
  for package; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  ((${#missing[@]})) || return 0
  [ "$(id -u)" = 0 ] || { echo "install these Debian packages as root: ${missing[*]}" >&2; return 1; }
  mkdir -p "$testbed_root"
  (
    flock 8
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  ) 8>"$testbed_root/apt.lock" >&2
}
