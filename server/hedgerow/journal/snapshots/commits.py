"""The commits of a snapshot: work, index, untracked and admin, in the shape of a stash. Writes objects only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hedgerow.git.objects import commit_tree, object_kinds, write_empty_tree
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git

from .contents import hash_files
from .index import TemporaryIndex
from .manifest import Manifest
from .reading import Reading
from .together import three
from .trees import Trees


@dataclass(frozen=True)
class Extras:
    """What a checkout names that nothing else may hold.

    Attributes:
        named: commits named by an operation in progress or by this checkout's own refs.
        reflog: commits in its reflog.
        blobs: conflict stages, what `resolve-undo` remembers, and the empty blob of intent-to-add.
        trees: named trees (`AUTO_MERGE`).
        tips: commits that have to become parents for all named and reflog commits to be held.
    """

    named: tuple[str, ...] = ()
    reflog: tuple[str, ...] = ()
    blobs: tuple[str, ...] = ()
    trees: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()


async def find_extras(git: Git, repository: Repository, checkout: Path, reading: Reading, trees: Trees) -> Extras:
    """Find them; ids that name nothing (pruned long ago) are left out."""
    named = reading.state.named_objects(repository)
    reflog = reading.state.reflog_objects(repository)
    staged = {entry.oid for entry in reading.index.unmerged}
    if reading.index.intended:  # they name the empty blob, which no tree of ours holds for them
        staged |= {entry.oid for entry in reading.index.entries if entry.path in reading.index.intended}
    if trees.index_file.exists() and b"REUC" in trees.index_file.read_bytes():
        staged |= await _resolve_undo(git, checkout)
    kinds = await object_kinds(git, sorted(named | reflog | staged), cwd=checkout)
    commits = {oid for oid, kind in kinds.items() if kind in {"commit", "tag"}}
    tips = await _tips(git, checkout, sorted(commits), reading.state.head.oid)
    return Extras(
        named=tuple(sorted(commits & named)),
        reflog=tuple(sorted(commits & reflog - named)),
        blobs=tuple(sorted(oid for oid, kind in kinds.items() if kind == "blob")),
        trees=tuple(sorted(oid for oid, kind in kinds.items() if kind == "tree")),
        tips=tuple(tips),
    )


async def _resolve_undo(git: Git, checkout: Path) -> set[str]:
    out = await git.read("ls-files", "--resolve-undo", "-z", cwd=checkout)
    return {line.split(b" ")[1].decode() for line in out.split(b"\0") if line}


async def _tips(git: Git, checkout: Path, commits: Sequence[str], head: str | None) -> list[str]:
    """Those that no other one of them, nor HEAD, has in its history.

    Refs do not count here: any of them may be deleted long before the snapshot is laid down.
    """
    if not commits:
        return []
    words = [*commits, *((f"^{head}",) if head else ())]
    given = "".join(f"{word}\n" for word in words).encode()
    out = await git.read("rev-list", "--parents", "--stdin", cwd=checkout, input=given)
    listed: list[str] = []
    parents: set[str] = set()
    for line in out.decode().splitlines():
        oid, *others = line.split(" ")
        listed.append(oid)
        parents.update(others)
    return [oid for oid in listed if oid not in parents]


async def write_snapshot(
    git: Git, repository: Repository, checkout: Path, reading: Reading, trees: Trees, manifest: Manifest,
    extras: Extras, scratch: Path,
) -> str:  # fmt: skip
    """Write the four commits; answer the first, which is the snapshot."""
    subject = f"{manifest.label}: {manifest.reason}\n"
    head = reading.state.head.oid
    if head is None:  # unborn: a stash needs a commit to be based on
        tree = await write_empty_tree(git, cwd=repository.common_dir)
        head = await commit_tree(git, tree, parents=(), message="no commit yet\n", cwd=checkout)

    index, untracked, admin = await three(
        commit_tree(git, trees.index_tree, parents=(head,), message=f"index of {subject}", cwd=checkout),
        commit_tree(git, trees.untracked_tree, parents=(), message=f"untracked files of {subject}", cwd=checkout),
        _write_admin(git, checkout, reading, trees, manifest, extras, scratch, subject),
    )
    return await commit_tree(
        git, trees.work_tree, parents=(head, index, untracked, admin), message=subject, cwd=checkout
    )


async def _write_admin(
    git: Git, checkout: Path, reading: Reading, trees: Trees, manifest: Manifest, extras: Extras,
    scratch: Path, subject: str,
) -> str:  # fmt: skip
    state = reading.state
    head = f"ref: {state.head.ref}\n" if state.head.ref else f"{state.head.oid}\n"
    contents: dict[bytes, bytes] = {b"HEAD": head.encode(), b"manifest.json": manifest.to_json()}
    contents |= {b"state/" + path: content for path, content in state.files.items()}
    contents |= {b"logs/" + path: content for path, content in state.reflogs.items()}
    folder = scratch / "admin"
    folder.mkdir()
    sources: dict[bytes, bytes] = {}
    for number, (path, content) in enumerate(contents.items()):
        (folder / str(number)).write_bytes(content)
        sources[path] = os.fsencode(folder / str(number))
    if trees.index_file.exists():
        sources[b"index"] = os.fsencode(trees.index_file)
    oids = await hash_files(git, checkout, list(sources.values()), write=True)
    lines = [("100644", oid, 0, path) for path, oid in zip(sources, oids, strict=True)]
    lines += [("100644", oid, 0, b"raw/" + oid.encode()) for oid in set(manifest.raw.values())]
    lines += [("100644", oid, 0, b"objects/" + oid.encode()) for oid in extras.blobs]
    index = TemporaryIndex(git, checkout, scratch / "admin-index")
    await index.set_entries(lines)
    tree = await index.write_tree()
    wrapped = [
        await commit_tree(git, oid, parents=(), message="a tree that an operation in progress names\n", cwd=checkout)
        for oid in extras.trees
    ]
    return await commit_tree(git, tree, parents=(*extras.tips, *wrapped), message=f"state of {subject}", cwd=checkout)
