"""What a plan must tell of a checkout: what would leave with it. Facts only; wording and agreement are the plan's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .admin_state import PER_WORKTREE_REFS
from .reading import Reading
from .trees import Trees, diff_trees

OUR_REFS = "refs/hedgerow/*"
"""They do not count as holding a commit: a snapshot expires, and must not be what kept another from holding it."""


class FactKind(StrEnum):
    MODIFIED = "modified"
    STAGED = "staged"
    CONFLICTED = "conflicted"
    UNTRACKED = "untracked"
    IGNORED = "ignored"
    """Ignored files that nothing can rebuild: kept outside git."""
    HIDDEN = "hidden"
    """Edits that assume-unchanged or skip-worktree hides from `git status`."""
    COMMITS = "commits"
    """Commits that HEAD, an operation in progress or a ref of this checkout alone holds."""
    REFLOG = "reflog"
    """Commits that only this checkout's reflog still names (amended, reset away)."""
    REBUILDABLE = "rebuildable"
    """Directories that are not kept."""


@dataclass(frozen=True)
class Fact:
    """Things of one kind: paths, or for commits lines of abbreviated id and subject."""

    kind: FactKind
    items: tuple[bytes, ...]


async def gather_facts(
    git: Git, repository: Repository, checkout: Path, reading: Reading, trees: Trees,
    held_by: Sequence[str], named: Sequence[str], reflog: Sequence[str],
) -> list[Fact]:  # fmt: skip
    """All facts that are not empty, in the order a person wants them.

    Args:
        held_by: commits that stay whatever happens to this checkout (HEADs of others), beside all shared refs.
        named: existing commits that an operation in progress or this checkout's own refs name; ``reflog`` the same.
    """
    head = reading.state.head.oid
    staged = await diff_trees(git, checkout, f"{head}^{{tree}}" if head else repository.empty_tree, trees.index_tree)
    hidden = {entry.path for entry in reading.index.unusual if entry.assumed_unchanged or entry.skipped}
    conflicted = {entry.path for entry in reading.index.unmerged}
    modified = {
        path for path in trees.changed
        if path not in conflicted and (reading.conversions.file_mode or not _mode_only(trees, path))
    }  # fmt: skip
    kinds: list[tuple[FactKind, list[bytes]]] = [
        (FactKind.MODIFIED, sorted(modified - hidden)),
        (FactKind.STAGED, [change.path for change in staged if change.path not in conflicted]),
        (FactKind.CONFLICTED, sorted(conflicted)),
        (FactKind.UNTRACKED, list(reading.untracked)),
        (FactKind.IGNORED, list(reading.ignored)),
        (FactKind.HIDDEN, sorted(modified & hidden)),
    ]
    own = [*([head] if head else []), *named]
    commits = await _held_nowhere_else(git, checkout, own, held_by) if own else []
    only_reflog = await _held_nowhere_else(git, checkout, reflog, [*held_by, *own]) if reflog else []
    kinds += [
        (FactKind.COMMITS, commits),
        (FactKind.REFLOG, only_reflog),
        (FactKind.REBUILDABLE, list(reading.rebuildable)),
    ]
    return [Fact(kind, tuple(items)) for kind, items in kinds if items]


def _mode_only(trees: Trees, path: bytes) -> bool:
    """Whether only the executable bit differs, which core.fileMode=false tells git not to look at."""
    old, new = trees.indexed.get(path), trees.tracked.get(path)
    return old is not None and new is not None and old.oid == new.oid and {old.mode, new.mode} == {"100644", "100755"}


async def _held_nowhere_else(git: Git, checkout: Path, oids: Sequence[str], held_by: Sequence[str]) -> list[bytes]:
    own = [f"--exclude={pattern}/*" for pattern in PER_WORKTREE_REFS]
    given = "".join(f"{oid}\n" for oid in (*oids, *(f"^{holder}" for holder in held_by))).encode()
    out = await git.read(
        "rev-list", "--pretty=format:%h %s", "--no-commit-header",
        "--not", f"--exclude={OUR_REFS}", *own, "--glob=refs/*", "--not", "--stdin",
        cwd=checkout, input=given,
    )  # fmt: skip
    return [line for line in out.split(b"\n") if line]
