"""Undoing by inverse steps: what was done last is taken back first, each only if it still is as it was left."""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.protocol.plans import Effect, Plan

from .plans import Draft, UndoRecipe, new_id, new_token
from .snapshots import STATES
from .steps import AddWorktree, AnyStep, Claim, Hold, Move, MoveRef, Record, Rewrite, Step, Transition, WriteFile


def plan_inversion(
    title: str,
    *,
    undoes: str,
    steps: Sequence[Step],
    besides: Draft | None,
    repository: str = "",
    directory: str = "",
    checkouts: tuple[str, ...] = (),
) -> Draft:
    """The plan that takes an operation back.

    Args:
        besides: the plan that retires the worktree the operation made. Its steps come first, then what the
            operation did elsewhere (a branch, Local's files) is taken back.
    """
    made = {step.path for step in steps if isinstance(step, AddWorktree)}
    inverted: list[AnyStep] = []
    for step in reversed(list(steps)):
        if isinstance(step, (AddWorktree, Claim, Hold)) or getattr(step, "path", None) in made:
            continue  # it goes with the worktree
        if isinstance(step, MoveRef) and step.ref.startswith(STATES):
            continue  # what the operation laid down is kept, so that the undo can be undone
        said = isinstance(step, Record) and step.table == "comment_moves"  # what went along goes back
        if besides is not None and isinstance(step, (Move, Record, WriteFile)) and not said:
            continue  # a restore may have moved it out of the trash: retiring it moves it back there, as it is
        inverse = step.inverse()
        if inverse is not None:
            inverted.append(inverse)  # type: ignore[arg-type]  # an inverse is one of the closed set
    if besides is not None:
        effects = [*besides.shown.effects, *(_effect(step) for step in inverted)]
        shown = besides.shown.model_copy(update={"title": f"Undo: {title}", "effects": effects})
        return besides.model_copy(
            update={
                "shown": shown,
                "steps": (*besides.steps, *inverted),
                "message": f"Undone: {title}",
                "undoes": undoes,
                "no_return": len(besides.steps) + len(inverted) if inverted else besides.no_return,
            },
        )
    return Draft(
        shown=Plan(
            token=new_token(),
            command="undo",
            title=f"Undo: {title}",
            effects=[_effect(step) for step in inverted],
            needs_agreement=False,
        ),
        operation=new_id("o"),
        repository=repository,
        directory=directory,
        steps=tuple(inverted),
        no_return=len(inverted),
        locks=checkouts,
        checkouts=checkouts,
        undo=UndoRecipe(how="invert"),
        undoes=undoes,
        touches=tuple(str(step.place) for step in inverted if isinstance(step, Rewrite)),
        message=f"Undone: {title}",
    )


def _effect(step: Step) -> Effect:
    if isinstance(step, Transition):
        return Effect(text=f"lay down in {step.path} what was there before", path=step.path)
    if isinstance(step, Rewrite):
        return Effect(text=f"put {step.name} back as it was", path=step.top)
    if isinstance(step, Record) and step.table == "comment_moves":
        return Effect(text="give back the comments that went along")
    ref = getattr(step, "ref", None)
    path = getattr(step, "path", None)
    text = f"put {ref or path or 'our record'} back as it was"
    return Effect(text=text, path=path if isinstance(path, str) else None, ref=ref)
