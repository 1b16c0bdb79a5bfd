"""What `between` means: the tree that a checkout's files are compared with."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.git.objects import write_empty_tree
from hedgerow.journal import snapshots
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from ..works import Work, refuse_unreadable, work_in
from .working import Working, whole

BASE, REVIEWED = "base", "reviewed"


@dataclass(frozen=True)
class Old:
    """Attributes:
    tree: of what is compared with.
    objects: the directory with objects of it that are not in the repository.
    """

    tree: str
    objects: Working | None = None


@contextlib.asynccontextmanager
async def old_side(tools: Tools, work: Work, between: str, caller: Caller) -> AsyncIterator[Old]:
    """Raises:
    HedgerowError: nothing is called like this.
    """
    checkout = work.checkout
    cwd, git = checkout.repository.common_dir, tools.git
    if between == BASE:
        yield Old(work.base_tree)
    elif between == REVIEWED:
        yield Old(work.reviewed_tree)
    elif between == "head":
        head = checkout.listed.head
        tree = f"{head}^{{tree}}" if head is not None else await write_empty_tree(git, cwd=cwd)
        yield Old((await git.read("rev-parse", "--verify", tree, cwd=cwd)).decode().strip() if head else tree)
    elif between == "index":
        async with whole(git, checkout, apart=True) as index:
            yield Old(await index.staged(), index)
    elif (snapshot := _snapshot(tools, work, between)) is not None:
        held = await snapshots.load(git, checkout.repository.git, snapshot)
        yield Old(await snapshots.full_tree(git, checkout.repository.git, checkout.path, held))
    else:
        other = await _other(tools, checkout, between, caller)
        stays = (await work_in(tools, other)).stays
        async with whole(git, other, stays=stays, apart=True) as theirs:
            yield Old(await theirs.tree(), theirs)


def _snapshot(tools: Tools, work: Work, text: str) -> str | None:
    row = tools.journal.database.row("SELECT * FROM snapshots WHERE id = ?", text)
    if row is None:
        return None
    if row["repository"] != work.checkout.repository.id:
        raise HedgerowError(ErrorCode.NO_SUCH_SNAPSHOT, f"{text} is a snapshot of another repository")
    if row["dropped"] is not None:
        raise HedgerowError(ErrorCode.NO_SUCH_SNAPSHOT, f"the snapshot {text} was let go; there is nothing to compare")
    return str(row["oid"])


async def _other(tools: Tools, checkout: Checkout, text: str, caller: Caller) -> Checkout:
    if text == "local":
        everything = await tools.discovery.checkouts_of(checkout.repository)
        found = next((one for one in everything if one.local), None)
        if found is None:
            raise HedgerowError(ErrorCode.NO_SUCH_CHECKOUT, "this repository is bare; it has no Local to compare with")
    else:
        found = await tools.discovery.find(text, caller, checkout.repository)
    refuse_unreadable(found)
    return found
