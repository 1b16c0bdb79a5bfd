"""What a directory takes on disk. Follows no link, leaves the filesystem for no mount."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path


def disk_size(directories: Collection[Path], besides: Collection[Path] = ()) -> int:
    """Bytes allocated below the directories; a file with several links counts once, unreadable parts not at all.

    Args:
        besides: directories not to descend into (other checkouts that lie inside).
    """
    skipped = {os.fsencode(path) for path in besides}
    seen: set[tuple[int, int]] = set()
    total = 0
    pending: list[tuple[bytes, int]] = []
    for directory in directories:
        try:
            found = os.lstat(directory)
        except OSError:
            continue
        if stat.S_ISDIR(found.st_mode):
            pending.append((os.fsencode(directory), found.st_dev))
            total += found.st_blocks * 512
    while pending:
        directory_name, device = pending.pop()
        try:
            entries = list(os.scandir(directory_name))
        except OSError:
            continue
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if found.st_dev != device or entry.path in skipped:
                continue
            if found.st_nlink > 1 and not stat.S_ISDIR(found.st_mode):
                if (found.st_dev, found.st_ino) in seen:
                    continue
                seen.add((found.st_dev, found.st_ino))
            total += found.st_blocks * 512
            if stat.S_ISDIR(found.st_mode):
                pending.append((entry.path, device))
    return total
