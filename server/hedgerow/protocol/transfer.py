"""Params of the commands that move work between checkouts and onto branches."""

from __future__ import annotations

from typing import Literal

from .worktrees import OneCheckout


class HandOffParams(OneCheckout):
    checkout: str
    """The worktree whose work goes to Local, or comes home from there; or Local, whose work goes where it came from,
    else to a new worktree. Id, name, label, branch or path."""
    to: Literal["local", "home", "new"] | None = None
    """Where to; by default wherever it is not."""
    branch: str | None = None
    """Name of the branch for detached work, made from the label when missing."""
    name: str | None = None
    """For a new worktree: its name, made up when missing."""
    changes: Literal["move", "copy", "none"] = "move"
    """For a new worktree: what becomes of Local's uncommitted changes."""
