"""Restoring a snapshot: laid down in a new worktree, or in the place it had."""

from __future__ import annotations

from pathlib import Path

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.plans import Draft
from hedgerow.planning.naming import check_name, free_name, suggestion
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.worktrees import RestoreParams

from .bring_back import plan_bring_back, trash_of
from .laying_down import plan_laying_down
from .places import must_be_utf8, taken_names, worktrees_directory
from .stored import Stored


async def plan_restore(
    tools: Tools,
    repository: KnownRepository,
    stored: Stored,
    params: RestoreParams,
    caller: Caller,
    *,
    command: str = "restore",
) -> Draft:
    """The plan that brings a snapshot back: a new worktree, or the place it had.

    Raises:
        HedgerowError: its place is taken, its objects are gone.
    """
    if params.place == "old":
        operation = stored.row["operation"]
        retired = tools.journal.database.row("SELECT * FROM operations WHERE id = ? AND state = 'done'", operation)
        if (
            retired is not None
            and trash_of(tools, operation, Path(stored.row["path"])) is not None
            and retired["checkouts"]
        ):
            draft = await plan_bring_back(tools, repository, operation, command="restore", only=stored)
            if draft is not None:
                return draft
        path = Path(stored.row["path"])
        name = path.name
    else:
        directory = worktrees_directory(repository, caller.settings)
        taken = taken_names(directory, tools.records.worktrees(repository.id))
        wanted = check_name(params.name, taken) if params.name else None
        name = wanted or free_name(suggestion(stored.row["name"]) or "restored", taken)
        path = directory / name
    must_be_utf8(path)
    return await plan_laying_down(tools, repository, stored, path, name, command=command, undoes=None)
