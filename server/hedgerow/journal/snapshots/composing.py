"""A snapshot that nobody took: another one with some files changed, for a checkout to be brought to.

Writes objects only. What is not changed keeps its exact bytes, permissions and index entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hedgerow.git.objects import commit_tree, read_blob, read_tree_entries, write_blob, write_empty_tree
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files

from .held import Held
from .index import TemporaryIndex
from .manifest import Manifest
from .sides import Side, State, stage
from .trees import Change, TreeFile, diff_trees

STATES = "refs/hedgerow/states/"
"""What is composed is held here: it belongs to its operation and is no snapshot for a person to restore."""


async def compose(
    git: Git, repository: Repository, checkout: Path, admin: Path, held: Held,
    changes: Mapping[bytes, TreeFile | None], *, why: str, taken_from: Held | None = None, commit: str | None = None,
) -> str:  # fmt: skip
    """The snapshot ``held`` with other files.

    Args:
        changes: path -> what is there afterwards, None for nothing.
        taken_from: where a file is the same to git as in this one, it gets its exact bytes and permissions too.
        commit: HEAD's commit afterwards. With it the changes are entered into the index as well: they are what
            the commit brings. Without it they are uncommitted, and untracked where the index does not know them.
    """
    with files.scratch_directory() as scratch:
        return await _Composing(git, repository, checkout, admin, held, scratch).run(changes, why, taken_from, commit)


async def with_index(
    git: Git, repository: Repository, checkout: Path, admin: Path, held: Held, index: Path, commit: str, *, why: str
) -> str:
    """The snapshot ``held`` on another commit and with another index: no file differs, but which of them are tracked.

    Args:
        index: the file of that index.
    """
    with files.scratch_directory() as scratch:
        work = _Composing(git, repository, checkout, admin, held, scratch)
        return await work.with_index(index, commit, why)


async def full_tree(git: Git, repository: Repository, checkout: Path, held: Held) -> str:
    """One tree of a snapshot's tracked and untracked files."""
    if not held.untracked:
        return held.work_tree
    with files.scratch_directory() as scratch:
        index = TemporaryIndex(git, checkout, scratch / "full-index")
        await index.write("read-tree", held.work_tree)
        await index.set_entries([(entry.mode, entry.oid, 0, path) for path, entry in held.untracked.items()])
        return (await index.write("write-tree", *(("--missing-ok",) if repository.partial else ()))).decode().strip()


async def tree_changes(git: Git, repository: Repository, old: str, new: str) -> dict[bytes, Change]:
    """What differs between two trees, by path."""
    return {change.path: change for change in await diff_trees(git, repository.common_dir, old, new)}


