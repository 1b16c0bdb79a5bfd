"""Snapshots as our database has them: found by id, or by the name of what was cleaned up."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_ref
from hedgerow.journal import snapshots
from hedgerow.journal.steps import HeadState
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError


@dataclass(frozen=True)
class Stored:
    """One snapshot as our database has it."""

    row: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    @property
    def record(self) -> dict[str, Any] | None:
        """The row of the worktree at that moment, if it was ours."""
        return json.loads(self.row["record"]) if self.row["record"] else None

    @property
    def head(self) -> HeadState:
        return HeadState.model_validate(json.loads(self.row["head"]))


def snapshot_row(tools: Tools, identity: str) -> dict[str, Any] | None:
    """Our row of a snapshot with exactly this id."""
    return tools.journal.database.row("SELECT * FROM snapshots WHERE id = ? AND dropped IS NULL", identity)


async def find_snapshot(tools: Tools, text: str, caller: Caller, repository: str | None = None) -> Stored:
    """A snapshot by its id, or the newest one of a checkout that was cleaned up, by that checkout's name or path.

    Names are looked for in the repository given, else in the ones that are open.

    Raises:
        HedgerowError: NO_SUCH_SNAPSHOT.
    """
    row = snapshot_row(tools, text)
    if row is not None:
        return Stored(row)
    if repository is not None:
        place = (caller.directories[0] if caller.directories else Path.cwd()) / repository
        opened = [await tools.repositories.open(place, caller)]
    else:
        opened = await tools.repositories.open_all(caller)
    rows = [
        row
        for each in opened
        for row in tools.journal.database.rows(
            "SELECT * FROM snapshots WHERE repository = ? AND (name = ? OR path = ?) AND dropped IS NULL"
            " AND reason = 'before clean-up'",
            each.id, text, text,
        )
    ]  # fmt: skip
    rows = rows or [row for each in opened if (row := await _from_ref(tools, each, text)) is not None]
    if not rows:
        raise HedgerowError(
            ErrorCode.NO_SUCH_SNAPSHOT, f"there is no snapshot {text[:80]!r} here; `hedgerow history` lists them"
        )
    return Stored(max(rows, key=lambda row: float(row["created"])))


async def _from_ref(tools: Tools, repository: KnownRepository, identity: str) -> dict[str, Any] | None:
    """A snapshot that only the repository still knows: the state directory was lost, or is another machine's."""
    if not re.fullmatch(r"s[a-z0-9]{4,20}", identity):
        return None
    ref = snapshots.ref_of(identity)
    oid = await read_ref(tools.git, ref, cwd=repository.common_dir)
    if oid is None:
        return None
    manifest = (await snapshots.load(tools.git, repository.git, oid)).manifest
    head = HeadState(ref=manifest.head_ref, oid=manifest.head_oid)
    return {
        "id": identity,
        "repository": repository.id,
        "common_dir": str(repository.common_dir),
        "checkout": None,
        "name": manifest.label,
        "path": manifest.path,
        "ref": ref,
        "oid": oid,
        "created": manifest.created,
        "reason": manifest.reason,
        "head": json.dumps(head.model_dump()),
        "size_bytes": 0,
        "files": 0,
        "operation": None,
        "record": None,
    }
