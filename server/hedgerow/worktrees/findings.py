"""What is broken in a repository's list of worktrees, ours and others'. Reads only."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.identity import record_of
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.worktree_list import gitdir_target, points_back
from hedgerow.journal.records import WorktreeRecord
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller


@dataclass(frozen=True)
class Finding:
    """One thing that is broken.

    Attributes:
        kind: `stale` (git's entry, no directory), `moved` (the directory is elsewhere), `pointer` (the repository is),
            `halfMade` (an entry that points nowhere), `forgotten` (our row, nothing on disk), `orphaned` (a
            directory, no entry).
        found: for `moved`, where the directory is now.
        problem: why no mend can be planned, if so.
    """

    kind: str
    name: str
    text: str
    ours: bool
    admin: Path | None = None
    path: Path | None = None
    found: Path | None = None
    record: str | None = None
    problem: str | None = None

    @property
    def id(self) -> str:
        text = f"{self.kind}\0{self.admin}\0{self.path}\0{self.record}"
        return "r" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]


async def findings(tools: Tools, repository: KnownRepository, _caller: Caller) -> list[Finding]:
    """Everything that is broken, ours and others'."""
    root = repository.common_dir / "worktrees"
    everything = tools.records.worktrees(repository.id)
    records = {record.admin: record for record in everything if record.state == "ready"}
    # Where the whole repository was moved the recorded places are old ones; the token says whose entry it is.
    by_token = {
        Path(record.admin).name: record
        for record in records.values()
        if not os.path.lexists(record.admin) and record_of(root / Path(record.admin).name, [record]) is not None
    }
    found: list[Finding] = []
    seen: set[str] = set()
    try:
        names = sorted(os.listdir(root))
    except FileNotFoundError:
        names = []
    for name in names:
        admin = root / name
        record = records.get(str(admin)) or by_token.get(admin.name)
        seen.add(record.admin if record is not None else str(admin))
        if not admin.is_dir():
            continue
        one = _entry(admin, record.id if record else None)
        if one is not None:
            found.append(one)
    for record in records.values():
        if record.admin not in seen:
            found.append(_recorded(repository, record))
    under_way = tools.journal.database.rows("SELECT checkouts FROM operations WHERE state = 'running'")
    making = {one for row in under_way for one in json.loads(row["checkouts"])}
    for record in everything:
        if record.state == "making" and record.id not in making:
            text = f"the making of {record.label} was never finished; only our record of it is left"
            found.append(Finding("forgotten", record.label, text, ours=True, path=Path(record.path), record=record.id))
    return found


def _entry(admin: Path, record: str | None) -> Finding | None:
    target = gitdir_target(admin)
    ours = record is not None
    if target is None:
        return Finding(
            "halfMade", admin.name, f"{admin} is a half-made entry that points to no directory", ours=False, admin=admin
        )
    back = points_back(target) if target.is_dir() else None
    if back is not None and _same(back, admin):
        return None
    if back is not None and back.name == admin.name and not os.path.lexists(back):
        text = f"{target} names {back}, which is gone: the repository was moved"
        return Finding("pointer", target.name, text, ours=ours, admin=admin, path=target, record=record)
    if (admin / "locked").exists():
        return Finding(
            "stale",
            target.name,
            f"{target} is gone, and its entry is locked",
            ours=ours,
            admin=admin,
            path=target,
            record=record,
            problem="it is locked, as is done for disks that come and go; unlock it first",
        )
    moved = _moved_to(admin, target)
    if moved is not None:
        return Finding(
            "moved",
            target.name,
            f"{target} is at {moved} now",
            ours=ours,
            admin=admin,
            path=target,
            found=moved,
            record=record,
        )
    problem = None
    if not target.parent.is_dir():
        problem = f"{target.parent} is not there either; a disk that is not mounted, or a moved folder?"
    what = "holds something else now" if os.path.lexists(target) else "is gone"
    return Finding(
        "stale",
        target.name,
        f"{target} {what}, and git still lists it",
        ours=ours,
        admin=admin,
        path=target,
        record=record,
        problem=problem,
    )


def _recorded(repository: KnownRepository, record: WorktreeRecord) -> Finding:
    identity, label, path, admin = record.id, record.label, Path(record.path), Path(record.admin)
    back = points_back(path) if path.is_dir() else None
    if back is not None and _same_text(back, admin):
        return Finding(
            "orphaned",
            label,
            f"{path} is there, but git no longer knows it (its entry {admin} is gone)",
            ours=True,
            admin=admin,
            path=path,
            record=identity,
            problem=_not_again(repository, record),
        )
    return Finding(
        "forgotten",
        label,
        f"{label} was removed by someone else; only our record of it is left",
        ours=True,
        path=path,
        record=identity,
    )


def _not_again(repository: KnownRepository, record: WorktreeRecord) -> str | None:
    """Why an orphaned directory cannot be put on git's list again; None when it can."""
    possible = repository.git.ref_format == "files" and record.base is not None
    if possible and _same(Path(record.admin).parent.parent, repository.common_dir):
        return None
    return "its files are untouched; copy what you need from there into a new worktree"


def _moved_to(admin: Path, target: Path) -> Path | None:
    """Where a directory went that still names this entry: looked for beside its old place."""
    try:
        names = os.listdir(target.parent)
    except OSError:
        return None
    for name in sorted(names):
        place = target.parent / name
        if place == target or not place.is_dir() or place.is_symlink():
            continue
        back = points_back(place)
        if back is not None and _same(back, admin):
            return place
    return None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _same_text(one: Path, other: Path) -> bool:
    return os.path.normpath(one) == os.path.normpath(other)
