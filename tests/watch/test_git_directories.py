"""Which names in git's directories matter, and to whom."""

from __future__ import annotations

import pytest

from hedgerow.watch.systems.git_directories import is_watched, matters

REFS, FILES, RULES = (True, False, False), (False, True, False), (False, False, True)
NOTHING = (False, False, False)


@pytest.mark.parametrize(
    ("directory", "name", "expected"),
    [
        (b"", b"HEAD", REFS),
        (b"", b"packed-refs", REFS),
        (b"", b"config", REFS),
        (b"", b"index", (False, True, True)),
        (b"", b"MERGE_HEAD", FILES),
        (b"", b"rebase-merge", FILES),
        (b"", b"index.lock", NOTHING),
        (b"", b"HEAD.lock", NOTHING),
        (b"", b"FETCH_HEAD", NOTHING),
        (b"", b"ORIG_HEAD", NOTHING),
        (b"", b"COMMIT_EDITMSG", NOTHING),
        (b"", b"gc.pid", NOTHING),
        (b"", b"hedgerow", NOTHING),
        (b"", b"objects", NOTHING),
        (b"", b"logs", NOTHING),
        (b"refs/heads", b"main", REFS),
        (b"refs/heads/deep", b"er", REFS),
        (b"refs/heads", b"main.lock", NOTHING),
        (b"reftable", b"tables.list", REFS),
        (b"worktrees", b"one", REFS),
        (b"worktrees/one", b"HEAD", REFS),
        (b"worktrees/one", b"gitdir", REFS),
        (b"worktrees/one", b"locked", REFS),
        (b"worktrees/one", b"index", (False, True, True)),
        (b"worktrees/one", b"BISECT_LOG", FILES),
        (b"worktrees/one", b"logs", NOTHING),
        (b"worktrees/one/reftable", b"tables.list", REFS),
        (b"info", b"exclude", RULES),
        (b"info", b"refs", NOTHING),
    ],
)
def test_names(directory: bytes, name: bytes, expected: tuple[bool, bool, bool]) -> None:
    assert matters(directory, name) == expected


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        (b"refs", True),
        (b"refs/heads/deep/er", True),
        (b"refs/hedgerow", False),
        (b"refs/hedgerow/snapshots", False),
        (b"reftable", True),
        (b"worktrees", True),
        (b"worktrees/one", True),
        (b"worktrees/one/refs", True),
        (b"worktrees/one/logs", False),
        (b"worktrees/one/modules", False),
        (b"info", True),
        (b"objects", False),
        (b"logs", False),
        (b"modules", False),
        (b"lfs", False),
        (b"hedgerow", False),
    ],
)
def test_directories(directory: bytes, expected: bool) -> None:
    assert is_watched(directory) == expected
