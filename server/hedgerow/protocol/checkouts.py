"""What there is: repositories, checkouts and their state, as rows of a list."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from .model import Model
from .sessions import SessionRow


class CheckoutKind(StrEnum):
    LOCAL = "local"
    """Git's main worktree: where the person works."""
    MANAGED = "managed"
    """Made by Hedgerow, which may retire it."""
    KEPT = "kept"
    """Made by or handed to Hedgerow and told never to retire."""
    FOREIGN = "foreign"
    """Made by someone else: changed or removed only when named and shown."""


class HeadKind(StrEnum):
    BRANCH = "branch"
    DETACHED = "detached"
    UNBORN = "unborn"
    UNKNOWN = "unknown"


class Head(Model):
    kind: HeadKind
    branch: str | None = None
    """Short name; set for `branch` and `unborn`."""
    oid: str | None = None
    subject: str | None = None
    """First line of the commit's message, control characters stripped."""
    committed: int | None = None
    """Commit time, seconds since the epoch."""


class Base(Model):
    """The commit that the work is reviewed against."""

    oid: str
    from_: str | None = Field(default=None, alias="from")
    """What it was started from, as the person named it."""
    ahead: int | None = None
    """Commits on HEAD that the base does not have; None while pending or unknowable (shallow)."""
    behind: int | None = None


class Counts(Model):
    """Paths that differ, as `git status` counts them; a path may be both staged and unstaged."""

    staged: int = 0
    unstaged: int = 0
    untracked: int = 0
    """Untracked directories count once."""
    conflicted: int = 0


class Landed(Model):
    """Whether the work is on the branch it is compared with, proved by content."""

    state: str
    """`landed`, `open` or `unknown` (a shallow clone cannot prove it)."""
    onto: str | None = None
    """The branch compared with."""
    how: str | None = None
    """`merged`, `squashed`, `rebased` or `nothing` (no commits of its own)."""


class Locked(Model):
    reason: str = ""
    """As it was given to `git worktree lock`; may be empty."""


class CheckoutState(StrEnum):
    OK = "ok"
    MAKING = "making"
    """A create is under way, or stopped half-way and waits for recovery."""
    MISSING = "missing"
    """Git knows it, its directory is gone."""
    ORPHANED = "orphaned"
    """A directory that git no longer knows."""
    UNREADABLE = "unreadable"


class SetupState(StrEnum):
    NONE = "none"
    """There is no set-up script."""
    RUNNING = "running"
    """Under way."""
    DONE = "done"
    SKIPPED = "skipped"
    NOT_ALLOWED = "notAllowed"
    """There is a script, and the person has not allowed these exact bytes."""
    FAILED = "failed"
    """It failed, could not be started, or was cut short by a crash."""


class CheckoutRow(Model):
    """One checkout. Fields that need a scan of files are None while `pending`."""

    id: str
    repository: str
    """Id of its repository."""
    path: str
    name: str
    """Directory name; stable."""
    label: str
    """What the person calls it; `rename` changes it."""
    kind: CheckoutKind
    owner: str
    """`hedgerow`, `codex`, `claude`, `vscode`, `user` …: who made it, as far as it can be told."""
    state: CheckoutState = CheckoutState.OK
    head: Head
    base: Base | None = None
    counts: Counts | None = None
    operation: str | None = None
    """`merge`, `rebase`, `cherry-pick`, `revert`, `bisect`, `am`: what git is in the middle of."""
    landed: Landed | None = None
    locked: Locked | None = None
    setup: SetupState = SetupState.NONE
    size_bytes: int | None = None
    """On request only."""
    created: float | None = None
    """Seconds since the epoch."""
    active: float | None = None
    """Last sign of work, seconds since the epoch."""
    in_local: bool = False
    """Its work was handed off to Local; the worktree waits, clean and detached, as its home."""
    pending: bool = False
    problem: str | None = None
    """A sentence when its state could not be read."""


class RepositoryRow(Model):
    id: str
    name: str
    path: str
    """Local's path, or the common directory of a bare repository."""
    common_dir: str
    """Git's common directory, where its refs and objects are."""
    trusted: bool
    """In an untrusted one Hedgerow only lists."""
    bare: bool = False
    """It has no Local."""
    shallow: bool = False
    """Its history is cut off, so what has landed may be unknowable."""
    object_format: str = "sha1"
    """`sha1` or `sha256`."""
    ref_format: str = "files"
    """`files` or `reftable`."""
    default_branch: str | None = None
    """The remote's default branch as `origin/main`, else the local one; None when there is none."""
    problems: list[str] = []
    """Sentences: why changes are refused here, if they are."""


class ListParams(Model):
    repository: str | None = None
    """A path inside the repository; by default every repository that is open (on the shell: here)."""
    all: bool = False
    """Every repository that Hedgerow has seen on this machine."""
    wait: bool = False
    """Answer when every row is complete, instead of at once with pending rows."""
    sizes: bool = False
    """Measure what each checkout takes on disk."""
    past: bool = False
    """Also sessions that are archived, or have rested for longer than a week."""


class ListResult(Model):
    revision: int
    """Grows by one with each `hedgerow/listChanged`; call `list` again after a gap."""
    repositories: list[RepositoryRow]
    checkouts: list[CheckoutRow]
    sessions: list[SessionRow] = []
    """Those in these repositories (with `all`: everywhere), those that need the person first."""


class ListChanged(Model):
    """`hedgerow/listChanged`: rows that are new or differ, and ids of rows that are gone."""

    revision: int
    repositories: list[RepositoryRow] = []
    changed: list[CheckoutRow] = []
    sessions: list[SessionRow] = []
    """Those that are new or differ."""
    removed: list[str] = []
    """Ids of checkouts, repositories and sessions that are gone."""


class ServerStatus(Model):
    """`hedgerow/serverStatus`."""

    health: str
    """`ok`, `warning` or `error`."""
    quiescent: bool
    """Nothing is being read or changed."""
    message: str | None = None
