"""What was accepted of Local's work goes along when that work becomes a worktree's."""

from __future__ import annotations

from hedgerow.checkouts.checkout import Checkout
from hedgerow.journal.steps import AnyStep, MoveRef
from hedgerow.planning.tools import Tools

from .works import REVIEWED, work_in


async def moved_along(tools: Tools, local: Checkout, worktree: str, *, leaves: bool) -> list[AnyStep]:
    """The steps that give a new worktree what was accepted in Local.

    Args:
        worktree: its id.
        leaves: Local's work leaves it, and what was accepted of it with it.
    """
    work = await work_in(tools, local)
    if work.stored is None:
        return []
    message = "what was accepted goes along"
    steps: list[AnyStep] = [MoveRef(ref=f"{REVIEWED}{worktree}", before=None, after=work.stored, message=message)]
    if leaves:
        steps.append(MoveRef(ref=work.ref, before=work.stored, after=None, message=message))
    return steps
