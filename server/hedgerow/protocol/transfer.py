"""Params of the commands that move work between checkouts and onto branches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .worktrees import Change, OneCheckout


class HandOffParams(OneCheckout):
    checkout: str
    """The worktree whose work goes to Local, or comes home from there; or Local, whose work goes where it came from,
    else to a new worktree. Id, name, label, branch or path; or a session that works there."""
    to: Literal["other", "local", "home", "new"] = "other"
    """Where to: `other` is wherever it is not now."""
    branch: str | None = None
    """Name of the branch for detached work, made from the label when missing."""
    name: str | None = None
    """For a new worktree: its name, made up when missing."""
    changes: Literal["move", "copy", "none"] = "move"
    """For a new worktree: what becomes of Local's uncommitted changes."""
    session: str | None = None
    """Only this session goes along; by default every one of the worktree, and from Local the only one at work there."""
    interrupt: bool = False
    """Stop the agents also in the middle of a turn; else the hand-off waits for nobody and is refused."""


class SyncParams(Change):
    from_: str = Field(alias="from")
    """The checkout whose changes are brought. Id, name, label, branch or path."""
    to: str = "Local"
    """The checkout that gets them."""
    method: Literal["apply", "overwrite"] = "apply"
    """`apply` brings what changed since the nearest shared commit, or since these two were last synced, as uncommitted
    changes; `overwrite` makes files and history of the destination those of the source."""
    branch: str | None = None
    """A new branch, or another existing one, for the destination to be on."""
    only: Literal["accepted"] | None = None
    """Bring what was accepted in a review, and nothing else (with `apply`)."""
    markers: bool = False
    """Take conflicts as markers in the files, for a person to resolve."""


class LandParams(OneCheckout):
    onto: str | None = None
    """The branch to land on; by default the one that Local is on."""
    how: Literal["merge", "squash", "rebase", "fastForward"] = "merge"
    """A merge commit, one new commit, its commits one by one, or the branch moved along."""
    only: Literal["accepted"] | None = None
    """Land what was accepted in a review, committed or not, as one new commit (with `squash`)."""
    message: str | None = None
    """Of the merge or squash commit; made from its commits when missing."""
    then: Literal["keep", "cleanUp"] = "keep"
    """What becomes of the worktree."""


class CommitParams(OneCheckout):
    message: str
    """Of the commit."""
    staged: bool = False
    """Only what is staged, instead of everything (untracked files included)."""


class PushParams(OneCheckout):
    remote: str | None = None
    """By default the branch's own, else `origin`, else the only one."""
    pull_request: bool = False
    """Also open a pull request, with `gh` or `glab` where present; else the answer has its address."""
    title: str | None = None
    """Of the pull request; made from its commits when missing."""
    force: bool = False
    """Replace what is there, if it still is what was last fetched (`--force-with-lease`)."""
