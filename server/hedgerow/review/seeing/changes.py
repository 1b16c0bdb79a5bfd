"""`diff`: the files that differ, and how much of them is pending."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence

from hedgerow.git.diffs import GITLINK, LINK, ChangedFile
from hedgerow.journal.snapshots.together import two
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.review import DiffParams, DiffResult, DiffTotals, FileChange, FileKind, FileStatus

from ..deciding.waiting import Waiting
from ..paths import wire
from ..works import Work, find_checkout, work_in
from .comparing import BASE, REVIEWED, old_side
from .working import Working, whole

_STATUS = {"A": FileStatus.ADDED, "D": FileStatus.DELETED, "R": FileStatus.RENAMED, "T": FileStatus.TYPE}


async def diff(tools: Tools, params: DiffParams, caller: Caller) -> DiffResult:
    """The command `diff`.

    Raises:
        HedgerowError: there is no such checkout or nothing to compare with; it may not be read.
    """
    if params.cursor is not None:
        return _next_page(tools, params, params.cursor)
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    work = await work_in(tools, checkout)
    async with whole(tools.git, checkout, stays=work.stays) as working:
        async with old_side(tools, work, params.between, caller) as old:
            changed, pending = await _both(working, work, params.between, old.tree, old.objects)
        queued = {one.path for one in Waiting(tools.journal.database).of(checkout.id)}
        files = [shown(one, pending, working.unmerged, queued) for one in changed]
    files.sort(key=lambda file: file.path.encode("utf-8", "surrogateescape"))
    head = DiffResult(
        checkout=checkout.id,
        between=params.between,
        base=work.base,
        version=version_of(work, pending),
        totals=DiffTotals(
            files=len(files),
            added=sum(file.added or 0 for file in files),
            removed=sum(file.removed or 0 for file in files),
            pending=len(pending),
        ),
        files=[],
    )
    return _page(tools, head, files, params.limit)


async def _both(
    working: Working, work: Work, between: str, tree: str, objects: Working | None
) -> tuple[list[ChangedFile], dict[bytes, ChangedFile]]:
    """What differs from what was asked for, and what is pending."""
    same = between == REVIEWED or (between == BASE and work.untouched)
    if same:
        changed = await working.changed(tree, objects=objects)
        pending = changed
    else:
        changed, pending = await two(working.changed(tree, objects=objects), working.changed(work.reviewed_tree))
    return changed, {one.path: one for one in pending}


def shown(
    file: ChangedFile, pending: Mapping[bytes, ChangedFile], unmerged: Iterable[bytes], queued: Iterable[bytes]
) -> FileChange:
    """One file as it goes over the wire."""
    rest = pending.get(file.path)
    if rest is None and file.old_path is not None:
        rest = pending.get(file.old_path)
    return FileChange(
        path=wire(file.path),
        old_path=None if file.old_path is None else wire(file.old_path),
        status=status_of(file, unmerged),
        kind=kind_of(file, binary=file.added is None),
        old_mode=file.old_mode,
        new_mode=file.new_mode,
        added=file.added,
        removed=file.removed,
        pending=rest is not None,
        pending_added=0 if rest is None else rest.added,
        pending_removed=0 if rest is None else rest.removed,
        queued=file.path in queued,
    )


def status_of(file: ChangedFile, unmerged: Iterable[bytes] = ()) -> FileStatus:
    if file.path in unmerged:
        return FileStatus.CONFLICTED
    if file.status == "M" and file.old_mode != file.new_mode and file.added == file.removed == 0:
        return FileStatus.MODE
    return _STATUS.get(file.status, FileStatus.MODIFIED)


def kind_of(file: ChangedFile, *, binary: bool) -> FileKind:
    mode = file.new_mode or file.old_mode
    if GITLINK in (file.old_mode, file.new_mode):
        return FileKind.SUBMODULE
    if mode == LINK:
        return FileKind.LINK
    return FileKind.BINARY if binary else FileKind.TEXT


def version_of(work: Work, paths: Iterable[bytes]) -> str:
    """Changes whenever what is pending may have: by what the disk says of each file, so that none is read again."""
    digest = hashlib.sha256(work.reviewed_tree.encode())
    top = os.fsencode(work.checkout.path)
    for path in sorted(paths):
        try:
            found = os.lstat(os.path.join(top, path))
            facts = f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_mode}"
        except (FileNotFoundError, NotADirectoryError):
            facts = "-"
        digest.update(path + b"\0" + facts.encode() + b"\0")
    return digest.hexdigest()[:20]


def _page(tools: Tools, head: DiffResult, files: Sequence[FileChange], limit: int) -> DiffResult:
    rest = files[limit:]
    cursor = tools.pages.keep(head, rest) if rest else None
    return head.model_copy(update={"files": list(files[:limit]), "cursor": cursor})


def _next_page(tools: Tools, params: DiffParams, cursor: str) -> DiffResult:
    kept = tools.pages.take(cursor)
    head, rest = kept or (None, ())
    if not isinstance(head, DiffResult):
        raise HedgerowError(
            ErrorCode.UNKNOWN_TOKEN, "there is no further page under this cursor; ask for the first one again"
        )
    files = [file for file in rest if isinstance(file, FileChange)]
    return _page(tools, head, files, params.limit)
