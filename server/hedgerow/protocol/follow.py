"""Following: which checkouts an editor is told the edits of, and what it is told."""

from __future__ import annotations

from enum import StrEnum

from .model import Model
from .worktrees import Params


class FollowParams(Params):
    checkout: str | None = None
    """The checkout to follow: id, name, label, branch or path."""
    session: str | None = None
    """Instead of a checkout: wherever this session works, also after it has moved."""
    all: bool = False
    """Instead of one: every checkout of the repositories that are open, also those that come later."""
    on: bool = True
    """False ends it."""


class FollowResult(Model):
    checkouts: list[str]
    """Ids of the checkouts that are followed now."""
    all: bool
    """Those that come later are followed too."""
    message: str


class Position(Model):
    line: int
    """Counted from 0, as LSP does."""
    character: int
    """Always 0 here: ranges are of whole lines."""


class LineRange(Model):
    """Whole lines, as an LSP range: `end` is the first position that is not part of it. Empty where lines went."""

    start: Position
    end: Position


class EditKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    RENAMED = "renamed"
    BINARY = "binary"
    """A file that is no text was made or changed."""
    MANY = "many"
    """So many files at once that they are only counted; `uri` is the checkout's folder."""


class Editor(StrEnum):
    AGENT = "agent"
    """Anyone but the person in this editor."""
    YOU = "you"
    """The person saved the file in this editor just before."""


class Edited(Model):
    """`hedgerow/edited`: one file of a followed checkout has been edited. One real edit is one notification."""

    checkout: str
    """Id of the checkout."""
    uri: str
    """The file."""
    kind: EditKind
    range: LineRange | None = None
    """The lines just changed, against the content last seen, else what git has of the file.

    All of a file that is new or too large to compare; null where there are no lines to show (binary, deleted)."""
    by: Editor = Editor.AGENT
    """Who edited it."""
    session: str | None = None
    """Id of the session that said it made this edit, or of the only one that is in a turn there."""
    from_uri: str | None = None
    """What it was called before, for `renamed`."""
    count: int | None = None
    """How many files, for `many`."""
