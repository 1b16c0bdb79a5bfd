"""What a directory takes on disk."""

from __future__ import annotations

import os
from pathlib import Path

from hedgerow.checkouts.size import disk_size

MIB = 1 << 20


def fill(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(MIB))
    return path


def test_files_below_it_count(tmp_path: Path) -> None:
    fill(tmp_path / "a/b/c")
    fill(tmp_path / os.fsdecode(b"a/not-utf8-\xff"))
    assert 2 * MIB <= disk_size([tmp_path / "a"]) < 3 * MIB


def test_one_file_under_two_names_counts_once(tmp_path: Path) -> None:
    os.link(fill(tmp_path / "a/one"), tmp_path / "a/two")
    assert disk_size([tmp_path / "a"]) < 2 * MIB


def test_links_are_not_followed(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere/large")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "a/file").symlink_to(tmp_path / "elsewhere/large")
    (tmp_path / "a/loop").symlink_to(tmp_path / "a")
    (tmp_path / "root").symlink_to(tmp_path / "elsewhere")
    assert disk_size([tmp_path / "a", tmp_path / "root"]) < MIB


def test_other_checkouts_inside_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path / "a/own")
    fill(tmp_path / "a/.worktrees/other/theirs")
    assert disk_size([tmp_path / "a"], [tmp_path / "a/.worktrees/other"]) < 2 * MIB <= disk_size([tmp_path / "a"])


def test_what_is_not_there_takes_nothing(tmp_path: Path) -> None:
    assert disk_size([tmp_path / "nothing"]) == 0


def test_a_sparse_file_takes_what_it_takes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with (tmp_path / "a/holes").open("wb") as file:
        file.truncate(100 * MIB)
    assert disk_size([tmp_path / "a"]) < MIB
