"""Whether the names of touched files are to git what they are to the file system. Changes nothing.

Git keeps names as bytes, and finds an entry by them. Where a file system takes two names for one, the name that was
touched need not be the one that git knows, and git would answer that nothing of that name has changed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection


def mean_the_same(root: bytes, paths: Collection[bytes]) -> bool:
    """Whether each path, relative to the root, is one file with one name, in directories of this very repository."""
    directories: set[bytes] = set()
    for path in paths:
        # Outside ASCII one name may be written in several ways; what begins with `.git` is more than a file.
        if not path.isascii() or any(part.lower().startswith(b".git") for part in path.split(b"/")):
            return False
        if not _is_one_file(os.path.join(root, path)):
            return False
        directory = os.path.dirname(path)
        while directory and directory not in directories:
            directories.add(directory)
            directory = os.path.dirname(directory)
    inside = [os.path.join(root, each) for each in directories]
    return not any(os.path.lexists(each + b"/.git") for each in inside) and all(map(_tells_case, [root, *inside]))


def _is_one_file(place: bytes) -> bool:
    """Not a directory, and not a file that can be written to under another name (a hard link). Nothing is fine, too."""
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)


def _tells_case(directory: bytes) -> bool:
    """Whether capitals count in the names of a directory, tried with the first that has letters; no when none has.

    Asked of each directory: Linux can fold case in single ones.
    """
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                other = entry.name.swapcase()
                if other != entry.name:
                    return not _same(entry.path, os.path.join(directory, other))
    except OSError:
        return False
    return False


def _same(one: bytes, other: bytes) -> bool:
    try:
        return os.path.samestat(os.lstat(one), os.lstat(other))
    except FileNotFoundError:
        return False
