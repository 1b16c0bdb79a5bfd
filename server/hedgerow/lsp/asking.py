"""Shows a plan to a person whose editor knows nothing of Hedgerow, as a message with buttons. Decides nothing itself.

No answer is a no, and so is an error or a button that was not offered.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from hedgerow.protocol.plans import Plan

from .wire.protocol import HedgerowProtocol

CARRY_OUT = "Carry out"
WITHOUT_SETUP = "Run without set-up"
CANCEL = "Cancel"

_LINES = 12
"""Of a list; the rest is counted."""
_SCRIPT_CHARACTERS = 4000
"""A longer script cannot be read in a message, so it cannot be allowed there."""


@dataclass(frozen=True)
class Agreement:
    """The person's yes.

    Attributes:
        script: digest of the set-up script that was shown in full and allowed.
        skip_setup: carry it out without the script.
    """

    script: str | None = None
    skip_setup: bool = False


@dataclass(frozen=True)
class Question:
    text: str
    buttons: tuple[str, ...]


def question(plan: Plan) -> Question:
    """What is shown. A script that is too long to be read is not offered to be run."""
    parts = [plan.title]
    parts += _listed("What it does:", [effect.text for effect in plan.effects])
    parts += _listed(
        "What leaves its place:",
        [f"{loss.text} ({'a snapshot keeps it' if loss.kept == 'snapshot' else 'not kept'})" for loss in plan.losses],
    )
    parts += _listed("What is in conflict:", plan.conflicts)
    parts += _listed("What stays:", [f"{kept.name}: {kept.reason}" for kept in plan.kept])
    if plan.setup is None or plan.setup.allowed:
        return Question("\n".join(parts), (CARRY_OUT, CANCEL))
    script = plan.setup
    if len(script.text) > _SCRIPT_CHARACTERS:
        parts.append(
            f"The set-up script {script.path} is too long to be shown here, so it is not offered to run. "
            "`hedgerow create` on the shell shows it and asks."
        )
        return Question("\n".join(parts), (WITHOUT_SETUP, CANCEL))
    parts += [f"The set-up script {script.path} would run, and you have not allowed it yet:", script.text.rstrip("\n")]
    return Question("\n".join(parts), (CARRY_OUT, WITHOUT_SETUP, CANCEL))


async def ask(protocol: HedgerowProtocol, plan: Plan) -> Agreement | None:
    """The person's answer; None is a no."""
    asked = question(plan)
    kind = types.MessageType.Warning if plan.losses or plan.setup else types.MessageType.Info
    title = await pressed(protocol, kind, asked.text, asked.buttons)
    if title is None:
        return None
    if plan.setup is None or plan.setup.allowed:
        return Agreement()
    return Agreement(skip_setup=True) if title == WITHOUT_SETUP else Agreement(script=plan.setup.sha256)


async def pressed(protocol: HedgerowProtocol, kind: types.MessageType, text: str, buttons: Sequence[str]) -> str | None:
    """The button that was pressed; None for none, for cancel, and for a client that cannot ask."""
    params = types.ShowMessageRequestParams(
        type=kind, message=text, actions=[types.MessageActionItem(title=title) for title in buttons]
    )
    request = str(uuid.uuid4())
    try:
        answer = await protocol.send_request_async(types.WINDOW_SHOW_MESSAGE_REQUEST, params, request)
    except JsonRpcException:
        return None
    except asyncio.CancelledError:
        # The question is void: an editor may take it off the screen.
        protocol.notify(types.CANCEL_REQUEST, types.CancelParams(id=request))
        raise
    title = getattr(answer, "title", None)
    return title if title in buttons and title != CANCEL else None


def _listed(heading: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - _LINES} more"] if len(lines) > _LINES else []
    return [heading, *(f"  • {line}" for line in lines[:_LINES]), *more]
