"""One file of a checkout as it lies on disk: its exact bytes by id, its permissions; reading, comparing, replacing.

The only hand that replaces a single file of a person's work. It never follows a link and never touches a directory
that is not empty.
"""

from __future__ import annotations

import contextlib
import errno
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


class Parents(BaseModel):
    """The directories of a file when a plan was made, so that they come and go with it and not otherwise.

    Attributes:
        modes: permission bits of each, from the top down; None where there was none.
        existed: the file itself was there.
    """

    model_config = ConfigDict(frozen=True)
    modes: tuple[int | None, ...]
    existed: bool


def read_parents(top: Path, path: str, *, existed: bool) -> Parents:
    modes: list[int | None] = []
    for above in _directories(top, path):
        try:
            found = os.lstat(above)
        except (FileNotFoundError, NotADirectoryError):
            modes.append(None)
        else:
            modes.append(stat.S_IMODE(found.st_mode) if stat.S_ISDIR(found.st_mode) else None)
    return Parents(modes=tuple(modes), existed=existed)


def replace(top: Path, path: str, state: FileState | None, content: bytes, temporary: str, parents: Parents) -> None:
    """Put a file, a link, or nothing, at a path below ``top``, in one step.

    Args:
        content: its bytes; the target of a link.
        temporary: a name of ours, for the directory the file lies in; what is there was left by a try cut short.
    """
    place = top / path
    if state is None:
        _keep(place, _kept(top, path, temporary))
        with contextlib.suppress(FileNotFoundError):
            files.remove_file(place)
        return
    for above, mode in zip(_directories(top, path), parents.modes, strict=True):
        if not above.is_dir():
            files.make_directory(above)
            if mode is not None:
                files.change_mode(above, mode)
    aside = place.parent / temporary
    _clear(aside)
    if state.link:
        _keep(place, _kept(top, path, temporary))
        files.place_link(content, place, aside)
    else:
        files.write_new(aside, content, state.mode)
        _keep(place, _kept(top, path, temporary))
        files.replace(aside, place)


def replaced(repository: Repository, top: Path, path: str, temporary: str) -> FileState | None:
    """What the file that was replaced holds, which still has a name of ours; None when there is none.

    A program that wrote into it after it was last looked at shows here.
    """
    kept = _kept(top, path, temporary)
    if not os.path.lexists(kept):
        return None
    found = read_state(repository, top, str(kept.relative_to(top)))
    return None if found is None else found[0]


def give_back(top: Path, path: str, temporary: str) -> None:
    """The file that was replaced is in its place again."""
    files.replace(_kept(top, path, temporary), top / path)


def _keep(place: Path, kept: Path) -> None:
    """Not every file system has second names; there, a write in that very moment is not noticed."""
    _clear(kept)
    if place.is_file() and not place.is_symlink():
        try:
            files.link_file(place, kept)
        except OSError as error:
            if error.errno not in _NO_SECOND_NAME:
                raise


_NO_SECOND_NAME = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.ENOENT}


def _kept(top: Path, path: str, temporary: str) -> Path:
    return (top / path).parent / f"{temporary}-replaced"


def settle(top: Path, path: str, state: FileState | None, temporary: str, parents: Parents) -> None:
    """What goes with a file that is as it should be: nothing of a try that was cut short, no directory that only it had
    or that was made for it."""
    above = _directories(top, path)
    _clear((above[-1] if above else top) / temporary)
    _clear(_kept(top, path, temporary))
    if state is not None:
        return
    for directory, mode in reversed(list(zip(above, parents.modes, strict=True))):
        if mode is not None and not parents.existed:
            return
        try:
            files.remove_empty_directory(directory)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            return


def _directories(top: Path, path: str) -> list[Path]:
    """Those of a path, from the top down."""
    return [top / above for above in reversed(Path(path).parents[:-1])]


def _clear(aside: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        files.remove_file(aside)


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
