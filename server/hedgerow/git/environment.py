"""The environment and the fixed options every git child gets.

Measured traps behind each line are in docs/safety.md: a leaked GIT_INDEX_FILE lets `worktree add`
overwrite the caller's index; `core.fsmonitor` of a repository runs a program at every `status`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

_PASSED_ON = (
    "HOME", "USER", "LOGNAME", "PATH", "TMPDIR", "SHELL",
    "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR",
)  # fmt: skip
_PASSED_ON_FOR_NETWORK = (
    "SSH_AUTH_SOCK", "SSH_AGENT_PID", "GNUPGHOME", "GPG_TTY", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY",
    "http_proxy", "https_proxy", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
)  # fmt: skip

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Hedgerow",
    "GIT_AUTHOR_EMAIL": "hedgerow@localhost",
    "GIT_COMMITTER_NAME": "Hedgerow",
    "GIT_COMMITTER_EMAIL": "hedgerow@localhost",
}

NO_HOOKS = ("core.hooksPath=/dev/null",)

ALWAYS = (
    "core.fsmonitor=false",
    "core.quotePath=false",
    "core.pager=cat",
    "core.editor=true",
    "core.askPass=",
    "core.safecrlf=false",
    "core.alternateRefsCommand=true",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "color.ui=false",
    "log.showSignature=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "advice.detachedHead=false",
)

ON_INDEX_COPIES = (
    "core.splitIndex=false",
    "core.untrackedCache=false",
    "core.sparseCheckout=false",
    "index.sparse=false",
    "core.fileMode=true",
    "core.ignoreStat=false",
)
"""For calls on a temporary copy of an index: what would make git miss an edit, or write a copy that depends
on the original (facts: fsmonitor, split index, sparse bits, file mode), or flag what is entered as assume-unchanged."""


def environment(*, read: bool, network: bool, extra: Mapping[str, str] | None) -> dict[str, str]:
    """The whole environment of a git child, built from an allow-list; no inherited ``GIT_*`` survives."""
    names = _PASSED_ON + (_PASSED_ON_FOR_NETWORK if network else ())
    result = {name: os.environ[name] for name in names if name in os.environ}
    result |= {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "true",
        "GIT_SEQUENCE_EDITOR": "true",
        "GIT_MERGE_AUTOEDIT": "no",
        **_IDENTITY,
    }
    if read:
        result["GIT_OPTIONAL_LOCKS"] = "0"
    if not network:
        # A partial clone fetches missing objects by itself, over any transport its configuration names;
        # 2.39 has no GIT_NO_LAZY_FETCH, so every protocol is closed as well.
        result["GIT_NO_LAZY_FETCH"] = "1"
        result["GIT_ALLOW_PROTOCOL"] = ""
    else:
        # Never `ext::` or a helper of the repository's choosing: those addresses are programs.
        result["GIT_ALLOW_PROTOCOL"] = "file:git:http:https:ssh"
    if extra:
        result |= extra
    return result
