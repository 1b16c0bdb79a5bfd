"""What a command is going to do, shown before it is done."""

from __future__ import annotations

from .model import Model


class Effect(Model):
    """One thing that will change, as a sentence and as facts."""

    text: str
    checkout: str | None = None
    path: str | None = None
    ref: str | None = None


class Loss(Model):
    """Something that leaves its place. `kept` says where it stays restorable."""

    kind: str
    """`modified`, `staged`, `untracked`, `ignored`, `commits`, `hidden` (assume-unchanged), `rebuildable`."""
    text: str
    count: int
    paths: list[str] = []
    """The first hundred, lossily decoded for reading."""
    kept: str = "snapshot"
    """`snapshot` (restorable), or `no` (rebuildable files, outside every promise)."""


class Kept(Model):
    """Something that the command leaves alone, and why."""

    checkout: str | None = None
    name: str
    path: str | None = None
    reason: str


class SetupScript(Model):
    """A script that would run, for the person to allow by its exact bytes."""

    path: str
    """Relative to the worktree."""
    sha256: str
    text: str
    """Its whole text, control characters made visible."""
    allowed: bool


class Plan(Model):
    token: str
    command: str
    """The verb that carries it out when called again with this token."""
    title: str
    """One sentence: what will be done."""
    effects: list[Effect] = []
    losses: list[Loss] = []
    conflicts: list[str] = []
    kept: list[Kept] = []
    setup: SetupScript | None = None
    needs_agreement: bool
    """True when a person must be asked: it names a loss, or a script that was not allowed yet."""


class Operation(Model):
    """One change carried out."""

    id: str
    repository: str | None
    command: str
    title: str
    state: str
    """`running`, `done`, `rolledBack`, `undone`, `failed`."""
    started: float
    ended: float | None = None
    undoable: bool = False
    undone_by: str | None = None
    undoes: str | None = None
    snapshots: list[str] = []
    checkouts: list[str] = []
    """Ids of the checkouts it changed."""
    error: str | None = None


class Snapshot(Model):
    id: str
    repository: str
    checkout: str | None
    name: str
    """The label of the checkout at that moment."""
    path: str
    """Where the checkout was."""
    ref: str
    """`git stash apply --index <ref>` recovers it without Hedgerow."""
    oid: str
    created: float
    reason: str
    head: str | None = None
    """Branch name or abbreviated commit."""
    size_bytes: int = 0
    """Bytes this snapshot added to the repository and to `kept/`, about."""
    files: int = 0
    """Modified, staged and untracked files held."""
    operation: str | None = None


class SetupReport(Model):
    state: str
    """A `SetupState`."""
    path: str | None = None
    sha256: str | None = None
    log: str | None = None
    """Path of the log file."""
    exit_code: int | None = None


class ChangeResult(Model):
    """Answer of every command that changes something: either a plan to agree to, or what was done."""

    plan: Plan | None = None
    """Set when a person must be asked first: nothing has changed yet."""
    operation: Operation | None = None
    message: str = ""
    """One sentence for the person."""
    checkouts: list[str] = []
    """Ids of checkouts made or changed."""
    paths: list[str] = []
    """Their paths, in the same order."""
    kept: list[Kept] = []
    setup: SetupReport | None = None
    warnings: list[str] = []
