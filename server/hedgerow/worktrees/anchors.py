"""Anchors: refs of ours that hold commits which nothing else would hold after a change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.errors import GitError
from hedgerow.git.objects import commit_tree, object_kinds, write_empty_tree
from hedgerow.git.refs import reachable_from_refs
from hedgerow.journal.steps import MoveRef
from hedgerow.planning.tools import Tools

PREFIX = "refs/hedgerow/anchors/"


async def anchor(
    tools: Tools,
    repository: KnownRepository,
    files: Sequence[Path],
    name: str,
    label: str,
    *,
    besides: Sequence[str] = (),
) -> MoveRef | None:
    """The step that keeps commits named in these files (a HEAD, a reflog) and held by no ref; None when all are held.

    Args:
        name: of the anchor, unique in its operation.
        besides: refs that are about to go and so do not count as holding.
    """
    size = len(repository.git.zero)
    words: set[str] = set()
    for file in files:
        try:
            lines = file.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        words |= {word for line in lines for word in line.split()[:2]}
    oids = [word for word in words if len(word) == size and word.strip("0") and not word.strip("0123456789abcdef")]
    kinds = await object_kinds(tools.git, oids, cwd=repository.common_dir)
    commits = [oid for oid in oids if kinds.get(oid) == "commit"]
    if not commits:
        return None
    try:
        alone = set(await reachable_from_refs(tools.git, repository.common_dir, *commits, besides=tuple(besides)))
    except GitError:  # what cannot be proved to be held counts as held by nothing
        alone = set(commits)
    tips = sorted(oid for oid in commits if oid in alone)
    if not tips:
        return None
    message = f"commits that only {label} held\n"
    tree = await write_empty_tree(tools.git, cwd=repository.common_dir)
    oid = await commit_tree(tools.git, tree, parents=tips, message=message, cwd=repository.common_dir)
    return MoveRef(ref=f"{PREFIX}{name}", before=None, after=oid, message=f"keep commits of {label}")
