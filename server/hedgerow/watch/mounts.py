"""Whether others write to a file system unseen: the system tells only of what is done on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_SHARED = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "vboxsf", "vmhgfs", "drvfs", "afs", "ceph", "glusterfs",
     "lustre", "gpfs", "beegfs", "ncpfs", "davfs", "prl_fs")
)  # fmt: skip
"""`9p` is also how WSL shows Windows' disks, whose changes it tells nobody of."""


def is_shared(place: Path, mounts: str | None = None) -> bool:
    """Whether a place lies on a network's disk, or another system's. False where it cannot be told.

    Args:
        mounts: what the system has mounted, as `/proc/self/mountinfo` says it; read there by default.
    """
    if mounts is None:
        try:
            mounts = _MOUNTS.read_text(errors="surrogateescape")
        except OSError:
            return False
    real = os.path.realpath(place)
    best, kind = "", ""
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split(" ")
        if len(words) < 5 or not rest:
            continue
        at = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), words[4])
        inside = real == at or real.startswith(at.rstrip("/") + "/")
        if inside and len(at) >= len(best):  # of two at one place, the later one covers the other
            best, kind = at, rest.split(" ", 1)[0]
    return kind in _SHARED or kind.startswith("fuse.")
