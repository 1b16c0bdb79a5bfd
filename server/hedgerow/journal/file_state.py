"""One file of a checkout as it lies on disk: its exact bytes by id, its permissions; reading, comparing, replacing.

The only hand that replaces a single file of a person's work. It never follows a link and never touches a directory
that is not empty.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import BaseModel, ConfigDict

from hedgerow.git.repository import Repository
from hedgerow.protocol.errors import ErrorCode, HedgerowError

from . import files
from .snapshots.contents import blob_id


class FileState(BaseModel):
    """A file, or a link.

    Attributes:
        oid: the blob id of its exact bytes (of its target, for a link), whatever filters are in force.
        mode: permission bits of a file.
    """

    model_config = ConfigDict(frozen=True)
    oid: str
    link: bool = False
    mode: int = 0o644


def stored(path: bytes) -> str:
    """A path for a step or a guard, which are JSON: percent signs for all that is not plain."""
    return quote_from_bytes(path, safe="/ !#$&'()*+,:;=?@[]^`{|}~\"<>")


def loaded(text: str) -> str:
    """The path that was stored, as Python names files."""
    return os.fsdecode(unquote_to_bytes(text))


def spoken(text: str) -> str:
    """The path that was stored, for a person."""
    return unquote_to_bytes(text).decode("utf-8", "backslashreplace")


def read_state(repository: Repository, top: Path, path: str) -> tuple[FileState, bytes] | None:
    """What is at a path below ``top``, with its bytes; None for nothing.

    Raises:
        HedgerowError: PROTECTED for a directory or anything else that is no file, and for what lies behind a link.
    """
    refuse_links_above(top, path)
    place = top / path
    try:
        found = os.lstat(place)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(found.st_mode):
        target = os.readlink(os.fsencode(place))
        return FileState(oid=blob_id(repository, target), link=True, mode=0), target
    if not stat.S_ISREG(found.st_mode):
        what = "a directory" if stat.S_ISDIR(found.st_mode) else "no file"
        raise HedgerowError(
            ErrorCode.PROTECTED, f"{_shown(path)} is {what} by now; it was left alone", path=_shown(path)
        )
    descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as handle:
        content = handle.read()
        mode = stat.S_IMODE(os.fstat(handle.fileno()).st_mode)
    return FileState(oid=blob_id(repository, content), mode=mode), content


def replace(top: Path, path: str, state: FileState | None, content: bytes, temporary: str) -> None:
    """Put a file, a link, or nothing, at a path below ``top``, in one step. Directories are made, and go when empty.

    Args:
        content: its bytes; the target of a link.
        temporary: a name of ours, for the directory the file lies in; what is there was left by a try cut short.
    """
    place = top / path
    if state is None:
        with contextlib.suppress(FileNotFoundError):
            files.remove_file(place)
        _remove_empty(top, place.parent)
        return
    files.make_directory(place.parent, parents=True)
    aside = place.parent / temporary
    if state.link:
        files.place_link(content, place, aside)
    else:
        clear(top, path, temporary)
        files.write_new(aside, content, state.mode)
        files.replace(aside, place)


def clear(top: Path, path: str, temporary: str) -> None:
    """Take away what a try that was cut short has left beside a file."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        files.remove_file((top / path).parent / temporary)


def refuse_links_above(top: Path, path: str) -> None:
    """Raises:
    HedgerowError: PROTECTED: a directory of the path is a link by now, and leads elsewhere.
    """
    above = top
    for part in Path(path).parts[:-1]:
        above = above / part
        if above.is_symlink():
            raise HedgerowError(
                ErrorCode.PROTECTED,
                f"{_shown(path)} lies behind a link by now ({above.name}); it was left alone",
                path=_shown(path),
            )


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _remove_empty(top: Path, directory: Path) -> None:
    while directory != top:
        try:
            files.remove_empty_directory(directory)
        except OSError:
            return
        directory = directory.parent
