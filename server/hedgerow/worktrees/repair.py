"""Finding what is broken in a repository's list of worktrees, and planning a mend for each. Quarantines, never deletes.

Other tools' worktrees are found too and mended only when named one by one.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.identity import record_of
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.worktree_list import gitdir_target, points_back
from hedgerow.journal.bench import Bench
from hedgerow.journal.guards import Absent, AnyGuard, NotLocked
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.steps import AnyStep, Move, Record, WriteFile
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import ChangeResult, Effect, Kept, Plan
from hedgerow.protocol.worktrees import RepairParams

from .anchors import anchor


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


async def repair(tools: Tools, params: RepairParams, caller: Caller) -> ChangeResult:
    """The command `repair`."""
    repository = await tools.repository_to_change(params.repository, caller)
    draft = tools.agreement.agreed(params, "repair")
    if draft is None:
        found = await findings(tools, repository, caller)
        chosen = _chosen(found, params.only)
        kept = [
            Kept(
                name=one.name, path=str(one.path), reason=one.problem or f"{one.text}; mend it by name: repair {one.id}"
            )
            for one in found
            if one not in chosen
        ]
        if not chosen:
            message = "nothing to mend" if not found else "nothing was mended"
            return ChangeResult(message=message, kept=kept)
        draft = await _plan(tools, repository, chosen, kept)
    return await tools.agreement.settle(draft, repository.git, params, caller)


async def findings(tools: Tools, repository: KnownRepository, _caller: Caller) -> list[Finding]:
    """Everything that is broken, ours and others'. Reads only.

    Raises:
        HedgerowError: so many directories are absent at once that the disk they are on is rather not mounted.
    """
    root = repository.common_dir / "worktrees"
    records = {record.admin: record for record in tools.records.worktrees(repository.id)}
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
        if record.admin not in seen and record.state == "ready":
            found.append(_recorded(record.id, record.label, Path(record.path), Path(record.admin)))
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


def _recorded(identity: str, label: str, path: Path, admin: Path) -> Finding:
    back = points_back(path) if path.is_dir() else None
    if back is not None and _same_text(back, admin):
        return Finding(
            "orphaned",
            label,
            f"{path} is there, but git no longer knows it (its entry {admin} is gone)",
            ours=True,
            path=path,
            record=identity,
            problem="its files are untouched; copy what you need from there into a new worktree",
        )
    return Finding(
        "forgotten",
        label,
        f"{label} was removed by someone else; only our record of it is left",
        ours=True,
        path=path,
        record=identity,
    )


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


def _chosen(found: list[Finding], only: list[str]) -> list[Finding]:
    by_id = {one.id: one for one in found}
    by_name = {one.name: one for one in found}
    if not only:
        return [one for one in found if one.ours and one.problem is None]
    chosen: list[Finding] = []
    for text in only:
        one = by_id.get(text) or by_name.get(text)
        if one is None:
            known = ", ".join(f"{each.id} ({each.name})" for each in found) or "none"
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"there is no finding {text[:60]!r}; there are: {known}")
        if one.problem is not None:
            raise HedgerowError(ErrorCode.PROTECTED, f"{one.text}: {one.problem}")
        chosen.append(one)
    return chosen


async def _plan(tools: Tools, repository: KnownRepository, chosen: list[Finding], kept: list[Kept]) -> Draft:
    operation = new_id("o")
    bench = Bench(tools.journal, repository.git, operation)
    steps: list[AnyStep] = []
    guards: list[AnyGuard] = []
    effects: list[Effect] = []
    for number, one in enumerate(chosen):
        if one.kind == "moved":
            assert one.admin is not None and one.found is not None and one.path is not None
            gitdir = one.admin / "gitdir"
            steps.append(WriteFile.of(gitdir, gitdir.read_bytes(), os.fsencode(one.found / ".git") + b"\n"))
            guards.append(Absent(path=str(one.path)))
            effects.append(Effect(text=f"tell git that {one.path.name} is at {one.found}", path=str(one.found)))
        elif one.kind == "pointer":
            assert one.admin is not None and one.path is not None
            dotgit = one.path / ".git"
            steps.append(WriteFile.of(dotgit, dotgit.read_bytes(), b"gitdir: " + os.fsencode(one.admin) + b"\n"))
            effects.append(Effect(text=f"tell {one.name} where its repository is now", path=str(one.path)))
        elif one.admin is not None:
            named = [one.admin / file for file in ("HEAD", "ORIG_HEAD", "MERGE_HEAD", "logs/HEAD")]
            keep = await anchor(tools, repository, named, f"{operation}-{number}", one.name)
            if keep is not None:
                steps.append(keep)
                effects.append(Effect(text=f"keep commits that only {one.name} held, as {keep.ref}", ref=keep.ref))
            steps.append(Move.of(one.admin, bench.trash_of_admin / one.admin.name))
            guards.append(NotLocked(admin=str(one.admin), name=one.name))
            effects.append(Effect(text=f"take {one.name} off git's list: {one.text}", path=str(one.admin)))
        if one.record is not None:
            row = tools.journal.database.row("SELECT * FROM worktrees WHERE id = ?", one.record)
            assert row is not None
            change = {"state": "retired"}
            if one.kind == "moved":
                change = {"path": str(one.found)}
            elif one.kind == "pointer":
                change = {"admin": str(one.admin), "path": str(one.path)}
            steps.append(Record(table="worktrees", key=one.record, before=row, after={**row, **change}))
            if one.kind == "forgotten":
                effects.append(Effect(text=f"forget {one.name}: {one.text}", checkout=one.record))
    count = len(chosen)
    title = f"Mend {count} worktree{'s' if count != 1 else ''}: {', '.join(one.name for one in chosen)}"
    return Draft(
        shown=Plan(token=new_token(), command="repair", title=title, effects=effects, kept=kept, needs_agreement=True),
        operation=operation,
        repository=repository.id,
        directory=str(repository.common_dir),
        steps=tuple(steps),
        guards=tuple(guards),
        no_return=len(steps),
        locks=tuple(one.record for one in chosen if one.record),
        undo=UndoRecipe(how="invert"),
        checkouts=tuple(one.record for one in chosen if one.record),
        message=title.replace("Mend", "Mended", 1),
    )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _same_text(one: Path, other: Path) -> bool:
    return os.path.normpath(one) == os.path.normpath(other)