class _Composing:
    def __init__(
        self, git: Git, repository: Repository, checkout: Path, admin: Path, held: Held, scratch: Path
    ) -> None:
        self.git, self.repository, self.checkout, self.admin = git, repository, checkout, admin
        self.held, self.scratch = held, scratch

    async def run(
        self, changes: Mapping[bytes, TreeFile | None], why: str, taken_from: Held | None, commit: str | None
    ) -> str:
        held, git, cwd = self.held, self.git, self.checkout
        index_tree = {entry.path for entry in await read_tree_entries(git, f"{held.oid}^2^{{tree}}", cwd=cwd)}
        known = index_tree | held.tracked.keys()
        tracked = {path: new for path, new in changes.items() if commit is not None or path in known}
        untracked = {
            path: None if path in tracked else new for path, new in changes.items()
            if path not in tracked or path in held.untracked
        }  # fmt: skip
        work = await self._changed_tree(held.work_tree, tracked, "work")
        others = await self._changed_tree(held.untracked_tree, untracked, "untracked")
        entries = {
            path: new for path, new in ({**held.tracked, **held.untracked} | dict(changes)).items() if new is not None
        }  # fmt: skip
        manifest = await self._manifest(changes, entries, why, taken_from, commit)
        out = await git.read("rev-parse", f"{held.oid}^1", f"{held.oid}^2", f"{held.oid}^2^{{tree}}", cwd=cwd)
        head, index, tree_of_index = out.decode().split()
        own: dict[bytes, str] = {}
        if commit is not None:
            head = commit
            tree_of_index = await self._changed_tree(tree_of_index, tracked, "index-tree")
            index = await commit_tree(git, tree_of_index, parents=(head,), message=f"index of {why}\n", cwd=cwd)
            own[b"index"] = await self._raw_index(tracked)
        return await self._write(work, head, index, others, manifest, own, why)

    async def with_index(self, index: Path, commit: str, why: str) -> str:
        held, git, cwd = self.held, self.git, self.checkout
        own = TemporaryIndex(git, cwd, self.scratch / "given")
        files.copy_with_times(index, own.path)
        await own.make_plain()
        entered: dict[bytes, TreeFile] = {}
        for line in (await own.read("ls-files", "-s", "-z")).split(b"\0"):
            if line:
                meta, _, path = line.partition(b"\t")
                mode, oid, _stage = meta.decode().split(" ")
                entered[path] = TreeFile(mode, oid)
        kept = tuple(one for one in held.manifest.kept if one.ignored or one.path not in entered)
        gone = {one.path for one in held.manifest.kept} - {one.path for one in kept}
        present = {**held.tracked, **held.untracked, **{path: entered[path] for path in gone}}
        work = {path: new for path, new in present.items() if path in entered}
        others = {path: new for path, new in present.items() if path not in entered}
        manifest = replace(held.manifest, reason=why, head_oid=commit, kept=kept)
        tree = (await own.write("write-tree")).decode().strip()
        index_commit = await commit_tree(git, tree, parents=(commit,), message=f"index of {why}\n", cwd=cwd)
        return await self._write(
            await self._changed_tree(None, work, "work"), commit, index_commit,
            await self._changed_tree(None, others, "untracked"), manifest,
            {b"index": await write_blob(git, own.path.read_bytes(), cwd=cwd)}, why,
        )  # fmt: skip

    async def _write(
        self, work: str, head: str, index: str, untracked: str, manifest: Manifest, admin: Mapping[bytes, str], why: str
    ) -> str:
        git, cwd = self.git, self.checkout
        own = {**self.held.admin, **admin, b"manifest.json": await write_blob(git, manifest.to_json(), cwd=cwd)}
        own |= {b"raw/" + oid.encode(): oid for oid in manifest.raw.values()}
        entries = TemporaryIndex(git, cwd, self.scratch / "admin")
        await entries.set_entries([("100644", oid, 0, path) for path, oid in own.items()])
        parents = (await git.read("rev-parse", f"{self.held.oid}^4^@", cwd=cwd)).decode().split()
        tree = await entries.write_tree()
        state = await commit_tree(git, tree, parents=parents, message=f"state of {why}\n", cwd=cwd)
        others = await commit_tree(git, untracked, parents=(), message=f"untracked files of {why}\n", cwd=cwd)
        return await commit_tree(git, work, parents=(head, index, others, state), message=f"{why}\n", cwd=cwd)

    async def _changed_tree(self, tree: str | None, changes: Mapping[bytes, TreeFile | None], name: str) -> str:
        """A tree with changes; from nothing when there is no ``tree``."""
        if not changes:
            return tree or await write_empty_tree(self.git, cwd=self.repository.common_dir)
        index = TemporaryIndex(self.git, self.checkout, self.scratch / name)
        if tree is not None:
            await index.write("read-tree", tree)
        await index.set_entries(self._lines(changes))
        return (
            (await index.write("write-tree", *(("--missing-ok",) if self.repository.partial else ()))).decode().strip()
        )

    def _lines(self, changes: Mapping[bytes, TreeFile | None]) -> list[tuple[str, str, int, bytes]]:
        """Removals first, so that a file can take a directory's place."""
        gone = [("0", self.repository.zero, 0, path) for path, new in changes.items() if new is None]
        return [*gone, *((new.mode, new.oid, 0, path) for path, new in changes.items() if new is not None)]

    async def _raw_index(self, changes: Mapping[bytes, TreeFile | None]) -> str:
        place = self.scratch / "raw-index"
        oid = self.held.admin.get(b"index")
        if oid is not None:
            place.write_bytes(await read_blob(self.git, oid, cwd=self.checkout))
        index = TemporaryIndex(self.git, self.checkout, place)
        await index.set_entries(self._lines(changes))
        return await write_blob(self.git, place.read_bytes(), cwd=self.checkout)

    async def _manifest(
        self, changes: Mapping[bytes, TreeFile | None], entries: dict[bytes, TreeFile], why: str,
        taken_from: Held | None, commit: str | None,
    ) -> Manifest:  # fmt: skip
        old = self.held.manifest
        raw = {path: oid for path, oid in old.raw.items() if path not in changes}
        smudged = {path: oid for path, oid in old.smudged.items() if path not in changes}
        modes = {path: mode for path, mode in old.other_modes.items() if path not in changes}
        written = [path for path, new in changes.items() if new is not None]
        side = Side(State(commit="composed"), entries, None)
        await stage(self.git, self.repository, self.admin, side, written, self.scratch / "written", contents=True)
        for path in written:
            exact = None
            if taken_from is not None:
                theirs = taken_from.tracked.get(path) or taken_from.untracked.get(path)
                exact = taken_from.files.get(path) if theirs == changes[path] else None
            if exact is not None and taken_from is not None:
                if path in taken_from.manifest.other_modes and exact.mode is not None:
                    modes[path] = exact.mode
                if path in taken_from.manifest.raw:
                    raw[path] = exact.oid
                    continue
                if exact.oid == entries[path].oid:  # the very bytes, though git would check out others
                    continue
            if side.wanted[path].oid != entries[path].oid:
                smudged[path] = side.wanted[path].oid
        return replace(
            old, reason=why, raw=raw, smudged=smudged, other_modes=modes,
            head_oid=old.head_oid if commit is None else commit,
        )  # fmt: skip
