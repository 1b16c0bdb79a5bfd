"""Params of the commands that make, keep, retire and bring back worktrees."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .model import Model
from .plans import Operation, Snapshot


class Params(Model):
    repository: str | None = None
    """A path inside the repository; by default the one that is open (on the shell: here)."""


class Change(Params):
    token: str | None = None
    """Token of a plan that the person agreed to."""
    dry_run: bool = False
    """Answer with the plan and change nothing, even where no agreement is needed."""


class SetupChoice(Model):
    """What to do with the set-up script. Without it, a script runs only if it was allowed before."""

    skip: bool = False
    """Make the worktree without running it."""
    sha256: str | None = None
    """Allow and run the script with exactly these bytes."""
    choice: str | None = None
    """`.hedgerow/setup/<choice>.sh` instead of `.hedgerow/setup.sh`."""


class CreateParams(Change):
    from_: str | None = Field(default=None, alias="from")
    """Branch, tag, commit, `#123`, a pull-request URL, or the id of a snapshot.

    By default Local's HEAD, or what the setting `startFrom` says."""
    name: str | None = None
    """Directory name and label; made up when missing."""
    branch: str | None = None
    """A new branch to make there. Detached when missing."""
    carry: Literal["none", "copy", "move"] = "none"
    """Local's uncommitted changes: left alone, copied there (staged as staged), or moved there."""
    keep: bool = False
    """Never retire it."""
    setup: SetupChoice | None = None
    """What to do with the set-up script."""


class OneCheckout(Change):
    checkout: str
    """Id, name, label, branch or path."""


class KeepParams(OneCheckout):
    kept: bool = True
    """False hands it back to retention."""


class AdoptParams(OneCheckout):
    """Take over a worktree that someone else made."""


class SetBaseParams(OneCheckout):
    base: str
    """Branch, tag or commit to review against."""


class BranchHereParams(OneCheckout):
    branch: str
    """Name of the new branch."""


class RenameParams(OneCheckout):
    checkout: str
    """A checkout (id, name, label, branch or path), or a session by its id or label."""
    label: str
    """What the person calls it. The directory stays where it is."""


class CleanUpParams(Change):
    checkouts: list[str] = []
    """Ids, names, labels, branches or paths to clean up."""
    landed: bool = False
    """Every managed worktree whose work has landed."""
    retention: bool = False
    """Managed worktrees beyond the number to keep."""
    snapshots: list[str] = []
    """Ids of snapshots to let go (see `history`). What only they hold is gone for good."""
    delete_branch: bool = False
    """Also delete its branch, only when its commits are proved to be elsewhere or in the snapshot."""


class RestoreParams(Change):
    snapshot: str
    """Id of the snapshot, or the label of a checkout that was cleaned up (the newest snapshot of it)."""
    place: Literal["new", "old"] = "new"
    """A new worktree, or the place it had."""
    name: str | None = None
    """Name of the new worktree."""


class RepairParams(Change):
    only: list[str] = []
    """Ids of the findings to mend; all that are ours when empty."""


class UndoParams(Change):
    operation: str | None = None
    """Id of the operation; the newest that can be undone when missing."""


class HistoryParams(Params):
    all: bool = False
    """Every repository on this machine."""
    limit: int = Field(default=50, ge=1, le=10_000)
    """How many operations, and how many snapshots, at most."""


class HistoryResult(Model):
    operations: list[Operation]
    snapshots: list[Snapshot]


class ShowParams(Params):
    id: str
    """Id of an operation, a snapshot or a checkout (or its name)."""


class ShownFile(Model):
    path: str
    status: str
    """`added`, `modified`, `deleted`, `untracked`, `ignored`."""


class ShowResult(Model):
    operation: Operation | None = None
    snapshot: Snapshot | None = None
    files: list[ShownFile] = []
    recover: list[str] = []
    """Shell lines that bring the content back with plain git."""
    text: str = ""
    """The same for reading."""


class DoctorParams(Params):
    pass


class Check(Model):
    name: str
    ok: bool
    text: str
    """What was found, and what to do when it is not well."""


class DoctorResult(Model):
    version: str
    checks: list[Check]
