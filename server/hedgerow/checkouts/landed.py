"""Whether work is on a branch already, proved by content. Writes nothing into the repository, runs nothing of it.

`git branch -d` proves nothing (it takes "pushed" for "merged", graveyard BR06), and a squash leaves no ancestry (BR07).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hedgerow.git.ancestry import merge_base
from hedgerow.git.configuration import read_configuration
from hedgerow.git.errors import GitError
from hedgerow.git.runner import Git

from .records import Records
from .repositories import KnownRepository

MERGED, SQUASHED, REBASED, OPEN, UNKNOWN = "merged", "squashed", "rebased", "open", "unknown"

_PINNED = (
    ("merge.default", "text"),
    ("merge.renames", "true"),
    ("merge.directoryRenames", "false"),
    ("merge.renameLimit", "1000"),
    ("merge.conflictStyle", "merge"),
    ("merge.renormalize", "false"),  # true would run clean filters
    ("diff.renames", "true"),
    ("diff.algorithm", "default"),
)

_COMPARED_AT_MOST = 2000
"""Commits on the other side whose patches are compared; beyond it the answer is `unknown`, not a guess."""

_OWN_AT_MOST = 100
"""Commits of its own that are compared one by one."""


async def how_landed(
    git: Git, records: Records, repository: KnownRepository, head: str, onto: str, *, base: str | None = None
) -> str:
    """How the commits of ``head`` came to be on ``onto`` (both are ids): `merged`, `squashed`, `rebased`; else
    `open`; or `unknown` where it cannot be told (a shallow clone, objects that were never fetched).

    Args:
        base: their merge base, where it is known already.
    """
    if repository.git.shallow:  # history ends at the graft, so neither answer would be a proof (BR18)
        return UNKNOWN
    known = records.landed(head, onto)
    if known is not None:
        return known
    how = await _prove(git, repository, head, onto, base)
    if how != UNKNOWN:
        records.remember_landed(head, onto, how)
    return how


async def _prove(git: Git, repository: KnownRepository, head: str, onto: str, base: str | None) -> str:
    cwd = repository.common_dir
    if base is None:
        base = await merge_base(git, head, onto, cwd=cwd)
    if base is None:
        return OPEN
    if base == head:
        return MERGED
    try:
        return await _prove_by_content(git, cwd, head=head, base=base, onto=onto)
    except GitError:
        return UNKNOWN  # an object is missing (a partial clone), or something between them cannot be merged


async def _prove_by_content(git: Git, cwd: Path, *, head: str, base: str, onto: str) -> str:
    trees = await git.read("rev-parse", *(f"{oid}^{{tree}}" for oid in (head, base, onto)), cwd=cwd)
    head_tree, base_tree, onto_tree = trees.decode().split()
    if head_tree == base_tree:
        return OPEN  # commits that cancel each other out: that they are nowhere else is certain
    with tempfile.TemporaryDirectory(prefix="hedgerow-objects-") as scratch:
        env = await _apart(git, cwd, Path(scratch))
        if await _merged_tree(git, cwd, env, onto, head) == onto_tree:
            by_patches = await _by_patches(git, cwd, env, head=head, head_tree=head_tree, base=base, onto=onto)
            return REBASED if by_patches == REBASED else SQUASHED
        return await _by_patches(git, cwd, env, head=head, head_tree=head_tree, base=base, onto=onto)


async def _merged_tree(git: Git, cwd: Path, env: dict[str, str], onto: str, head: str) -> str | None:
    """The tree of a merge; None when it has conflicts."""
    code, out = await git.status_and_output(
        "merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", onto, head, cwd=cwd, env=env
    )
    return out.split(b"\0", 1)[0].decode() if code == 0 else None


async def _by_patches(
    git: Git, cwd: Path, env: dict[str, str], *, head: str, head_tree: str, base: str, onto: str
) -> str:
    """By patch-id, where later work on the same lines makes the merge conflict."""
    out = await git.read("rev-list", "--left-right", "--parents", f"{onto}...{head}", cwd=cwd, env=env)
    lines = [line.split() for line in out.decode().splitlines()]
    if sum(words[0].startswith("<") for words in lines) > _COMPARED_AT_MOST:
        return UNKNOWN
    own = [words for words in lines if words[0].startswith(">")]
    squash = await _commit(git, cwd, env, head_tree, base)
    if await _there_to_stay(git, cwd, env, onto, squash, [await _commit(git, cwd, env, f"{base}^{{tree}}", squash)]):
        return SQUASHED
    if len(own) > _OWN_AT_MOST or any(len(words) != 2 for words in own):
        return OPEN if len(own) <= _OWN_AT_MOST else UNKNOWN  # patches say nothing of what a merge itself changed
    undone, tip = [], head
    for words in own:  # newest first, so that each follows on the state the one before leaves
        tip = await _commit(git, cwd, env, f"{words[1]}^{{tree}}", tip)
        undone.append(tip)
    return REBASED if await _there_to_stay(git, cwd, env, onto, head, undone) else OPEN


async def _there_to_stay(git: Git, cwd: Path, env: dict[str, str], onto: str, head: str, undone: list[str]) -> bool:
    """Whether ``onto`` has a commit with the patch of every commit of ``head``, and none that takes one back.

    Args:
        undone: commits on top of ``head`` that undo it, one by one.
    """
    lines = (await git.read("cherry", onto, undone[-1], cwd=cwd, env=env)).decode().splitlines()
    found = {oid: mark == "-" for mark, oid in (line.split() for line in lines)}
    taken_back = any(found.pop(oid, False) for oid in undone)
    return not taken_back and head in found and all(found.values())


async def _commit(git: Git, cwd: Path, env: dict[str, str], tree: str, parent: str) -> str:
    """A commit beside the repository's own objects, for comparing."""
    out = await git.read("commit-tree", tree, "-p", parent, cwd=cwd, env=env, input=b"compared")
    return out.decode().strip()


async def _apart(git: Git, cwd: Path, scratch: Path) -> dict[str, str]:
    """An environment in which new objects go to ``scratch`` and no merge driver of anybody's runs.

    A driver that is replaced by `false` reports a conflict, which proves nothing and so loses nothing. The
    settings go by GIT_CONFIG_COUNT: on the command line a driver whose name holds `=` would escape.
    """
    drivers = await read_configuration(git, cwd, r"^merge\..*\.(driver|recursive)$")
    settings = list(_PINNED)
    for key in dict.fromkeys(key for key, _ in drivers):
        settings.append((key, "false" if key.endswith(".driver") else "text"))
    env = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        env |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return env | {
        "GIT_OBJECT_DIRECTORY": str(scratch),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(cwd / "objects"),
    }


def _quoted(path: Path) -> str:
    """As the variable wants a path that holds its separator, or begins with a quote: C-style."""
    raw = os.fsencode(path)
    if b":" not in raw and not raw.startswith(b'"') and b"\n" not in raw:
        return os.fsdecode(raw)
    escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n")
    return os.fsdecode(b'"' + escaped + b'"')
