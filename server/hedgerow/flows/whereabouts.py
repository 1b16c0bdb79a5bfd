"""Which checkout a file lies in, of those that the caller has open and trusts. Looks at paths, never into the file."""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState


async def whereabouts(tools: Tools, place: Path, caller: Caller) -> tuple[str, str] | None:
    """Id of the checkout that contains a file, and the file's path in it as commands take it.

    None where no checkout of an open repository does, where it is not trusted or not whole, and for git's own files.
    """
    found: tuple[int, str, bytes] | None = None
    for repository in await tools.repositories.open_each(caller):
        if not isinstance(repository, KnownRepository) or not repository.trusted:
            continue
        for checkout in await tools.discovery.checkouts_of(repository):
            path = _below(checkout.path, place) if checkout.state is CheckoutState.OK else None
            depth = len(checkout.path.parts)
            if path is not None and (found is None or depth > found[0]):  # a worktree may lie inside another checkout
                found = depth, checkout.id, path
    if found is None or any(part.lower() == b".git" for part in found[2].split(b"/")):
        return None
    return found[1], found[2].decode("utf-8", "backslashreplace")


def _below(top: Path, place: Path) -> bytes | None:
    for above in (top, Path(os.path.realpath(top))):
        if place != above and place.is_relative_to(above):
            return os.fsencode(place.relative_to(above))
    return None
