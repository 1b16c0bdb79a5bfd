"""Which checkout a file lies in, of those that the caller has open and trusts. Looks at paths, never into the file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState


@dataclass(frozen=True)
class Whereabouts:
    """Attributes:
    checkout: its id.
    path: of the file in it, as commands take it.
    own: it is the person's own work: in Local, which has nobody else's for now.
    """

    checkout: str
    path: str
    own: bool


async def whereabouts(tools: Tools, place: Path, caller: Caller) -> Whereabouts | None:
    """Where a file is.

    None where no checkout of an open repository does, where it is not trusted or not whole, and for git's own files.
    """
    found: tuple[int, Checkout, bytes] | None = None
    for repository in await tools.repositories.open_each(caller):
        if not isinstance(repository, KnownRepository) or not repository.trusted:
            continue
        for checkout in await tools.discovery.checkouts_of(repository):
            path = _below(checkout.path, place) if checkout.state is CheckoutState.OK else None
            depth = len(checkout.path.parts)
            if path is not None and (found is None or depth > found[0]):  # a worktree may lie inside another checkout
                found = depth, checkout, path
    if found is None or any(part.lower() == b".git" for part in found[2].split(b"/")):
        return None
    _, checkout, path = found
    own = checkout.local and tools.records.hosting(checkout.repository.id) is None
    return Whereabouts(checkout.id, path.decode("utf-8", "backslashreplace"), own)


def _below(top: Path, place: Path) -> bytes | None:
    for above in (top, Path(os.path.realpath(top))):
        if place != above and place.is_relative_to(above):
            return os.fsencode(place.relative_to(above))
    return None
