"""Snapshots for plans: what a checkout holds, in the person's words, and the step that keeps it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.runner import Git
from hedgerow.journal import snapshots
from hedgerow.journal.guards import Unchanged
from hedgerow.journal.plans import new_id
from hedgerow.journal.snapshots import FactKind, Taken
from hedgerow.journal.steps import HeadState, Hold
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Loss
from hedgerow.protocol.sentence import one_line
from hedgerow.protocol.settings import REBUILDABLE, Settings

from .tools import Tools

_SHOWN_PATHS = 100

_WORDS = {
    FactKind.MODIFIED: "modified file{s}",
    FactKind.STAGED: "staged change{s}",
    FactKind.CONFLICTED: "file{s} with conflicts",
    FactKind.UNTRACKED: "untracked file{s}",
    FactKind.IGNORED: "ignored file{s} that nothing rebuilds",
    FactKind.HIDDEN: "edit{s} hidden by assume-unchanged or skip-worktree",
    FactKind.COMMITS: "commit{s} on no branch and in no other checkout",
    FactKind.REFLOG: "commit{s} that only its reflog names",
    FactKind.REBUILDABLE: "director{ies} that can be rebuilt",
}


@dataclass(frozen=True)
class Taking:
    """A snapshot that was taken and not kept yet."""

    repository: KnownRepository
    taken: Taken
    path: Path
    rebuildable: tuple[str, ...]

    @property
    def ignored(self) -> frozenset[bytes]:
        """What git ignores there: files, and directories that can be rebuilt."""
        return frozenset((*self.taken.fact(FactKind.IGNORED), *self.taken.fact(FactKind.REBUILDABLE)))

    def unchanged(self, admin: Path, label: str) -> Unchanged:
        """The guard that the checkout stays as it was taken."""
        return Unchanged(
            path=str(self.path), admin=str(admin), name=label, fingerprint=self.taken.fingerprint,
            rebuildable=self.rebuildable,
        )  # fmt: skip

    @property
    def changed(self) -> int:
        """Uncommitted paths that travel with it."""
        kinds = (FactKind.MODIFIED, FactKind.STAGED, FactKind.CONFLICTED, FactKind.UNTRACKED, FactKind.HIDDEN)
        return len({path for kind in kinds for path in self.taken.fact(kind)})

    def losses(self, *, links: Collection[str] = ()) -> list[Loss]:
        """What leaves its place. Commits that only a reflog names are held too, and are no reason to ask.

        Args:
            links: paths that Hedgerow itself linked to Local's directories: nothing of them leaves.
        """
        facts = [
            replace(fact, items=tuple(item for item in fact.items if os.fsdecode(item) not in links))
            for fact in self.taken.facts
        ]
        return [
            Loss(
                kind=fact.kind.value,
                text=f"{len(fact.items)} {_plural(_WORDS[fact.kind], len(fact.items))}",
                count=len(fact.items),
                paths=[_shown(item) for item in fact.items[:_SHOWN_PATHS]],
                kept="no" if fact.kind is FactKind.REBUILDABLE else "snapshot",
            )
            for fact in facts
            if fact.kind is not FactKind.REFLOG and fact.items
        ]

    def hold(self, operation: str, reason: str, checkout: str, name: str, record: dict[str, Any] | None = None) -> Hold:
        """The step that keeps it.

        Args:
            record: our row of the checkout, which comes back with it.
        """
        identity = new_id("s")
        head = HeadState.of(self.taken.head)
        row = {
            "id": identity,
            "repository": self.repository.id,
            "common_dir": str(self.repository.common_dir),
            "checkout": checkout,
            "name": name,
            "path": str(self.path),
            "ref": snapshots.ref_of(identity),
            "oid": self.taken.oid,
            "created": time.time(),
            "reason": reason,
            "head": json.dumps(head.model_dump()),
            "size_bytes": self.taken.size_bytes,
            "files": self.taken.files,
            "operation": operation,
            "record": None if record is None else json.dumps(record),
        }
        return Hold(row=row, checkout=str(self.path))


async def take(
    tools: Tools,
    repository: KnownRepository,
    path: Path,
    admin: Path,
    *,
    label: str,
    settings: Settings,
    leaving: Collection[str] | None = None,
    stays: Collection[bytes] = (),
    goes: Collection[bytes] = (),
    reason: str | None = None,
) -> Taking:
    """Build a snapshot's objects; no ref is made, nothing of the checkout is touched.

    Args:
        leaving: ids of all checkouts that are going to leave with this one: their HEADs hold nothing, and worktrees
            inside it block that. None when it stays, with its ignored files in it.
        stays: untracked files that stay like ignored ones; ``goes`` ignored ones that go like untracked ones.

    Raises:
        HedgerowError: CANNOT_SNAPSHOT with what is in the way.
    """
    rebuildable = (*REBUILDABLE, *settings.rebuildable)
    others = [
        one.listed.head
        for one in await tools.discovery.checkouts_of(repository)
        if one.path != path and one.listed.head and one.id not in (leaving or ())
    ]
    taken = await snapshots.take(
        tools.git,
        repository.git,
        path,
        admin,
        rebuildable=rebuildable,
        large_file_bytes=settings.large_file_mib * 2**20,
        label=label,
        reason=reason or ("carry" if leaving is None else "clean-up"),
        with_ignored=leaving is not None,
        held_by=others,
        stays=stays,
        goes=goes,
    )
    if leaving is not None and taken.worktrees_inside:
        names = ", ".join(_shown(one) for one in taken.worktrees_inside)
        raise HedgerowError(
            ErrorCode.PROTECTED, f"{label} has other worktrees inside ({names}); clean those up or move them first"
        )
    return Taking(repository, taken, path, rebuildable)


async def unchanged(tools: Tools, checkout: Checkout, settings: Settings) -> Unchanged:
    """The guard that a checkout stays as it is now."""
    rebuildable = (*REBUILDABLE, *settings.rebuildable)
    fingerprint = await snapshots.fingerprint(
        tools.git, checkout.repository.git, checkout.path, checkout.admin, rebuildable=rebuildable
    )
    return Unchanged(
        path=str(checkout.path),
        admin=str(checkout.admin),
        name=checkout.label,
        fingerprint=fingerprint,
        rebuildable=rebuildable,
    )


async def same_content(git: Git, common_dir: Path, one: str, other: str) -> bool:
    """Whether two snapshots hold the same HEAD, tracked files, index and untracked files."""
    parts = ("^{tree}", "^1", "^2^{tree}", "^3^{tree}")
    out = await git.read("rev-parse", *(f"{oid}{part}" for oid in (one, other) for part in parts), cwd=common_dir)
    oids = out.decode().split()
    return oids[: len(parts)] == oids[len(parts) :]


def _plural(words: str, count: int) -> str:
    return words.replace("{ies}", "y" if count == 1 else "ies").replace("{s}", "" if count == 1 else "s")


def _shown(path: bytes) -> str:
    return one_line(os.fsdecode(path).encode("utf-8", "replace").decode())
