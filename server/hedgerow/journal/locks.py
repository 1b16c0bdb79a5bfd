"""File locks: held by this process and by every git child it started, so that a lock frees only when the last
of them has ended. A lock that can be had proves that its former owner is dead."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from hedgerow.git.runner import children_inherit
from hedgerow.protocol.errors import ErrorCode, HedgerowError

PATIENCE_SECONDS = 15.0
"""How long an operation waits for another before it says BUSY."""

_RETRY_SECONDS = 0.02


class Locks:
    """Named locks in the state directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextlib.asynccontextmanager
    async def held(self, names: Sequence[str], *, why: str, patience: float = PATIENCE_SECONDS) -> AsyncIterator[None]:
        """Hold all of them, taken in order of name so that two operations never wait for each other.

        Raises:
            HedgerowError: BUSY, naming what holds the lock.
        """
        deadline = time.monotonic() + patience
        with contextlib.ExitStack() as stack:
            for name in sorted(set(names)):
                while (descriptor := self._take(name)) is None:
                    if time.monotonic() > deadline:
                        raise HedgerowError(
                            ErrorCode.BUSY, f"another operation is under way here ({self._holder(name)}); try again"
                        )
                    await asyncio.sleep(_RETRY_SECONDS)
                stack.callback(os.close, descriptor)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{why}, process {os.getpid()}".encode(), 0)
                stack.enter_context(children_inherit(descriptor))
            yield

    @contextlib.contextmanager
    def if_free(self, names: Sequence[str]) -> Iterator[bool]:
        """True inside when nobody held any of them (and then we hold all): their former owner has ended."""
        with contextlib.ExitStack() as stack:
            for name in sorted(set(names)):
                descriptor = self._take(name)
                if descriptor is None:
                    stack.close()
                    yield False
                    return
                stack.callback(os.close, descriptor)
                stack.enter_context(children_inherit(descriptor))
            yield True

    def forget(self, name: str) -> None:
        """Remove the lock file of something that will never be locked again (an ended operation); we hold it."""
        with contextlib.suppress(FileNotFoundError):
            self._path(name).unlink()

    def _take(self, name: str) -> int | None:
        while True:
            descriptor = os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_at(name, descriptor):
                    return descriptor
            except BlockingIOError:
                os.close(descriptor)
                return None
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)  # its holder removed the file between our two calls: a lock on it is nobody's

    def _is_at(self, name: str, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self._path(name)))
        except FileNotFoundError:
            return False

    def _holder(self, name: str) -> str:
        with contextlib.suppress(OSError):
            return self._path(name).read_text("utf-8", "replace") or "unknown"
        return "unknown"

    def _path(self, name: str) -> Path:
        return self._directory / name


def checkout_lock(checkout: str) -> str:
    return f"checkout-{checkout}"


def registry_lock(common_dir: Path) -> str:
    """One for the list of worktrees of a repository."""
    return f"registry-{hashlib.sha256(os.fsencode(common_dir)).hexdigest()[:20]}"


def ref_lock(repository: str, ref: str) -> str:
    """One for each ref that an operation makes or moves."""
    return f"ref-{hashlib.sha256(f'{repository} {ref}'.encode('utf-8', 'surrogateescape')).hexdigest()[:20]}"


def session_lock(session: str) -> str:
    """One for the agent of a session: it is started, or ended."""
    return f"session-{session}"


def operation_lock(operation: str) -> str:
    return f"operation-{operation}"
