"""What a plan of this room is made of, gathered in the order in which it is carried out; and its words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal import snapshots
from hedgerow.journal.guards import AnyGuard
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.snapshots import FactKind
from hedgerow.journal.steps import AnyStep, HeadState, MoveRef
from hedgerow.planning.tools import Tools
from hedgerow.protocol.plans import Effect, Loss, Plan

from .ends import End

_STAY = {FactKind.IGNORED.value, FactKind.REBUILDABLE.value}


@dataclass
class Parts:
    """One plan in the making."""

    operation: str = field(default_factory=lambda: new_id("o"))
    steps: list[AnyStep] = field(default_factory=list)
    guards: list[AnyGuard] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    asks: bool = False

    def change(self, end: End) -> None:
        """An end that is going to be changed: kept, and guarded."""
        self.ends.append(end)
        self.steps.append(end.hold)
        self.guards += end.guards

    def keep_composed(self, oid: str) -> None:
        """What was composed must not be collected while the operation can be undone."""
        ref = f"{snapshots.STATES}{self.operation}-{len(self.steps)}"
        self.steps.append(MoveRef(ref=ref, before=None, after=oid, message="keep what is laid down"))

    def effect(self, text: str, checkout: Checkout | None = None, *, ref: str | None = None) -> None:
        known: dict[str, Any] = {} if checkout is None else {"checkout": checkout.id, "path": str(checkout.path)}
        self.effects.append(Effect(text=text, ref=ref, **known))

    def loses(self, end: End) -> None:
        """The uncommitted work of an end leaves its place. Ignored files stay."""
        self.losses += [loss for loss in end.taking.losses() if loss.kind not in _STAY]

    async def foresee(self, tools: Tools, checkout: Checkout, source: snapshots.State, target: snapshots.State) -> None:
        """Note what a transition would meet as things are now."""
        problem = await snapshots.foresee(
            tools.git, checkout.repository.git, checkout.path, checkout.admin, source=source, target=target
        )
        if problem is not None:
            self.conflicts.append(f"in {checkout.label}: {problem}")

    def draft(
        self, repository: KnownRepository, command: str, title: str, message: str, *, undo: UndoRecipe | None = None
    ) -> Draft:
        checkouts = [end.checkout for end in self.ends]
        held = tuple(str(end.hold.row["id"]) for end in self.ends)
        return Draft(
            shown=Plan(
                token=new_token(),
                command=command,
                title=title,
                effects=self.effects,
                losses=self.losses,
                conflicts=self.conflicts,
                needs_agreement=bool(self.losses) or self.asks,
            ),
            operation=self.operation,
            repository=repository.id,
            directory=str(repository.common_dir),
            steps=tuple(self.steps),
            guards=tuple(self.guards),
            no_return=len(self.steps),
            locks=tuple(one.id for one in checkouts),
            snapshots=held,
            checkouts=tuple(one.id for one in checkouts),
            paths=tuple(str(one.path) for one in checkouts),
            undo=undo or UndoRecipe(how="invert", snapshots=held),
            message=message,
            warnings=tuple(self.warnings),
            touches=tuple(str(one.path) for one in checkouts),
        )


def changes(count: int) -> str:
    return f"{count} uncommitted change{'s' if count != 1 else ''}"


def files(count: int) -> str:
    return f"{count} file{'s' if count != 1 else ''}"


def short(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


def spoken(head: HeadState) -> str:
    """A branch's name, or an abbreviated commit."""
    return short(head.ref) if head.ref is not None else (head.oid or "nothing")[:9]
