"""Giving Claude Code a prompt, ending its turn, and having it go, in a terminal of ours.

What the person has typed there and not sent is never sent with ours, and never lost without a word.
"""

from __future__ import annotations

import asyncio
import os
import signal

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sentence import harmless
from hedgerow.sessions.processes import still_runs

from ..agent import Held, Pane, Status
from .keys import GENEROUS, SOON, holds, reach, shown_prompt, unsure, until
from .process_files import ProcessFile
from .reading import Reading
from .screens import Prompt, prompt, squeezed

_START = 30.0
"""Seconds until a program that was just launched shows its prompt."""
_STASH = "C-s"
_TRIES = 3


async def send(reading: Reading, held: Held, text: str) -> None:
    """A prompt, taken now or after the turn that it is in.

    Raises:
        HedgerowError: it asks something, or its terminal did not take it.
    """
    words = as_prompt(text)
    if not words.strip():
        raise HedgerowError(ErrorCode.BAD_PARAMS, "there is nothing to send")
    pane = reach(held)
    if await asyncio.to_thread(reading.status, held) is Status.WAITING:
        raise HedgerowError(ErrorCode.BUSY, "it waits for an answer first")
    shown = await shown_prompt(pane, _START)
    if shown is None:
        raise unsure("its terminal does not show its prompt")
    if shown.text and not await _put_aside(pane, shown):
        raise HedgerowError(
            ErrorCode.BUSY, "there are words in its prompt that were not sent: send or delete them there"
        )
    before = await asyncio.to_thread(reading.process, held)
    await _type(pane, words)
    await _seen_to_begin(reading, held, before)


def as_prompt(text: str) -> str:
    """Words that are nothing but a prompt: an exclamation mark at the start would run a command without asking."""
    words = harmless(text).strip("\n")
    return f" {words}" if words.startswith("!") else words


async def interrupt(reading: Reading, held: Held) -> None:
    """End its turn; nothing if it is in none.

    Raises:
        HedgerowError: it cannot be reached, or went on.
    """
    for _ in range(_TRIES):  # with prompts in its queue, the first Escape takes these back
        if not await _in_turn(reading, held):
            return
        await reach(held).press("Escape")

        async def rests() -> bool:
            return not await _in_turn(reading, held)

        if await until(rests, GENEROUS / _TRIES):
            return
    raise unsure("it went on with its turn")


async def quit_(reading: Reading, held: Held) -> None:
    """Have it go between turns.

    Raises:
        HedgerowError: it is in a turn, somebody's words stand in its prompt, or it stayed.
    """
    process = await asyncio.to_thread(reading.process, held)
    pid = process.pid if process is not None else _launched(held)
    if pid is None or not _runs(pid):
        return
    pane = reach(held)
    if process is not None and process.status in (Status.BUSY, Status.WAITING):
        raise HedgerowError(ErrorCode.BUSY, "it is in the middle of a turn")
    shown = prompt(await pane.screen()) if process is None else await shown_prompt(pane)
    if shown is not None:
        if shown.text and not await _may_go(reading, held, pane, shown):
            raise HedgerowError(
                ErrorCode.BUSY, "there are words in its prompt that were not sent: send or delete them there"
            )
        await _type(pane, "/exit", pid)
        if await _gone(pid, GENEROUS):
            return
    if not await _hang_up(pid):
        raise unsure(f"process {pid} did not go")


# -- how -------------------------------------------------------------------------------------------------------------


async def _type(pane: Pane, words: str, pid: int | None = None) -> None:
    """Paste words into an empty prompt, see them there, and see them, or the process, go with Enter."""
    await pane.paste(words)

    async def there() -> Prompt | None:
        shown = prompt(await pane.screen())
        return shown if shown is not None and shown.text and holds(shown.text, words) else None

    if await until(there, SOON) is None:
        raise unsure("its terminal did not take the words as they are")

    async def taken() -> bool:
        return await there() is None or (pid is not None and not _runs(pid))

    for _ in range(_TRIES):
        await pane.press("Enter")
        if await until(taken, SOON):
            return
    raise unsure("the words stand in its prompt, but were not sent")


async def _put_aside(pane: Pane, shown: Prompt) -> bool:
    """Have a draft of the person's come back after the next prompt; whether the prompt is free now.

    A suggestion of the program's own looks like a draft, but is none: it goes away when something is pasted.
    """
    if shown.stashed:
        return False
    before = squeezed(shown.text)
    await pane.press(_STASH)

    async def free() -> bool:
        seen = prompt(await pane.screen())
        return seen is not None and (not seen.text or seen.stashed)

    if await until(free, SOON / 3):
        return True
    seen = prompt(await pane.screen())
    return seen is not None and squeezed(seen.text) == before


async def _may_go(reading: Reading, held: Held, pane: Pane, shown: Prompt) -> bool:
    """Whether what stands in the prompt is nobody's, or what Escape put back there: that is recorded."""
    said = await asyncio.to_thread(reading.said, held.conversation or "")
    recorded = said.last_prompt is not None and holds(said.last_prompt, shown.text)
    if shown.stashed:
        return False
    if not await _put_aside(pane, shown):
        return False
    seen = await shown_prompt(pane)
    if seen is None or not seen.stashed or recorded:
        return True
    await pane.press(_STASH)  # back where it was

    async def back() -> bool:
        seen = prompt(await pane.screen())
        return seen is not None and bool(seen.text)

    await until(back, SOON)
    return False


async def _seen_to_begin(reading: Reading, held: Held, before: ProcessFile | None) -> None:
    """Wait for the turn, so that whoever asks next does not see the one before. A command makes none."""

    async def began() -> bool:
        now = await asyncio.to_thread(reading.process, held)
        return now is None or now.status is Status.BUSY or before is None or now.since != before.since

    await until(began, SOON)


async def _in_turn(reading: Reading, held: Held) -> bool:
    return await asyncio.to_thread(reading.status, held) in (Status.BUSY, Status.WAITING)


def _launched(held: Held) -> int | None:
    """The process that we launched, of which no file tells: it has not come beyond a dialog of its first run."""
    there = held.pid is not None and held.launched is not None and still_runs(held.pid, held.launched)
    return held.pid if there else None


async def _hang_up(pid: int) -> bool:
    """As closing its window does: it writes down what it has to, and goes."""
    try:
        os.kill(pid, signal.SIGHUP)
    except ProcessLookupError:
        return True
    return await _gone(pid, GENEROUS)


async def _gone(pid: int, seconds: float) -> bool:
    async def gone() -> bool:
        return not _runs(pid)

    return bool(await until(gone, seconds))


def _runs(pid: int) -> bool:
    import psutil  # noqa: PLC0415 - only where something is ended

    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
