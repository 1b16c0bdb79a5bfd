"""Letting snapshots go: the one plan whose losses nothing brings back. Only ever by name, never by itself."""

from __future__ import annotations

from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.steps import AnyStep, Drop
from hedgerow.planning.tools import Tools
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.plans import Effect, Loss, Plan

from .stored import snapshot_row


def plan_dropping(tools: Tools, repository: KnownRepository, wanted: list[str]) -> Draft:
    """The plan that lets these snapshots go.

    Raises:
        HedgerowError: NO_SUCH_SNAPSHOT, for an id that is unknown here or was let go before.
    """
    steps: list[AnyStep] = []
    effects: list[Effect] = []
    losses: list[Loss] = []
    for identity in dict.fromkeys(wanted):
        row = snapshot_row(tools, identity)
        if row is None or row["repository"] != repository.id:
            raise HedgerowError(
                ErrorCode.NO_SUCH_SNAPSHOT,
                f"there is no snapshot {identity[:60]!r} here; see `hedgerow history`",
            )
        hosting = tools.records.hosting(repository.id)
        if hosting is not None and hosting.shelf == identity:
            raise HedgerowError(
                ErrorCode.PROTECTED,
                f"the snapshot {identity} is what Local gets back when {hosting.label} goes home; hand it home first",
            )
        steps.append(Drop(snapshot=identity, oid=row["oid"]))
        effects.append(Effect(text=f"let the snapshot {identity} of {row['name']} go", ref=row["ref"]))
        size = max(1, round(row["size_bytes"] / 2**20))
        text = f"what only the snapshot {identity} of {row['name']} holds ({row['files']} files, about {size} MiB)"
        losses.append(Loss(kind="snapshot", text=text, count=1, paths=[row["path"]], kept="no"))
    names = ", ".join(dict.fromkeys(wanted))
    return Draft(
        shown=Plan(
            token=new_token(),
            command="cleanUp",
            title=f"Let go of {names}",
            effects=effects,
            losses=losses,
            needs_agreement=True,
        ),
        operation=new_id("o"),
        repository=repository.id,
        directory=str(repository.common_dir),
        steps=tuple(steps),
        no_return=len(steps),
        locks=(),
        undo=UndoRecipe(how="none", why="a snapshot that was let go cannot be brought back"),
        message=f"Let go of {names}",
    )
