"""A snapshot read back from the object database, and what it says lies in its checkout. Reads only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from hedgerow.git.errors import GitError, GitParseError
from hedgerow.git.objects import read_blob, read_tree_entries
from hedgerow.git.refs import HeadRef
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .contents import blob_id, hash_files
from .index import GITLINK, LINK
from .manifest import Manifest
from .together import two
from .trees import TreeFile
from .walk import Walk


class ExpectedFile(NamedTuple):
    """What lies at a path: a link or a file, the id of its bytes (of its target), and its permissions."""

    link: bool
    oid: str
    mode: int | None


@dataclass(frozen=True)
class Held:
    """One snapshot.

    Attributes:
        commit: HEAD's commit, None when the checkout had none yet.
        admin: path in the admin tree -> object.
    """

    oid: str
    commit: str | None
    work_tree: str
    untracked_tree: str
    manifest: Manifest
    tracked: dict[bytes, TreeFile]
    untracked: dict[bytes, TreeFile]
    admin: dict[bytes, str]
    repository: Repository

    @property
    def head(self) -> HeadRef:
        return HeadRef(ref=self.manifest.head_ref, oid=self.manifest.head_oid)

    @cached_property
    def files(self) -> dict[bytes, ExpectedFile]:
        """Every file a laid-down checkout holds, kept ones included."""
        manifest = self.manifest
        absent = set(manifest.absent)
        found: dict[bytes, ExpectedFile] = {}
        for path, entry in (*self.tracked.items(), *self.untracked.items()):
            if entry.mode == GITLINK or path in absent:
                continue
            oid = manifest.raw.get(path) or manifest.smudged.get(path) or entry.oid
            if entry.mode == LINK and path not in manifest.raw:
                found[path] = ExpectedFile(True, oid, None)
            else:
                usual = manifest.modes[1 if entry.mode == "100755" else 0]
                found[path] = ExpectedFile(False, oid, manifest.other_modes.get(path, usual))
        for kept in manifest.kept:
            found[kept.path] = ExpectedFile(False, kept.oid, kept.mode)
        for path, target in manifest.kept_links.items():
            found[path] = ExpectedFile(True, blob_id(self.repository, target), None)
        return found

    @cached_property
    def work(self) -> dict[bytes, tuple[bool, str, bool]]:
        """Every tracked and untracked path that is there: whether a link, the id of its exact bytes, whether
        executable. Attributes do not change it, as they change the trees."""
        ignored = {kept.path for kept in self.manifest.kept if kept.ignored} | self.manifest.kept_links.keys()
        found = {
            path: (file.link, file.oid, bool((file.mode or 0) & 0o100))
            for path, file in self.files.items() if path not in ignored
        }  # fmt: skip
        return found | {
            path: (False, entry.oid, False) for path, entry in self.tracked.items() if entry.mode == GITLINK
        }

    @cached_property
    def directories(self) -> dict[bytes, int]:
        """Every directory a laid-down checkout holds, with its permissions; `b""` is the top."""
        gitlinks = {path for path, entry in self.tracked.items() if entry.mode == GITLINK}
        found = {b"", *self.manifest.childless}
        for path in (*self.files, *self.manifest.childless, *gitlinks):
            parent = path.rpartition(b"/")[0]
            while parent not in found:
                found.add(parent)
                parent = parent.rpartition(b"/")[0]
        modes = self.manifest.other_modes
        return {path: modes.get(path, self.manifest.modes[2]) for path in found}

    def differences(self, found: Walk, hashes: Mapping[bytes, str], root: Path) -> list[tuple[bytes, str]]:
        """Where a checkout is not what this snapshot holds: paths, each with what differs.

        Args:
            hashes: ids of the bytes of every plain file of the walk.
        """
        wrong: list[tuple[bytes, str]] = []
        for path, expected in self.files.items():
            on = found.files.get(path)
            if on is None:
                wrong.append((path, "missing"))
            elif (path in found.links) != expected.link:
                wrong.append((path, "kind"))
            elif expected.link:
                if blob_id(self.repository, os.readlink(os.fsencode(root) + b"/" + path)) != expected.oid:
                    wrong.append((path, "target"))
            elif hashes.get(path) != expected.oid:
                wrong.append((path, "bytes"))
            elif on.permissions != expected.mode:
                wrong.append((path, "mode"))
        wrong += [(path, "extra") for path in found.files if path not in self.files]
        for path, mode in self.directories.items():
            if path not in found.directories:
                wrong.append((path, "missing directory"))
            elif found.directories[path] != mode:
                wrong.append((path, "directory mode"))
        return wrong


async def load(git: Git, repository: Repository, snapshot: str) -> Held:
    """Read a snapshot by its commit or ref.

    Raises:
        HedgerowError: (`noSuchSnapshot`) it is gone, incomplete, or not one of ours.
    """
    cwd = repository.common_dir
    try:
        out = await git.read(
            "rev-parse", "--end-of-options", f"{snapshot}^{{commit}}", f"{snapshot}^1^{{commit}}",
            f"{snapshot}^{{tree}}", f"{snapshot}^3^{{tree}}", f"{snapshot}^4^{{commit}}",
            cwd=cwd,
        )  # fmt: skip
        oid, base, work, untracked, admin = out.decode().split()[-5:]
        admin_tree = {entry.path: entry.oid for entry in await read_tree_entries(git, admin, cwd=cwd)}
        manifest = Manifest.from_json(await read_blob(git, admin_tree[b"manifest.json"], cwd=cwd))
        tracked, others = await two(_entries(git, cwd, work), _entries(git, cwd, untracked))
    except (GitError, GitParseError, KeyError, ValueError) as error:
        raise HedgerowError(
            ErrorCode.NO_SUCH_SNAPSHOT, f"{snapshot} is not a complete snapshot: {error}", snapshot=snapshot
        ) from error
    return Held(
        oid=oid, commit=base if manifest.head_oid else None, work_tree=work, untracked_tree=untracked,
        manifest=manifest, tracked=tracked, untracked=others, admin=admin_tree, repository=repository,
    )  # fmt: skip


async def _entries(git: Git, cwd: Path, tree: str) -> dict[bytes, TreeFile]:
    return {entry.path: TreeFile(entry.mode, entry.oid) for entry in await read_tree_entries(git, tree, cwd=cwd)}


async def hash_walk(git: Git, checkout: Path, paths: Iterable[bytes], found: Walk) -> dict[bytes, str]:
    """Ids of the bytes of those paths that are plain files."""
    plain = [path for path in paths if path in found.files and path not in found.links]
    return dict(zip(plain, await hash_files(git, checkout, plain), strict=True))
