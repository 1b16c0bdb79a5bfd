"""Unexpected failures of git and the disk, as errors a person can act on."""

from __future__ import annotations

import errno

from hedgerow.git.errors import GitError, GitMissingError, GitParseError
from hedgerow.protocol.errors import ErrorCode, HedgerowError


def worded(error: BaseException) -> HedgerowError:
    """The same failure with a code and a sentence; typed errors pass through."""
    if isinstance(error, HedgerowError):
        return error
    if isinstance(error, OSError):
        return _of_disk(error)
    if isinstance(error, GitMissingError):
        return HedgerowError(ErrorCode.GIT_FAILED, str(error))
    if isinstance(error, GitError):
        return _of_git(error)
    if isinstance(error, GitParseError):
        return HedgerowError(ErrorCode.GIT_FAILED, f"git answered something this version does not understand: {error}")
    return HedgerowError(
        ErrorCode.FAILED, f"something unexpected went wrong ({type(error).__name__}); the log has the details"
    )


def _of_disk(error: OSError) -> HedgerowError:
    where = f" at {error.filename}" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HedgerowError(ErrorCode.DISK_FULL, f"the disk is full{where}")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return HedgerowError(ErrorCode.READ_ONLY, f"this may not be written{where} ({error.strerror})")
    return HedgerowError(ErrorCode.FAILED, f"{error.strerror or error}{where}")


def _of_git(error: GitError) -> HedgerowError:
    text = error.stderr
    # Git does not say why it could not write a file that it could create: on a local disk that is a lack of room.
    if "No space left" in text or "quota" in text.lower() or "unable to write file" in text:
        return HedgerowError(
            ErrorCode.DISK_FULL, f"the disk is full, or the quota used up (git {error.command[0]}: {error.last_line})"
        )
    if "index.lock" in text and "File exists" in text:
        return HedgerowError(
            ErrorCode.BUSY, "another git is writing this index (index.lock exists); try again when it has ended"
        )
    if "Permission denied" in text or "Read-only file system" in text:
        return HedgerowError(ErrorCode.READ_ONLY, f"git may not write here: {error.last_line}")
    return HedgerowError(ErrorCode.GIT_FAILED, f"git {error.command[0]} failed: {error.last_line}")
