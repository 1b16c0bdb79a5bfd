"""Taking a snapshot: reading a checkout, building its objects, and proving that nothing changed meanwhile.

Writes unreferenced objects only; `holding` gives them their ref. Never touches the checkout or its index.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hedgerow.git.errors import GitError, readable
from hedgerow.git.refs import HeadRef
from hedgerow.git.repository import Repository
from hedgerow.git.runner import Git
from hedgerow.journal import files
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from .admin_state import is_linked
from .commits import find_extras, write_snapshot
from .contents import hash_files
from .exactness import ChangedMeanwhileError, Contents, find_contents, usual_modes
from .facts import Fact, FactKind, gather_facts
from .manifest import KeptFile, Manifest
from .obstacles import ObstacleKind, refuse
from .reading import Reading, changed_since, read_checkout
from .together import two
from .trees import Trees, build_trees

_CLOCK_TICK_NS = 20_000_000
"""Longer than a tick of the clock behind file times (4 ms at 250 Hz, 10 ms at 100 Hz): a file changed within one
tick of being read could be changed again with no trace in its times."""


@dataclass(frozen=True)
class Taken:
    """A snapshot that exists as objects, with no ref yet.

    Attributes:
        oid: its commit.
        fingerprint: of the checkout at that moment; while it is the same, the snapshot is what the checkout holds:
            every file was hashed between two readings that agreed in every stat.
        facts: what would leave with the checkout.
        worktrees_inside: worktrees of the same repository below it; passed over, and in the way of a removal.
        files: modified, staged, conflicted, hidden, untracked and ignored files held.
        size_bytes: size of those, about what the snapshot adds.
    """

    oid: str
    fingerprint: str
    head: HeadRef
    operation: str | None
    facts: tuple[Fact, ...]
    kept: tuple[KeptFile, ...]
    worktrees_inside: tuple[bytes, ...]
    files: int
    size_bytes: int

    def fact(self, kind: FactKind) -> tuple[bytes, ...]:
        """The items of one kind, none when it has none."""
        return next((fact.items for fact in self.facts if fact.kind is kind), ())


async def take(
    git: Git,
    repository: Repository,
    checkout: Path,
    admin: Path,
    *,
    rebuildable: Collection[str],
    large_file_bytes: int,
    label: str,
    reason: str,
    held_by: Sequence[str] = (),
    with_ignored: bool = True,
    stays: Collection[bytes] = (),
    goes: Collection[bytes] = (),
) -> Taken:
    """Build a snapshot of a checkout.

    Args:
        rebuildable: names of ignored directories that need not be kept.
        large_file_bytes: untracked files over this size stay outside git.
        label: the checkout's name for a person; ``reason`` why it is taken.
        held_by: commits that something else keeps beside shared refs (HEADs of checkouts that stay).
        with_ignored: False leaves ignored files out: where the checkout stays, they stay in it.
        stays: untracked files, and directories of such, that are left out like ignored ones (they were ignored when
            the work came here, by rules that it may have changed).
        goes: ignored files that are taken like untracked ones (they came as such, where other rules hold).

    Raises:
        HedgerowError: (`cannotSnapshot`) something cannot be held, or files keep changing.
    """
    lock = admin / "index.lock"
    if os.path.lexists(lock):
        raise HedgerowError(
            ErrorCode.CANNOT_SNAPSHOT,
            f"another git program is working in this checkout, or one was killed there; "
            f"if none runs, delete {readable(os.fsencode(lock))}",
            paths=[readable(os.fsencode(lock))],
        )
    changed: list[bytes] = []
    for _attempt in range(2):
        try:
            with files.scratch_directory() as scratch:
                taking = _Taking(
                    git,
                    repository,
                    checkout,
                    admin,
                    frozenset(rebuildable),
                    large_file_bytes,
                    scratch,
                    with_ignored,
                    frozenset(stays),
                    frozenset(goes),
                )
                return await taking.run(label, reason, held_by)
        except ChangedMeanwhileError as error:
            changed = error.paths
        except GitError as error:
            raise HedgerowError(
                ErrorCode.CANNOT_SNAPSHOT, f"git cannot hold this checkout: {error.last_line}", git=error.stderr
            ) from error
    shown = ", ".join(f"'{readable(path)}'" for path in changed[:5])
    raise HedgerowError(
        ErrorCode.CANNOT_SNAPSHOT,
        f"files are changing while they are read ({shown or 'git state'}); stop what writes them and try again",
        paths=[readable(path) for path in changed],
    )


@dataclass
class _Taking:
    git: Git
    repository: Repository
    checkout: Path
    admin: Path
    rebuildable: frozenset[str]
    large_file_bytes: int
    scratch: Path
    with_ignored: bool
    stays: frozenset[bytes]
    goes: frozenset[bytes]

    async def run(self, label: str, reason: str, held_by: Sequence[str]) -> Taken:
        seen = await self._read()
        refuse(seen.obstacles)
        reading = self._what_moves(seen)
        newest = max((entry.ctime_ns for entry in reading.walk.files.values()), default=0)
        if abs(time.time_ns() - newest) < _CLOCK_TICK_NS:
            await asyncio.sleep(_CLOCK_TICK_NS / 1e9)
        on_disk = reading.walk.files
        try:
            (trees, contents), fingerprint = await two(
                self._build(reading), asyncio.to_thread(lambda: seen.fingerprint)
            )
        except (GitError, OSError) as error:
            # A file that vanished or became unreadable under us shows in a second look; anything else is an error.
            await self._refuse_change(reading, error)
            raise
        manifest = self._manifest(reading, trees, contents, label, reason)
        (oid, facts), _ = await two(self._write(reading, trees, manifest, held_by), self._refuse_change(reading))
        dirty = {
            path for fact in facts
            if fact.kind not in {FactKind.COMMITS, FactKind.REFLOG, FactKind.REBUILDABLE} for path in fact.items
        }  # fmt: skip
        return Taken(
            oid=oid,
            fingerprint=fingerprint,
            head=reading.state.head,
            operation=reading.state.operation,
            facts=tuple(facts),
            kept=manifest.kept,
            worktrees_inside=tuple(one.path for one in reading.obstacles if one.kind is ObstacleKind.WORKTREE),
            files=len(dirty),
            size_bytes=sum(on_disk[path].size for path in dirty | contents.raw.keys() if path in on_disk),
        )

    def _what_moves(self, seen: Reading) -> Reading:
        if not self.stays and not self.goes:
            return seen
        left = {path for path in seen.untracked if self._stays(path)}
        taken = self.goes & set(seen.ignored)
        return replace(
            seen, untracked=sorted({*seen.untracked} - left | taken), ignored=sorted({*seen.ignored} - taken | left)
        )

    def _stays(self, path: bytes) -> bool:
        while path:
            if path in self.stays:
                return True
            path = path.rpartition(b"/")[0]
        return False

    async def _build(self, reading: Reading) -> tuple[Trees, Contents]:
        """Everything that reads files: their bytes hashed as they are, and through git's filters into trees."""
        on_disk = reading.walk.files
        large = {path for path in reading.untracked if on_disk[path].size > self.large_file_bytes}
        inside = [path for path in reading.untracked if path not in large]
        plain = reading.walk.plain()
        ignored = list(reading.ignored)
        if not self.with_ignored:
            left_out, ignored = set(ignored), []
            plain = [path for path in plain if path not in left_out]
        hashes, trees = await two(
            hash_files(self.git, self.checkout, plain),
            build_trees(self.git, self.repository, self.checkout, self.admin, reading, inside, self.scratch),
        )
        contents = await find_contents(
            self.git, self.repository, self.checkout, reading, trees,
            dict(zip(plain, hashes, strict=True)), [*ignored, *sorted(large | trees.refused)], self.scratch,
        )  # fmt: skip
        return trees, contents

    async def _write(
        self, reading: Reading, trees: Trees, manifest: Manifest, held_by: Sequence[str]
    ) -> tuple[str, list[Fact]]:
        extras = await find_extras(self.git, self.repository, self.checkout, reading, trees)
        return await two(
            write_snapshot(self.git, self.repository, self.checkout, reading, trees, manifest, extras, self.scratch),
            gather_facts(
                self.git, self.repository, self.checkout, reading, trees, held_by, extras.named, extras.reflog
            ),
        )

    async def _read(self) -> Reading:
        return await read_checkout(self.git, self.repository, self.checkout, self.admin, rebuildable=self.rebuildable)

    async def _refuse_change(self, reading: Reading, error: Exception | None = None) -> None:
        changed = await changed_since(
            self.git, self.repository, self.checkout, self.admin, reading, rebuildable=self.rebuildable
        )
        if changed is not None:
            raise ChangedMeanwhileError(changed) from error

    def _manifest(self, reading: Reading, trees: Trees, contents: Contents, label: str, reason: str) -> Manifest:
        modes, other = usual_modes(reading, {**trees.tracked, **trees.untracked})
        state = reading.state
        return Manifest(
            label=label, reason=reason, path=str(self.checkout), created=time.time(),
            head_ref=state.head.ref, head_oid=state.head.oid, linked=is_linked(self.repository, self.admin),
            operation=state.operation, modes=modes, other_modes=other,
            childless=tuple(sorted(reading.walk.childless)), absent=tuple(contents.absent),
            raw=contents.raw, smudged=contents.smudged, kept=tuple(contents.kept), kept_links=contents.kept_links,
            rebuildable=tuple(reading.rebuildable), refs=state.refs, root_refs=state.root_refs,
            options=reading.conversions.as_options, state_modes=state.modes,
        )  # fmt: skip
