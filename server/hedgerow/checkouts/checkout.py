"""One checkout: which it is, whose it is, and whether its directory is what it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.worktree_list import ListedWorktree
from hedgerow.protocol.checkouts import CheckoutKind, CheckoutState

from .records import CheckoutRecord, WorktreeRecord
from .repositories import KnownRepository

LOCAL_LABEL = "Local"


@dataclass(frozen=True)
class FileId:
    """Device and inode: what a path may stop meaning from one moment to the next."""

    device: int
    inode: int


@dataclass(frozen=True)
class Checkout:
    """A working tree of a repository, as it was found.

    Attributes:
        id: stable as long as the checkout is.
        admin: its administrative directory; the common directory for Local.
        owner: `hedgerow`, `codex`, `claude`, `vscode` or `user`.
        listed: what git says of it; a checkout git does not list (making, orphaned) has the record's facts here.
        record: ours, when it is managed.
        remembered: label and base that a person gave it.
        directory: identity of the working directory, None when it is not there.
        admin_directory: identity of the administrative directory, None when it is not there.
        problem: a sentence, when the state is not `ok`.
        in_local: its work was handed off to Local; it waits there as the work's home.
    """

    id: str
    repository: KnownRepository
    path: Path
    admin: Path
    kind: CheckoutKind
    owner: str
    listed: ListedWorktree
    state: CheckoutState
    record: WorktreeRecord | None = None
    remembered: CheckoutRecord | None = None
    directory: FileId | None = None
    admin_directory: FileId | None = None
    problem: str | None = None
    in_local: bool = False

    @property
    def local(self) -> bool:
        return self.kind is CheckoutKind.LOCAL

    @property
    def ours(self) -> bool:
        """Made by Hedgerow or handed to it."""
        return self.kind in {CheckoutKind.MANAGED, CheckoutKind.KEPT}

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.name

    @property
    def label(self) -> str:
        """What the person calls it."""
        if self.remembered is not None and self.remembered.label:
            return self.remembered.label
        if self.record is not None and self.record.label:
            return self.record.label
        return LOCAL_LABEL if self.local else self.name

    @property
    def branch(self) -> str | None:
        """Short name of the branch it is on."""
        return None if self.listed.branch is None else self.listed.branch.removeprefix("refs/heads/")

    @property
    def base(self) -> str | None:
        """The commit recorded to review against."""
        for record in (self.remembered, self.record):
            if record is not None and record.base:
                return record.base
        return None

    @property
    def started_from(self) -> str | None:
        for record in (self.remembered, self.record):
            if record is not None and record.started_from:
                return record.started_from
        return None
