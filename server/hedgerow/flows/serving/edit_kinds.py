"""What an edit was, from what a file held before and holds now. Pure: no git, no files, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hedgerow.protocol.follow import EditKind
from hedgerow.watch.changes import Touch
from hedgerow.watch.lines import Lines, all_lines, changed_lines, is_binary
from hedgerow.watch.seen import MISSING, Content


@dataclass(frozen=True)
class Edit:
    """One file of a checkout, edited.

    Attributes:
        lines: those just changed; None where there are none to show, or all of a large file (``large``).
        old: what it was called before.
    """

    path: bytes
    kind: EditKind
    lines: Lines | None = None
    old: bytes | None = None
    large: bool = False


def edits_of(
    touched: Mapping[bytes, Touch],
    renames: Mapping[bytes, bytes],
    before: Mapping[bytes, Content | None],
    now: Mapping[bytes, Content],
) -> list[Edit]:
    """The real edits among what was touched; a file that holds what it held before was not edited.

    Args:
        renames: new path -> old path, as far as moves were seen.
        before: what each held; None where nobody knows (a file that git does not track, never seen).
        now: what each holds.
    """
    moved = {
        path: old
        for path, old in renames.items()
        if now.get(path, MISSING) is not MISSING
        and now.get(old) is MISSING
        and _was_there(old, touched, before)
        and not _was_there(path, touched, before, moved_in=True)
    }
    left = set(moved.values())
    found = []
    for path, touch in touched.items():
        if path in left:
            continue
        old = moved.get(path)
        edit = _edit(path, touch, before.get(old if old is not None else path), now[path], old)
        if edit is not None:
            found.append(edit)
    return found


def _was_there(
    path: bytes, touched: Mapping[bytes, Touch], before: Mapping[bytes, Content | None], *, moved_in: bool = False
) -> bool:
    content = before.get(path)
    if content is None:
        return path in touched and not touched[path] & Touch.NEW and not moved_in
    return content is not MISSING


def _edit(path: bytes, touch: Touch, before: Content | None, now: Content, old: bytes | None) -> Edit | None:
    if now is MISSING:
        passing = before is None and bool(touch & Touch.MADE)  # it came and went, as a backup does
        return None if before is MISSING or passing else Edit(path, EditKind.DELETED)
    if old is not None:
        return Edit(path, EditKind.RENAMED, _difference(before, now), old)
    if before is None:
        kind = EditKind.CREATED if touch & (Touch.NEW | Touch.MADE) else EditKind.CHANGED
    elif before is MISSING:
        kind = EditKind.CREATED
    else:
        kind = EditKind.CHANGED
        if before.data is not None and now.data is not None:
            if before.data == now.data and before.link == now.link:
                return None
        elif before.data is None and now.data is None and before.stamp == now.stamp:
            return None
    if now.data is not None and is_binary(now.data):
        return Edit(path, EditKind.BINARY)
    if now.data is None:
        return Edit(path, kind, large=True)
    lines = _difference(before, now)
    if kind is EditKind.CHANGED and lines is None and before is not None and before.stamp is None:
        return None  # what git has, but for line endings
    return Edit(path, kind, lines)


def _difference(before: Content | None, now: Content) -> Lines | None:
    if now.data is None or now.link or is_binary(now.data):
        return None
    if before is None or before is MISSING or before.data is None:
        return all_lines(now.data)
    return changed_lines(before.data, now.data)
