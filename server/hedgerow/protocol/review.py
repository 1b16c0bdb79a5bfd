"""Reviewing a checkout: what differs, hunk by hunk, and what the person has accepted of it so far."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from .model import Model
from .sentence import Sentence
from .worktrees import OneCheckout, Params

PAGE = 1000
"""Files in one answer of `diff` unless another number is asked for."""


class FileStatus(StrEnum):
    """How a file differs. A renamed file may also differ in its lines; a file that differs in nothing but the
    executable bit is `mode`, one that became a link, or a file again, `type`."""

    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    MODE = "mode"
    TYPE = "type"
    CONFLICTED = "conflicted"
    """A merge left it unresolved; the file is compared as it is on disk."""


class FileKind(StrEnum):
    TEXT = "text"
    BINARY = "binary"
    LINK = "link"
    """A symbolic link: accepted and rejected as a whole."""
    SUBMODULE = "submodule"
    """Another repository's commit: it can be accepted; a reject would move that repository, and is refused."""


class HunkState(StrEnum):
    ACCEPTED = "accepted"
    PENDING = "pending"
    """At least a line of it is not accepted yet."""
    QUEUED = "queued"
    """Its rejection waits for the end of the agent's turn."""


def _range(text: str) -> str:
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text)
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise ValueError(f"{text[:30]!r} is no range of lines; write 12 or 12-20")
    return text


Lines = Annotated[str, AfterValidator(_range)]
"""Lines of a file: `12`, or `12-20` with both ends included."""


class DiffParams(Params):
    checkout: str
    """Id, name, label, branch or path."""
    between: str = "base"
    """What the checkout's files are compared with: `base`, `reviewed` (what is still pending), `head`, `index`,
    `local`, another checkout, or the id of a snapshot."""
    limit: int = Field(default=PAGE, ge=1, le=10_000)
    """How many files at most in one answer."""
    cursor: str | None = None
    """Of the answer before, for the files that follow; they are as they were when the first page was asked for."""


class FileChange(Model):
    """One file that differs."""

    path: str
    r"""In the checkout, with `/`; in the old version for a deleted file. Bytes that are no UTF-8 as `\xff`."""
    old_path: str | None = None
    """Where a renamed file was."""
    status: FileStatus
    kind: FileKind = FileKind.TEXT
    old_mode: str | None = None
    """Git's, as `100644`; None where there was none."""
    new_mode: str | None = None
    """None where there is none now."""
    added: int | None = None
    """Lines; None for what has no lines."""
    removed: int | None = None
    """Lines; None for what has no lines."""
    pending: bool = False
    """Something of it is not accepted yet."""
    pending_added: int | None = None
    """Lines not accepted yet; None for what has no lines."""
    pending_removed: int | None = None
    """Lines not accepted yet; None for what has no lines."""
    queued: bool = False
    """A rejection of something in it waits for the end of the agent's turn."""


class DiffTotals(Model):
    """Of all pages."""

    files: int
    """That differ from what was asked for."""
    added: int
    """Lines."""
    removed: int
    """Lines."""
    pending: int
    """Files of which something is not accepted yet, also those that are back at the base by now."""


class DiffResult(Model):
    checkout: str
    """Its id."""
    between: str
    """As it was asked for."""
    base: str | None
    """Commit that the work is reviewed against; None before the first commit."""
    version: str
    """Of all that is pending. Sent back as `seen`, it binds `all` to what was shown."""
    totals: DiffTotals
    files: list[FileChange]
    """Sorted by path."""
    cursor: str | None = None
    """For the next page; None on the last one."""


class WordSpan(Model):
    line: int
    """Of the hunk, from 0."""
    start: int
    """In UTF-16 units from the line's beginning, as LSP counts them."""
    end: int
    """The first unit that is no longer part of it."""


class Words(Model):
    """What differs within the lines of a hunk."""

    old: list[WordSpan] = []
    """In the lines that were there."""
    new: list[WordSpan] = []
    """In the lines that are there now."""


class HunksParams(Params):
    checkout: str
    """Id, name, label, branch or path."""
    path: str
    """As `diff` names it; a path inside the checkout that does not differ has no hunks."""
    between: str = "base"
    """As for `diff`."""
    words: bool = False
    """Also what differs within the lines, for hunks of a size that a person reads."""


