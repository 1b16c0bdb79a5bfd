"""The person's own arguments for Codex: which are refused, and which keep a session out of the daemon. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from hedgerow.protocol.errors import ErrorCode, HedgerowError

_REFUSED = {
    "-C": "the checkout says where Codex works",
    "--cd": "the checkout says where Codex works",
    "--worktree": "the worktree is Hedgerow's; name it with `checkout` or `name`",
    "--remote": "a session on another server cannot be followed",
    "--last": "say which session to resume",
    "--all": "say which session to resume",
    "--": "the prompt is given by itself",
    "-h": "it would only print its help",
    "--help": "it would only print its help",
    "-V": "it would only print its version",
    "--version": "it would only print its version",
}
_WITH_DAEMON = {
    "-m": 1, "--model": 1, "-s": 1, "--sandbox": 1, "-a": 1, "--ask-for-approval": 1, "--add-dir": 1, "-i": 1,
    "--image": 1, "--dangerously-bypass-approvals-and-sandbox": 0, "--approve-for-me": 0, "--no-alt-screen": 0,
}  # fmt: skip
"""Options that leave a session in the daemon, with how many values each takes. Any other may make Codex serve it from
its own window, as `-c`, `-p`, `--search`, `--strict-config` and `--no-daemon` were seen to do with 0.169."""


def thread_params(arguments: Iterable[str]) -> dict[str, str] | None:
    """The same wishes as `thread/start` takes them; None when it does not take all of them."""
    params: dict[str, str] = {}
    words = list(arguments)
    while words:
        name, joined, value = words.pop(0).partition("=")
        if name == "--no-alt-screen" and not joined:
            continue
        if name == "--dangerously-bypass-approvals-and-sandbox" and not joined:
            params |= {"approvalPolicy": "never", "sandbox": "danger-full-access"}
            continue
        key = _AS_PARAMS.get(name)
        if key is None or not (joined or words):
            return None
        params[key] = value if joined else words.pop(0)
    return params


_AS_PARAMS = {
    "-m": "model", "--model": "model", "-s": "sandbox", "--sandbox": "sandbox", "-a": "approvalPolicy",
    "--ask-for-approval": "approvalPolicy",
}  # fmt: skip


def embedding(arguments: Iterable[str]) -> str | None:
    """The first argument that may keep a session out of the daemon; None when there is none.

    Raises:
        HedgerowError: an argument that cannot be passed on.
    """
    found: str | None = None
    values = 0
    for argument in arguments:
        if values:
            values -= 1
            continue
        name, joined, _ = argument.partition("=") if argument.startswith("--") else (argument, "", "")
        short = argument[:2] if argument.startswith("-") and not argument.startswith("--") else name
        if (why := _REFUSED.get(name) or _REFUSED.get(short)) is not None:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"Codex' argument {name} cannot be passed on: {why}")
        known = _WITH_DAEMON.get(name)
        if known is None and short != argument:
            known = 0 if _WITH_DAEMON.get(short) == 1 else None  # `-mgpt-6`: its value is joined on
        if known is None:
            found = found or name
        elif not joined:
            values = known
    return found
