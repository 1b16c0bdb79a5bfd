"""What a command is going to do, shown before it is done."""

from __future__ import annotations

from .model import Model
from .sentence import Sentence


class Effect(Model):
    """One thing that will change, as a sentence and as facts."""

    text: Sentence
    checkout: str | None = None
    """Id of the checkout it touches."""
    path: str | None = None
    ref: str | None = None


class Loss(Model):
    """Something that leaves its place. `kept` says where it stays restorable."""

    kind: str
    """`modified`, `staged`, `untracked`, `ignored`, `commits`, `hidden` (assume-unchanged), `rebuildable`."""
    text: Sentence
    count: int
    paths: list[str] = []
    """The first hundred, lossily decoded for reading."""
    kept: str = "snapshot"
    """`snapshot` (restorable), or `no` (rebuildable files, outside every promise)."""


class Kept(Model):
    """Something that the command leaves alone, and why."""

    checkout: str | None = None
    """Id of the checkout, where it is a whole one."""
    name: Sentence
    path: str | None = None
    reason: Sentence
    """One sentence."""


class SetupScript(Model):
    """A script that would run, for the person to allow by its exact bytes."""

    path: str
    """Relative to the worktree."""
    sha256: str
    """Of its exact bytes; sent back, it allows them."""
    text: str
    """Its whole text, control characters made visible."""
    allowed: bool
    """The person has allowed exactly these bytes before."""


class Plan(Model):
    token: str
    """Sent back with the same command, it carries the plan out."""
    command: str
    """The verb that carries it out when called again with this token."""
    title: Sentence
    """One sentence: what will be done."""
    effects: list[Effect] = []
    losses: list[Loss] = []
    conflicts: list[Sentence] = []
    """Sentences: what would collide."""
    kept: list[Kept] = []
    """What is left alone, and why."""
    setup: SetupScript | None = None
    needs_agreement: bool
    """True when a person must be asked: it names a loss, or a script that was not allowed yet."""


class Operation(Model):
    """One change carried out."""

    id: str
    repository: str | None
    """Id of its repository."""
    command: str
    """The verb that made it."""
    title: Sentence
    state: str
    """`running`, `done`, `rolledBack`, `undone`, `failed`."""
    started: float
    ended: float | None = None
    undoable: bool = False
    """`undo` takes it back."""
    undone_by: str | None = None
    """Id of the operation that took it back."""
    undoes: str | None = None
    """Id of the operation that this one took back."""
    snapshots: list[str] = []
    """Ids of the snapshots taken for it."""
    checkouts: list[str] = []
    """Ids of the checkouts it changed."""
    error: str | None = None
    """A sentence when it failed."""


class Snapshot(Model):
    id: str
    repository: str
    """Id of its repository."""
    checkout: str | None
    """Id of the checkout it shows."""
    name: Sentence
    """The label of the checkout at that moment."""
    path: str
    """Where the checkout was."""
    ref: str
    """`git stash apply --index <ref>` recovers it without Hedgerow."""
    oid: str
    created: float
    reason: Sentence
    """What it was taken for."""
    head: str | None = None
    """Branch name or abbreviated commit."""
    size_bytes: int = 0
    """Bytes this snapshot added to the repository and to `kept/`, about."""
    files: int = 0
    """Modified, staged and untracked files held."""
    operation: str | None = None
    """Id of the operation that took it."""


class SetupReport(Model):
    state: str
    """A `SetupState`."""
    path: str | None = None
    sha256: str | None = None
    """Of the script's bytes."""
    log: str | None = None
    """Path of the log file."""
    exit_code: int | None = None
    """Of the script; None when it did not run to its end."""


class ChangeResult(Model):
    """Answer of every command that changes something: either a plan to agree to, or what was done."""

    plan: Plan | None = None
    """Set when a person must be asked first: nothing has changed yet."""
    operation: Operation | None = None
    """What was done."""
    message: Sentence = ""
    """One sentence for the person."""
    checkouts: list[str] = []
    """Ids of checkouts made or changed."""
    paths: list[str] = []
    """Their paths, in the same order."""
    kept: list[Kept] = []
    """What was left alone, and why."""
    setup: SetupReport | None = None
    url: str | None = None
    """Address of the pull request that was opened, or of the page where one can be."""
    warnings: list[Sentence] = []
    """Sentences: what did not come out as asked."""
