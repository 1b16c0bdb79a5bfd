"""Whether a plan may be carried out: what was said on the command line, and what the person answers.

`--yes` agrees to losses and never to a script: bytes that run are allowed by their own option or by an answer given
with their text in sight.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hedgerow.protocol.plans import Plan
from hedgerow.protocol.worktrees import SetupChoice

Ask = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True)
class Agreed:
    """Carry it out; with this choice about its script where one was made just now."""

    setup: SetupChoice | None = None


@dataclass(frozen=True)
class NotAgreed:
    """Leave everything as it is, and say why."""

    sentence: str


@dataclass(frozen=True)
class Open:
    """What is left to ask."""

    losses: bool
    script: bool


def left_to_ask(plan: Plan, *, yes: bool, chosen: SetupChoice | None) -> Open:
    """Pure: what neither the command line nor an earlier allowance answers."""
    script = plan.setup is not None and not plan.setup.allowed
    if script and chosen is not None and plan.setup is not None:
        script = not (chosen.skip or chosen.sha256 == plan.setup.sha256)
    # A plan that only asks about its script needs no second question.
    only_script = plan.setup is not None and not plan.setup.allowed and not plan.losses and not plan.conflicts
    return Open(losses=not yes and not only_script, script=script)


def unanswered(plan: Plan, open_: Open) -> NotAgreed:
    """The sentence for someone who cannot be asked here."""
    ways = []
    if open_.losses:
        ways.append("add --yes")
    if open_.script and plan.setup is not None:
        ways.append(f"add --setup-sha256 {plan.setup.sha256} to run exactly that script, or --setup-skip")
    return NotAgreed(f"Nothing has changed: this needs your agreement. Look at the plan, then {' and '.join(ways)}.")


async def ask_person(open_: Open, plan: Plan, ask: Ask) -> Agreed | NotAgreed:
    """Put what is open to the person; whatever is not a clear yes leaves everything as it is."""
    declined = NotAgreed("Nothing has changed.")
    if open_.losses and await _answer(ask, "Go ahead? [y/N]") != "yes":
        return declined
    if not open_.script or plan.setup is None:
        return Agreed()
    match await _answer(ask, "Run this script? [y]es, [s]kip it, [N]o, change nothing:"):
        case "yes":
            return Agreed(SetupChoice(sha256=plan.setup.sha256))
        case "skip":
            return Agreed(SetupChoice(skip=True))
    return declined


async def _answer(ask: Ask, question: str) -> str:
    typed = await ask(question)
    return {"y": "yes", "yes": "yes", "s": "skip", "skip": "skip"}.get(typed or "", "no")
