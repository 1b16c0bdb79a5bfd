"""Prompting, answering, interrupting and ending a session of Codex: through its daemon, else with keys in our pane.

Proves what it does: an answer is given to the very question that was seen, and each call ends when its effect is seen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Question, QuestionKind

from ..agent import Answer, Held, Pane, Status
from . import screens
from .app_server import AppServer, LostServerError, RefusedError
from .home import Home
from .loaded import Thread
from .questions import INPUT, Asked, decision_of, next_part, question_of, words_of
from .writers import writers

_EFFECT_SECONDS = 15.0
"""For an effect to be seen."""
_KEY_SECONDS = 2.0
"""Between one press of a key and the next: a dialog that has just opened takes none for a moment."""
_LOOK_SECONDS = 0.1
_SHOWN = 24


async def send(home: Home, held: Held, text: str) -> None:
    thread = await _loaded(home, held)
    if thread is not None and held.conversation is not None:
        await _send_by_socket(home, held.conversation, text)
        return
    pane = _pane(held, "prompt it there")
    screen = await pane.screen()
    if (shown := screens.dialog(screen)) is not None:
        raise HedgerowError(ErrorCode.BUSY, f"it takes no prompt now: it {shown.text}")
    if not screens.prompt_is_empty(screen):
        raise HedgerowError(ErrorCode.BUSY, "its terminal shows no empty prompt: finish what is written there first")
    await pane.paste(text)
    pasted = "".join(text.split())[:_SHOWN]

    async def shows() -> bool:
        now = await pane.screen()
        return pasted in "".join(now.split()) or "[Pasted" in now

    await _until(shows, "the prompt did not arrive in its terminal")
    await pane.press("Enter")

    async def taken() -> bool:
        now = await pane.screen()
        return screens.prompt_is_empty(now) or screens.dialog(now) is not None

    await _until(taken, "its terminal did not take the prompt; it may still stand there")


async def answer(home: Home, held: Held, question: Question, given: Answer) -> None:
    if question.kind is QuestionKind.DIALOG or not question.answerable:
        raise HedgerowError(ErrorCode.PROTECTED, f"this is answered {question.where or 'in its own window'}")
    if await _loaded(home, held) is None or held.conversation is None:
        await _answer_with_keys(held, question, given)
        return
    asker = home.daemon.followed.asker(held.conversation) or held.conversation
    thread = await home.daemon.followed.tend(asker)
    asked = home.daemon.followed.asked(asker)
    if thread is None or not thread.waits:
        raise HedgerowError(ErrorCode.STALE_PLAN, "it no longer asks: somebody else has answered")
    if asked is None:
        raise HedgerowError(ErrorCode.FAILED, "Codex does not tell what it asks: answer in its own window")
    if asker != held.conversation and given.approve is False and given.text:
        # A sub-agent has its orders from the one above, which is told the words.
        await _answer_by_socket(home, asked[0], question, Answer(approve=False))
        await _send_by_socket(home, held.conversation, given.text)
        return
    await _answer_by_socket(home, asked[0], question, given)


async def interrupt(home: Home, held: Held) -> None:
    thread = await _loaded(home, held)
    if thread is None:
        await _interrupt_with_keys(home, held)
        return
    try:
        server = await home.daemon.server()
        turn = await _turn(server, thread.id)
        if turn is not None:
            await server.call("turn/interrupt", {"threadId": thread.id, "turnId": turn})
    except RefusedError:
        pass  # it has ended meanwhile; seen below
    except LostServerError as error:
        raise _lost(error) from error

    async def ended() -> bool:
        now = home.daemon.followed.threads.get(thread.id)
        return now is None or now.status not in (Status.BUSY, Status.WAITING)

    await _until(ended, "Codex was asked to end the turn, and goes on")


async def quit_(home: Home, held: Held) -> None:
    thread = await _loaded(home, held)
    if thread is not None:
        # Its window is only a view of what the daemon has: to close that at rest is all there is to do.
        if thread.status in (Status.BUSY, Status.WAITING):
            raise HedgerowError(ErrorCode.BUSY, "it is in the middle of a turn: wait for its end, or interrupt it")
        await home.daemon.followed.let_go(thread.id)
        return
    if held.conversation is None or held.conversation not in writers(home.path):
        return
    pane = _pane(held, "close it there")
    screen = await pane.screen()
    if screens.dialog(screen) is not None or _works(home, held):
        raise HedgerowError(ErrorCode.BUSY, "it is in the middle of a turn: wait for its end, or interrupt it")
    if not screens.prompt_is_empty(screen):
        raise HedgerowError(ErrorCode.BUSY, "its terminal shows no empty prompt: finish what is written there first")
    await pane.paste("/quit")
    await _until(lambda: _shows(pane, "/quit"), "its terminal does not take the command to quit")
    await pane.press("Enter")
    conversation = held.conversation

    async def free() -> bool:
        return conversation not in writers(home.path)

    await _until(free, "Codex was told to quit, and keeps the conversation open")


async def _send_by_socket(home: Home, conversation: str, text: str) -> None:
    """Into the turn that it is in, as its own window does; else as the next one."""
    words: dict[str, object] = {"threadId": conversation, "input": [{"type": "text", "text": text}]}
    try:
        server = await home.daemon.server()
        turn = await _turn(server, conversation)
        if turn is not None:
            try:
                await server.call("turn/steer", {**words, "expectedTurnId": turn})
            except RefusedError:
                turn = None  # the turn has ended in this moment, or takes nothing
        if turn is None:
            await server.call("turn/start", words)
    except RefusedError as error:
        raise HedgerowError(ErrorCode.FAILED, f"Codex does not take the prompt: {error}") from error
    except LostServerError as error:
        raise _lost(error) from error


async def _answer_by_socket(home: Home, asked: Asked, question: Question, given: Answer) -> None:
    told = home.daemon.followed.asked(asked.thread or "")
    parts = told[1] if told is not None else {}
    if question_of(asked, None, parts).id != question.id:
        raise HedgerowError(ErrorCode.STALE_PLAN, "it asks something else by now; look again")
    if asked.method == INPUT:
        part = next_part(asked, parts)
        name = part.get("id") if part is not None else None
        if not isinstance(name, str):
            raise HedgerowError(ErrorCode.STALE_PLAN, "it no longer asks that; look again")
        parts = home.daemon.followed.give(asked, name, {"answers": words_of(question, given)})
        if next_part(asked, parts) is not None:
            return  # the answer goes out with that to its last part
        result: dict[str, object] = {"answers": dict(parts)}
    else:
        result = decision_of(given)
    try:
        await home.daemon.reply(asked, result)
        if given.text and given.approve is False:
            await _rest(home, asked.thread or "")
            await _send_by_socket(home, asked.thread or "", given.text)
    except LostServerError as error:
        raise HedgerowError(
            ErrorCode.FAILED, f"the answer did not arrive ({error}): answer in its own window"
        ) from error


async def _rest(home: Home, conversation: str) -> None:
    async def rests() -> bool:
        thread = home.daemon.followed.threads.get(conversation)
        return thread is not None and thread.status not in (Status.BUSY, Status.WAITING)

    await _until(rests, "Codex was refused, and its turn goes on: tell it the rest with `send`")


async def _answer_with_keys(held: Held, question: Question, given: Answer) -> None:
    pane = _pane(held, "answer there")
    if given.approve is None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "it asks for an approval: say approve or deny")
    shown = screens.approval(await pane.screen())
    if shown is None:
        raise HedgerowError(ErrorCode.STALE_PLAN, "it no longer asks: its terminal shows no approval")
    if not _same(shown, question):
        raise HedgerowError(ErrorCode.STALE_PLAN, "it asks something else by now; look again")
    deadline = time.monotonic() + _EFFECT_SECONDS
    while (now := screens.approval(await pane.screen())) is not None and now.id == shown.id:
        if time.monotonic() > deadline:
            raise HedgerowError(ErrorCode.FAILED, "its terminal does not take the answer: answer there")
        await pane.press("y" if given.approve else "Escape")
        again = time.monotonic() + _KEY_SECONDS
        while time.monotonic() < again:
            now = screens.approval(await pane.screen())
            if now is None or now.id != shown.id:
                break
            await asyncio.sleep(_LOOK_SECONDS)
    if not given.approve and given.text:
        await _until(lambda: _prompts(pane), "it was refused; its terminal takes no prompt yet")
        await pane.paste(given.text)
        await pane.press("Enter")


def _same(shown: Question, question: Question) -> bool:
    """Seen on the screen before, or told by a hook, which knows the command but not the screen."""
    if shown.id == question.id:
        return True
    told, stands = question.command, shown.command
    return (
        question.id.startswith("hook-") and told is not None and stands is not None and told.split() == stands.split()
    )


async def _interrupt_with_keys(home: Home, held: Held) -> None:
    pane = _pane(held, "interrupt it there")
    if not _works(home, held):
        return
    pressed = 0.0

    async def ended() -> bool:
        nonlocal pressed
        if not _works(home, held):
            return True
        if time.monotonic() - pressed > _KEY_SECONDS * 2:
            pressed = time.monotonic()
            await pane.press("Escape")
        return False

    await _until(ended, "Escape was pressed in its terminal, and the turn goes on")


def _works(home: Home, held: Held) -> bool:
    transcript = held.sighting.transcript if held.sighting is not None else None
    told = home.rollouts.tell(transcript) if transcript is not None else None
    return told is not None and told.status is Status.BUSY


async def _loaded(home: Home, held: Held) -> Thread | None:
    """The daemon's thread of a session, as it is now."""
    if held.conversation is None or not await home.daemon.reach():
        return None
    return home.daemon.followed.threads.get(held.conversation)


