"""Hands on a terminal of ours that Claude Code runs in: keys are pressed one at a time, and each is seen to work.

Knows screens, not sessions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sentence import harmless

from ..agent import Held, Pane
from .screens import Dialog, Prompt, Row, dialog, first_run, prompt

Seen = TypeVar("Seen")

SOON = 3.0
"""Seconds in which a screen follows a key."""
GENEROUS = 15.0
"""Seconds in which the program itself does something."""
_LOOK = 0.05
_COMPARED = 40
_PASTED = "[Pasted text"


async def until(condition: Callable[[], Awaitable[Seen | None]], seconds: float) -> Seen | None:
    """The first answer that is true; None when none came."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if loop.time() > end:
            return None
        await asyncio.sleep(_LOOK)


def reach(held: Held) -> Pane:
    """The terminal of a session.

    Raises:
        HedgerowError: it is none of ours; the sentence says which one it is.
    """
    if held.pane is not None:
        return held.pane
    raise HedgerowError(ErrorCode.NO_AGENT, f"Hedgerow cannot type there: {place(held)}")


def place(held: Held) -> str:
    """Where a session is answered that is not in a terminal of ours."""
    pid = held.pid or (held.sighting.pid if held.sighting is not None else None)
    if pid is None:
        return "it runs nowhere now; resume it"
    terminal = _terminal(pid)
    if terminal is None:
        return f"it runs as process {pid}, without a terminal; `claude agents` shows sessions in the background"
    return f"it runs as process {pid} on {terminal}; answer it there"


def _terminal(pid: int) -> str | None:
    import psutil  # noqa: PLC0415 - only where somebody is to be told

    try:
        found: str | None = psutil.Process(pid).terminal()
    except psutil.Error:
        return None
    return found


def unsure(what: str) -> HedgerowError:
    return HedgerowError(ErrorCode.FAILED, f"{what}; attach to its terminal and look")


async def shown_prompt(pane: Pane, seconds: float = SOON) -> Prompt | None:
    """The prompt, once it is there.

    Raises:
        HedgerowError: a dialog is there that only the person answers.
    """

    async def look() -> Prompt | None:
        screen = await pane.screen()
        if (asks := first_run(screen)) is not None:
            raise HedgerowError(ErrorCode.BUSY, f"it {asks.text} first: attach to its terminal")
        return prompt(screen)

    return await until(look, seconds)


async def shown_dialog(pane: Pane, accepts: Callable[[Dialog], bool], seconds: float = SOON) -> Dialog | None:
    """The dialog on the screen, once it is one of those that are meant."""

    async def look() -> Dialog | None:
        seen = dialog(await pane.screen())
        return seen if seen is not None and accepts(seen) else None

    return await until(look, seconds)


async def point_at(pane: Pane, accepts: Callable[[Dialog], bool], wanted: Callable[[Row, int], bool]) -> Dialog | None:
    """Move the pointer of a dialog to a row, given with its number from 0; None when that row cannot be reached."""
    seen = await shown_dialog(pane, accepts)
    for _ in range(2 * len(seen.rows) if seen is not None else 0):
        if seen is None or any(row.pointed and wanted(row, number) for number, row in enumerate(seen.rows)):
            return seen
        if not any(wanted(row, number) for number, row in enumerate(seen.rows)):
            return None
        before = seen.rows
        await pane.press("Down")
        seen = await shown_dialog(pane, lambda each, before=before: accepts(each) and each.rows != before)  # type: ignore[misc]
    return None


def holds(shown: str, text: str) -> bool:
    """Whether words on a screen are those that were pasted, or stand for them. Signs are drawn as a terminal likes."""
    start = _letters(text)[:_COMPARED]
    return _PASTED in shown or _letters(shown).startswith(start)


def _letters(text: str) -> str:
    return "".join(char for char in harmless(text) if char.isalnum())


def one_paragraph(text: str) -> str:
    """For a field of a dialog, which takes line breaks as something else."""
    return " ".join(text.split())
