"""Which disks are watched: those whose every change this system makes itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from hedgerow.watch.mounts import is_shared

MOUNTS = r"""
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /home rw,relatime shared:2 - btrfs /dev/vdb rw
31 22 0:26 / /mnt/c rw,noatime - 9p C:\134 rw
32 22 0:27 / /mnt/team\040disk rw - nfs4 server:/team rw
33 32 0:28 / /mnt/team\040disk/local rw - tmpfs tmpfs rw
34 22 0:29 / /remote rw - fuse.sshfs me@there: rw
35 22 0:30 / /over rw - overlay overlay rw
36 22 0:31 / /twice rw - ext4 /dev/vdc rw
37 22 0:32 / /twice rw - cifs //there/share rw
"""


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/srv/project", False),
        ("/home/me/project", False),
        ("/mnt/c", True),
        ("/mnt/c/project", True),
        ("/mnt/cellar", False),
        ("/mnt/team disk/project", True),
        ("/mnt/team disk/local/project", False),
        ("/remote/project", True),
        ("/over/project", False),
        ("/twice/project", True),
    ],
)
def test_by_the_nearest_mount(place: str, expected: bool) -> None:
    assert is_shared(Path(place), MOUNTS) is expected


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/mnt/c/project")
    assert is_shared(tmp_path / "link", MOUNTS)


def test_this_one(tmp_path: Path) -> None:
    assert is_shared(tmp_path) is False
