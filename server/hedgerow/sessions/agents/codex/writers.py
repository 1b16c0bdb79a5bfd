"""Which process holds which conversation: Codex locks a file for each thread that it has open.

Reads; never takes such a lock where that can be avoided, since a Codex that asked in that moment would be refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
from pathlib import Path

_SUFFIX = ".lock"
_LOCKS = Path("/proc/locks")


def directory_of(home: Path) -> Path:
    return home / "thread-writer-locks"


def writers(home: Path) -> dict[str, int | None]:
    """Thread ids that some process has open, with that process' id; None where the system does not tell which."""
    files: dict[int, tuple[str, Path]] = {}
    try:
        with os.scandir(directory_of(home)) as entries:
            for entry in entries:
                if entry.name.endswith(_SUFFIX) and not entry.name.startswith("."):
                    files[entry.inode()] = (entry.name.removesuffix(_SUFFIX), Path(entry.path))
    except OSError:
        return {}
    if not files:
        return {}
    if sys.platform != "linux":
        return {thread: None for thread, path in files.values() if _is_locked(path)}
    return {files[inode][0]: pid for inode, pid in _locked_inodes().items() if inode in files and _is_codex(pid)}


def daemon_pid(home: Path) -> int | None:
    """The process of a home's daemon, as its own note says."""
    with contextlib.suppress(OSError, ValueError):
        noted = json.loads((home / "app-server-daemon" / "daemon.pid").read_bytes())
        pid = noted.get("pid") if isinstance(noted, dict) else None
        return pid if isinstance(pid, int) else None
    return None


def _locked_inodes() -> dict[int, int]:
    """Inodes under an exclusive flock, with the pid of who holds it. One small file of the kernel's."""
    found: dict[int, int] = {}
    with contextlib.suppress(OSError):
        for line in _LOCKS.read_text("ascii", "replace").splitlines():
            parts = line.split()
            # `1: FLOCK  ADVISORY  WRITE 19603 fe:00:3113057 0 EOF`; a waiting one has `->` in second place.
            if len(parts) >= 6 and parts[1] == "FLOCK" and parts[3] == "WRITE":
                with contextlib.suppress(ValueError):
                    found[int(parts[5].rpartition(":")[2])] = int(parts[4])
    return found


def _is_codex(pid: int) -> bool:
    """Inodes are unique within one file system only, and the kernel's name of the device is not always that of stat."""
    try:
        return b"codex" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _is_locked(path: Path) -> bool:
    """Whether a lock is held, by asking for a share of it for an instant."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
