"""What the list keeps of each checkout and repository, and when it may be carried over. Values and pure questions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutRow, RepositoryRow

from .checkout import Checkout
from .history import History
from .identity import file_id
from .repositories import KnownRepository
from .rows import Files
from .skeleton import Skeleton


@dataclass
class Entry:
    """One checkout of the list.

    Attributes:
        row: as it was last answered or told.
        stale: it must be completed again.
        sizes: what it takes on disk is to be measured as well.
        files: what is known of its files and needs no look; None asks for one.
        history: what is known of its commits, as they are in `row`.
        size_bytes: as measured last; a refresh does not measure again.
    """

    checkout: Checkout
    row: CheckoutRow
    stale: bool = True
    sizes: bool = False
    files: Files | None = None
    history: History | None = None
    size_bytes: int | None = None


@dataclass
class Open:
    """One repository of the list.

    Attributes:
        caller: whose trust holds for it.
        reading: number of the reading that the skeleton is from; a slower, earlier one does not replace it.
    """

    caller: Caller
    skeleton: Skeleton
    row: RepositoryRow
    reading: int


def carried_over(known: Entry | None, checkout: Checkout, before: Skeleton, now: Skeleton) -> Entry | None:
    """A complete entry whose files have not changed, as it is in a newer skeleton. None: it has to be completed again.

    Args:
        before: the skeleton that the entry's row was made from.
    """
    if known is None or known.stale or known.files is None:
        return None
    row = known.row
    if row.problem or (row.landed is not None and row.landed.state == "unknown"):
        return None
    if now is before:
        return known
    if differs(known.checkout, checkout) or now.targets != before.targets or not _same_base(known, checkout):
        return None
    return replace(known, checkout=checkout, row=now.row(checkout, history=known.history, files=known.files))


def still_stands(skeleton: Skeleton, repository: KnownRepository) -> bool:
    """Whether it is about this very repository and its directories are the ones that were found.

    A parent of theirs may have been moved unseen.
    """
    return skeleton.repository == repository and all(map(_in_place, skeleton.checkouts.values()))


def _in_place(checkout: Checkout) -> bool:
    return file_id(checkout.path) == checkout.directory and file_id(checkout.admin) == checkout.admin_directory


def _same_base(known: Entry, checkout: Checkout) -> bool:
    return (known.checkout.base, known.checkout.started_from) == (checkout.base, checkout.started_from)


def differs(one: Checkout, other: Checkout) -> bool:
    """Whether what git says of a checkout differs so that its files must be looked at again."""
    return (one.listed, one.directory, one.admin_directory, one.state) != (
        other.listed,
        other.directory,
        other.admin_directory,
        other.state,
    )
