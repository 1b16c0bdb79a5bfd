"""Comments on a checkout's work, and the one prompt that is made of those that were not sent yet."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator

from .model import Model
from .review import Lines
from .sentence import Sentence
from .worktrees import Params

LONGEST = 64 * 1024
"""Characters of one comment."""


class CommentState(StrEnum):
    DRAFT = "draft"
    """Not sent yet."""
    SENT = "sent"
    OUTDATED = "outdated"
    """The lines it was made on are gone: changed, or with their file. Sent or not."""
    RESOLVED = "resolved"
    """The person is done with it."""


def _words(text: str) -> str:
    """Whatever a person writes, as long as it is something and can be stored: a lone half of a character cannot."""
    if not text.strip():
        raise ValueError("a comment says something; this one is empty")
    if len(text) > LONGEST:
        raise ValueError(f"a comment has at most {LONGEST} characters; this one has {len(text)}")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Said = Annotated[str, AfterValidator(_words)]


class Comment(Model):
    id: str
    checkout: str
    """Id of the checkout that has the work by now: handed-off work takes its comments along."""
    path: str
    r"""In that checkout, with `/`, where the file is by now. Bytes that are no UTF-8 as `\xff`."""
    side: Literal["working", "base"]
    """On the file as it is in the checkout, or on the version that the work is reviewed against."""
    lines: Lines | None
    """Where its lines are now. Of an outdated one, where they were; None for a comment on the whole file, and where
    the file is gone."""
    text: str
    """As the person wrote it: a view of it strips what could steer a terminal."""
    title: Sentence
    """Its first line, harmless, for a list."""
    excerpt: str
    """The lines that it was made on, as they were then; empty for a comment on the whole file."""
    state: CommentState
    sent: float | None = None
    """When it was sent, in seconds since 1970; None for a draft, also for an outdated one."""
    deleted: bool = False
    """It was deleted, and can be brought back."""
    created: float
    changed: float
    """When the person changed it last."""


class CommentParams(Params):
    checkout: str
    """Id, name, label, branch or path."""
    path: str
    """As `diff` names it, or an absolute path inside the checkout."""
    text: Said
    """What the person says, in any number of lines."""
    lines: Lines | None = None
    """`12` or `12-20` of that side of the file, the first line is 1; the whole file when missing."""
    side: Literal["working", "base"] = "working"
    """The file in the checkout, or the version that the work is reviewed against."""
    quote: str | None = None
    """The lines as the person sees them. Where the file says something else there by now (an agent has written, the
    text in the editor is not saved), the comment goes to where they are; where they are nowhere, it is refused."""


class EditCommentParams(Params):
    id: str
    """Of the comment."""
    text: Said | None = None
    """What it says from now on. One that was sent before is a draft again."""
    resolved: bool | None = None
    """Whether the person is done with it."""
    sent: bool | None = None
    """Whether it was sent: false makes it a draft again, after a prompt that did not arrive."""
    delete: bool | None = None
    """Delete it; false brings a deleted one back."""


class CommentResult(Model):
    comment: Comment
    """As it is now."""
    message: Sentence
    """What was done."""


class CommentsParams(Params):
    checkout: str | None = None
    """Id, name, label, branch or path; every checkout of the repository when missing."""
    path: str | None = None
    """Only those on this file."""
    deleted: bool = False
    """Also deleted ones."""


class CommentsResult(Model):
    comments: list[Comment]
    """By checkout, path and line; those on a whole file before those on its lines."""
    revision: int
    """Of everything said here; grows with each change of any comment."""


class SendCommentsParams(Params):
    checkout: str
    """Id, name, label, branch or path."""
    comments: list[str] = []
    """Ids of those to send, sent ones too; every one that was neither sent nor resolved when missing."""
    delivered: bool = False
    """They count as sent from now on: whoever asks gives the prompt to an agent. Without it nothing changes, and the
    prompt is only shown."""
    deliver: bool = False
    """Give the prompt to the session that runs there; the comments count as sent once it has it."""
    session: str | None = None
    """The session to give it to, where several run."""


class SendCommentsResult(Model):
    checkout: str
    """Its id."""
    prompt: str
    """For the agent: each comment with its path, its lines and what they say. Without control characters, whatever is
    in the comments and the files. Empty when there is nothing to send."""
    comments: list[Comment]
    """Those in it, in its order."""
    message: Sentence
    """What was done."""
    session: str | None = None
    """Id of the session that was given the prompt."""


class CommentsChanged(Model):
    """`hedgerow/commentsChanged`: comments were made, edited, sent, resolved or deleted, here or in another editor."""

    revision: int
    """As in the answer of `comments`."""
