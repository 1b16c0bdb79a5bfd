"""The commands `comment`, `editComment`, `comments` and `sendComments`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hedgerow.checkouts.checkout import Checkout
from hedgerow.checkouts.repositories import KnownRepository
from hedgerow.git.errors import readable
from hedgerow.journal.plans import new_id
from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.checkouts import CheckoutState
from hedgerow.protocol.comments import (
    CommentParams,
    CommentResult,
    CommentsParams,
    CommentsResult,
    EditCommentParams,
    SendCommentsParams,
    SendCommentsResult,
)
from hedgerow.protocol.errors import ErrorCode, HedgerowError
from hedgerow.review.paths import path_in, wire
from hedgerow.review.works import find_checkout, waits_elsewhere, work_id

from .anchors import Anchor, anchor_at, find_lines
from .locating import Located, Locator, shown, spelt
from .prompt import prompt
from .reading import Lineless, Lines, is_there, split_lines
from .store import CommentStore, Stored


async def comment(tools: Tools, params: CommentParams, caller: Caller) -> CommentResult:
    """Keep what a person says of lines or of a whole file.

    Raises:
        HedgerowError: there is no such checkout, file or line, or the lines are not what the person sees.
    """
    checkout = await _to_comment(tools, params, caller)
    path = path_in(checkout, params.path)
    locator = Locator(tools, checkout, caller)
    file = await locator.read(path, params.side)
    if file is None:
        side = "its base" if params.side == "base" else checkout.label
        raise _bad(f"there is no file {wire(path)!r} in {side}", path)
    anchor = None
    if params.lines is not None:
        if isinstance(file, Lineless):
            raise _bad(f"{wire(path)!r} {file.why}; comment on it as a whole, without lines", path)
        _refuse_unsaved(checkout, path, params, caller)
        anchor = anchor_at(file.lines, *_range(params, path, file.lines))
    now = time.time()
    stored = Stored(
        id=new_id("c"),
        repository=checkout.repository.id,
        work=work_id(tools, checkout),
        path=path,
        side=params.side,
        text=params.text,
        anchor=anchor,
        version=file.version if isinstance(file, Lines) else None,
        created=now,
        changed=now,
    )
    CommentStore(tools.journal.database).add(stored, file if anchor and isinstance(file, Lines) else None)
    located = await locator.locate(stored)
    where = wire(path) if located.shown.lines is None else f"{wire(path)}:{located.shown.lines}"
    return CommentResult(comment=located.shown, message=f"commented on {where} in {checkout.label}; it is a draft")


async def edit_comment(tools: Tools, params: EditCommentParams, caller: Caller) -> CommentResult:
    """Change a comment's words, or what has become of it.

    Raises:
        HedgerowError: there is no such comment, or nothing to change.
    """
    store = CommentStore(tools.journal.database)
    stored = _found(store, params.id)
    now = time.time()
    values: dict[str, Any] = {}
    said: list[str] = []
    if params.text is not None:
        values |= {"text": params.text, "sent": None}
        said.append("changed")
    if params.sent is not None:
        values["sent"] = (stored.sent or now) if params.sent else None
        said.append("sent" if params.sent else "a draft again")
    if params.resolved is not None:
        values["resolved"] = (stored.resolved or now) if params.resolved else None
        said.append("resolved" if params.resolved else "open again")
    if params.delete is not None:
        values["deleted"] = (stored.deleted or now) if params.delete else None
        said.append("deleted; it can be brought back" if params.delete else "back")
    if not values:
        raise HedgerowError(ErrorCode.BAD_PARAMS, "say what to change of it: text, resolved, sent or delete")
    store.change(stored.id, {**values, "changed": now})
    comment = (await _wherever(tools, _found(store, stored.id), params.repository, caller)).shown
    return CommentResult(comment=comment, message=f"the comment {comment.title!r} is {', '.join(said)}")


async def comments(tools: Tools, params: CommentsParams, caller: Caller) -> CommentsResult:
    """Every comment on the work of a checkout, or of all of a repository's."""
    store = CommentStore(tools.journal.database)
    revision = store.revision()  # read first: what changes meanwhile has a later one
    if params.checkout is not None:
        checkouts: Sequence[Checkout] = [await find_checkout(tools, params.checkout, params.repository, caller)]
    else:
        opened = await _repositories(tools, params.repository, caller)
        several = [await tools.discovery.checkouts_of(one) for one in opened if one.trusted]
        checkouts = [one for each in several for one in each if one.state is CheckoutState.OK]
    found: list[Located] = []
    for checkout in checkouts:
        path = None if params.path is None else path_in(checkout, params.path)
        found += await _located(tools, checkout, caller, deleted=params.deleted, path=path)
    return CommentsResult(comments=[one.shown for one in found], revision=revision)


