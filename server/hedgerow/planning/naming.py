"""Names of worktrees: what a person may type, and names made up for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from hedgerow.protocol.errors import ErrorCode, HedgerowError

LONGEST = 100
"""Bytes; leaves room below the 255 of common filesystems for git's and our suffixes."""

_ALLOWED = re.compile(r"[\w][\w.+-]*", re.UNICODE)
_RESERVED = {"con", "prn", "aux", "nul"}


def check_name(name: str, taken: Collection[str]) -> str:
    """The name, if it may become a directory.

    Args:
        taken: names in that directory already.

    Raises:
        HedgerowError: BAD_NAME or NAME_TAKEN, with a name that would do where there is one.
    """
    problem = _problem(name)
    if problem:
        better = suggestion(name)
        hint = f"; {better!r} would do" if better else ""
        raise HedgerowError(ErrorCode.BAD_NAME, f"{_shown(name)} cannot be a worktree's name: {problem}{hint}")
    for other in taken:
        if other == name:
            raise HedgerowError(ErrorCode.NAME_TAKEN, f"{name!r} is taken; pick another name")
        if folded(other) == folded(name):
            raise HedgerowError(
                ErrorCode.NAME_TAKEN, f"{name!r} differs from {other!r} only in case; pick another name"
            )
    return name


def made_up_name(taken: Collection[str]) -> str:
    """Two words nobody has used here yet."""
    import coolname  # noqa: PLC0415 - loads its word lists

    folds = {folded(other) for other in taken}
    for _ in range(100):
        name = coolname.generate_slug(2)
        if folded(name) not in folds:
            return str(name)
    return str(coolname.generate_slug(4))


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name itself, or with the first free number behind it."""
    folds = {folded(other) for other in taken}
    if folded(wanted) not in folds:
        return wanted
    number = 2
    while folded(f"{wanted}-{number}") in folds:
        number += 1
    return f"{wanted}-{number}"


def suggestion(text: str) -> str:
    """A directory name made from a prompt or a bad name; empty when nothing is left of it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"\w+", plain)
    short = "-".join(words)[:40].encode()[: LONGEST - 10].decode("utf-8", "ignore").strip("-_")
    return "" if _problem(short) else short


def folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def check_label(label: str) -> str:
    """A label: one printable line of at most 200 characters."""
    clean = label.strip()
    if not clean or len(clean) > 200 or not clean.isprintable():
        raise HedgerowError(ErrorCode.BAD_NAME, "a label is one printable line of 1 to 200 characters")
    return clean


def _problem(name: str) -> str:
    problem = ""
    if not name:
        problem = "it is empty"
    elif any(not char.isprintable() for char in name):
        problem = "it holds a control character"
    elif "/" in name or "\\" in name:
        problem = "it holds a slash"
    elif name.startswith("-"):
        problem = "it begins with a dash"
    elif len(name.encode("utf-8", "surrogateescape")) > LONGEST:
        problem = f"it is longer than {LONGEST} bytes"
    elif ".." in name or name.endswith((".", ".lock")):
        problem = "git has no names with '..', a dot at the end or '.lock'"
    elif folded(name) in _RESERVED or not _ALLOWED.fullmatch(name):
        problem = "letters, digits, '-', '_', '+' and '.' only, beginning with a letter or digit"
    return problem


def _shown(name: str) -> str:
    text = name if len(name) <= 60 else name[:57] + "..."
    return repr(text)
