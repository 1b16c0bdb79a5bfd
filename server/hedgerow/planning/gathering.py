"""A plan in the making, gathered checkout by checkout in the order in which it is carried out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.journal.guards import AnyGuard
from hedgerow.journal.plans import Draft, UndoRecipe, new_id, new_token
from hedgerow.journal.steps import AnyStep
from hedgerow.protocol.plans import Effect, Kept, Loss, Plan


@dataclass
class Gathering:
    """Attributes:
    after: steps past the point of no return: once all others are done, a crash is recovered forward.
    snapshots: ids of what is held; ``checkouts`` and ``paths`` of what changes, in the same order.
    asks: a person must agree even where nothing is lost.
    """

    operation: str = field(default_factory=lambda: new_id("o"))
    steps: list[AnyStep] = field(default_factory=list)
    after: list[AnyStep] = field(default_factory=list)
    guards: list[AnyGuard] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)
    checkouts: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    asks: bool = False

    def includes(self, checkout: Checkout, snapshot: str) -> None:
        """A checkout that the plan changes, and the id of the snapshot that holds it as it is."""
        self.snapshots.append(snapshot)
        self.checkouts.append(checkout.id)
        self.paths.append(str(checkout.path))

    def effect(self, text: str, checkout: Checkout | None = None, *, ref: str | None = None) -> None:
        known: dict[str, Any] = {} if checkout is None else {"checkout": checkout.id, "path": str(checkout.path)}
        self.effects.append(Effect(text=text, ref=ref, **known))

    def leave(self, checkout: Checkout, reason: str) -> None:
        """A checkout that the plan leaves alone, or something of it, and why."""
        self.kept.append(Kept(checkout=checkout.id, name=checkout.label, path=str(checkout.path), reason=reason))

    def gathered(
        self, repository: KnownRepository, *, command: str, title: str, message: str, undo: UndoRecipe,
        undoes: str | None = None,
    ) -> Draft:  # fmt: skip
        """The plan."""
        return Draft(
            shown=Plan(
                token=new_token(), command=command, title=title, effects=self.effects, losses=self.losses,
                conflicts=self.conflicts, kept=self.kept, needs_agreement=bool(self.losses) or self.asks,
            ),
            operation=self.operation, repository=repository.id, directory=str(repository.common_dir),
            steps=(*self.steps, *self.after), guards=tuple(self.guards), no_return=len(self.steps),
            locks=tuple(self.checkouts), snapshots=tuple(self.snapshots), checkouts=tuple(self.checkouts),
            undo=undo, undoes=undoes, message=message, warnings=tuple(self.warnings), touches=tuple(self.paths),
        )  # fmt: skip
