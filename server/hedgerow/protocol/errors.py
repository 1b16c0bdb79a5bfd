"""Expected failures: a code for programs, a sentence for the person who must act, data for both."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from .sentence import one_line


class ErrorCode(StrEnum):
    """Why a command was refused. Nothing has changed when one of these is answered."""

    NOT_A_REPOSITORY = "notARepository"
    UNTRUSTED = "untrusted"
    """The workspace is not trusted: Hedgerow only lists there."""
    UNSUPPORTED = "unsupported"
    """A kind of repository or state that this command does not handle (said which)."""
    BAD_PARAMS = "badParams"
    BAD_NAME = "badName"
    NAME_TAKEN = "nameTaken"
    BAD_START = "badStart"
    """A start point that is missing, ambiguous, an option, or no commit."""
    NO_SUCH_CHECKOUT = "noSuchCheckout"
    NO_SUCH_SNAPSHOT = "noSuchSnapshot"
    NO_SUCH_OPERATION = "noSuchOperation"
    NO_SUCH_COMMENT = "noSuchComment"
    NO_SUCH_SESSION = "noSuchSession"
    NO_AGENT = "noAgent"
    """The agent is not installed, too old, or cannot be reached."""
    AMBIGUOUS = "ambiguous"
    BRANCH_BUSY = "branchBusy"
    BRANCH_EXISTS = "branchExists"
    PROTECTED = "protected"
    """What was named may not be touched: Local, locked, someone else's, in use, mid-merge."""
    CANNOT_SNAPSHOT = "cannotSnapshot"
    """Something in the checkout cannot be held (another repository, a socket, an unreadable file)."""
    CONFLICT = "conflict"
    UNSAVED_TEXT = "unsavedText"
    UNKNOWN_TOKEN = "unknownToken"
    STALE_PLAN = "stalePlan"
    """Something changed between the plan and its token; plan again."""
    NOT_UNDOABLE = "notUndoable"
    BUSY = "busy"
    """Another operation holds the lock on this checkout or repository."""
    READ_ONLY = "readOnly"
    DISK_FULL = "diskFull"
    STATE_DAMAGED = "stateDamaged"
    STATE_NEWER = "stateNewer"
    GIT_FAILED = "gitFailed"
    SETUP_FAILED = "setupFailed"
    FAILED = "failed"
    """Anything unexpected, worded as well as can be; the log has the rest."""


class HedgerowError(Exception):
    """An expected failure.

    Args:
        code: what a program branches on.
        message: one sentence a person can act on; no traceback, no control characters.
        data: facts named in the sentence (paths, refs, counts), JSON values only.
    """

    def __init__(self, code: ErrorCode, message: str, **data: Any) -> None:
        self.code = code
        self.message = one_line(message)
        super().__init__(self.message)
        self.data: dict[str, Any] = data
