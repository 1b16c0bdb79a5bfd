"""Results for reading, one module per kind of result. All text from outside goes through `text.visible`."""

from __future__ import annotations

from hedgerow.cli.terminal import Terminal
from hedgerow.protocol.checkouts import ListResult
from hedgerow.protocol.comments import CommentResult, CommentsResult, SendCommentsResult
from hedgerow.protocol.model import Model
from hedgerow.protocol.plans import ChangeResult
from hedgerow.protocol.review import BaseContentResult, DiffResult, HunksResult
from hedgerow.protocol.sessions import AttachResult, LogsResult, SessionResult, StartResult
from hedgerow.protocol.worktrees import DoctorResult, HistoryResult, ShowResult


def show(result: Model, terminal: Terminal) -> None:  # noqa: PLR0912 - a table
    """Print ``result``; each kind has a module of its own."""
    # With rich, which JSON does without.
    from . import change, comments, doctor, history, listing, review, sessions, shown  # noqa: PLC0415

    out = terminal.out()
    match result:
        case ListResult():
            listing.show_list(result, out)
        case HistoryResult():
            history.show_history(result, out)
        case ShowResult():
            shown.show_one(result, out)
        case DoctorResult():
            doctor.show_doctor(result, out)
        case DiffResult():
            review.show_diff(result, out)
        case HunksResult():
            review.show_hunks(result, out)
        case BaseContentResult():
            review.show_document(result, terminal)
        case CommentsResult():
            comments.show_comments(result, out)
        case CommentResult():
            comments.show_comment(result, out)
        case SendCommentsResult():
            comments.show_prompt(result, out, terminal.err())
        case StartResult():
            change.show_change(result, out, terminal.err())
            sessions.show_started(result, out, terminal.err())
        case ChangeResult():
            change.show_change(result, out, terminal.err())
        case SessionResult() | AttachResult() | LogsResult():
            sessions.show_answer(result, out, terminal.err())
        case _:
            terminal.write_json(result)  # a command that nobody has given a view yet
