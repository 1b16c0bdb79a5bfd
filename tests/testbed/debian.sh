# Sourced by the scripts beside it that take a program from a Debian release other than the machine's.
# Nothing is installed: packages are unpacked into a folder and run with their own loader and libraries.

# debian_unpack DIR SUITE PACKAGE: unpacks PACKAGE of SUITE and all it depends on into DIR/root.
debian_unpack() {
  local dir=$1 suite=$2 package=$3 mirror options packages deb
  command -v apt-get >/dev/null || { echo "$package comes from Debian's packages, and there is no apt-get here" >&2; return 1; }
  mirror=$(apt-get indextargets --format '$(SITE)' 2>/dev/null | grep -m1 '/debian/\?$') ||
    { echo "apt knows no Debian mirror to take $package from" >&2; return 1; }
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$dir/apt/debs" "$dir/root"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$dir/apt/sources.list"
  options=(-o "Dir::Etc::SourceList=$dir/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" -o APT::Update::Error-Mode=any update -qq || return
  packages=$(apt-cache "${options[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$package" | grep '^[a-z]' | grep -vE '^(debconf|perl|dpkg|cdebconf)' | sort -u)
  # shellcheck disable=SC2086  # one word per package
  (cd "$dir/apt/debs" && apt-get "${options[@]}" download $packages) || return
  for deb in "$dir"/apt/debs/*.deb; do dpkg -x "$deb" "$dir/root" || return; done
  rm -rf "$dir/apt"
}

# debian_program DIR NAME PATH [LINE]: writes DIR/NAME, which runs PATH of what was unpacked. LINE is put
# before it; it may use $root.
debian_program() {
  local dir=$1 name=$2 path=$3 line=${4:-} loader
  loader=$(cd "$dir/root" && find . -name 'ld-linux*.so.*' -printf '%P\n' | grep -m1 .) || return
  cat >"$dir/$name" <<PROGRAM
#!/bin/sh
root=\$(cd "\$(dirname "\$0")/root" && pwd)
$line
exec "\$root/$loader" --library-path "\$root/usr/lib/$(debian_triplet "$dir")" "\$root/$path" "\$@"
PROGRAM
  chmod +x "$dir/$name"
}

# The folder of libraries of what was unpacked, such as x86_64-linux-gnu.
debian_triplet() { basename "$(dirname "$(find "$1/root/usr/lib" -name 'libc.so.6' | grep -m1 .)")"; }
