#!/usr/bin/env bash
# Puts Emacs 30 (Debian trixie's, without windows) into the test bed and prints the path of its executable;
# `emacsclient` lies beside it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=common.sh
. "$here/common.sh"
# shellcheck source=debian.sh
. "$here/debian.sh"

unpack_emacs() {
  debian_unpack "$1" trixie emacs-nox
  # What it would find beside its executable, which here is the loader, is named.
  # shellcheck disable=SC2016  # for the program to expand
  debian_program "$1" emacs usr/bin/emacs-nox 'share=$(echo "$root"/usr/share/emacs/[0-9]*)
export EMACSLOADPATH="$share/lisp" EMACSDATA="$share/etc" EMACSDOC="$share/etc"
set -- --dump-file="$(echo "$root"/usr/libexec/emacs/*/*/emacs-*.pdmp)" "$@"'
  debian_program "$1" emacsclient usr/bin/emacsclient.emacs
  "$1/emacs" --batch --eval '(progn (require (quote eglot)) (message "%s" emacs-version))'
}

testbed_once emacs-trixie unpack_emacs
printf '%s\n' "$testbed_root/emacs-trixie/emacs"
