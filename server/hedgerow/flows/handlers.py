"""Where each command of the table is carried out. Imported at the first call: a `list` on the shell needs none."""

from __future__ import annotations

import pkgutil
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from hedgerow.planning.tools import Tools
from hedgerow.protocol.caller import Caller
from hedgerow.protocol.model import Model

if TYPE_CHECKING:
    from .sessions.desk import Desk

Handler = Callable[[Tools, Any, Caller], Awaitable[Model]]
SessionHandler = Callable[["Desk", Any, Caller], Awaitable[Model]]

OF_CHECKOUTS = {
    "create": "hedgerow.worktrees.create:create",
    "keep": "hedgerow.worktrees.marks:keep",
    "adopt": "hedgerow.worktrees.marks:adopt",
    "setBase": "hedgerow.worktrees.marks:set_base",
    "branchHere": "hedgerow.worktrees.marks:branch_here",
    "cleanUp": "hedgerow.worktrees.clean_up:clean_up",
    "restore": "hedgerow.flows.restore:restore",
    "repair": "hedgerow.worktrees.repair:repair",
    "sync": "hedgerow.flows.sync:sync",
    "commit": "hedgerow.transfer.committing:commit",
    "push": "hedgerow.transfer.pushing:push",
    "land": "hedgerow.flows.land:land",
    "diff": "hedgerow.review.seeing.changes:diff",
    "hunks": "hedgerow.review.seeing.hunks:hunks",
    "baseContent": "hedgerow.review.seeing.contents:base_content",
    "accept": "hedgerow.review.deciding.accepting:accept",
    "reject": "hedgerow.review.deciding.rejecting:reject",
    "comment": "hedgerow.review.comments.commands:comment",
    "editComment": "hedgerow.review.comments.commands:edit_comment",
    "comments": "hedgerow.review.comments.commands:comments",
    "show": "hedgerow.flows.show:show",
    "doctor": "hedgerow.flows.doctor:doctor",
}

OF_SESSIONS = {
    "rename": "hedgerow.flows.sessions.keeping:rename",
    "handOff": "hedgerow.flows.hand_off:hand_off",
    "undo": "hedgerow.flows.sessions.undoing:undo",
    "sendComments": "hedgerow.flows.sessions.sending_comments:send_comments",
    "start": "hedgerow.flows.sessions.start:start",
    "fork": "hedgerow.flows.sessions.start:fork",
    "resume": "hedgerow.flows.sessions.resume:resume",
    "stop": "hedgerow.flows.sessions.steering:stop",
    "send": "hedgerow.flows.sessions.steering:send",
    "answer": "hedgerow.flows.sessions.steering:answer",
    "attach": "hedgerow.flows.sessions.steering:attach",
    "logs": "hedgerow.flows.sessions.steering:logs",
    "pin": "hedgerow.flows.sessions.keeping:pin",
    "archive": "hedgerow.flows.sessions.keeping:archive",
    "markSeen": "hedgerow.flows.sessions.keeping:mark_seen",
}

NEEDS_SESSIONS = frozenset({"cleanUp", "reject", "undo", "land", "archive"})
"""Commands whose plans ask who is at work where."""


def handler(verb: str) -> Handler:
    """The function behind a command about checkouts."""
    found: Handler = pkgutil.resolve_name(OF_CHECKOUTS[verb])
    return found


def session_handler(verb: str) -> SessionHandler | None:
    """The function behind a command about sessions; None when it is not one."""
    place = OF_SESSIONS.get(verb)
    if place is None:
        return None
    found: SessionHandler = pkgutil.resolve_name(place)
    return found