async def _turn(server: AppServer, conversation: str) -> str | None:
    """The turn that a thread is in."""
    answer = await server.call("thread/turns/list", {"threadId": conversation, "limit": 1})
    turns = answer.get("data")
    for turn in turns if isinstance(turns, list) else []:
        if isinstance(turn, dict) and turn.get("status") == "inProgress" and isinstance(turn.get("id"), str):
            return str(turn["id"])
    return None


def _pane(held: Held, what: str) -> Pane:
    if held.pane is not None:
        return held.pane
    pid = held.pid or (held.sighting.pid if held.sighting is not None else None)
    if pid is None:
        raise HedgerowError(
            ErrorCode.PROTECTED, "Codex has this conversation open nowhere that can be reached: resume it"
        )
    where = f"process {pid} runs it, in a terminal that Hedgerow did not open{_terminal_of(pid)}"
    raise HedgerowError(ErrorCode.PROTECTED, f"{where}: {what}")


def _terminal_of(pid: int) -> str:
    import psutil  # noqa: PLC0415 - only to word a refusal

    try:
        name = psutil.Process(pid).terminal()
    except psutil.Error:
        return ""
    return f" ({Path(name)})" if name else ""


def _lost(error: LostServerError) -> HedgerowError:
    return HedgerowError(ErrorCode.NO_AGENT, f"Codex' app-server cannot be reached: {error}")


async def _shows(pane: Pane, words: str) -> bool:
    return words in await pane.screen()


async def _prompts(pane: Pane) -> bool:
    return screens.takes_prompts(await pane.screen())


async def _until(condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    deadline = time.monotonic() + _EFFECT_SECONDS
    while not await condition():
        if time.monotonic() > deadline:
            raise HedgerowError(ErrorCode.FAILED, otherwise)
        await asyncio.sleep(_LOOK_SECONDS)