class Hunk(Model):
    """Lines that follow each other and differ; no context."""

    id: str
    """Binds it to the two versions of the file that it was seen in."""
    old_start: int
    """First line, from 1; where there is none (`oldCount` 0), the line after which it would be."""
    old_count: int
    """Lines that were there."""
    new_start: int
    """As `oldStart`, in the checkout."""
    new_count: int
    """Lines that are there now."""
    text: str
    r"""The lines as in a patch: `-` and `+` before each, `\n` after each, and git's `\ No newline at end of file`.
    A carriage return before the end of a line is part of the line."""
    state: HunkState
    words: Words | None = None
    """None unless asked for, and for hunks of too many lines."""


class HunksResult(Model):
    checkout: str
    """Its id."""
    path: str
    old_path: str | None = None
    """Where a renamed file was."""
    between: str
    """As it was asked for."""
    status: FileStatus | None
    """None when it does not differ."""
    kind: FileKind = FileKind.TEXT
    old_mode: str | None = None
    """Git's, as `100644`; None where there was none."""
    new_mode: str | None = None
    """None where there is none now."""
    version: str
    """Of the file in the checkout; sent back as `seen`, it binds lines or the whole file to what was shown."""
    encoding: str = "utf-8"
    """How the text was decoded: `utf-8`, or `latin-1` for a file that is no UTF-8 (then one character is one byte)."""
    pending: bool = False
    """Something of it is not accepted yet, be it only its mode or its name."""
    hunks: list[Hunk] = []
    """None for what has no lines: it is accepted and rejected as a whole."""
    base_uri: str
    """Address of the base's version, for `workspace/textDocumentContent`."""
    reviewed_uri: str
    """Address of the version that was accepted last."""


class BaseContentParams(Params):
    checkout: str
    """Id, name, label, branch or path."""
    path: str
    side: Literal["base", "reviewed"] = "base"
    """The version that the work is reviewed against, or the one that the person has accepted so far."""


class BaseContentResult(Model):
    uri: str
    """For `workspace/textDocumentContent`."""
    exists: bool
    """False: the file is not in that version, and its text is empty."""
    text: str
    """As an editor shows the file that git would check out: filters and line endings applied, the byte order mark
    left out. Empty for a binary file."""
    encoding: str
    """`utf-8`, `utf-16-le`, `utf-16-be`, or `latin-1` for anything else (then one character is one byte)."""
    bom: bool = False
    """It begins with a byte order mark."""
    binary: bool = False
    """There is no text to show."""
    oid: str | None = None
    """Of git's form of the file."""
    mode: str | None = None
    """Git's, as `100644`."""


class ReviewChange(OneCheckout):
    paths: list[str] = []
    """Files, as `diff` names them; exactly one with `hunks` or `lines`."""
    all: bool = False
    """Every file that is pending."""
    hunks: list[str] = []
    """Ids of hunks of the one file: of its base, or of what is pending."""
    lines: list[Lines] = []
    """Lines of the one file as it is in the checkout: `12` or `12-20`, the first is 1. What they replace goes along;
    lines that were deleted belong to the line above them, at the top of the file to line 0."""
    seen: str | None = None
    """The `version` that was shown: of `hunks` for one file, of `diff` for `all`. Refused if it is another by now."""

    @model_validator(mode="after")
    def _one_choice(self) -> ReviewChange:
        if self.all and (self.paths or self.hunks or self.lines):
            raise ValueError("`all` stands alone; leave out paths, hunks and lines")
        if not self.all and not self.paths and self.token is None:
            raise ValueError("say which: `paths`, or `all`")
        if (self.hunks or self.lines) and len(self.paths) != 1:
            raise ValueError("`hunks` and `lines` are of one file: give exactly one path")
        return self


class AcceptParams(ReviewChange):
    """What is accepted is no longer pending. No file changes."""

    withdraw: bool = False
    """Take an acceptance back: what is meant is pending again."""


class RejectParams(ReviewChange):
    """What is rejected becomes again what was accepted last, in the file itself. While an agent is in a turn it waits
    for the end of that."""

    withdraw: bool = False
    """Take rejections back that still wait."""


class ReviewChanged(Model):
    """`hedgerow/reviewChanged`: what was asked about these files may have another answer by now."""

    checkout: str
    """Its id."""
    revision: int
    """Grows by one with each."""
    all: bool = False
    """Any file of the checkout."""
    paths: list[str] = []
    """Which files, where `all` does not say any."""
    notices: list[Sentence] = []
    """What became of rejections that waited and could not be carried out."""
