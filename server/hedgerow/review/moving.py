"""What was accepted goes along when work becomes another worktree's: Local's, or a snapshot's."""

from __future__ import annotations

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_refs
from hedgerow.journal.steps import AnyStep, MoveRef
from hedgerow.planning.tools import Tools

from .comments.moving import comments_along
from .works import REVIEWED, work_in


async def moved_along(tools: Tools, local: Checkout, worktree: str, *, leaves: bool) -> list[AnyStep]:
    """The steps that give a new worktree what was accepted in Local.

    Args:
        worktree: its id.
        leaves: Local's work leaves it, and what was accepted of it with it.
    """
    work = await work_in(tools, local)
    said = comments_along(tools.journal.database, work.id, worktree) if leaves else []
    if work.stored is None:
        return said
    message = "what was accepted goes along"
    steps: list[AnyStep] = [
        *said,
        MoveRef(ref=f"{REVIEWED}{worktree}", before=None, after=work.stored, message=message),
    ]
    if leaves:
        steps.append(MoveRef(ref=work.ref, before=work.stored, after=None, message=message))
    return steps


async def taken_over(tools: Tools, repository: KnownRepository, before: str, worktree: str) -> list[AnyStep]:
    """The steps that give a worktree what was accepted of a work that had another id before."""
    ref = f"{REVIEWED}{before}"
    stored = (await read_refs(tools.git, repository.common_dir, ref)).get(ref)
    said = comments_along(tools.journal.database, before, worktree)
    if stored is None:
        return said
    return [
        *said,
        MoveRef(ref=f"{REVIEWED}{worktree}", before=None, after=stored, message="what was accepted goes along"),
    ]
