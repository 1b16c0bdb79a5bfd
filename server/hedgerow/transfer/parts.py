"""What a plan of this room is made of; and its words."""

from __future__ import annotations

from dataclasses import dataclass

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal import snapshots
from hedgerow.journal.plans import Draft, UndoRecipe
from hedgerow.journal.snapshots import FactKind
from hedgerow.journal.snapshots.together import together
from hedgerow.journal.steps import HeadState, MoveRef
from hedgerow.planning.gathering import Gathering
from hedgerow.planning.tools import Tools

from .ends import End

_STAY = {FactKind.IGNORED.value, FactKind.REBUILDABLE.value}


@dataclass
class Parts(Gathering):
    """One plan of this room in the making."""

    def change(self, end: End) -> None:
        """An end that is going to be changed: kept, and guarded."""
        self.includes(end.checkout, str(end.hold.row["id"]))
        self.steps.append(end.hold)
        self.guards += end.guards

    def keep_composed(self, oid: str) -> None:
        """What was composed must not be collected while the operation can be undone."""
        ref = f"{snapshots.STATES}{self.operation}-{len(self.steps)}"
        self.steps.append(MoveRef(ref=ref, before=None, after=oid, message="keep what is laid down"))

    def loses(self, end: End) -> None:
        """The uncommitted work of an end leaves its place. Ignored files stay."""
        self.losses += [loss for loss in end.taking.losses() if loss.kind not in _STAY]

    async def foresee(self, tools: Tools, *ways: tuple[Checkout, snapshots.State, snapshots.State]) -> None:
        """Note what transitions (a checkout, from, to) would meet as things are now."""
        problems = await together(
            *(
                snapshots.foresee(
                    tools.git, checkout.repository.git, checkout.path, checkout.admin, source=source, target=target
                )
                for checkout, source, target in ways
            )
        )
        for (checkout, _, _), problem in zip(ways, problems, strict=True):
            if problem is not None:
                self.conflicts.append(f"in {checkout.label}: {problem}")

    def draft(
        self, repository: KnownRepository, command: str, title: str, message: str, *, undo: UndoRecipe | None = None
    ) -> Draft:
        """The plan; an undo inverts its steps unless said otherwise."""
        recipe = undo or UndoRecipe(how="invert", snapshots=tuple(self.snapshots))
        found = self.gathered(repository, command=command, title=title, message=message, undo=recipe)
        return found.model_copy(update={"paths": tuple(self.paths)})


def changes(count: int) -> str:
    return f"{count} uncommitted change{'s' if count != 1 else ''}"


def files(count: int) -> str:
    return f"{count} file{'s' if count != 1 else ''}"


def short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def spoken(head: HeadState) -> str:
    """A branch's name, or an abbreviated commit."""
    return short(head.ref) if head.ref is not None else (head.oid or "nothing")[:9]