async def send_comments(tools: Tools, params: SendCommentsParams, caller: Caller) -> SendCommentsResult:
    """One prompt of the drafts of a checkout.

    Raises:
        HedgerowError: there is no such checkout or comment.
    """
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    _refuse_elsewhere(tools, checkout)
    everything = await _located(tools, checkout, caller)
    known = {one.stored.id for one in everything}
    for identity in params.comments:
        if identity not in known:
            raise _unknown(identity, f"in {checkout.label}")
    if params.comments:
        chosen = [one for one in everything if one.stored.id in params.comments]
    else:
        chosen = [one for one in everything if one.stored.sent is None and one.stored.resolved is None]
    text = prompt([one.remark for one in chosen])
    count = "1 comment" if len(chosen) == 1 else f"{len(chosen)} comments"
    if not chosen:
        message = f"there is no comment to send in {checkout.label}"
    elif not params.delivered:
        message = f"{count} in the prompt; they stay drafts until they are delivered"
    else:
        store, now = CommentStore(tools.journal.database), time.time()
        with tools.journal.database.transaction():
            for one in chosen:
                store.change(one.stored.id, {"sent": now})
        locator = Locator(tools, checkout, caller)
        chosen = [await locator.locate(_found(store, one.stored.id)) for one in chosen]
        message = f"{count} in {checkout.label} sent"
    return SendCommentsResult(
        checkout=checkout.id, prompt=text, comments=[one.shown for one in chosen], message=message
    )


async def _to_comment(tools: Tools, params: CommentParams, caller: Caller) -> Checkout:
    """The checkout that is meant, in a repository with an id of its own: one made from its path would be lost."""
    checkout = await find_checkout(tools, params.checkout, params.repository, caller)
    _refuse_elsewhere(tools, checkout)
    if checkout.repository.refusal is not None:
        return checkout
    prepared = await tools.prepared(checkout.repository, caller)
    if prepared.id == checkout.repository.id:
        return checkout
    return await tools.discovery.find(str(checkout.path), caller, prepared)


async def _located(
    tools: Tools, checkout: Checkout, caller: Caller, *, deleted: bool = False, path: bytes | None = None
) -> list[Located]:
    """In the order of path and line."""
    if waits_elsewhere(tools, checkout) is not None:
        return []  # they went along
    stored = CommentStore(tools.journal.database).of_works([work_id(tools, checkout)])
    locator = Locator(tools, checkout, caller)
    located = [
        await locator.locate(one)
        for one in stored
        if (deleted or one.deleted is None) and (path is None or one.path == path or not is_there(checkout, one.path))
    ]
    return sorted((one for one in located if path is None or one.path == path), key=lambda one: one.order)


async def _wherever(tools: Tools, stored: Stored, path: str | None, caller: Caller) -> Located:
    """A comment in the checkout that has its work; without a place where none has."""
    try:
        repositories = await _repositories(tools, path, caller)
    except HedgerowError:
        repositories = []
    for repository in repositories:
        if repository.id == stored.repository and repository.trusted:
            for checkout in await tools.discovery.checkouts_of(repository):
                ready = checkout.state is CheckoutState.OK and waits_elsewhere(tools, checkout) is None
                if ready and work_id(tools, checkout) == stored.work:
                    return await Locator(tools, checkout, caller).locate(stored)
    return Located(stored, shown(stored, stored.work, stored.path, None, gone=False), stored.path, None)


async def _repositories(tools: Tools, path: str | None, caller: Caller) -> list[KnownRepository]:
    if path is None:
        return await tools.repositories.open_all(caller)
    place = (caller.directories[0] if caller.directories else Path.cwd()) / path
    return [await tools.repositories.open(place, caller)]


def _range(params: CommentParams, path: bytes, lines: Sequence[str]) -> tuple[int, int]:
    """First and last line, from 0, the last one not included."""
    first, _, last = (params.lines or "").partition("-")
    start, end = int(first) - 1, int(last or first)
    if start < 0:
        raise _bad(f"the first line of {wire(path)!r} is 1", path)
    if params.quote is not None:
        quoted = split_lines(params.quote)
        if tuple(lines[start:end]) != quoted:
            found = find_lines(Anchor(start, quoted), lines, start)
            if found is None:
                raise HedgerowError(
                    ErrorCode.STALE_PLAN,
                    f"these lines are not in {wire(path)!r} as it is on disk; save it, or look at it again",
                    path=wire(path),
                )
            return found, found + len(quoted)
    if end > len(lines):
        count = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
        raise _bad(f"{wire(path)!r} has {count}; there is no {_named(start, end)} in it", path)
    return start, end


def _named(start: int, end: int) -> str:
    return f"line {spelt(start, end)}" if end == start + 1 else f"such range as {spelt(start, end)}"


def _refuse_unsaved(checkout: Checkout, path: bytes, params: CommentParams, caller: Caller) -> None:
    """Lines are counted as they are on disk, and the person counts those in the editor."""
    if params.quote is not None or params.side == "base":
        return
    place = checkout.path / readable(path)
    if any(place in (unsaved, unsaved.resolve()) for unsaved in caller.unsaved(checkout.path)):
        raise HedgerowError(
            ErrorCode.UNSAVED_TEXT, f"{wire(path)!r} has text that is not saved; save it first", path=wire(path)
        )


def _refuse_elsewhere(tools: Tools, checkout: Checkout) -> None:
    where = waits_elsewhere(tools, checkout)
    if where is not None:
        raise HedgerowError(
            ErrorCode.CONFLICT, f"the work of {checkout.label} is in {where} now, and so are its comments"
        )


def _found(store: CommentStore, identity: str) -> Stored:
    stored = store.find(identity)
    if stored is None:
        raise _unknown(identity, "")
    return stored


def _unknown(identity: str, where: str) -> HedgerowError:
    return HedgerowError(ErrorCode.NO_SUCH_COMMENT, f"there is no comment {identity[:60]!r} {where}".rstrip())


def _bad(message: str, path: bytes) -> HedgerowError:
    return HedgerowError(ErrorCode.BAD_PARAMS, message, path=wire(path))


__all__ = ["comment", "comments", "edit_comment", "send_comments"]
