"""Every change Hedgerow makes to files outside git, one function each.

One seam, so that crash tests can stop at any of them. Nothing here follows a link at its last component,
and nothing deletes a directory that is not empty.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FICLONE = 0x40049409
"""Linux' ioctl for a copy that shares blocks (btrfs, xfs); from linux/fs.h."""


def make_directory(path: Path, mode: int = 0o777, *, parents: bool = False, exist_ok: bool = True) -> None:
    if parents:
        path.mkdir(mode, parents=True, exist_ok=exist_ok)
        return
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        if not exist_ok or not stat.S_ISDIR(os.lstat(path).st_mode):
            raise


def write_atomic(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace or create a file in one step, durable before it is visible."""
    descriptor, temporary = tempfile.mkstemp(prefix=".hedgerow-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
            os.fchmod(handle.fileno(), mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Create a file that must not exist yet; a link there counts as existing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        os.fchmod(handle.fileno(), mode)


def claim(path: Path, content: bytes, temporary: Path) -> None:
    """Create a lock file, whole from its first moment.

    Args:
        temporary: a name in the same directory.

    Raises:
        FileExistsError: somebody else has it.
    """
    write_atomic(temporary, content)
    try:
        os.link(temporary, path)
    finally:
        os.unlink(temporary)


def rename(source: Path, target: Path) -> None:
    """Move within one filesystem; the target must not exist.

    Raises:
        FileExistsError: something is at the target.
        OSError: EXDEV when it would cross filesystems.
    """
    with contextlib.suppress(FileNotFoundError):
        os.lstat(target)
        raise FileExistsError(errno.EEXIST, "already exists", str(target))
    os.rename(source, target)


def remove_file(path: Path) -> None:
    """Unlink a file or a link (never what it points to)."""
    os.unlink(path)


def remove_empty_directory(path: Path) -> None:
    os.rmdir(path)


def make_link(path: Path, target: str | bytes) -> None:
    os.symlink(target, os.fsencode(path) if isinstance(target, bytes) else path)


def change_mode(path: Path, mode: int) -> None:
    """Set the mode of a file or directory that is no link."""
    os.chmod(path, mode, follow_symlinks=False) if os.chmod in os.supports_follow_symlinks else os.chmod(path, mode)


def copy_file(source: Path, target: Path, mode: int) -> None:
    """Copy bytes into a new file, sharing blocks where the filesystem can; links are not followed."""
    reading = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode & 0o700 | 0o600)
        try:
            try:
                fcntl.ioctl(writing, _FICLONE, reading)
            except OSError:
                _copy_bytes(reading, writing)
            os.fchmod(writing, mode)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_bytes(reading: int, writing: int) -> None:
    with os.fdopen(reading, "rb", closefd=False) as source, os.fdopen(writing, "wb", closefd=False) as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A private directory for temporary indexes and the like; gone afterwards, whatever happened inside."""
    path = Path(tempfile.mkdtemp(prefix="hedgerow-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def copy_with_times(source: Path, target: Path) -> None:
    """Copy an index with its modification time in nanoseconds, without which git trusts stale stat data."""
    with open(source, "rb") as handle:
        times = os.fstat(handle.fileno())
        target.write_bytes(handle.read())
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def link_file(source: Path, target: Path) -> None:
    """Give a file a second name; links are not followed."""
    os.link(source, target, follow_symlinks=False)


def replace(source: Path, target: Path) -> None:
    """Put a finished file in the place of another, in one step."""
    os.replace(source, target)


def sync_file(path: Path) -> None:
    """Have a file's, or a directory's, content reach the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place_file(source: Path, target: Path, mode: int, temporary: Path) -> None:
    """Put a copy of ``source`` in the place of ``target`` in one step.

    Args:
        temporary: a name beside the target; what is there was left by a try that was cut short.
    """
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    copy_file(source, temporary, mode)
    os.replace(temporary, target)


def place_link(link: bytes, target: Path, temporary: Path) -> None:
    """Put a link in the place of ``target`` in one step; see `place_file`."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    os.symlink(link, os.fsencode(temporary))
    os.replace(temporary, target)
