"""Answering what Claude Code asks, by keys into a terminal of ours.

Before the key that counts is pressed, three sources must agree: its process waits, its transcript still has that very
request open, and the dialog on the screen is about the same. Afterwards the state must change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.protocol.sessions import Question, QuestionKind

from ..agent import Answer, Held, Pane, Status
from .keys import GENEROUS, holds, one_paragraph, point_at, reach, shown_dialog, unsure, until
from .questions import ASK, Part, option_label, parts
from .reading import Reading
from .screens import Dialog, Row, dialog, squeezed

_YES = ("Yes", "Yes, manually approve edits", "Yes, and manually approve edits")
"""Rows that allow this once, and nothing more."""
_AMENDED = ("No, and tell Claude", "Yes, and tell Claude")
_FIELD = "No, keep planning"
_OTHER = "Type something"
_SUBMIT = "Submit answers"
_COMPARED = 60
_TRIES = 5
_FOLLOWS = 1.0
"""Seconds in which the transcript and the screen follow the state; it takes them a tenth."""

Wish = tuple[str, dict[str, object]]
"""A tool, and what it was given."""


async def answer(reading: Reading, held: Held, question: Question, given: Answer) -> str | None:
    """Answer it. What is answered are words that could not be given in the dialog, and are to be sent as a prompt."""
    if question.kind is QuestionKind.DIALOG:
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"only you can answer that, in its terminal: {question.text}")
    pane = reach(held)
    conversation = held.conversation or (held.sighting.conversation if held.sighting is not None else None)
    if conversation is None:
        raise _stale()
    tool, wish = await _still_asks(reading, held, conversation, question)
    asked = parts(wish) if tool == ASK else []
    about: Callable[[Dialog], bool] = _never
    left = None
    if asked:
        await _choose(pane, asked, _chosen(asked, given))
    else:
        about = _about((tool, wish), await asyncio.to_thread(reading.others, conversation, question.id))
        left = await _decide(pane, about, given)

    async def ended() -> bool:
        status = await asyncio.to_thread(reading.status, held)
        if status is not Status.WAITING or await asyncio.to_thread(reading.asks, conversation, question.id) is None:
            return True
        # Of requests that came at once, none is recorded as answered before all are; but the next one is shown.
        shown = dialog(await pane.screen())
        return shown is not None and about is not _never and not about(shown)

    async def goes_on() -> bool:
        return await asyncio.to_thread(reading.status, held) is not Status.WAITING

    for _ in range(_TRIES):
        if await until(ended, GENEROUS / _TRIES):
            if left is not None:  # the state comes a moment after the transcript, too, and takes no prompt before
                await until(goes_on, _FOLLOWS)
            return left
        # A dialog that has only just appeared may take no notice of a key.
        shown = dialog(await pane.screen())
        if shown is not None and about(shown) and given.approve is not None and _is_row(_pointed(shown), given.approve):
            await pane.press("Enter")
    raise unsure("the answer was given, but it still waits")


def _never(_: Dialog) -> bool:
    return False


def _about(wish: Wish, rivals: list[Wish]) -> Callable[[Dialog], bool]:
    """Whether a dialog asks for this, and for nothing else that it wishes and that contains it."""

    def about(seen: Dialog) -> bool:
        return is_about(seen, *wish) and not any(
            is_about(seen, *rival) and len(str(rival)) > len(str(wish)) for rival in rivals
        )

    return about


async def _still_asks(reading: Reading, held: Held, conversation: str, question: Question) -> Wish:
    """The request that a question is about. A transcript comes a moment after the state."""

    async def look() -> Wish | None:
        status = await asyncio.to_thread(reading.status, held)
        found = await asyncio.to_thread(reading.asks, conversation, question.id)
        return found if status is Status.WAITING else None

    found = await until(look, _FOLLOWS)
    if found is None:
        raise _stale()
    return found


def _stale() -> HedgerowError:
    return HedgerowError(ErrorCode.STALE_PLAN, "it asks something else by now, or nothing; look again")


# -- approvals ------------------------------------------------------------------------------------------------------


async def _decide(pane: Pane, about: Callable[[Dialog], bool], given: Answer) -> str | None:
    if given.approve is None:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "say whether you approve or deny it")
    approve = given.approve
    words = one_paragraph(given.text) if given.text else ""

    def wanted(row: Row, _number: int) -> bool:
        return _is_row(row.label, approve)

    seen = await shown_dialog(pane, about, _FOLLOWS)
    if seen is None:
        if await shown_dialog(pane, lambda _: True, seconds=0) is not None:
            raise HedgerowError(ErrorCode.STALE_PLAN, "its terminal asks something else first; look again")
        raise unsure("its terminal does not show the question")
    if not any(_is_row(row.label, approve) for row in seen.rows):
        labels = ", ".join(repr(row.label) for row in seen.rows)
        raise HedgerowError(ErrorCode.UNSUPPORTED, f"it can only be answered with {labels}: attach to its terminal")
    seen = await point_at(pane, about, wanted)
    if seen is None or seen.pointed is None:
        raise unsure("its terminal does not let that answer be chosen")
    if words and not seen.amends:  # a screen that is being drawn may lack its last line
        seen = await shown_dialog(pane, lambda each: about(each) and each.amends, _FOLLOWS) or seen
    left = None
    if words and (seen.amends or _pointed(seen).startswith(_FIELD)):
        await _add_words(pane, about, seen, words)
    elif words:
        left = words
    await pane.press("Enter")
    return left


async def _add_words(pane: Pane, about: Callable[[Dialog], bool], seen: Dialog, words: str) -> None:
    if seen.amends:
        await pane.press("Tab")
        if await shown_dialog(pane, lambda each: _pointed(each).startswith(_AMENDED)) is None:
            raise unsure("its terminal takes no words with the answer")
    await pane.paste(words)
    start = squeezed(words)[:20]
    if await shown_dialog(pane, lambda each: about(each) and start in squeezed(_pointed(each) + each.text)) is None:
        raise unsure("its terminal did not take the words")


def _pointed(seen: Dialog) -> str:
    return seen.pointed.label if seen.pointed is not None else ""


def _is_row(label: str, approve: bool) -> bool:
    if approve:
        return label in _YES or label.startswith(_AMENDED[1])
    return label == "No" or label.startswith("No,")


def is_about(seen: Dialog, tool: str, wish: dict[str, object]) -> bool:
    """Whether a dialog asks for this use of a tool, as far as it is on the screen."""
    text = squeezed(seen.text)
    if tool == ASK:
        return False
    if tool == "Bash":
        return _shows(text, str(wish.get("command", "")), seen.whole)
    for name in ("file_path", "notebook_path"):
        path = wish.get(name)
        if isinstance(path, str) and path:
            return squeezed(path.rstrip("/").rpartition("/")[2]) in text and _shows_change(text, wish, seen.whole)
    if tool == "ExitPlanMode":
        return "plan" in text.lower()
    url = wish.get("url") or wish.get("query")
    if isinstance(url, str) and url:
        return squeezed(url)[:_COMPARED] in text
    # Tools of MCP servers are called `server - tool` on the screen.
    return squeezed(tool.rpartition("__")[2]) in text


def _shows(text: str, command: str, whole: bool) -> bool:
    """A command on the screen; of a long one whose beginning has scrolled away, its end."""
    plain = squeezed(command)
    if not plain:
        return False
    return (plain in text or plain[:400] in text) if whole else plain[-_COMPARED:] in text


def _shows_change(text: str, wish: dict[str, object], whole: bool) -> bool:
    """One line of what is to be written, if there is any that could be told from another edit of the file."""
    new = wish.get("new_string", wish.get("content"))
    old = wish.get("old_string")
    if not whole or not isinstance(new, str):
        return True
    before = set(old.splitlines()) if isinstance(old, str) else set()
    changed = [squeezed(line) for line in new.splitlines() if line not in before and squeezed(line)]
    return not changed or any(line[:_COMPARED] in text for line in changed)


# -- questions with options ------------------------------------------------------------------------------------------


def _chosen(asked: list[Part], given: Answer) -> list[tuple[list[int], str | None]]:
    """For each question the numbers of its options that are chosen, and words of the person's own.

    Raises:
        HedgerowError: an option that is none, a question without an answer, or too many.
    """
    wanted = list(given.options)
    found: list[tuple[list[int], str | None]] = []
    for number, part in enumerate(asked):
        names = {option_label(asked, number, label): at for at, label in enumerate(part.labels)}
        numbers = sorted(names[label] for label in wanted if label in names)
        wanted = [label for label in wanted if label not in names]
        found.append((numbers, None))
    if wanted:
        raise HedgerowError(ErrorCode.BAD_PARAMS, f"{wanted[0]!r} is none of its options")
    words = one_paragraph(given.text) if given.text else ""
    if words:
        open_ones = [at for at, (numbers, _) in enumerate(found) if not numbers]
        if len(open_ones) != 1 and len(asked) != 1:
            raise HedgerowError(ErrorCode.BAD_PARAMS, "words answer one question: choose options for all the others")
        at = open_ones[0] if open_ones else 0
        found[at] = (found[at][0], words)
    for part, (numbers, own) in zip(asked, found, strict=True):
        count = len(numbers) + (own is not None)
        if count == 0:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"no answer to: {part.text}")
        if count > 1 and not part.several:
            raise HedgerowError(ErrorCode.BAD_PARAMS, f"only one answer is possible to: {part.text}")
    return found


async def _choose(pane: Pane, asked: list[Part], chosen: list[tuple[list[int], str | None]]) -> None:
    for part, (numbers, words) in zip(asked, chosen, strict=True):
        about = _asks(part)
        if await shown_dialog(pane, about) is None:
            raise unsure(f"its terminal does not show the question {part.text!r}")
        if part.several:
            await _tick(pane, about, part, numbers)
        elif numbers:
            await _press(pane, about, _numbered(part, numbers[0]))
        if words is not None:
            await _say(pane, about, words)
        if part.several:
            await _press(pane, about, lambda row, _number: row.label in ("Submit", "Next"))
        elif words is not None:
            await pane.press("Enter")
    if len(asked) > 1 or asked[0].several:
        await _press(
            pane,
            lambda seen: any(row.label == _SUBMIT for row in seen.rows),
            lambda row, _number: row.label == _SUBMIT,
        )


def _asks(part: Part) -> Callable[[Dialog], bool]:
    text, first = squeezed(part.text), squeezed(part.labels[0])

    def accepts(seen: Dialog) -> bool:
        if any(row.label == _SUBMIT for row in seen.rows) or not seen.rows:
            return False
        label = squeezed(seen.rows[0].label)
        return bool(label) and first.startswith(label) and (text in squeezed(seen.text) or not seen.whole)

    return accepts


def _numbered(part: Part, number: int) -> Callable[[Row, int], bool]:
    label = squeezed(part.labels[number])
    return lambda row, at: at == number and bool(row.label) and label.startswith(squeezed(row.label))


async def _press(pane: Pane, about: Callable[[Dialog], bool], wanted: Callable[[Row, int], bool]) -> None:
    if await point_at(pane, about, wanted) is None:
        raise unsure("its terminal does not let that answer be chosen")
    await pane.press("Enter")


async def _tick(pane: Pane, about: Callable[[Dialog], bool], part: Part, numbers: list[int]) -> None:
    """Have exactly these options ticked."""
    for number in range(len(part.labels)):
        seen = await shown_dialog(pane, about)
        if seen is None or number >= len(seen.rows):
            raise unsure("its terminal does not show the question any more")
        want = number in numbers
        if seen.rows[number].checked is want:
            continue
        await _press(pane, about, _numbered(part, number))
        if await shown_dialog(pane, _with_tick(about, number, want)) is None:
            raise unsure(f"its terminal does not let {part.labels[number]!r} be chosen")


def _with_tick(about: Callable[[Dialog], bool], number: int, want: bool) -> Callable[[Dialog], bool]:
    return lambda seen: about(seen) and len(seen.rows) > number and seen.rows[number].checked is want


async def _say(pane: Pane, about: Callable[[Dialog], bool], words: str) -> None:
    """Put words of the person's own into the row that takes them."""
    if await point_at(pane, about, lambda row, _number: row.label.startswith(_OTHER)) is None:
        raise unsure("its terminal takes no words for this question")
    await pane.paste(words)
    if await shown_dialog(pane, lambda seen: about(seen) and holds(_pointed(seen), words[:40])) is None:
        raise unsure("its terminal did not take the words")
