"""Files of a checkout by the names that cross the wire, and nothing outside it."""

from __future__ import annotations

import os
import re
import stat

from hedgerow.checkouts.checkout import Checkout
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sentence import one_line

_ESCAPED = re.compile(rb"\\x([89a-f][0-9a-f])")


def wire(path: bytes) -> str:
    r"""A path for the wire; bytes that are no UTF-8 as `\xff`."""
    return path.decode("utf-8", "backslashreplace")


def path_in(checkout: Checkout, text: str, *, behind_links: bool = False) -> bytes:
    """The path of a file below the top of a checkout, in git's form.

    Args:
        text: with `/`, from the top; an absolute path is taken where it is inside.
        behind_links: what lies behind a link is refused by the caller, if it is not a file that was there before.

    Raises:
        HedgerowError: BAD_PARAMS for what leads out of the checkout, through a link, or into git's own directory.
    """
    top = os.fsencode(checkout.path)
    raw = text.encode("utf-8", "surrogateescape")
    if b"\0" in raw or not raw:
        raise _bad(text, "is no path")
    if raw.startswith(b"/"):
        for above in (top, os.path.realpath(top)):
            if raw.startswith(above + b"/"):
                raw = raw[len(above) + 1 :]
                break
        else:
            raise _bad(text, f"is not in {checkout.label} ({checkout.path})")
    parts = [part for part in raw.split(b"/") if part not in (b"", b".")]
    if not parts or b".." in parts:
        raise _bad(text, f"leads out of {checkout.label}")
    if any(part.lower() == b".git" for part in parts):
        raise _bad(text, "is git's own")
    path = b"/".join(parts)
    if _ESCAPED.search(path) and not os.path.lexists(os.path.join(top, path)):
        path = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), path)
    if not behind_links:
        refuse_behind_link(checkout, path)
    return path


def refuse_behind_link(checkout: Checkout, path: bytes) -> None:
    """Raises:
    HedgerowError: BAD_PARAMS: a directory of the path is a link.
    """
    link = link_above(os.fsencode(checkout.path), path)
    if link is not None:
        raise _bad(wire(path), f"leads through the link {wire(link)!r}")


def link_above(top: bytes, path: bytes) -> bytes | None:
    """The first directory of a path, below the top, that is a link; None when there is none."""
    above = path
    found: bytes | None = None
    while b"/" in above:
        above = above.rpartition(b"/")[0]
        try:
            if stat.S_ISLNK(os.lstat(os.path.join(top, above)).st_mode):
                found = above
        except (FileNotFoundError, NotADirectoryError):
            continue
    return found


def _bad(text: str, why: str) -> HedgerowError:
    return HedgerowError(ErrorCode.BAD_PARAMS, f"{one_line(text)[:200]!r} {why}", path=one_line(text)[:200])
