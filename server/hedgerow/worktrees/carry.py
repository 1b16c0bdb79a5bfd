"""Local's uncommitted changes on their way to a new worktree, and the ignored files that it gets from Local."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.refs import read_head
from hedgerow.journal.agreement import refuse_unsaved
from hedgerow.journal.guards import Unchanged
from hedgerow.journal.steps import Hold, Provision
from hedgerow.planning.snapshotting import Taking, take
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.worktrees import CreateParams

from .include import directories_to_link, files_to_copy, ignored_directories
from .start_points import StartPoint


@dataclass(frozen=True)
class Carried:
    """Local's uncommitted changes on their way."""

    taking: Taking
    move: bool

    @property
    def described(self) -> str:
        count = self.taking.changed
        return f"Local's {count} uncommitted change{'s' if count != 1 else ''}"

    def hold(self, operation: str, reason: str, repository: KnownRepository) -> Hold:
        """Local as it is now is kept: what is carried comes from there, and an undo goes back to it."""
        return self.taking.hold(operation, reason, f"local-{repository.id}", "Local")

    def unchanged(self, local: Path, admin: Path) -> Unchanged:
        return Unchanged(
            path=str(local),
            admin=str(admin),
            name="Local",
            fingerprint=self.taking.taken.fingerprint,
            rebuildable=self.taking.rebuildable,
        )


async def carried_changes(
    tools: Tools, repository: KnownRepository, params: CreateParams, start: StartPoint, caller: Caller
) -> Carried | None:
    if params.carry == "none":
        return None
    if repository.local is None:
        raise HedgerowError(ErrorCode.UNSUPPORTED, "a bare repository has no Local whose changes could be carried")
    head = await read_head(tools.git, repository.local)
    if head.oid != start.oid:
        raise HedgerowError(
            ErrorCode.CONFLICT,
            f"Local's changes are on {(head.oid or 'no commit')[:9]}: they can be carried to a worktree from there, "
            f"not from {start.described}",
        )
    refuse_unsaved(caller, repository.local, "carry Local's changes")
    caller.progress("reading Local's changes", None)
    taking = await take(
        tools, repository, repository.local, repository.common_dir, label="Local", settings=caller.settings
    )
    return Carried(taking, move=params.carry == "move")


async def provision(tools: Tools, repository: KnownRepository, path: Path, caller: Caller) -> Provision | None:
    local = repository.local
    if local is None:
        return None
    copies = await files_to_copy(tools.git, local)
    links: list[str] = []
    if caller.settings.symlink_directories:
        links = directories_to_link(local, await ignored_directories(tools.git, local), caller.settings)
    if not copies and not links:
        return None
    inside = tuple(one for one in copies if not any(one.startswith(link + "/") for link in links))
    return Provision(source=str(local), path=str(path), copies=inside, links=tuple(links))
